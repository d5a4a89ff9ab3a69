import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PropertiesError, parseProperties } from './properties.ts'

const cases: [string, Record<string, string>][] = [
  ['a=1\nb: 2\nc 3\n', { a: '1', b: '2', c: '3' }],
  ['  a  =  1  \n', { a: '1  ' }],
  ['# no\n! no\n\n  # no\na=#yes', { a: '#yes' }],
  ['a=1,\\\n   2,\\\r\n\t3\nb=x', { a: '1,2,3', b: 'x' }],
  ['a\\ b\\=c=d', { 'a b=c': 'd' }],
  ['a=\\u00e9\\t\\n\\r\\f\\q\\\\', { a: 'é\t\n\r\fq\\' }],
  ['a=x\\\\\nb=y', { a: 'x\\', b: 'y' }],
  ['a', { a: '' }],
  ['a==b', { a: '=b' }],
  ['a=1\ra=2', { a: '2' }],
  ['a=1\\\n# joined', { a: '1# joined' }],
  ['=v', { '': 'v' }],
  ['log.dirs=C:\\\\data', { 'log.dirs': 'C:\\data' }],
]
for (const [text, expected] of cases) {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(Object.fromEntries(parseProperties(text)), expected)
  })
}
test('refuses a malformed unicode escape', () => {
  assert.throws(() => parseProperties('a=\\u00g1'), PropertiesError)
})
