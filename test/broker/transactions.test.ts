import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeProducers,
  DescribeTransactions,
  EndTxn,
  errorName,
  errors,
  InitProducerId,
  ListTransactions,
  OffsetFetch,
  TxnOffsetCommit,
  UpdateFeatures,
  WriteTxnMarkers,
} from '../../src/protocol/index.ts'
import { type Broker, isApache, startBroker } from './harness.ts'
import {
  type Asks,
  add,
  end,
  endOffset,
  findCoordinator,
  type Identity,
  init,
  patiently,
  readAll,
  steps,
  write,
} from './transaction-world.ts'

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const name = (code: number) => errorName(code as never)

async function start(ids: readonly string[], config: Readonly<Record<string, string>> = {}): Promise<Broker> {
  const broker = await startBroker({
    topics: [
      { name: 't', partitions: 3 },
      { name: 'u', partitions: 3 },
    ],
    config: {
      'transaction.state.log.num.partitions': '1',
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
      ...config,
    },
  })
  for (const id of ids) await findCoordinator(broker, id)
  return broker
}

/** Values that a reader of committed records keeps. */
async function committed(to: Asks, topic: string, partition = 0): Promise<string[]> {
  for (;;) {
    const { values, aborted, lastStableOffset, highWatermark } = await readAll(to, topic, READ_COMMITTED, partition)
    if (lastStableOffset === highWatermark) return aborted!.length === 0 ? values : [...values, ...aborted!]
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('a producer that bumps its epoch at every end (KIP-890 part 2)', () => {
  it('commits and aborts; each end gives it the next epoch', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    assert.equal(first.error, 'NONE')
    assert.equal(first.producerEpoch, 0)
    assert.equal(await write(broker, first, 't', 'a'), 0)
    assert.equal(await endOffset(broker, 't', READ_COMMITTED), 0)
    assert.equal(await endOffset(broker, 't', READ_UNCOMMITTED), 1)
    const open = await readAll(broker, 't', READ_COMMITTED)
    assert.deepEqual([open.values, open.aborted, open.lastStableOffset, open.highWatermark], [[], [], 0, 1])

    const second = await end(broker, first, true)
    assert.deepEqual(second, { transactionalId: 'tx', producerId: first.producerId, producerEpoch: 1, error: 'NONE' })
    assert.deepEqual(await committed(broker, 't'), ['a'])

    assert.equal(await write(broker, second, 't', 'b'), 2)
    const third = await end(broker, second, false)
    assert.equal(third.producerEpoch, 2)
    assert.deepEqual(await committed(broker, 't'), ['a', 'b', `${first.producerId}@2`])
    const { aborted, markers } = await readAll(broker, 't', READ_UNCOMMITTED)
    assert.equal(aborted, null)
    assert.deepEqual(markers, [`1 COMMIT ${first.producerId}/1 0`, `3 ABORT ${first.producerId}/2 0`])
  })

  it('an end sent again is answered the same; the opposite of it is INVALID_TXN_STATE', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    await write(broker, first, 't', 'a')
    const second = await end(broker, first, true)
    assert.deepEqual(await end(broker, first, true), second)
    assert.equal((await end(broker, first, false)).error, 'INVALID_TXN_STATE')
    assert.equal((await end(broker, second, true)).error, 'INVALID_TXN_STATE')
    const third = await end(broker, second, false)
    assert.equal(third.producerEpoch, 2)
    assert.deepEqual(await end(broker, second, false), third)
    assert.equal((await end(broker, second, true)).error, 'INVALID_TXN_STATE')
    assert.equal((await end(broker, first, true)).error, 'PRODUCER_FENCED')
    assert.equal((await end(broker, { ...third, producerEpoch: 9 }, true)).error, 'PRODUCER_FENCED')
    assert.equal((await end(broker, { ...third, producerId: 4711 }, true)).error, 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(
      (await end(broker, { ...third, transactionalId: 'nobody' }, true)).error,
      'INVALID_PRODUCER_ID_MAPPING',
    )
    assert.equal((await end(broker, { ...third, transactionalId: '' }, true)).error, 'INVALID_REQUEST')
  })

  it('an empty transaction may be aborted, not committed, right after the start', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    assert.equal((await end(broker, first, true)).error, 'INVALID_TXN_STATE')
    assert.equal((await end(broker, first, false)).producerEpoch, 1)
  })

  it('its records of an earlier epoch are refused after the end', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    await write(broker, first, 't', 'a')
    const second = await end(broker, first, true)
    await committed(broker, 't')
    assert.equal(await write(broker, first, 't', 'late', { sequence: 1 }), 'INVALID_PRODUCER_EPOCH')
    assert.equal(await write(broker, second, 't', 'b', { sequence: 1 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    assert.equal(await write(broker, second, 't', 'b'), 2)
    assert.equal(await write(broker, { ...second, producerId: 4711 }, 'u', 'x'), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await write(broker, { ...second, producerEpoch: 5 }, 'u', 'x'), 'INVALID_PRODUCER_EPOCH')
    assert.equal(await write(broker, second, 'u', 'x', { sequence: 3 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  it('writes the same steps into the transaction log as Apache Kafka', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    await write(broker, first, 't', 'a', { partition: 2 })
    await write(broker, first, 't', 'a', { partition: 0 })
    await write(broker, first, 'u', 'a', { partition: 1 })
    const second = await end(broker, first, true)
    const third = await end(broker, second, false)
    await write(broker, third, 't', 'b', { partition: 1 })
    const fourth = await init(broker, 'tx')
    const fifth = await init(broker, 'tx', fourth)
    await init(broker, 'tx', fourth)
    assert.deepEqual([fourth.producerEpoch, fifth.producerEpoch], [4, 5])
    const found = await steps(broker, 'tx', 1)
    assert.ok(found.every(({ isSameBytes, version }) => isSameBytes && version === 1))
    assert.deepEqual(
      found.map(({ record }) => summary(record!, first.producerId)),
      [
        'Empty 0 id -1 v0 [] not started',
        'Ongoing 0 id -1 v2 [t-2] started',
        'Ongoing 0 id -1 v2 [t-2 t-0] started',
        'Ongoing 0 id -1 v2 [t-2 t-0 u-1] started',
        'PrepareCommit 1 id -1 v2 [t-2 t-0 u-1] started',
        'CompleteCommit 1 id -1 v2 [] started',
        'PrepareAbort 2 id -1 v2 [] started',
        'CompleteAbort 2 id -1 v2 [] started',
        'Ongoing 2 id -1 v2 [t-1] started',
        'PrepareAbort 3 id -1 v2 [t-1] started',
        'CompleteAbort 3 id -1 v2 [] started',
        'Empty 4 id -1 v2 [] not started',
        'Empty 5 id -1 v2 [] not started',
        'Empty 5 id -1 v2 [] not started',
      ],
    )
  })
})

type Step = NonNullable<Awaited<ReturnType<typeof steps>>[number]['record']>

function summary(t: Step, producerId: number): string {
  const { status, producerEpoch, clientVersion, nextProducerId } = t
  const ids = [t.producerId, t.previousProducerId].map((id) => (id === producerId ? 'id' : `${id}`))
  const partitions = t.partitions.byTopic().flatMap((p) => p.partitionIds.map((id) => `${p.topic}-${id}`))
  const id = ids[0] === ids[1] ? ids[0] : `${ids[1]}→${ids[0]}`
  return `${status} ${producerEpoch} ${id} ${nextProducerId} v${clientVersion} [${partitions.join(' ')}] ${t.startMs > 0 ? 'started' : 'not started'}`
}

describe('a producer that keeps its epoch', () => {
  const old = { version: 11 }

  it('names its partitions first; what it did not name is refused', async () => {
    await using broker = await start(['tx'])
    const who = await init(broker, 'tx')
    assert.equal(await write(broker, who, 't', 'a', { version: 11 }), 'TRANSACTION_ABORTABLE')
    assert.equal(await write(broker, who, 't', 'a', { version: 10 }), 'INVALID_TXN_STATE')
    assert.equal(await add(broker, who, 't', [0, 1]), 'NONE,NONE')
    assert.equal(await add(broker, who, 't', [0, 1]), 'NONE,NONE')
    assert.equal(await write(broker, who, 't', 'a', old), 0)
    assert.equal(await write(broker, who, 't', 'c', { version: 11, partition: 2 }), 'TRANSACTION_ABORTABLE')
    assert.equal((await end(broker, who, true, 4)).error, 'NONE')
    assert.deepEqual(await committed(broker, 't'), ['a'])
    const { markers } = await readAll(broker, 't', READ_UNCOMMITTED, 1)
    assert.deepEqual(markers, [`0 COMMIT ${who.producerId}/0 0`])
    assert.equal(await add(broker, who, 't', [0]), 'NONE')
    assert.equal(await write(broker, who, 't', 'b', { version: 11, sequence: 1 }), 2)
    assert.equal((await end(broker, who, false, 4)).error, 'NONE')
    assert.equal((await end(broker, who, false, 4)).error, 'NONE')
    assert.equal((await end(broker, who, true, 4)).error, 'INVALID_TXN_STATE')
    assert.deepEqual(await committed(broker, 't'), ['a', 'b', `${who.producerId}@2`])
  })

  it('is refused what does not exist, or is not its own', async () => {
    await using broker = await start(['tx'])
    const who = await init(broker, 'tx')
    assert.equal((await end(broker, who, true, 4)).error, 'INVALID_TXN_STATE')
    assert.equal((await end(broker, who, false, 4)).error, 'INVALID_TXN_STATE')
    assert.equal(await add(broker, who, 't', [0, 7]), 'OPERATION_NOT_ATTEMPTED,UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await add(broker, who, '__transaction_state', [0]), 'TOPIC_AUTHORIZATION_FAILED')
    assert.equal(await add(broker, { ...who, producerEpoch: 3 }, 't', [0]), 'PRODUCER_FENCED')
    assert.equal(await add(broker, { ...who, producerEpoch: 3 }, 't', [0], 1), 'INVALID_PRODUCER_EPOCH')
    assert.equal(await add(broker, { ...who, producerId: 4711 }, 't', [0]), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await add(broker, { ...who, transactionalId: 'nobody' }, 't', [0]), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await add(broker, { ...who, transactionalId: '' }, 't', [0]), 'INVALID_REQUEST')
    assert.equal((await end(broker, { ...who, producerEpoch: 3 }, true, 4)).error, 'PRODUCER_FENCED')
    assert.equal((await end(broker, { ...who, producerEpoch: 3 }, true, 1)).error, 'INVALID_PRODUCER_EPOCH')
  })

  it('writes the same steps into the transaction log as Apache Kafka', async () => {
    await using broker = await start(['tx'])
    const who = await init(broker, 'tx')
    await add(broker, who, 't', [0, 1, 2])
    await write(broker, who, 't', 'a', old)
    await end(broker, who, true, 4)
    await add(broker, who, 'u', [1])
    await end(broker, who, false, 4)
    await patiently(
      () => broker.ask(EndTxn, { ...who, committed: false }, 4),
      ({ errorCode }) => errorCode,
    )
    const found = await steps(broker, 'tx', 1)
    assert.ok(found.every(({ isSameBytes, version }) => isSameBytes && version === 1))
    assert.deepEqual(
      found.map(({ record }) => summary(record!, who.producerId)),
      [
        'Empty 0 id -1 v0 [] not started',
        'Ongoing 0 id -1 v0 [t-2 t-1 t-0] started',
        'PrepareCommit 0 id -1 v0 [t-2 t-1 t-0] started',
        'CompleteCommit 0 id -1 v0 [] started',
        'Ongoing 0 id -1 v0 [u-1] started',
        'PrepareAbort 0 id -1 v0 [u-1] started',
        'CompleteAbort 0 id -1 v0 [] started',
      ],
    )
  })
})

describe('InitProducerId', () => {
  it('aborts what the producer before left open, and shuts it out', async () => {
    await using broker = await start(['tx'])
    const before = await init(broker, 'tx')
    await write(broker, before, 't', 'a')
    const after = await init(broker, 'tx')
    assert.equal(after.producerId, before.producerId)
    assert.equal(after.producerEpoch, 2)
    assert.equal((await end(broker, before, true)).error, 'PRODUCER_FENCED')
    assert.equal(await write(broker, before, 't', 'b', { sequence: 1 }), 'INVALID_PRODUCER_EPOCH')
    assert.deepEqual(await committed(broker, 't'), ['a', `${before.producerId}@0`])
  })

  it('lets a producer go on with its epoch bumped; told twice, it hears the same', async () => {
    await using broker = await start(['tx'])
    const first = await init(broker, 'tx')
    const second = await init(broker, 'tx', first)
    assert.deepEqual(second, { ...first, producerEpoch: 1 })
    assert.deepEqual(await init(broker, 'tx', first), second)
    await init(broker, 'tx')
    assert.equal((await init(broker, 'tx', second)).error, 'PRODUCER_FENCED')
    assert.equal((await init(broker, 'tx', { producerId: 4711, producerEpoch: 0 })).error, 'PRODUCER_FENCED')
    assert.equal((await init(broker, 'other', { producerId: 4711, producerEpoch: 5 })).producerEpoch, 0)
  })

  it('checks the timeout and the identity', async () => {
    await using broker = await start(['tx'])
    const known = { producerId: -1, producerEpoch: -1 }
    assert.equal((await init(broker, 'tx', known, 900_001)).error, 'INVALID_TRANSACTION_TIMEOUT')
    assert.equal((await init(broker, 'tx', known, 0)).error, 'INVALID_TRANSACTION_TIMEOUT')
    assert.equal((await init(broker, '', known)).error, 'INVALID_REQUEST')
    assert.equal((await init(broker, 'tx', { producerId: 3, producerEpoch: -1 })).error, 'INVALID_REQUEST')
    await init(broker, 'tx')
    await init(broker, 'tx')
    const fenced = { transactionalId: 'tx', transactionTimeoutMs: 1000, producerId: 4711, producerEpoch: 0 }
    assert.equal(name((await broker.ask(InitProducerId, fenced, 3)).errorCode), 'INVALID_PRODUCER_EPOCH')
  })
})

it('a transaction that takes longer than its timeout is aborted, and its producer shut out', async () => {
  await using broker = await start(['tx'])
  const who = await init(broker, 'tx', undefined, 200)
  assert.equal(await write(broker, who, 't', 'a'), 0)
  assert.deepEqual(await committed(broker, 't'), ['a', `${who.producerId}@0`])
  assert.equal((await end(broker, who, true)).error, 'INVALID_TXN_STATE')
  assert.equal((await end(broker, who, true, 4)).error, 'PRODUCER_FENCED')
  assert.equal(await write(broker, who, 't', 'b', { sequence: 1 }), 'INVALID_PRODUCER_EPOCH')
  const { markers } = await readAll(broker, 't', READ_UNCOMMITTED)
  assert.deepEqual(markers, [`1 ABORT ${who.producerId}/1 0`])
})

describe('offsets in a transaction', () => {
  async function commit(to: Asks, who: Identity, offset: number, version: number, extra: object = {}): Promise<string> {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] }]
    const answer = await patiently(
      () => to.ask(TxnOffsetCommit, { ...who, groupId: 'g', topics, ...extra }, version),
      ({ topics: [topic] }) => topic!.partitions[0]!.errorCode,
    )
    return name(answer.topics[0]!.partitions[0]!.errorCode)
  }

  async function fetch(to: Asks, requireStable: boolean): Promise<string> {
    const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }]
    const answer = await to.ask(OffsetFetch, { groups, requireStable }, 9)
    const { errorCode, committedOffset } = answer.groups[0]!.topics[0]!.partitions[0]!
    return errorCode === errors.NONE ? `${committedOffset}` : name(errorCode)
  }

  async function settled(to: Asks): Promise<string> {
    for (;;) {
      const found = await fetch(to, true)
      if (found !== 'UNSTABLE_OFFSET_COMMIT') return found
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it('count once the transaction commits, and never when it aborts', async () => {
    await using broker = await start(['tx'])
    await findCoordinator(broker, 'g', 0)
    const first = await init(broker, 'tx')
    assert.equal(await commit(broker, first, 5, 5), 'NONE')
    assert.equal(await fetch(broker, false), '-1')
    assert.equal(await fetch(broker, true), 'UNSTABLE_OFFSET_COMMIT')
    const second = await end(broker, first, true)
    assert.equal(await settled(broker), '5')
    assert.equal(await commit(broker, first, 6, 5), 'INVALID_PRODUCER_EPOCH')
    assert.equal(await commit(broker, second, 7, 5), 'NONE')
    assert.equal(await fetch(broker, false), '5')
    await end(broker, second, false)
    assert.equal(await settled(broker), '5')
    const found = await steps(broker, 'tx', 1)
    assert.deepEqual(
      [...found[1]!.record!.partitions].map(({ topic }) => topic),
      ['__consumer_offsets'],
    )
  })

  it('of a producer that keeps its epoch want the group named first', async () => {
    await using broker = await start(['tx'])
    await findCoordinator(broker, 'g', 0)
    const who = await init(broker, 'tx')
    assert.equal(await commit(broker, who, 5, 4), 'TRANSACTION_ABORTABLE')
    assert.equal(await commit(broker, who, 5, 3), 'INVALID_TXN_STATE')
    assert.equal(name((await broker.ask(AddOffsetsToTxn, { ...who, groupId: 'g' }, 4)).errorCode), 'NONE')
    assert.equal(await commit(broker, who, 5, 4), 'NONE')
    await end(broker, who, true, 4)
    assert.equal(await settled(broker), '5')
    const join = async (fields: object, version: number) => {
      const answer = await patiently(
        () => broker.ask(AddOffsetsToTxn, { ...who, groupId: 'g', ...fields }, version),
        ({ errorCode }) => errorCode,
      )
      return name(answer.errorCode)
    }
    assert.equal(await join({ producerId: 4711 }, 4), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await join({ producerEpoch: 9 }, 4), 'PRODUCER_FENCED')
    assert.equal(await join({ producerEpoch: 9 }, 1), 'INVALID_PRODUCER_EPOCH')
  })

  it('of a member that the group has moved past are refused (KIP-447)', async () => {
    await using broker = await start(['tx'])
    await findCoordinator(broker, 'g', 0)
    const who = await init(broker, 'tx')
    assert.equal(await commit(broker, who, 5, 5, { generationId: 3, memberId: 'm' }), 'ILLEGAL_GENERATION')
    assert.equal(await commit(broker, who, 5, 5), 'NONE')
    await end(broker, who, true)
    assert.equal(await settled(broker), '5')
    const [again] = [await init(broker, 'tx')]
    assert.equal(await commit(broker, again!, 5, 5, { generationId: 3, memberId: 'm' }), 'UNKNOWN_MEMBER_ID')
    assert.equal(await commit(broker, again!, 5, 5, { groupId: '' }), 'INVALID_GROUP_ID')
  })
})

describe('brokers among themselves', () => {
  const asked = (who: Identity, verifyOnly: boolean, partitions: number[]) => ({
    transactions: [{ ...who, verifyOnly, topics: [{ name: 't', partitions }] }],
  })

  it('ask whether partitions are in a transaction, or put them there', async () => {
    await using broker = await start(['tx'])
    const who = await init(broker, 'tx')
    const answers = async (verifyOnly: boolean, partitions: number[], as: Identity = who, version = 5) => {
      const { resultsByTransaction } = await broker.ask(AddPartitionsToTxn, asked(as, verifyOnly, partitions), version)
      const results = [...resultsByTransaction[0]!.topicResults[0]!.resultsByPartition]
      results.sort((a, b) => a.partitionIndex - b.partitionIndex)
      return results.map((p) => name(p.partitionErrorCode)).join()
    }
    assert.equal(await answers(true, [0]), 'TRANSACTION_ABORTABLE')
    assert.equal(await answers(false, [0, 1]), 'NONE,NONE')
    assert.equal(await answers(true, [0, 2]), 'NONE,TRANSACTION_ABORTABLE')
    assert.equal(await answers(true, [0, 2], who, 4), 'NONE,TRANSACTION_ABORTABLE')
    assert.equal(await answers(true, [0], { ...who, producerEpoch: 4 }), 'PRODUCER_FENCED')
    assert.equal(await answers(true, [0], { ...who, producerId: 4711 }), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await answers(true, [0], { ...who, transactionalId: 'nobody' }), 'INVALID_PRODUCER_ID_MAPPING')
    assert.equal(await answers(true, [0, 9]), 'OPERATION_NOT_ATTEMPTED,UNKNOWN_TOPIC_OR_PARTITION')
  })

  it("write the ends of transactions into each other's partitions", async () => {
    await using broker = await start(['tx'])
    const who = await init(broker, 'tx')
    await write(broker, who, 't', 'a')
    const marker = { producerId: who.producerId, producerEpoch: 1, transactionResult: false, coordinatorEpoch: 5 }
    const topics = [{ name: 't', partitionIndexes: [0, 9] }]
    const send = async (fields: object) => {
      const answer = await broker.ask(WriteTxnMarkers, { markers: [{ ...marker, topics, ...fields }] }, 2)
      return answer.markers[0]!.topics[0]!.partitions.map((p) => name(p.errorCode)).join()
    }
    assert.equal(
      await send({ transactionVersion: 2, producerEpoch: 0 }),
      'INVALID_PRODUCER_EPOCH,UNKNOWN_TOPIC_OR_PARTITION',
    )
    assert.equal(await send({ transactionVersion: 2 }), 'NONE,UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await send({ transactionVersion: 2 }), 'NONE,UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await send({ coordinatorEpoch: 4 }), 'TRANSACTION_COORDINATOR_FENCED,UNKNOWN_TOPIC_OR_PARTITION')
    const { values, aborted, markers } = await readAll(broker, 't', READ_COMMITTED)
    assert.deepEqual([values, aborted], [['a'], [`${who.producerId}@0`]])
    assert.deepEqual(markers, [`1 ABORT ${who.producerId}/1 5`, `2 ABORT ${who.producerId}/1 5`])
  })
})

it('transactions are listed and described', async () => {
  await using broker = await start(['one', 'two'])
  const one = await init(broker, 'one')
  const two = await init(broker, 'two')
  await write(broker, one, 't', 'a', { partition: 1 })
  const ids = ['one', 'two', 'nobody', '']
  const { transactionStates } = await broker.ask(DescribeTransactions, { transactionalIds: ids })
  assert.deepEqual(
    transactionStates.map((t) => [t.transactionalId, name(t.errorCode), t.transactionState, t.topics]),
    [
      ['one', 'NONE', 'Ongoing', [{ topic: 't', partitions: [1] }]],
      ['two', 'NONE', 'Empty', []],
      ['nobody', 'TRANSACTIONAL_ID_NOT_FOUND', '', []],
      ['', 'INVALID_REQUEST', '', []],
    ],
  )
  assert.deepEqual(
    [transactionStates[0]!.producerId, transactionStates[0]!.producerEpoch, transactionStates[0]!.transactionTimeoutMs],
    [one.producerId, 0, 60_000],
  )
  assert.ok(transactionStates[0]!.transactionStartTimeMs > 0)
  assert.equal(transactionStates[1]!.transactionStartTimeMs, -1)
  const list = async (filters: object) => {
    const answer = await broker.ask(ListTransactions, { stateFilters: [], producerIdFilters: [], ...filters }, 2)
    const states = answer.transactionStates.map((t) => `${t.transactionalId} ${t.transactionState}`).sort()
    return [name(answer.errorCode), ...answer.unknownStateFilters, ...states].join(',')
  }
  assert.equal(await list({}), 'NONE,one Ongoing,two Empty')
  assert.equal(await list({ stateFilters: ['Ongoing'] }), 'NONE,one Ongoing')
  assert.equal(await list({ stateFilters: ['Gone'] }), 'NONE,Gone')
  assert.equal(await list({ stateFilters: ['Gone', 'Empty'] }), 'NONE,Gone,two Empty')
  assert.equal(await list({ producerIdFilters: [two.producerId] }), 'NONE,two Empty')
  assert.equal(await list({ durationFilter: 600_000 }), 'NONE,two Empty')
  assert.equal(await list({ transactionalIdPattern: 'o.*' }), 'NONE,one Ongoing')
  assert.equal(await list({ transactionalIdPattern: 'n' }), 'NONE')
  assert.equal(await list({ transactionalIdPattern: '(' }), 'INVALID_REGULAR_EXPRESSION')
  const described = await broker.ask(DescribeProducers, { topics: [{ name: 't', partitionIndexes: [1] }] })
  const [producer] = described.topics[0]!.partitions[0]!.activeProducers
  assert.deepEqual(
    [producer!.producerId, producer!.producerEpoch, producer!.lastSequence, producer!.currentTxnStartOffset],
    [one.producerId, 0, 0, 0],
  )
  assert.equal(producer!.coordinatorEpoch, -1)
})

it('a transaction that no coordinator knows is ended by hand', async () => {
  await using broker = await start(['tx'], { 'transaction.partition.verification.enable': 'false' })
  const who = await init(broker, 'tx')
  // An old client and a broker that does not verify: this is how transactions came to hang.
  assert.equal(await write(broker, who, 't', 'a', { version: 10 }), 0)
  assert.equal((await end(broker, who, true, 4)).error, 'INVALID_TXN_STATE')
  assert.equal(await endOffset(broker, 't', READ_COMMITTED), 0)
  const topics = [{ name: 't', partitionIndexes: [0] }]
  const { producerId, producerEpoch } = who
  const marker = { producerId, producerEpoch, transactionResult: false, coordinatorEpoch: 0, topics }
  const answer = await broker.ask(WriteTxnMarkers, { markers: [marker] })
  assert.equal(name(answer.markers[0]!.topics[0]!.partitions[0]!.errorCode), 'NONE')
  assert.deepEqual(await committed(broker, 't'), ['a', `${producerId}@0`])
})

it('under transaction.version 0 the log has the steps in their old form', async () => {
  await using broker = await start(['tx'])
  const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel: 0, upgradeType: 2 }]
  const updated = await broker.ask(UpdateFeatures, { featureUpdates, timeoutMs: 10_000 })
  assert.equal(name(updated.errorCode), 'NONE')
  const who = await init(broker, 'tx')
  await add(broker, who, 't', [0])
  await write(broker, who, 't', 'a', { version: 11 })
  const next = await init(broker, 'tx')
  assert.equal(next.producerEpoch, 2)
  const found = await steps(broker, 'tx', 1)
  assert.deepEqual([...new Set(found.map(({ version }) => version))], [0])
  assert.deepEqual(
    found.map(({ record }) => `${record!.status} ${record!.producerEpoch}`),
    ['Empty 0', 'Ongoing 0', 'PrepareAbort 1', 'CompleteAbort 1', 'Empty 2'],
  )
  const { markers } = await readAll(broker, 't', READ_UNCOMMITTED)
  assert.deepEqual(markers, [`1 ABORT ${who.producerId}/1 0`])
})

it('epochs that are used up give a new producer id', {
  skip: isApache && 'takes 32,766 steps there, too',
}, async () => {
  await using broker = await start(['tx'])
  let who: Identity = await init(broker, 'tx')
  const { producerId } = who
  while (who.producerEpoch < 32_765) who = await init(broker, 'tx')
  await write(broker, who, 't', 'a')
  const last = await end(broker, who, true)
  assert.deepEqual([last.producerId, last.producerEpoch], [producerId, 32_766])
  await write(broker, last, 't', 'b')
  const next = await end(broker, last, true)
  assert.notEqual(next.producerId, producerId)
  assert.equal(next.producerEpoch, 0)
  assert.deepEqual(await end(broker, last, true), next)
  assert.equal(await write(broker, next, 't', 'c'), 4)
  const { producerId: newId } = await end(broker, next, false)
  assert.equal(newId, next.producerId)
  assert.deepEqual(await committed(broker, 't'), ['a', 'b', 'c', `${newId}@4`])
})
