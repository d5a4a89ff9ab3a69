import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../bytes/index.ts'
import { PartitionQueue } from './partition-queue.ts'

const identity = { id: 7, epoch: 0 }

/** Three batches of one record each, sent; their answers never came. */
function threeLost() {
  const queue = new PartitionQueue('orders', 0, crc32c)
  const batches = [0, 1, 2].map(() => {
    const batch = queue.begin(0, 1024)
    batch.append(0, null, null, undefined, null)
    return batch
  })
  for (const batch of batches) assert.equal(queue.take(identity), batch)
  for (const batch of batches) {
    queue.landed(batch)
    queue.putBack(batch)
  }
  return { queue, batches }
}

test('what may be in the log already is repeated as it was, though a batch before it was given up', () => {
  const { queue, batches } = threeLost()
  queue.drop(batches[0]!)
  queue.isRestartOwed = true
  assert.equal(queue.restartIfDue(), false)
  const repeated = queue.take(identity)
  assert.deepEqual([repeated.baseSequence, repeated.producerEpoch], [1, 0])
})

test('what the log does not have starts anew in the next epoch, and all behind it', () => {
  const { queue, batches } = threeLost()
  queue.drop(batches[0]!)
  queue.isRestartOwed = true
  batches[1]!.isKnownMissing = true
  assert.equal(queue.restartIfDue(), true)
  const next = { id: 7, epoch: 1 }
  const again = [1, 2].map(() => queue.take(next))
  assert.deepEqual(
    again.map((batch) => [batch.baseSequence, batch.producerEpoch]),
    [
      [0, 1],
      [1, 1],
    ],
  )
})
