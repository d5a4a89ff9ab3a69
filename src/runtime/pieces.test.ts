import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../env/memory/index.ts'
import { indexPieces, mapNested, mapPieces, type Pieces, runPieces, sortPieces } from './pieces.ts'

function run<T>(pieces: Pieces<T>): { result: T; pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const next = pieces.next()
    if (next.done === true) return { result: next.value, pauses }
  }
}

test('lists are mapped and sorted as at once, with pauses on the way', () => {
  const list = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5000)
  const { result, pauses } = run(mapPieces(list, (n) => n * 2))
  assert.deepEqual(
    result,
    list.map((n) => n * 2),
  )
  assert.ok(pauses > 50)
  const names = list.map((n) => `name ${n}`)
  const sorted = run(sortPieces(names))
  assert.deepEqual(sorted.result, [...names].sort())
  assert.ok(sorted.pauses > 20)
  assert.deepEqual(run(sortPieces([])).result, [])
  assert.deepEqual([...run(indexPieces(names, (name) => name.length)).result.keys()], [6, 9, 8, 7])
  const nested = mapNested(
    [list, list],
    (inner) => inner,
    (n) => n + 1,
    (inner, mapped) => [inner.length, mapped.length],
  )
  assert.deepEqual(run(nested).result, [
    [5000, 5000],
    [5000, 5000],
  ])
})

test('what is short is done in its turn; what throws is told', () => {
  const clock = new ManualClock()
  const heard: unknown[] = []
  const unexpected = (): void => assert.fail()
  const isOver = runPieces(
    clock,
    mapPieces([1, 2], (n) => n),
    (result) => heard.push(result),
    unexpected,
  )
  assert.equal(isOver, true)
  const refuse = (): never => {
    throw new Error('no')
  }
  runPieces(clock, mapPieces([1], refuse), unexpected, (thrown) => heard.push((thrown as Error).message))
  assert.deepEqual(heard, [[1, 2], 'no'])
})
