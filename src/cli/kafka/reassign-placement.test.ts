import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propose } from './reassign-placement.ts'

/** Begins at `start`. */
function random(start: number) {
  return { below: (limit: number) => start % limit, bytes: () => new Uint8Array(0) } as unknown as Parameters<
    typeof propose
  >[3]
}

const brokers = (...racks: (string | null)[]) => racks.map((rack, id) => ({ id, rack }))

test('partitions begin at one broker after the other, on as many as they have replicas', () => {
  assert.deepEqual(propose(brokers(null, null, null), 4, 2, random(1)), [
    [1, 2],
    [2, 0],
    [0, 1],
    [1, 2],
  ])
})

test('replicas of a partition are in different racks as far as there are any', () => {
  const racked = brokers('a', 'a', 'a', 'b')
  for (const [first, second] of propose(racked, 8, 2, random(0))) assert.equal(first === 3 || second === 3, true)
  for (const replicas of propose(racked, 8, 4, random(0))) assert.equal(new Set(replicas).size, 4)
})
