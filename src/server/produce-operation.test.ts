import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import type { Partition, Waiter } from '../replication/index.ts'
import { ManualClock } from '../runtime/index.ts'
import { ProduceOperation } from './produce-operation.ts'

/** Keeps what waits, and settles when told. */
class ParkingPartition {
  readonly parked: { end: number; waiter: Waiter; until: 'written' | 'committed' }[] = []
  whenWritten(end: number, waiter: Waiter): void {
    this.parked.push({ end, waiter, until: 'written' })
  }
  whenCommitted(end: number, waiter: Waiter): void {
    this.parked.push({ end, waiter, until: 'committed' })
  }
  get asPartition(): Partition {
    return this as unknown as Partition
  }
}

test('finishes when the last partition is acknowledged', () => {
  const clock = new ManualClock()
  const partition = new ParkingPartition()
  let finished = 0
  const operation = new ProduceOperation(() => finished++)
  operation.wait(partition.asPartition, -1, 5, () => undefined)
  operation.wait(partition.asPartition, -1, 9, () => undefined)
  operation.start(clock, 1000)
  partition.parked[0]!.waiter.settle(errors.NONE)
  assert.equal(finished, 0)
  partition.parked[1]!.waiter.settle(errors.NONE)
  assert.equal(finished, 1)
})

test('with nothing to wait for it finishes at once', () => {
  let finished = 0
  new ProduceOperation(() => finished++).start(new ManualClock(), 1000)
  assert.equal(finished, 1)
})

test('acks=1 waits for the file, acks=all for the high watermark', () => {
  const partition = new ParkingPartition()
  const operation = new ProduceOperation(() => undefined)
  operation.wait(partition.asPartition, 1, 5, () => undefined)
  operation.wait(partition.asPartition, -1, 5, () => undefined)
  assert.deepEqual(
    partition.parked.map((p) => p.until),
    ['written', 'committed'],
  )
})

test('after the timeout every open partition is REQUEST_TIMED_OUT and later settling changes nothing', () => {
  const clock = new ManualClock()
  const partition = new ParkingPartition()
  const codes: number[] = []
  let finished = 0
  const operation = new ProduceOperation(() => finished++)
  operation.wait(partition.asPartition, -1, 5, (code) => codes.push(code))
  operation.start(clock, 100)
  clock.advance(100)
  partition.parked[0]!.waiter.settle(errors.NONE)
  assert.deepEqual(codes, [errors.REQUEST_TIMED_OUT])
  assert.equal(finished, 1)
})
