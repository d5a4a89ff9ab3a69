import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  DeleteRecords,
  DescribeProducers,
  errorName,
  errors,
  Fetch,
  ListOffsets,
  OffsetForLeaderEpoch,
} from '../../src/protocol/index.ts'
import { type Broker, batchOf, initProducerId, produceTo, startBroker } from './harness.ts'

const SECOND = 1000
const T0 = 1_700_000_000_000

let broker: Broker
before(async () => {
  broker = await startBroker({
    topics: [
      'times',
      'empty',
      'cut',
      'kept',
      'producers',
      { name: 'compacted', config: { 'cleanup.policy': 'compact' } },
      { name: 'stamped', config: { 'message.timestamp.type': 'LogAppendTime' } },
    ],
  })
  // Offsets 0 and 1 at 10 s and 30 s, 2 at 20 s, 3 at 40 s.
  const at = (...seconds: number[]) => batchOf(seconds.map((s) => ({ value: `${s}`, timestamp: T0 + s * SECOND })))
  await produceTo(broker, 'times', at(10, 30))
  await produceTo(broker, 'times', at(20))
  await produceTo(broker, 'times', at(40))
})
after(() => broker[Symbol.asyncDispose]())

async function list(
  name: string,
  timestamp: number,
  o: { partitionIndex?: number; currentLeaderEpoch?: number; isolationLevel?: number; version?: number } = {},
) {
  const { isolationLevel = 0, version, ...partition } = o
  const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp, ...partition }] }]
  const answer = await broker.ask(ListOffsets, { replicaId: -1, isolationLevel, topics }, version)
  return answer.topics[0]!.partitions[0]!
}

describe('ListOffsets', () => {
  const found = async (name: string, timestamp: number, version?: number) => {
    const answer = await list(name, timestamp, version === undefined ? {} : { version })
    const { errorCode, offset, timestamp: at } = answer
    return [errorName(errorCode), offset, at < 0 ? at : (at - T0) / SECOND]
  }

  it('finds the first record that is not earlier than a time', async () => {
    assert.deepEqual(await found('times', 0), ['NONE', 0, 10])
    assert.deepEqual(await found('times', T0 + 10 * SECOND), ['NONE', 0, 10])
    assert.deepEqual(await found('times', T0 + 10 * SECOND + 1), ['NONE', 1, 30])
    assert.deepEqual(await found('times', T0 + 31 * SECOND), ['NONE', 3, 40])
    assert.deepEqual(await found('times', T0 + 41 * SECOND), ['NONE', -1, -1])
    assert.deepEqual(await found('empty', 0), ['NONE', -1, -1])
  })

  const LATEST = -1
  const EARLIEST = -2
  const MAX_TIMESTAMP = -3
  const EARLIEST_LOCAL = -4
  const LATEST_TIERED = -5

  it('answers the questions that have no time', async () => {
    assert.deepEqual(await found('times', LATEST), ['NONE', 4, -1])
    assert.deepEqual(await found('times', EARLIEST), ['NONE', 0, -1])
    assert.deepEqual(await found('times', MAX_TIMESTAMP), ['NONE', 3, 40])
    assert.deepEqual(await found('times', EARLIEST_LOCAL), ['NONE', 0, -1])
    assert.deepEqual(await found('times', LATEST_TIERED), ['NONE', -1, -1])
    for (const [question, offset] of [
      [LATEST, 0],
      [EARLIEST, 0],
      [MAX_TIMESTAMP, -1],
      [EARLIEST_LOCAL, 0],
      [LATEST_TIERED, -1],
    ] as const)
      assert.deepEqual(await found('empty', question), ['NONE', offset, -1], String(question))
  })

  it('says that a version has no such question', async () => {
    assert.deepEqual(await found('times', MAX_TIMESTAMP, 6), ['UNSUPPORTED_VERSION', -1, -1])
    assert.deepEqual(await found('times', EARLIEST_LOCAL, 7), ['UNSUPPORTED_VERSION', -1, -1])
    assert.deepEqual(await found('times', LATEST_TIERED, 8), ['UNSUPPORTED_VERSION', -1, -1])
    assert.deepEqual(await found('times', -99), ['UNSUPPORTED_VERSION', -1, -1])
  })

  it('tells the leader epoch of what it found', async () => {
    assert.equal((await list('times', 0)).leaderEpoch, 0)
    assert.equal((await list('times', LATEST)).leaderEpoch, 0)
    assert.equal((await list('times', T0 + 41 * SECOND)).leaderEpoch, -1)
  })

  it('ends at the last stable offset for readers of committed records', async () => {
    assert.equal((await list('times', LATEST, { isolationLevel: 1 })).offset, 4)
  })

  it('finds what was stamped on append by the time of the append', async () => {
    const before = Date.now()
    await produceTo(broker, 'stamped', batchOf([{ value: 'a', timestamp: 1 }]))
    const { offset, timestamp } = await list('stamped', before)
    assert.equal(offset, 0)
    assert.ok(timestamp >= before)
  })

  it('says what is wrong with a topic, a partition, an epoch', async () => {
    const code = async (name: string, o: object = {}) => errorName((await list(name, LATEST, o)).errorCode)
    assert.equal(await code('absent'), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await code('times', { partitionIndex: 5 }), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await code('times', { currentLeaderEpoch: 9 }), 'UNKNOWN_LEADER_EPOCH')
    assert.equal(await code('times', { currentLeaderEpoch: 0 }), 'NONE')
  })
})

describe('OffsetForLeaderEpoch', () => {
  const ask = async (topic: string, leaderEpoch: number, partition: object = {}) => {
    const topics = [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch, ...partition }] }]
    const answer = await broker.ask(OffsetForLeaderEpoch, { replicaId: -1, topics })
    const { errorCode, leaderEpoch: epoch, endOffset } = answer.topics[0]!.partitions[0]!
    return [errorName(errorCode), epoch, endOffset]
  }

  it('tells where an epoch ends: the current one at the log’s end', async () => {
    assert.deepEqual(await ask('times', 0), ['NONE', 0, 4])
    assert.deepEqual(await ask('empty', 0), ['NONE', 0, 0])
  })

  it('knows nothing of epochs to come', async () => {
    assert.deepEqual(await ask('times', 5), ['NONE', -1, -1])
  })

  it('says what is wrong with a topic, a partition, an epoch', async () => {
    assert.deepEqual(await ask('absent', 0), ['UNKNOWN_TOPIC_OR_PARTITION', -1, -1])
    assert.deepEqual(await ask('times', 0, { partition: 5 }), ['UNKNOWN_TOPIC_OR_PARTITION', -1, -1])
    assert.deepEqual(await ask('times', 0, { currentLeaderEpoch: 7 }), ['UNKNOWN_LEADER_EPOCH', -1, -1])
  })
})

describe('DeleteRecords', () => {
  const remove = async (name: string, offset: number, partitionIndex = 0) => {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
    const answer = await broker.ask(DeleteRecords, { topics, timeoutMs: 5000 })
    const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!
    return [errorName(errorCode), lowWatermark]
  }
  before(async () => {
    for (const value of ['a', 'b', 'c', 'd']) await produceTo(broker, 'cut', batchOf([{ value }]))
  })

  it('moves the start of the log, and what is before it is gone', async () => {
    assert.deepEqual(await remove('cut', 2), ['NONE', 2])
    assert.equal((await list('cut', -2)).offset, 2)
    const partitions = [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1000 }]
    const ask = { maxWaitMs: 0, minBytes: 0, maxBytes: 1000, sessionEpoch: -1, topics: [{ topic: 'cut', partitions }] }
    const fetched = (await broker.ask(Fetch, ask, 12)).responses[0]!.partitions[0]!
    assert.equal(errorName(fetched.errorCode), 'OFFSET_OUT_OF_RANGE')
    assert.equal(fetched.logStartOffset, -1)
  })

  it('changes nothing where the log begins later already', async () => {
    assert.deepEqual(await remove('cut', 1), ['NONE', 2])
  })

  it('takes −1 for all that is there', async () => {
    assert.deepEqual(await remove('cut', -1), ['NONE', 4])
    assert.equal(await produceTo(broker, 'cut', batchOf([{ value: 'e' }])), 4)
  })

  it('says what is wrong', async () => {
    assert.deepEqual(await remove('kept', 1), ['OFFSET_OUT_OF_RANGE', -1])
    assert.deepEqual(await remove('kept', -2), ['OFFSET_OUT_OF_RANGE', -1])
    assert.deepEqual(await remove('absent', 0), ['UNKNOWN_TOPIC_OR_PARTITION', -1])
    assert.deepEqual(await remove('kept', 0, 3), ['UNKNOWN_TOPIC_OR_PARTITION', -1])
    assert.deepEqual(await remove('compacted', 0), ['POLICY_VIOLATION', -1])
  })
})

describe('InitProducerId', () => {
  it('gives each producer an id of its own, in its first epoch', async () => {
    const ids = new Set<number>()
    for (let i = 0; i < 20; i++) {
      const answer = await initProducerId(broker)
      assert.deepEqual([answer.errorCode, answer.producerEpoch], [errors.NONE, 0])
      ids.add(answer.producerId)
    }
    assert.equal(ids.size, 20)
  })

  it('refuses an empty transactional id', async () => {
    const answer = await initProducerId(broker, '')
    assert.equal(errorName(answer.errorCode), 'INVALID_REQUEST')
    assert.deepEqual([answer.producerId, answer.producerEpoch], [-1, -1])
  })
})

describe('DescribeProducers', () => {
  const ask = async (name: string, index = 0) => {
    const answer = await broker.ask(DescribeProducers, { topics: [{ name, partitionIndexes: [index] }] })
    return answer.topics[0]!.partitions[0]!
  }

  it('tells who has written, and how far each is', async () => {
    const { producerId } = await initProducerId(broker)
    const timestamp = Date.now()
    const rows = [
      { value: 'a', timestamp },
      { value: 'b', timestamp },
    ]
    await produceTo(broker, 'producers', batchOf(rows, { producerId, producerEpoch: 0, baseSequence: 0 }))
    await produceTo(broker, 'producers', batchOf(rows, { producerId, producerEpoch: 0, baseSequence: 2 }))
    await produceTo(broker, 'producers', batchOf(rows))
    const { errorCode, activeProducers } = await ask('producers')
    assert.equal(errorCode, errors.NONE)
    assert.deepEqual(activeProducers, [
      {
        producerId,
        producerEpoch: 0,
        lastSequence: 3,
        lastTimestamp: timestamp,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ])
  })

  it('says what is not there', async () => {
    assert.deepEqual((await ask('empty')).activeProducers, [])
    assert.equal(errorName((await ask('absent')).errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(errorName((await ask('producers', 9)).errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
  })
})
