import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MarkerOrder } from '../coordinator/index.ts'
import type { Logger } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { ManualClock } from '../runtime/index.ts'
import { MarkerSender } from './marker-sender.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }

/** One topic `t`, partition n led by broker n; deliveries wait for the test. */
class SenderWorld {
  readonly clock = new ManualClock()
  delivered: { at: string; order: MarkerOrder; done: (code: ErrorCode) => void }[] = []
  partitions = [{ leader: 0 }, { leader: 1 }]
  readonly sender = new MarkerSender({
    clock: this.clock,
    logger: quiet,
    image: () => ({ topicsByName: new Map([['t', { partitions: this.partitions }]]) }) as unknown as MetadataImage,
    deliver: (leader, order, { topic, partition }, done) =>
      void this.delivered.push({ at: `${topic}-${partition}@${leader}`, order, done }),
  })

  order(...partitions: number[]): MarkerOrder {
    const asked = partitions.map((partition) => ({ topic: 't', partition }))
    const who = { transactionalId: 'tx', producerId: 1, producerEpoch: 2, preparedMs: 0 }
    return { ...who, outcome: 'commit', coordinatorEpoch: 0, transactionVersion: 0, partitions: asked }
  }

  /** Answers what was delivered, and says where. */
  answer(code: ErrorCode): string[] {
    const delivered = this.delivered
    this.delivered = []
    for (const { done } of delivered) done(code)
    return delivered.map(({ at }) => at)
  }
}

test('an order is done when every partition is told; what fails is tried again, less and less often', () => {
  const world = new SenderWorld()
  let isDone = false
  world.sender.send(
    world.order(0, 1),
    () => true,
    () => {
      isDone = true
    },
  )
  assert.deepEqual(world.answer(errors.NOT_ENOUGH_REPLICAS), ['t-0@0', 't-1@1'])
  world.partitions[1] = { leader: 2 }
  world.clock.advance(20)
  assert.deepEqual(world.answer(errors.NETWORK_EXCEPTION), ['t-0@0', 't-1@2'])
  world.clock.advance(39)
  assert.deepEqual(world.delivered, [])
  world.clock.advance(1)
  assert.equal(isDone, false)
  world.answer(errors.NONE)
  assert.equal(isDone, true)
  assert.equal(world.clock.timerCount, 0)
})

test('a partition whose topic is gone needs no marker, one without a leader waits for one', () => {
  const world = new SenderWorld()
  const ended: string[] = []
  world.partitions = [{ leader: -1 }]
  world.sender.send(
    world.order(0, 7),
    () => true,
    () => ended.push('all'),
  )
  assert.deepEqual(world.delivered, [])
  world.partitions = [{ leader: 3 }]
  world.clock.advance(20)
  assert.deepEqual(world.answer(errors.NONE), ['t-0@3'])
  assert.deepEqual(ended, ['all'])
})

test('an order given again takes the place of the first, whose markers are not sent any more', () => {
  const world = new SenderWorld()
  const ended: string[] = []
  const send = (name: string) =>
    world.sender.send(
      world.order(0),
      () => true,
      () => ended.push(name),
    )
  send('first')
  world.answer(errors.NOT_LEADER_OR_FOLLOWER)
  send('second')
  world.answer(errors.NONE)
  assert.deepEqual(ended, ['second'])
  world.clock.advance(10_000)
  assert.deepEqual(world.delivered, [])
})

test('nothing more is tried for a coordinator that is none any more, or that another has overtaken', () => {
  const world = new SenderWorld()
  let isWanted = true
  const ended: string[] = []
  world.sender.send(
    world.order(0),
    () => isWanted,
    () => ended.push('resigned'),
  )
  world.answer(errors.NOT_ENOUGH_REPLICAS)
  isWanted = false
  world.clock.advance(10_000)
  world.sender.send(
    world.order(0, 1),
    () => true,
    () => ended.push('fenced'),
  )
  world.delivered[0]!.done(errors.TRANSACTION_COORDINATOR_FENCED)
  world.delivered[1]!.done(errors.NONE)
  world.clock.advance(10_000)
  assert.deepEqual(ended, [])
})
