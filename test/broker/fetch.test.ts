import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ZERO_UUID } from '../../src/bytes/index.ts'
import { errorName, errors, Fetch, Metadata, Produce, type RequestIn } from '../../src/protocol/index.ts'
import { BatchCursor, batchLastOffset } from '../../src/records/index.ts'
import { type Broker, batchOf, type Connection, isApache, startBroker } from './harness.ts'

let broker: Broker
before(async () => {
  broker = await startBroker({
    topics: ['one', 'wait', 'enough', 'epoch', 'large', 'sessions', { name: 'many', partitions: 20 }, 'far', 'gone'],
  })
})
after(() => broker[Symbol.asyncDispose]())

async function produce(topic: string, value: string, index = 0): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index, records: batchOf([{ value }]) }] }]
  const answer = await broker.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
  assert.equal(answer.responses[0]!.partitionResponses[0]!.errorCode, errors.NONE)
}

type Body = RequestIn<typeof Fetch>
const sessionless = { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20, sessionEpoch: -1 } as const

function wanting(
  topic: string,
  ...partitions: { partition: number; fetchOffset: number; partitionMaxBytes?: number }[]
) {
  return [{ topic, partitions: partitions.map((p) => ({ partitionMaxBytes: 1 << 20, ...p })) }]
}

async function fetchOne(body: Body, connection: Pick<Connection, 'ask'> = broker, version = 12) {
  const answer = await connection.ask(Fetch, body, version)
  return answer.responses[0]?.partitions[0]
}

describe('a fetch', () => {
  it('gives the batches from its offset on, and the high watermark', async () => {
    await produce('one', 'a')
    await produce('one', 'b')
    const got = await fetchOne({ ...sessionless, topics: wanting('one', { partition: 0, fetchOffset: 1 }) })
    assert.equal(got?.highWatermark, 2)
    const cursor = new BatchCursor(got!.records!)
    assert.ok(cursor.next())
    assert.equal(batchLastOffset(cursor.bytes, cursor.from), 1)
  })

  it('waits for a record, and is woken by it', async () => {
    const waiting = fetchOne({
      ...sessionless,
      maxWaitMs: 20_000,
      topics: wanting('wait', { partition: 0, fetchOffset: 0 }),
    })
    const other = await broker.connect()
    const topicData = [{ name: 'wait', partitionData: [{ index: 0, records: batchOf([{ value: 'x' }]) }] }]
    await other.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
    const got = await waiting
    assert.equal(got?.highWatermark, 1)
    assert.ok(got!.records!.to > got!.records!.from)
    other.close()
  })

  it('waits until it has as many bytes as it asked for', async () => {
    const ask = { ...sessionless, maxWaitMs: 20_000, minBytes: 200 }
    const waiting = fetchOne({ ...ask, topics: wanting('enough', { partition: 0, fetchOffset: 0 }) })
    const other = await broker.connect()
    for (const value of ['a', 'b', 'c', 'd']) {
      const topicData = [{ name: 'enough', partitionData: [{ index: 0, records: batchOf([{ value }]) }] }]
      await other.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
    }
    const got = await waiting
    assert.ok(got!.records!.to - got!.records!.from >= 200)
    other.close()
  })

  it('answers empty when its time is up', async () => {
    const got = await fetchOne({
      ...sessionless,
      maxWaitMs: 30,
      topics: wanting('far', { partition: 0, fetchOffset: 0 }),
    })
    assert.deepEqual([got?.errorCode, got!.records!.to - got!.records!.from], [errors.NONE, 0])
  })

  it('gives the first batch whole even where it is larger than asked for', async () => {
    await produce('large', 'x'.repeat(5000))
    const topics = wanting('large', { partition: 0, fetchOffset: 0, partitionMaxBytes: 10 })
    const got = await fetchOne({ ...sessionless, maxBytes: 100, topics })
    assert.ok(got!.records!.to - got!.records!.from > 5000)
  })

  it('says what is wrong with an offset, an epoch, a topic', async () => {
    await produce('epoch', 'a')
    const cases: [string, { partition: number; fetchOffset: number; currentLeaderEpoch?: number }, string, number][] = [
      ['beyond the end', { partition: 0, fetchOffset: 2 }, 'epoch', errors.OFFSET_OUT_OF_RANGE],
      ['negative', { partition: 0, fetchOffset: -5 }, 'epoch', errors.OFFSET_OUT_OF_RANGE],
      ['a newer epoch', { partition: 0, fetchOffset: 0, currentLeaderEpoch: 9 }, 'epoch', errors.UNKNOWN_LEADER_EPOCH],
      ['no such partition', { partition: 7, fetchOffset: 0 }, 'epoch', errors.UNKNOWN_TOPIC_OR_PARTITION],
      ['no such topic', { partition: 0, fetchOffset: 0 }, 'nowhere', errors.UNKNOWN_TOPIC_OR_PARTITION],
    ]
    for (const [what, partition, topic, code] of cases) {
      const topics = [{ topic, partitions: [{ partitionMaxBytes: 1000, ...partition }] }]
      const got = await fetchOne({ ...sessionless, topics })
      assert.equal(errorName(got!.errorCode), errorName(code), what)
    }
  })

  it('by an unknown topic id is answered for its partition', async () => {
    const topicId = 'AAAAAAAAAAAAAAAAAAAAZw'
    const topics = [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }]
    const got = await fetchOne({ ...sessionless, topics }, broker, 13)
    assert.equal(errorName(got!.errorCode), 'UNKNOWN_TOPIC_ID')
  })

  it('of a replica that the partition does not have is refused', async () => {
    const topics = wanting('one', { partition: 0, fetchOffset: 0 })
    const answer = await broker.ask(Fetch, { ...sessionless, replicaId: 3, topics }, 12)
    const [got] = answer.responses[0]!.partitions
    assert.deepEqual([answer.errorCode, errorName(got!.errorCode)], [errors.NONE, 'NOT_LEADER_OR_FOLLOWER'])
  })
})

describe('a fetch session', () => {
  async function opened(topics: Body['topics']) {
    const answer = await broker.ask(Fetch, { ...sessionless, sessionEpoch: 0, topics }, 12)
    assert.ok(answer.sessionId > 0)
    return answer.sessionId
  }

  it('answers only what has changed', async () => {
    const partitions = Array.from({ length: 20 }, (_, partition) => ({ partition, fetchOffset: 0 }))
    const sessionId = await opened(wanting('many', ...partitions))
    const quiet = await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 1 }, 12)
    assert.deepEqual(quiet.responses, [])
    await produce('many', 'x', 13)
    const news = await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 2 }, 12)
    assert.deepEqual(
      news.responses.flatMap((t) => t.partitions.map((p) => p.partitionIndex)),
      [13],
    )
  })

  it('never starves a partition behind one that always has more', async () => {
    for (let i = 0; i < 20; i++) await produce('many', 'y'.repeat(2000), 0)
    await produce('many', 'z', 1)
    const sessionId = await opened(wanting('many', { partition: 0, fetchOffset: 0 }, { partition: 1, fetchOffset: 0 }))
    const seen = new Set<number>()
    for (let sessionEpoch = 1; sessionEpoch < 4; sessionEpoch++) {
      const answer = await broker.ask(Fetch, { ...sessionless, maxBytes: 2500, sessionId, sessionEpoch }, 12)
      for (const topic of answer.responses) for (const p of topic.partitions) seen.add(p.partitionIndex)
    }
    assert.deepEqual([...seen].sort(), [0, 1])
  })

  it('is refused under a wrong epoch or an unknown id', async () => {
    const sessionId = await opened(wanting('sessions', { partition: 0, fetchOffset: 0 }))
    const wrong = await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 7 }, 12)
    assert.equal(errorName(wrong.errorCode), 'INVALID_FETCH_SESSION_EPOCH')
    const unknown = await broker.ask(Fetch, { ...sessionless, sessionId: sessionId + 1, sessionEpoch: 1 }, 12)
    assert.equal(errorName(unknown.errorCode), 'FETCH_SESSION_ID_NOT_FOUND')
    const mixed = await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 1 }, 13)
    assert.equal(errorName(mixed.errorCode), 'FETCH_SESSION_TOPIC_ID_ERROR')
  })

  it('forgets what the client no longer wants', async () => {
    const sessionId = await opened(wanting('sessions', { partition: 0, fetchOffset: 0 }))
    const forgottenTopicsData = [{ topic: 'sessions', topicId: ZERO_UUID, partitions: [0] }]
    await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 1, forgottenTopicsData }, 12)
    await produce('sessions', 'x')
    const answer = await broker.ask(Fetch, { ...sessionless, sessionId, sessionEpoch: 2 }, 12)
    assert.deepEqual(answer.responses, [])
  })
})

describe('metadata', () => {
  it('makes a topic that is asked for by name, and it can be produced to at once', { skip: isApache }, async () => {
    const answer = await broker.ask(Metadata, { topics: [{ name: 'made' }], allowAutoTopicCreation: true })
    assert.equal(answer.topics[0]!.errorCode, errors.NONE)
    assert.notEqual(answer.topics[0]!.topicId, ZERO_UUID)
    await produce('made', 'x')
  })

  it('makes none where the client forbids it, or the name is none', async () => {
    const ask = async (name: string, allowAutoTopicCreation: boolean) =>
      errorName((await broker.ask(Metadata, { topics: [{ name }], allowAutoTopicCreation })).topics[0]!.errorCode)
    assert.equal(await ask('unmade', false), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await ask('a/b', true), 'INVALID_TOPIC_EXCEPTION')
  })

  it('lists all topics for null and none for an empty list', async () => {
    assert.ok((await broker.ask(Metadata, { topics: null })).topics.length >= 9)
    assert.deepEqual((await broker.ask(Metadata, { topics: [] })).topics, [])
  })
})
