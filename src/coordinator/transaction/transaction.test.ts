import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../protocol/index.ts'
import { TransactionWorld } from './harness.ts'

test('a transaction ends in its partitions before the next begins', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  assert.equal(who, '1000/0')
  assert.equal(world.add(who, 1)(), 'NONE')
  assert.equal(world.add(who, 2)(), 'NONE')
  assert.deepEqual(world.ordered(), [])
  const next = world.end(who, 'commit')()
  assert.equal(next, '1000/1')
  assert.deepEqual(world.ordered(), ['commit 1000/1 v2 c0 t-2,t-1'])
  assert.equal(world.status, 'PrepareCommit 1000/1')
  world.mark()
  assert.equal(world.status, 'CompleteCommit 1000/1')
  assert.equal(world.add(next, 1)(), 'NONE')
  assert.equal(world.status, 'Ongoing 1000/1')
})

test('markers go out when the outcome is committed, not before', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.log.isHolding = true
  const answer = world.end(who, 'commit')
  assert.equal(answer(), 'waits')
  assert.deepEqual(world.ordered(), [])
  world.log.isHolding = false
  world.log.commit()
  world.clock.run()
  assert.equal(answer(), '1000/1')
  assert.equal(world.ordered().length, 1)
})

test('markers go out also when the commit took longer than the client was willing to wait', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.log.isHolding = true
  const answer = world.end(who, 'commit')
  world.clock.advance(5000)
  assert.equal(answer(), 'COORDINATOR_NOT_AVAILABLE')
  assert.deepEqual(world.ordered(), [])
  world.log.isHolding = false
  world.log.commit()
  world.clock.run()
  assert.deepEqual(world.ordered(), ['commit 1000/1 v2 c0 t-1'])
  world.mark()
  assert.equal(world.end(who, 'commit')(), '1000/1')
})

test('what comes while a transaction ends waits for the end, and is sent away when that takes too long', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  const next = world.end(who, 'commit')()
  const early = world.add(next, 1)
  const again = world.end(who, 'commit')
  assert.deepEqual([early(), again()], ['waits', 'waits'])
  world.mark()
  assert.equal(early(), 'NONE')
  // The retry of an end that something else followed: not told twice.
  assert.equal(again(), 'PRODUCER_FENCED')
  world.end(next, 'abort')
  const late = world.add('1000/2', 1)
  const later = world.init()
  world.clock.advance(99)
  assert.deepEqual([late(), later()], ['waits', 'waits'])
  world.clock.advance(1)
  assert.deepEqual([late(), later()], ['CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS'])
  world.mark()
  assert.equal(world.add('1000/2', 1)(), 'NONE')
})

test('several that wait are decided one after the other', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.end(who, 'commit')
  const first = world.init()
  const second = world.init()
  const third = world.init()
  world.mark()
  assert.deepEqual([first(), second(), third()], ['1000/2', '1000/3', '1000/4'])
})

test('a new producer waits for the abort of what the old one left open, and gets the epoch after it', () => {
  const world = new TransactionWorld()
  const old = world.init()()
  world.add(old, 1)
  const young = world.init()
  assert.equal(young(), 'waits')
  assert.deepEqual(world.ordered(), ['abort 1000/1 v2 c0 t-1'])
  world.mark()
  assert.equal(young(), '1000/2')
  assert.equal(world.add(old, 1)(), 'PRODUCER_FENCED')
})

test('under transaction.version 1 a fence bumps the epoch, the end does not', () => {
  const world = new TransactionWorld()
  world.transactionVersion = 1
  const old = world.init()()
  world.add(old, 1, 0)
  assert.equal(world.end(old, 'commit', 0)(), '1000/0')
  assert.deepEqual(world.ordered(), ['commit 1000/0 v0 c0 t-1'])
  world.mark()
  world.add(old, 1, 0)
  const young = world.init()
  assert.deepEqual(world.ordered(), ['abort 1000/1 v1 c0 t-1'])
  world.mark()
  assert.equal(young(), '1000/2')
})

test('the next leader sends the markers of what was decided', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.end(who, 'commit')
  world.orders = []
  world.fail()
  world.clock.advance(0)
  assert.deepEqual(world.ordered(), ['commit 1000/1 v2 c1 t-1'])
  const retry = world.end(who, 'commit')
  world.mark()
  assert.equal(retry(), '1000/1')
  assert.equal(world.status, 'CompleteCommit 1000/1')
})

test('the next leader knows an open transaction, and aborts it when its time is up', () => {
  const world = new TransactionWorld({ abortCheckIntervalMs: 1000 })
  const who = world.init(null, 1500)()
  world.add(who, 1)
  world.fail()
  world.clock.advance(1000)
  assert.equal(world.status, 'Ongoing 1000/0')
  world.clock.advance(1000)
  assert.equal(world.status, 'PrepareAbort 1000/1')
  assert.equal(world.add(who, 2)(), 'waits')
  world.mark()
  assert.equal(world.add(who, 2)(), 'PRODUCER_FENCED')
})

test('a request whose records the log refuses is told so, and leaves nothing behind', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.log.refusal = errors.NOT_ENOUGH_REPLICAS
  assert.equal(world.end(who, 'commit')(), 'COORDINATOR_NOT_AVAILABLE')
  assert.equal(world.init()(), 'COORDINATOR_NOT_AVAILABLE')
  world.log.refusal = 0
  assert.equal(world.status, 'Ongoing 1000/0')
  assert.equal(world.end(who, 'commit')(), '1000/1')
})

test('a completion that the log refuses is tried again until it is written', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.end(who, 'commit')
  world.log.refusal = errors.NOT_ENOUGH_REPLICAS
  world.mark()
  world.clock.advance(1200)
  assert.equal(world.status, 'PrepareCommit 1000/1')
  world.log.refusal = 0
  world.clock.advance(500)
  assert.equal(world.status, 'CompleteCommit 1000/1')
})

test('markers of an end that something else followed complete nothing', () => {
  const world = new TransactionWorld()
  const who = world.init()()
  world.add(who, 1)
  world.end(who, 'commit', 0)
  const [first] = world.orders
  world.mark()
  world.clock.advance(1)
  world.add(who, 1, 0)
  world.end(who, 'abort', 0)
  const { transactionalId, producerId, producerEpoch, preparedMs } = first!
  world.runtime.tell({ kind: 'marked', transactionalId, producerId, producerEpoch, preparedMs })
  world.clock.run()
  assert.equal(world.status, 'PrepareAbort 1000/0')
  world.mark()
  assert.equal(world.status, 'CompleteAbort 1000/0')
})

test('an id at rest is forgotten after its time, one in a transaction never', () => {
  const world = new TransactionWorld({ expirationMs: 10_000, expiryCheckIntervalMs: 1000, timeoutMsMax: 1_000_000 })
  world.init(null, 1_000_000)
  world.clock.advance(9_500)
  assert.equal(world.status, 'Empty 1000/0')
  world.clock.advance(1000)
  assert.equal(world.status, 'unknown')
  world.fail()
  assert.equal(world.status, 'unknown')
  const who = world.init(null, 1_000_000)()
  world.add(who, 1)
  world.clock.advance(50_000)
  assert.equal(world.status, `Ongoing ${who}`)
})

test('without a producer id at hand the client is asked for patience', () => {
  const world = new TransactionWorld()
  world.producerIds = []
  assert.equal(world.init()(), 'COORDINATOR_LOAD_IN_PROGRESS')
  assert.equal(world.status, 'unknown')
  world.producerIds = [5]
  assert.equal(world.init()(), '5/0')
})

test('a fence that uses up the epochs hands the id over to a new one', () => {
  const world = new TransactionWorld()
  let who = world.init()()
  while (who !== '1000/32765') who = world.init()()
  world.add(who, 1)
  assert.equal(world.end(who, 'commit')(), '1000/32766')
  world.mark()
  world.add('1000/32766', 1)
  const young = world.init()
  assert.deepEqual(world.ordered(), ['abort 1000/32767 v2 c0 t-1'])
  world.mark()
  assert.equal(young(), '1001/1')
  assert.equal(world.add('1000/32766', 1)(), 'INVALID_PRODUCER_ID_MAPPING')
})

test('an end that uses up the epochs goes on with a new id, also for a client that asks again', () => {
  const world = new TransactionWorld()
  let who = world.init()()
  while (who !== '1000/32766') who = world.init()()
  world.add(who, 1)
  assert.equal(world.end(who, 'commit')(), '1001/0')
  assert.deepEqual(world.ordered(), ['commit 1000/32767 v2 c0 t-1'])
  const early = world.add('1001/0', 1)
  world.mark()
  assert.equal(early(), 'NONE')
  assert.equal(world.end('1001/0', 'abort')(), '1001/1')
  world.mark()
  assert.equal(world.status, 'CompleteAbort 1001/1')
})

test('two-phase commit is refused as Apache Kafka 4.3 does', () => {
  const world = new TransactionWorld()
  const ask = { transactionalId: 'tx', timeoutMs: 1, known: null }
  const init = (enable2Pc: boolean, keepPreparedTxn: boolean) =>
    world.ask('initProducerId', { ...ask, enable2Pc, keepPreparedTxn }).answer!.errorCode
  assert.equal(init(true, false), errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  assert.equal(init(false, true), errors.UNSUPPORTED_VERSION)
  world.config.isTwoPhaseCommitEnabled = true
  assert.equal(init(true, false), errors.NONE)
  world.clock.advance(1000 * 60 * 60)
  assert.equal(world.status, 'Empty 1000/0')
})
