import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overTurns } from '../index.ts'
import { ManualClock } from './index.ts'

test('few items are seen in the turn that asks, many a few in a turn, those that come meanwhile too', () => {
  const clock = new ManualClock()
  const seen: number[] = []
  let isDone = false
  const look = (items: Iterable<number>) =>
    overTurns(
      clock,
      items,
      (item) => seen.push(item),
      () => (isDone = true),
    )
  look([1, 2])
  assert.deepEqual([seen.splice(0), isDone], [[1, 2], true])
  isDone = false
  const items = new Set(Array.from({ length: 1000 }, (_, i) => i))
  look(items)
  assert.equal(isDone, false)
  items.delete(999)
  items.add(1001)
  let perTurn = seen.length
  while (clock.runTurn()) {
    assert.ok(seen.length - perTurn <= 256)
    perTurn = seen.length
  }
  assert.deepEqual([seen.length, seen.at(-1), isDone], [1000, 1001, true])
})
