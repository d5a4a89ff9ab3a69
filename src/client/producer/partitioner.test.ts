import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8Encode } from '../../bytes/index.ts'
import type { Random } from '../../env/index.ts'
import { partitionOfKey, StickyPartitioner } from './partitioner.ts'

/** Draws what it is told, in order. */
function luck(...draws: readonly number[]): Random {
  let at = 0
  const below = (n: number) => (draws[at++ % draws.length] ?? 0) % n
  return { next: () => 0, below, bytes: (into) => into }
}

const idle = () => ({ isAvailable: true, waiting: 0 })

test('partitions of keys are those of org.apache.kafka.common.utils.Utils.murmur2', () => {
  const known = [
    ['a', 4],
    ['b', 4],
    ['hello', 5],
    ['order-4711', 3],
    ['', 1],
  ] as const
  for (const [key, partition] of known) assert.equal(partitionOfKey(utf8Encode(key), 8), partition, key)
})

test('records without key stay with a partition until a batch of bytes went there', () => {
  const sticky = new StickyPartitioner(luck(2, 0), 1000)
  const seen: number[] = []
  for (let n = 0; n < 8; n++) {
    seen.push(sticky.partition(4, idle))
    sticky.wrote(250, n % 4 === 3)
  }
  assert.deepEqual(seen, [2, 2, 2, 2, 0, 0, 0, 0])
})

test('a partition is not left in the middle of a batch, but left after two of them', () => {
  const sticky = new StickyPartitioner(luck(1, 3), 1000)
  assert.equal(sticky.partition(4, idle), 1)
  sticky.wrote(1500, false)
  assert.equal(sticky.partition(4, idle), 1)
  sticky.wrote(500, false)
  assert.equal(sticky.partition(4, idle), 3)
})

test('partitions without leader are not drawn while others have one; where batches pile up it happens seldom', () => {
  const loads = [
    { isAvailable: false, waiting: 0 },
    { isAvailable: true, waiting: 3 },
    { isAvailable: true, waiting: 0 },
  ]
  // weights 0, 1 and 4
  const drawn = [0, 1, 2, 3, 4].map((draw) => new StickyPartitioner(luck(draw), 1).partition(3, (p) => loads[p]!))
  assert.deepEqual(drawn, [1, 2, 2, 2, 2])
  const none = new StickyPartitioner(luck(1), 1)
  assert.equal(
    none.partition(3, () => ({ isAvailable: false, waiting: 0 })),
    1,
  )
})
