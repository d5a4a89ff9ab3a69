import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Promises } from './promises.ts'

function acknowledgedThree(): Promises {
  const promises = new Promises()
  for (let offset = 0; offset < 3; offset++) promises.acknowledged(promises.send(0, 't', 0), offset)
  return promises
}
const log = (...texts: string[]) => texts.map((text, offset) => ({ offset, value: `${text}:...` }))

test('a log that keeps its promises has no violations', () => {
  const promises = acknowledgedThree()
  promises.checkLog('t', 0, 0, log('0.0', '0.1', '0.2'))
  promises.checkEnd('t', 0, 3, 2)
  promises.checkOrder()
  assert.deepEqual(promises.violations, [])
})

test('the audit of the kills sees each kind of broken promise', () => {
  const cases: [RegExp, ...((promises: Promises) => void)[]][] = [
    [/lost/, (p) => p.checkEnd('t', 0, 2, 2)],
    [/0\.1 was acknowledged, 0\.9 is there/, (p) => p.checkLog('t', 0, 0, log('0.0', '0.9', '0.2'))],
    [/offset 2 where 1 was expected/, (p) => p.checkLog('t', 0, 0, [log('0.0')[0]!, log('', '', '0.2')[2]!])],
    [/0\.2 follows 0\.2/, (p) => p.checkLog('t', 0, 0, log('0.0', '0.1', '0.2', '0.2')), (p) => p.checkOrder()],
    [
      /0\.1 follows 0\.2/,
      (p) => p.checkLog('t', 0, 3, [{ offset: 3, value: '0.1:' }]),
      readThree,
      (p) => p.checkOrder(),
    ],
    [/acknowledged to 0\.0 and to 0\.3/, (p) => p.acknowledged(p.send(0, 't', 0), 0)],
    [/was 0\.0 and is 7\.7/, readThree, (p) => p.read('t', 0, 0, '7.7:')],
    [/went back from 2 to 1/, commitTwo, (p) => p.checkCommitted(p.committedNow(), 't', 0, 1)],
    [/nothing above 2 was committed/, commitTwo, (p) => p.checkCommitted(p.committedNow(), 't', 0, 3)],
    [/should be there/, (p) => p.topic('a', 'there'), (p) => p.checkTopics(p.topicsNow(), new Set())],
    [/should be gone/, (p) => p.topic('a', 'gone'), (p) => p.checkTopics(p.topicsNow(), new Set(['a']))],
  ]
  for (const [expected, ...steps] of cases) {
    const promises = acknowledgedThree()
    for (const step of steps) step(promises)
    assert.match(promises.violations.join('\n'), expected)
  }
})

function readThree(promises: Promises): void {
  promises.checkLog('t', 0, 0, log('0.0', '0.1', '0.2'))
}

function commitTwo(promises: Promises): void {
  const offsets = [{ topic: 't', partition: 0, offset: 2 }]
  promises.committing(offsets)
  promises.committed(offsets)
}
