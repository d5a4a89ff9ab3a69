import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import { errors } from '../protocol/index.ts'
import { type BatchOptions, buildTransactionMarker } from '../records/index.ts'
import type { CommitLog } from './commit-log.ts'
import { makeBatch, TestWorld } from './test-world.ts'
import type { AbortedTransaction, AppendAsk } from './types.ts'

const PRODUCER = 4711

function opened(): { world: TestWorld; log: CommitLog } {
  const world = new TestWorld()
  return { world, log: world.open(world.store()) }
}

/** Appends `count` records of one producer; answers the code, or the first offset. */
function produce(
  world: TestWorld,
  log: CommitLog,
  options: BatchOptions & { count?: number },
  ask?: AppendAsk,
): number | { offset: number; isDuplicate: boolean } {
  const { count = 1, ...header } = options
  const values = Array.from({ length: count }, (_, i) => `value ${i}`)
  const batch = makeBatch(values, world.wallMs, { producerId: PRODUCER, producerEpoch: 0, ...header })
  const appended = log.append(batch, 0, 'client', world.wallMs, ask)
  return typeof appended === 'number' ? appended : { offset: appended.firstOffset, isDuplicate: appended.isDuplicate }
}

function end(
  world: TestWorld,
  log: CommitLog,
  outcome: 'commit' | 'abort',
  more: { epoch?: number; coordinatorEpoch?: number; id?: number } = {},
  ask?: AppendAsk,
): number {
  const { epoch = 0, coordinatorEpoch = 1, id = PRODUCER } = more
  const bytes = buildTransactionMarker(
    outcome,
    { producerId: id, producerEpoch: epoch, coordinatorEpoch, timestampMs: world.wallMs },
    crc32c,
  )
  const appended = log.append({ bytes, from: 0, to: bytes.length }, 0, 'coordinator', world.wallMs, ask)
  return typeof appended === 'number' ? appended : 0
}

test('a repeated batch is answered with its first offsets and not appended again', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, count: 3 })
  produce(world, log, { baseSequence: 3, count: 2 })
  assert.deepEqual(produce(world, log, { baseSequence: 0, count: 3 }), { offset: 0, isDuplicate: true })
  assert.deepEqual(produce(world, log, { baseSequence: 3, count: 2 }), { offset: 3, isDuplicate: true })
  assert.equal(log.endOffset, 5)
})

test('the last five batches are remembered; an older one is out of order', () => {
  const { world, log } = opened()
  for (let i = 0; i < 6; i++) produce(world, log, { baseSequence: i })
  assert.deepEqual(produce(world, log, { baseSequence: 1 }), { offset: 1, isDuplicate: true })
  assert.equal(produce(world, log, { baseSequence: 0 }), errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
})

test('a gap is refused and names both sequences', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, count: 3 })
  assert.equal(produce(world, log, { baseSequence: 4 }), errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.match(log.refusal!.message, /4 \(incoming seq. number\), 2 \(current end sequence number\)/)
  assert.equal(log.endOffset, 3)
})

test('sequences wrap from 2^31 - 1 to 0', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0x7fff_fffe, count: 2 })
  assert.deepEqual(produce(world, log, { baseSequence: 0, count: 2 }), { offset: 2, isDuplicate: false })
  assert.deepEqual(produce(world, log, { baseSequence: 0x7fff_fffe, count: 2 }), { offset: 0, isDuplicate: true })
})

test('a batch across the wrap is recognised when it is repeated', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0x7fff_fffe, count: 4 })
  assert.deepEqual(produce(world, log, { baseSequence: 0x7fff_fffe, count: 4 }), { offset: 0, isDuplicate: true })
  assert.deepEqual(produce(world, log, { baseSequence: 2 }), { offset: 4, isDuplicate: false })
})

test('a new epoch begins at sequence 0, and the old epoch is fenced', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, producerEpoch: 1 })
  assert.equal(produce(world, log, { baseSequence: 1, producerEpoch: 2 }), errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.deepEqual(produce(world, log, { baseSequence: 0, producerEpoch: 2 }), { offset: 1, isDuplicate: false })
  assert.equal(produce(world, log, { baseSequence: 1, producerEpoch: 1 }), errors.INVALID_PRODUCER_EPOCH)
})

test('a producer that is not known may begin at any sequence', () => {
  const { world, log } = opened()
  assert.deepEqual(produce(world, log, { baseSequence: 77 }), { offset: 0, isDuplicate: false })
})

test('producers that wrote nothing for their expiration time are forgotten, unless a transaction is open', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0 })
  produce(world, log, { producerId: 5, baseSequence: 0, isTransactional: true })
  world.advance(86_400_000 + 700_000)
  assert.deepEqual(
    log.activeProducers().map(({ producerId }) => producerId),
    [5],
  )
})

test('the last stable offset stays at an open transaction and follows its end once that is replicated', () => {
  const { world, log } = opened()
  produce(world, log, { producerId: 9, baseSequence: 0 })
  produce(world, log, { baseSequence: 0, isTransactional: true, count: 2 })
  produce(world, log, { producerId: 9, baseSequence: 1 })
  log.setHighWatermark(4)
  assert.equal(log.lastStableOffset, 1)
  assert.ok(log.hasOngoingTransaction(PRODUCER, 0))
  assert.equal(end(world, log, 'commit'), 0)
  assert.equal(log.lastStableOffset, 1)
  log.setHighWatermark(5)
  assert.equal(log.lastStableOffset, 5)
  assert.ok(!log.hasOngoingTransaction(PRODUCER, 0))
})

test('aborted transactions are answered for the range that they overlap, ascending by first offset', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, isTransactional: true })
  produce(world, log, { producerId: 2, baseSequence: 0, isTransactional: true })
  assert.equal(end(world, log, 'abort', { id: 2 }), 0)
  produce(world, log, { baseSequence: 1, isTransactional: true })
  assert.equal(end(world, log, 'abort'), 0)
  produce(world, log, { producerId: 3, baseSequence: 0, isTransactional: true })
  assert.equal(end(world, log, 'commit', { id: 3 }), 0)
  const inRange = (from: number, upTo: number): number[] => {
    const into: AbortedTransaction[] = []
    assert.ok(log.abortedTransactions(from, upTo, into, () => {}))
    return into.map(({ producerId }) => producerId)
  }
  assert.deepEqual(inRange(0, 7), [PRODUCER, 2])
  assert.deepEqual(inRange(3, 7), [PRODUCER])
  assert.deepEqual(inRange(5, 7), [])
  assert.deepEqual(inRange(0, 1), [PRODUCER])
})

test('a plain write in an open transaction is refused', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, isTransactional: true })
  assert.equal(produce(world, log, { baseSequence: 1 }), errors.INVALID_TXN_STATE)
})

test('a marker of an older coordinator is fenced', () => {
  const { world, log } = opened()
  produce(world, log, { baseSequence: 0, isTransactional: true })
  assert.equal(end(world, log, 'commit', { coordinatorEpoch: 5 }), 0)
  produce(world, log, { baseSequence: 1, isTransactional: true })
  assert.equal(end(world, log, 'abort', { coordinatorEpoch: 4 }), errors.TRANSACTION_COORDINATOR_FENCED)
  assert.equal(end(world, log, 'abort', { coordinatorEpoch: 5 }), 0)
})

test('under transaction version 2 a marker must carry a bumped epoch, except when it is repeated', () => {
  const { world, log } = opened()
  const ask = { transactionVersion: 2 }
  produce(world, log, { baseSequence: 0, isTransactional: true })
  assert.equal(end(world, log, 'commit', { epoch: 0 }, ask), errors.INVALID_PRODUCER_EPOCH)
  assert.equal(end(world, log, 'commit', { epoch: 1 }, ask), 0)
  assert.equal(end(world, log, 'commit', { epoch: 1 }, ask), 0)
  assert.equal(produce(world, log, { baseSequence: 1, isTransactional: true }), errors.INVALID_PRODUCER_EPOCH)
  assert.deepEqual(produce(world, log, { producerEpoch: 1, baseSequence: 0, isTransactional: true }), {
    offset: 3,
    isDuplicate: false,
  })
})

test('the first batch of a transaction needs a verification that is still the one asked for', () => {
  const { world, log } = opened()
  const header = { producerId: PRODUCER, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const guard = log.beginVerification(makeBatch(['x'], world.wallMs, header), true)
  assert.ok(guard !== null && typeof guard === 'object')
  const other = { producerId: PRODUCER, token: guard.token + 1 }
  assert.equal(
    produce(world, log, { baseSequence: 0, isTransactional: true }, { guard: other }),
    errors.INVALID_TXN_STATE,
  )
  assert.deepEqual(produce(world, log, { baseSequence: 0, isTransactional: true }, { guard }), {
    offset: 0,
    isDuplicate: false,
  })
  assert.equal(log.beginVerification(makeBatch(['x'], world.wallMs, { ...header, baseSequence: 1 }), true), null)
  assert.equal(end(world, log, 'commit'), 0)
  assert.equal(produce(world, log, { baseSequence: 1, isTransactional: true }, { guard }), errors.INVALID_TXN_STATE)
})

test('the end of the last transaction leaves the verification of the next one, and takes that of its own', () => {
  const { world, log } = opened()
  const verify = (producerEpoch: number, bumps: boolean) => {
    const header = { producerId: PRODUCER, producerEpoch, baseSequence: 0, isTransactional: true }
    const guard = log.beginVerification(makeBatch(['x'], world.wallMs, header), bumps)
    assert.ok(guard !== null && typeof guard !== 'number')
    return (ask = { guard, transactionVersion: bumps ? 2 : 1 }) => produce(world, log, header, ask)
  }
  const late = verify(0, true)
  end(world, log, 'abort', { epoch: 1 }, { transactionVersion: 2 })
  assert.equal(late(), errors.INVALID_PRODUCER_EPOCH)
  const first = verify(1, true)
  assert.deepEqual(first(), { offset: 1, isDuplicate: false })
  const early = verify(2, true)
  end(world, log, 'commit', { epoch: 2 }, { transactionVersion: 2 })
  assert.deepEqual(early(), { offset: 3, isDuplicate: false })
  end(world, log, 'commit', { epoch: 3 }, { transactionVersion: 2 })
  // A client that keeps its epoch names its partitions first, and is not told yes before the last transaction ended.
  const kept = verify(3, false)
  end(world, log, 'abort', { epoch: 3 })
  assert.equal(kept(), errors.INVALID_TXN_STATE)
})

test('a later sequence does not overtake the one under verification', () => {
  const { world, log } = opened()
  const header = { producerId: PRODUCER, producerEpoch: 0, isTransactional: true }
  const first = log.beginVerification(makeBatch(['x'], world.wallMs, { ...header, baseSequence: 3 }), false)
  const again = log.beginVerification(makeBatch(['x'], world.wallMs, { ...header, baseSequence: 2 }), false)
  assert.deepEqual(first, again)
  assert.ok(first !== null && typeof first === 'object')
  assert.equal(
    produce(world, log, { baseSequence: 3, isTransactional: true }, { guard: first }),
    errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
  )
  assert.deepEqual(produce(world, log, { baseSequence: 2, isTransactional: true }, { guard: first }), {
    offset: 0,
    isDuplicate: false,
  })
})

test('an unknown producer under transaction version 2 begins at sequence 0', () => {
  const { world, log } = opened()
  const header = { producerId: PRODUCER, producerEpoch: 0, isTransactional: true, baseSequence: 4 }
  const guard = log.beginVerification(makeBatch(['x'], world.wallMs, header), true)
  assert.ok(guard !== null && typeof guard === 'object')
  assert.equal(
    produce(world, log, { baseSequence: 4, isTransactional: true }, { guard }),
    errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
  )
})

test('producer state is the same after a crash, with and without its snapshots', () => {
  for (const keepSnapshots of [true, false]) {
    const world = new TestWorld()
    const config = { segmentBytes: 500 }
    const log = world.open(world.store(), config)
    for (let i = 0; i < 12; i++) {
      produce(world, log, { baseSequence: i * 2, count: 2, isTransactional: true })
      produce(world, log, { producerId: 8, baseSequence: i, producerEpoch: 3 })
      if (i % 3 === 2) assert.equal(end(world, log, i % 2 === 0 ? 'commit' : 'abort'), 0)
      world.run()
    }
    produce(world, log, { baseSequence: 24, isTransactional: true })
    world.run()
    const before = log.activeProducers()
    const aborted: AbortedTransaction[] = []
    log.abortedTransactions(0, log.endOffset, aborted, () => {})
    assert.ok(aborted.length > 0 && log.segments.length > 3)
    world.crash({ names: 'all' })
    if (!keepSnapshots) {
      const names = world.wait<readonly { name: string }[]>((done) => world.disk.list('/data/events-0', done))
      for (const { name } of names)
        if (name.endsWith('.snapshot')) world.wait<void>((done) => world.disk.remove(`/data/events-0/${name}`, done))
    }
    const again = world.open(world.store(), config)
    assert.deepEqual(
      again.activeProducers().toSorted((a, b) => a.producerId - b.producerId),
      [...before].sort((a, b) => a.producerId - b.producerId),
    )
    const after: AbortedTransaction[] = []
    world.wait<void>((done) => {
      if (again.abortedTransactions(0, again.endOffset, after, done)) done(null)
    })
    assert.deepEqual(after, aborted)
    assert.equal(
      produce(world, again, { baseSequence: 26, isTransactional: true }),
      errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
    )
  }
})
