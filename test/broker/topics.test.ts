import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ZERO_UUID } from '../../src/bytes/index.ts'
import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeTopicPartitions,
  errorName,
  errors,
  Fetch,
  Metadata,
  type RequestIn,
} from '../../src/protocol/index.ts'
import { type Broker, batchOf, isApache, makeTopics, produceTo, startBroker } from './harness.ts'

const UNKNOWN_ID = 'Aa0aaaaaSaaaaaaaaaaaaQ'

let broker: Broker
before(async () => {
  broker = await startBroker({ topics: ['taken'], config: { 'num.partitions': '2' } })
})
after(() => broker[Symbol.asyncDispose]())

type Wanted = Partial<NonNullable<RequestIn<typeof CreateTopics>['topics']>[number]>

async function create(topic: Wanted, more: { validateOnly?: boolean } = {}) {
  const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...topic }]
  return (await broker.ask(CreateTopics, { topics, timeoutMs: 10_000, ...more })).topics[0]!
}

async function described(name: string) {
  const { topics } = await broker.ask(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
  return topics[0]!
}

/** Apache answers a moment before its broker knows. */
async function becomes(name: string, isSo: (topic: Awaited<ReturnType<typeof described>>) => boolean) {
  let topic = await described(name)
  while (isApache && !isSo(topic)) topic = await described(name)
  assert.ok(isSo(topic), JSON.stringify(topic))
}

describe('CreateTopics', () => {
  it('answers with what was made: id, partitions, replicas, every configuration and its source', async () => {
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const made = await create({ name: 'made', numPartitions: 3, configs })
    assert.equal(made.errorCode, errors.NONE)
    assert.deepEqual([made.numPartitions, made.replicationFactor], [3, 1])
    assert.notEqual(made.topicId, ZERO_UUID)
    const of = (name: string) => made.configs!.find((c) => c.name === name)
    assert.deepEqual([of('retention.ms')?.value, of('retention.ms')?.configSource], ['1000', 1])
    assert.deepEqual([of('cleanup.policy')?.value, of('cleanup.policy')?.configSource], ['delete', 5])
    await becomes('made', ({ topicId, partitions }) => topicId === made.topicId && partitions.length === 3)
  })

  it('takes the broker’s defaults for −1, and a placement instead of counts', async () => {
    const byDefault = await create({ name: 'default', numPartitions: -1, replicationFactor: -1 })
    assert.deepEqual([byDefault.numPartitions, byDefault.replicationFactor], [2, 1])
    const assignments = [0, 1, 2].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] }))
    const placed = await create({ name: 'placed', numPartitions: -1, replicationFactor: -1, assignments })
    assert.deepEqual([placed.errorCode, placed.numPartitions, placed.replicationFactor], [errors.NONE, 3, 1])
  })

  it('makes nothing where it should only validate', async () => {
    const answer = await create({ name: 'imagined', numPartitions: 2 }, { validateOnly: true })
    assert.deepEqual([answer.errorCode, answer.numPartitions], [errors.NONE, 2])
    assert.ok(answer.configs!.length > 20)
    assert.equal(errorName((await described('imagined')).errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('says what is wrong, and makes nothing', async () => {
    const cases: [string, Wanted, keyof typeof errors][] = [
      ['a name that is taken', { name: 'taken' }, 'TOPIC_ALREADY_EXISTS'],
      ['a name with a blank', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
      ['a name too long', { name: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
      ['no name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
      ['two dots', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
      ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
      ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
      ['more replicas than brokers', { replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
      ['a config that is none', { configs: [{ name: 'no.such', value: '1' }] }, 'INVALID_CONFIG'],
      ['a config of a wrong type', { configs: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
      ['a config without a value', { configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG'],
      [
        'a broker that is none',
        { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [7] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      [
        'a placement with a gap',
        { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      ['both counts and a placement', { assignments: [{ partitionIndex: 0, brokerIds: [1] }] }, 'INVALID_REQUEST'],
    ]
    for (const [what, topic, code] of cases) {
      const name = topic.name ?? 'wrong'
      const answer = await create({ name, ...topic })
      assert.equal(errorName(answer.errorCode), code, what)
      assert.equal(answer.topicId, ZERO_UUID)
      assert.ok(answer.errorMessage, what)
    }
    assert.equal(errorName((await described('wrong')).errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('refuses a topic that is named twice, and makes the others', async () => {
    const topic = (name: string) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] })
    const topics = [topic('twice'), topic('once'), topic('twice')]
    const answer = await broker.ask(CreateTopics, { topics, timeoutMs: 10_000 })
    const codes = answer.topics.map((t) => `${t.name} ${errorName(t.errorCode)}`)
    assert.deepEqual(codes.sort(), ['once NONE', 'twice INVALID_REQUEST'])
  })

  it('does not take names that metrics cannot tell apart', async () => {
    await create({ name: 'a.b' })
    assert.equal(errorName((await create({ name: 'a_b' })).errorCode), 'INVALID_TOPIC_EXCEPTION')
  })
})

describe('CreatePartitions', () => {
  const grow = async (topic: object, more: object = {}) => {
    const topics = [{ name: 'grows', count: 2, assignments: null, ...topic }]
    return (await broker.ask(CreatePartitions, { topics, timeoutMs: 10_000, validateOnly: false, ...more })).results[0]!
  }
  before(() => makeTopics(broker, { name: 'grows', partitions: 1 }))

  it('adds partitions, which may be written to', async () => {
    const answer = await grow({ count: 3 })
    assert.deepEqual([answer.name, answer.errorCode, answer.errorMessage], ['grows', errors.NONE, null])
    await becomes('grows', ({ partitions }) => partitions.length === 3)
    if (!isApache) assert.equal(await produceTo(broker, 'grows', batchOf([{ value: 'x' }]), 2), 0)
  })

  it('adds none where it should only validate', async () => {
    assert.equal((await grow({ count: 9 }, { validateOnly: true })).errorCode, errors.NONE)
    assert.equal((await described('grows')).partitions.length, 3)
  })

  it('says what is wrong', async () => {
    const cases: [string, object, keyof typeof errors][] = [
      ['fewer than there are', { count: 1 }, 'INVALID_PARTITIONS'],
      ['as many as there are', { count: 3 }, 'INVALID_PARTITIONS'],
      ['a negative count', { count: -1 }, 'INVALID_PARTITIONS'],
      ['no such topic', { name: 'absent', count: 5 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['too few placements', { count: 5, assignments: [{ brokerIds: [1] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
      ['no such broker', { count: 4, assignments: [{ brokerIds: [9] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    ]
    for (const [what, topic, code] of cases) assert.equal(errorName((await grow(topic)).errorCode), code, what)
  })
})

describe('DeleteTopics', () => {
  const remove = async (topics: { name?: string | null; topicId?: string }[]) =>
    (await broker.ask(DeleteTopics, { topics: topics.map((t) => ({ name: null, ...t })), timeoutMs: 10_000 })).responses

  it('removes by name, in old versions too', async () => {
    await makeTopics(broker, 'gone', 'gone-too')
    const [answer] = await remove([{ name: 'gone' }])
    assert.deepEqual([answer!.name, answer!.errorCode], ['gone', errors.NONE])
    const old = await broker.ask(DeleteTopics, { topicNames: ['gone-too'], timeoutMs: 10_000 }, 5)
    assert.equal(old.responses[0]!.errorCode, errors.NONE)
    for (const name of ['gone', 'gone-too'])
      await becomes(name, ({ errorCode }) => errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('removes by id, and answers with the name', async () => {
    const [topicId] = await makeTopics(broker, 'by-id')
    const [answer] = await remove([{ topicId: topicId! }])
    assert.deepEqual([answer!.name, answer!.topicId, answer!.errorCode], ['by-id', topicId, errors.NONE])
    await becomes('by-id', ({ errorCode }) => errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('says what is wrong', async () => {
    const [topicId] = await makeTopics(broker, 'both')
    const cases: [string, { name?: string; topicId?: string }, keyof typeof errors][] = [
      ['no such name', { name: 'absent' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['no such id', { topicId: UNKNOWN_ID }, 'UNKNOWN_TOPIC_ID'],
      ['neither', {}, 'INVALID_REQUEST'],
      ['both', { name: 'both', topicId: topicId! }, 'INVALID_REQUEST'],
    ]
    for (const [what, topic, code] of cases) {
      const [answer] = await remove([topic])
      assert.equal(errorName(answer!.errorCode), code, what)
    }
    const twice = await remove([{ name: 'both' }, { name: 'both' }])
    assert.deepEqual([...new Set(twice.map(({ errorCode }) => errorName(errorCode)))], ['INVALID_REQUEST'])
    assert.equal((await described('both')).errorCode, errors.NONE)
  })

  it('makes room for another topic of the same name, with an id and records of its own', async () => {
    const [first] = await makeTopics(broker, 'again')
    await produceTo(broker, 'again', batchOf([{ value: 'old' }]))
    await remove([{ name: 'again' }])
    await becomes('again', ({ errorCode }) => errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION)
    const [second] = await makeTopics(broker, 'again')
    assert.notEqual(first, second)
    assert.equal(await produceTo(broker, 'again', batchOf([{ value: 'new' }])), 0)
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    const ask = {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1000,
      sessionEpoch: -1,
      topics: [{ topicId: first!, partitions }],
    }
    const stale = (await broker.ask(Fetch, ask)).responses[0]!.partitions[0]!
    assert.equal(errorName(stale.errorCode), 'UNKNOWN_TOPIC_ID')
  })

  it('is refused where the broker forbids it', async () => {
    const strict = await startBroker({ topics: ['t'], config: { 'delete.topic.enable': 'false' } })
    const ask = { topics: [{ name: 't' }], timeoutMs: 1000 }
    const { responses } = await strict.ask(DeleteTopics, ask)
    assert.deepEqual(
      responses.map(({ errorCode }) => errorName(errorCode)),
      ['TOPIC_DELETION_DISABLED'],
    )
    await strict[Symbol.asyncDispose]()
  })
})

describe('DescribeTopicPartitions', () => {
  let paged: Broker
  before(async () => {
    const topics = ['a', 'b', 'c'].map((name) => ({ name, partitions: 3 }))
    paged = await startBroker({ topics, config: { 'max.request.partition.size.limit': '5' } })
  })
  after(() => paged[Symbol.asyncDispose]())

  type Ask = Partial<RequestIn<typeof DescribeTopicPartitions>>
  const ask = (o: Ask = {}) => paged.ask(DescribeTopicPartitions, { topics: [], responsePartitionLimit: 2000, ...o })
  const shape = (answer: Awaited<ReturnType<typeof ask>>) => [
    answer.topics.map((t) => `${t.name} ${t.partitions.map((p) => p.partitionIndex).join('')}`).join(', '),
    answer.nextCursor === null ? null : `${answer.nextCursor.topicName} ${answer.nextCursor.partitionIndex}`,
  ]

  it('describes partitions with their eligible leaders', async () => {
    const { topics } = await ask({ topics: [{ name: 'a' }], responsePartitionLimit: 1 })
    assert.deepEqual(topics[0]!.partitions, [
      {
        errorCode: errors.NONE,
        partitionIndex: 0,
        leaderId: 1,
        leaderEpoch: 0,
        replicaNodes: [1],
        isrNodes: [1],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      },
    ])
    assert.equal(topics[0]!.isInternal, false)
  })

  it('goes through all topics by name, a page at a time', async () => {
    assert.deepEqual(shape(await ask()), ['a 012, b 01', 'b 2'])
    assert.deepEqual(shape(await ask({ cursor: { topicName: 'b', partitionIndex: 2 } })), ['b 2, c 012', null])
    assert.deepEqual(shape(await ask({ responsePartitionLimit: 3 })), ['a 012', 'b 0'])
    assert.deepEqual(shape(await ask({ responsePartitionLimit: 2, cursor: { topicName: 'c', partitionIndex: 0 } })), [
      'c 01',
      'c 2',
    ])
  })

  it('keeps to the topics that are asked for, from the cursor on', async () => {
    const topics = ['c', 'a'].map((name) => ({ name }))
    assert.deepEqual(shape(await ask({ topics })), ['a 012, c 01', 'c 2'])
    assert.deepEqual(shape(await ask({ topics, cursor: { topicName: 'c', partitionIndex: 1 } })), ['c 12', null])
  })

  it('refuses a cursor outside of them', async () => {
    const topics = ['c', 'a'].map((name) => ({ name }))
    for (const cursor of [
      { topicName: 'b', partitionIndex: 1 },
      { topicName: 'a', partitionIndex: -1 },
    ]) {
      const answer = await ask({ topics, cursor })
      assert.deepEqual(
        answer.topics.map((t) => `${t.name} ${errorName(t.errorCode)}`),
        ['c INVALID_REQUEST', 'a INVALID_REQUEST'],
      )
    }
  })

  it('goes on behind a topic that was deleted meanwhile', async () => {
    assert.deepEqual(shape(await ask({ cursor: { topicName: 'aa', partitionIndex: 1 } })), ['b 012, c 01', 'c 2'])
  })

  it('names what is not there', async () => {
    const { topics } = await ask({ topics: [{ name: 'absent' }, { name: 'a' }] })
    assert.deepEqual(
      topics.map((t) => `${t.name} ${errorName(t.errorCode)} ${t.partitions.length}`),
      ['a NONE 3', 'absent UNKNOWN_TOPIC_OR_PARTITION 0'],
    )
    const full = await ask({ topics: [{ name: 'absent' }, { name: 'a' }], responsePartitionLimit: 3 })
    assert.deepEqual(shape(full), ['a 012', 'absent 0'])
    const wrong = await ask({ topics: [{ name: 'no blanks' }] })
    assert.equal(errorName(wrong.topics[0]!.errorCode), 'INVALID_TOPIC_EXCEPTION')
  })
})
