import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../env/memory/index.ts'
import { type AddPartitionsToTxn, errors, type RequestIn, type ResponseOf } from '../protocol/index.ts'
import { BrokerPeers } from './broker-peers.ts'
import { RemoteVouching, type VouchAsk } from './remote-vouching.ts'

type Request = RequestIn<typeof AddPartitionsToTxn>
type Answered = (failure: unknown, got: { version: number; answer: ResponseOf<typeof AddPartitionsToTxn> }) => void

/** Broker 2 answers when it is told to; where broker 3 is nobody knows. */
function setUp() {
  const clock = new ManualClock()
  const asked: { request: Request; answered: Answered }[] = []
  const peer = {
    ask: (_api: unknown, request: () => Request, answered: Answered) =>
      void asked.push({ request: request(), answered }),
    close: () => undefined,
  }
  const peers = new BrokerPeers({
    address: (id) => (id === 2 ? { host: 'localhost', port: 1 } : null),
    connect: () => peer as never,
  })
  const vouching = new RemoteVouching(clock, peers)
  const heard: string[] = []
  const vouch = (transactionalId: string, o: Partial<VouchAsk> & { coordinator?: number } = {}): void => {
    const { coordinator = 2, ...more } = o
    const partitions = [{ topic: 't', partition: 0 }]
    const ask = { transactionalId, producerId: 1, producerEpoch: 0, partitions, add: true, ...more }
    vouching.vouch(coordinator, ask, (codes) => heard.push(`${transactionalId} ${codes.join()}`))
  }
  const run = (): void => {
    while (clock.runTurn());
  }
  const ids = (): string[][] => asked.map(({ request }) => request.transactions!.map((one) => one.transactionalId!))
  const answer = (at: number, codeOf: (id: string, topic: string, partition: number) => number): void => {
    const { request, answered } = asked[at]!
    const resultsByTransaction = request.transactions!.map(({ transactionalId = '', topics = [] }) => ({
      transactionalId,
      topicResults: topics.map(({ name = '', partitions = [] }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: codeOf(transactionalId, name, partitionIndex),
        })),
      })),
    }))
    const head = { throttleTimeMs: 0, errorCode: 0, resultsByTopicV3AndBelow: [] }
    answered(null, { version: 5, answer: { ...head, resultsByTransaction } })
    run()
  }
  return { vouch, run, ids, answer, asked, heard }
}

test('one request at a time goes to a coordinator, for all transactions that have waited', () => {
  const w = setUp()
  w.vouch('a')
  w.vouch('b', { add: false })
  w.run()
  assert.deepEqual(w.ids(), [['a', 'b']])
  assert.deepEqual(
    w.asked[0]!.request.transactions!.map(({ verifyOnly }) => verifyOnly),
    [false, true],
  )
  for (const id of ['c', 'd']) w.vouch(id)
  w.run()
  assert.equal(w.asked.length, 1)
  w.answer(0, (id) => (id === 'a' ? errors.NONE : errors.INVALID_TXN_STATE))
  assert.deepEqual(w.heard, ['a 0', `b ${errors.INVALID_TXN_STATE}`])
  assert.deepEqual(w.ids(), [
    ['a', 'b'],
    ['c', 'd'],
  ])
  w.answer(1, () => errors.NONE)
  assert.deepEqual(w.heard.slice(2), ['c 0', 'd 0'])
})

test('what is asked for the same transaction again goes with the next request', () => {
  const w = setUp()
  w.vouch('a')
  const partitions = [
    { topic: 'u', partition: 3 },
    { topic: 't', partition: 1 },
    { topic: 'u', partition: 4 },
  ]
  w.vouch('a', { producerEpoch: 1, partitions })
  w.run()
  assert.deepEqual(w.ids(), [['a']])
  w.answer(0, () => errors.INVALID_PRODUCER_EPOCH)
  w.answer(1, (_id, topic, partition) => (topic === 'u' ? partition : errors.NONE))
  assert.deepEqual(w.heard, [`a ${errors.INVALID_PRODUCER_EPOCH}`, 'a 3,0,4'])
})

test('a coordinator that is not reached, not found or too old is told as such, and those behind ask again', () => {
  const w = setUp()
  w.vouch('lost', { coordinator: 3 })
  w.vouch('a')
  w.run()
  w.vouch('b')
  w.asked[0]!.answered({ code: 'ECONNRESET' }, null as never)
  w.run()
  w.asked[1]!.answered(null, { version: 3, answer: null as never })
  assert.deepEqual(w.heard, [
    `lost ${errors.COORDINATOR_NOT_AVAILABLE}`,
    `a ${errors.NETWORK_EXCEPTION}`,
    `b ${errors.UNSUPPORTED_VERSION}`,
  ])
})
