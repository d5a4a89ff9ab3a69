import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { readManifests, writeYaml } from './yaml.ts'

const one = (source: string) => {
  const { manifests, mistakes } = readManifests(source)
  assert.deepEqual(mistakes, [])
  assert.equal(manifests.length, 1)
  return manifests[0]!
}

describe('values are what kubectl reads', () => {
  test('words of YAML 1.1 are booleans, letters are not', () => {
    assert.deepEqual(one('[yes, off, True, y, n, "yes"]').value, [true, false, true, 'y', 'n', 'yes'])
  })

  test('modes with a leading zero are octal', () => {
    assert.deepEqual(one('mode: 0644').value, { mode: 0o644 })
  })

  test('dates and times stay text', () => {
    assert.deepEqual(one('[2024-02-21, 2024-02-21T15:11:18Z, 12:30:45, "2.2", 2.2]').value, [
      '2024-02-21',
      '2024-02-21T15:11:18Z',
      '12:30:45',
      '2.2',
      2.2,
    ])
  })

  test('anchors, aliases and merged maps are resolved', () => {
    assert.deepEqual(one('a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n').value, {
      a: { b: 1 },
      c: { b: 1 },
      d: { b: 1, e: 2 },
    })
  })

  test('JSON is YAML', () => {
    assert.deepEqual(one('{"kind": "List", "items": []}').value, { kind: 'List', items: [] })
  })
})

describe('places', () => {
  const source = '# head\nspec:\n  kafka:\n    listeners:\n      - name: plain\n        tpye: internal\n'
  test('are those of the key, of an entry of a list, and of the parent of what is missing', () => {
    const { place } = one(source)
    assert.deepEqual(place(['spec', 'kafka', 'listeners', 0, 'tpye']), { line: 6, column: 9 })
    assert.deepEqual(place(['spec', 'kafka', 'listeners', 0]), { line: 5, column: 9 })
    assert.deepEqual(place(['spec', 'kafka', 'version']), { line: 3, column: 3 })
    assert.deepEqual(place([]), { line: 2, column: 1 })
  })

  test('go on counting in later documents', () => {
    const { manifests } = readManifests(`${source}---\n${source}`)
    assert.deepEqual(manifests[1]!.place(['spec', 'kafka']), { line: 10, column: 3 })
  })

  test('are found behind an alias', () => {
    assert.deepEqual(one('a: &x\n  b: 1\nc: *x\n').place(['c', 'b']), { line: 2, column: 3 })
  })
})

describe('documents', () => {
  test('without content are left out', () => {
    assert.equal(readManifests('---\n# only a comment\n---\na: 1\n---\n').manifests.length, 1)
    assert.equal(readManifests('').manifests.length, 0)
  })

  test('keep their comments as text', () => {
    const { manifests } = readManifests('# why\na: 1 # one\n---\nb: 2\n')
    assert.deepEqual(
      manifests.map((m) => m.text),
      ['# why\na: 1 # one', 'b: 2'],
    )
  })
})

describe('mistakes of syntax', () => {
  test('name line and column', () => {
    const { manifests, mistakes } = readManifests('a: 1\nb: [1, 2\nc: 3\n')
    assert.deepEqual(manifests, [])
    assert.ok(mistakes.length > 0)
    assert.ok(mistakes.every((m) => m.line >= 2 && m.line <= 4 && m.column >= 1 && m.message !== ''))
  })

  test('are tabs and keys that come twice', () => {
    assert.match(readManifests('a:\n\tb: 1\n').mistakes[0]!.message, /tab/i)
    const twice = readManifests('a: 1\nb: 2\na: 3\n').mistakes[0]!
    assert.deepEqual([twice.line, twice.column], [3, 1])
    assert.match(twice.message, /unique/)
  })

  test('are aliases that grow without bound', () => {
    const lines = ['a0: &a0 [x, x]']
    for (let i = 1; i < 40; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`)
    const { mistakes } = readManifests(lines.join('\n'))
    assert.match(mistakes[0]!.message, /alias/i)
  })
})

test('what is written is read as the same', () => {
  const value = {
    on: 'yes',
    n: '0644',
    t: '2.2',
    list: [{ a: null }],
    text: 'two\nlines\n',
    empty: {},
    date: '2024-02-21',
  }
  assert.deepEqual(one(writeYaml(value)).value, value)
})
