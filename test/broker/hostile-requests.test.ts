/** Requests that are well formed and ask for too much, for the impossible, or for what is others'. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { crc32c } from '../../src/bytes/index.ts'
import {
  type AnyApi,
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  CreatePartitions,
  CreateTopics,
  DeleteGroups,
  DeleteRecords,
  DescribeConfigs,
  DescribeGroups,
  DescribeTopicPartitions,
  errorName,
  errors,
  Fetch,
  FindCoordinator,
  Heartbeat,
  InitProducerId,
  JoinGroup,
  ListOffsets,
  Metadata,
  OffsetCommit,
  OffsetFetch,
  OffsetForLeaderEpoch,
} from '../../src/protocol/index.ts'
import { stampCrc } from '../../src/records/index.ts'
import { type Broker, batchOf } from './harness.ts'
import { frameOf, LIMIT_MS, Watched } from './stranger.ts'

let watched: Watched
let broker: Broker
before(async () => {
  watched = await Watched.start()
  broker = watched.broker
})
after(() => watched[Symbol.asyncDispose]())

async function endOf(topic: string): Promise<number> {
  const answer = await broker.ask(ListOffsets, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  })
  return answer.topics[0]!.partitions[0]!.offset
}

describe('record batches', () => {
  const patched = (change: (batch: Uint8Array) => void, isCrcRight = true) => {
    const batch = batchOf([
      { key: 'k', value: 'one' },
      { key: 'k', value: 'two' },
    ])
    change(batch)
    if (isCrcRight) stampCrc(batch, 0, batch.length, crc32c)
    return batch
  }
  const put =
    (at: number, ...bytes: number[]) =>
    (batch: Uint8Array) =>
      batch.set(bytes, at)
  const cases: [string, Uint8Array][] = [
    ['a wrong checksum', patched((b) => (b[b.length - 1]! ^= 1), false)],
    ['magic 0', patched(put(16, 0))],
    ['magic 1', patched(put(16, 1))],
    ['magic 3', patched(put(16, 3))],
    ['more records announced than there are', patched(put(57, 0, 0, 0, 3))],
    ['ten million records announced', patched(put(57, 0, 0x98, 0x96, 0x80))],
    ['fewer records announced', patched(put(57, 0, 0, 0, 1))],
    ['no records announced', patched(put(57, 0, 0, 0, 0))],
    ['a negative count', patched(put(57, 0xff, 0xff, 0xff, 0xff))],
    ['a last offset that is not its count', patched(put(23, 0, 0, 0, 9))],
    ['a record of negative length', patched(put(61, 1))],
    ['a record longer than the batch', patched(put(61, 0x80, 0x80, 4))],
    ['a key of length -2', patched(put(65, 3))],
    ['a size beyond its bytes', patched(put(8, 0, 1, 0, 0))],
    ['a size below its header', patched(put(8, 0, 0, 0, 1))],
    ['a negative size', patched(put(8, 0xff, 0xff, 0xff, 0xff))],
    ['a codec that does not exist', patched(put(22, 7))],
    ['a codec that it is not written in', patched(put(22, 4))],
    ['a control batch', patched(put(22, 0x20))],
    ['two batches', Buffer.concat([batchOf([{ key: 'a', value: '1' }]), batchOf([{ key: 'b', value: '2' }])])],
    ['half a batch', batchOf([{ key: 'a', value: '1' }]).slice(0, 40)],
    ['nothing but zeros', new Uint8Array(100)],
  ]

  it('with anything wrong in them are refused, and nothing is appended', async () => {
    for (const topic of ['t', 'compacted']) {
      const end = await endOf(topic)
      for (const [what, records] of cases) {
        if (topic === 't' && what === 'a codec that it is not written in') continue
        const { errorCode } = await watched.produce(records, topic)
        const refusals = ['CORRUPT_MESSAGE', 'INVALID_RECORD', 'UNSUPPORTED_COMPRESSION_TYPE', 'MESSAGE_TOO_LARGE']
        assert.ok(refusals.includes(errorName(errorCode)), `${topic}: ${what} → ${errorName(errorCode)}`)
      }
      assert.equal(await endOf(topic), end)
    }
  })

  it('of producers that were never introduced, of old epochs and with gaps in their sequence, are refused by name', async () => {
    const { producerId, producerEpoch } = await broker.ask(InitProducerId, {
      transactionalId: null,
      transactionTimeoutMs: -1,
      producerId: -1,
      producerEpoch: -1,
    })
    const send = async (epoch: number, baseSequence: number, id = producerId) => {
      const { errorCode } = await watched.produce(
        batchOf([{ value: 'x' }], { producerId: id, producerEpoch: epoch, baseSequence }),
      )
      return errorName(errorCode)
    }
    const base = await endOf('t')
    assert.equal(await send(producerEpoch + 1, 0), 'NONE')
    assert.equal(await send(producerEpoch, 1), 'INVALID_PRODUCER_EPOCH')
    assert.equal(await send(producerEpoch + 1, 5), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    assert.equal(await send(producerEpoch + 1, 0), 'NONE', 'the same once more is a duplicate')
    assert.equal(await endOf('t'), base + 1)
  })
})

describe('fetches', () => {
  it('outside the log, of epochs to come, and in the name of a replica are refused by name', async () => {
    const end = await endOf('t')
    const fetch = async (fetchOffset: number, more: object = {}, replica: object = {}) => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20, ...more }]
      const answer = await broker.ask(
        Fetch,
        {
          maxWaitMs: 0,
          minBytes: 1,
          maxBytes: 1 << 20,
          sessionEpoch: -1,
          topics: [{ topic: 't', partitions }],
          ...replica,
        },
        12,
      )
      return errorName(answer.responses[0]?.partitions[0]?.errorCode ?? answer.errorCode)
    }
    for (const offset of [-3, -1, end + 1, 2 ** 63])
      assert.equal(await fetch(offset), 'OFFSET_OUT_OF_RANGE', `${offset}`)
    assert.equal(await fetch(0, { currentLeaderEpoch: 1000 }), 'UNKNOWN_LEADER_EPOCH')
    const asReplica = await fetch(0, {}, { replicaId: 7 })
    assert.notEqual(asReplica, 'NONE', 'broker 7 is no replica of this partition')
  })
})

describe('topics', () => {
  const create = async (topics: object[]) => {
    const answer = await broker.ask(CreateTopics, { topics, timeoutMs: 5000 })
    return new Set(answer.topics.map((topic) => errorName(topic.errorCode)))
  }

  it('of a million partitions, of 32,767 replicas, and a hundred thousand at once are refused', async () => {
    const replicationFactor = 1
    assert.deepEqual(
      await create([{ name: 'wide', numPartitions: 1_000_000, replicationFactor }]),
      new Set(['POLICY_VIOLATION']),
    )
    assert.deepEqual(
      await create([{ name: 'wide', numPartitions: 2 ** 31 - 1, replicationFactor }]),
      new Set(['POLICY_VIOLATION']),
    )
    for (const numPartitions of [0, -2, -(2 ** 31)]) {
      assert.deepEqual(
        await create([{ name: 'none', numPartitions, replicationFactor }]),
        new Set(['INVALID_PARTITIONS']),
      )
    }
    assert.deepEqual(
      await create([{ name: 'deep', numPartitions: 1, replicationFactor: 32_767 }]),
      new Set(['INVALID_REPLICATION_FACTOR']),
    )
    const many = Array.from({ length: 100_000 }, (_, i) => ({ name: `many-${i}`, numPartitions: 1, replicationFactor }))
    assert.deepEqual(await create(many), new Set(['POLICY_VIOLATION']))
    const grown = await broker.ask(CreatePartitions, {
      topics: [{ name: 't', count: 2 ** 31 - 1, assignments: null }],
      timeoutMs: 5000,
      validateOnly: false,
    })
    assert.notEqual(grown.results[0]!.errorCode, errors.NONE)
    const all = await broker.ask(Metadata, { topics: null })
    assert.ok(all.topics.length < 10)
  })
})

describe('groups', () => {
  before(async () => {
    let answer = await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['g'] })
    while (answer.coordinators[0]!.errorCode !== errors.NONE) {
      answer = await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['g'] })
    }
  })

  const join = (more: object) =>
    broker.ask(JoinGroup, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
      ...more,
    })

  it('take no session timeout out of range, no foreign member id, no foreign instance', async () => {
    for (const sessionTimeoutMs of [0, -1, 5999, 1_800_001, 2 ** 31 - 1]) {
      assert.equal(errorName((await join({ sessionTimeoutMs })).errorCode), 'INVALID_SESSION_TIMEOUT')
    }
    assert.equal(errorName((await join({ memberId: 'somebody-else' })).errorCode), 'UNKNOWN_MEMBER_ID')
    assert.equal(errorName((await join({ groupId: '' })).errorCode), 'INVALID_GROUP_ID')
    assert.equal(errorName((await join({ protocols: [] })).errorCode), 'INCONSISTENT_GROUP_PROTOCOL')
    const owner = await join({ groupInstanceId: 'i', groupId: 'static' })
    assert.equal(owner.errorCode, errors.NONE)
    const beat = (memberId: string, groupInstanceId: string | null) =>
      broker.ask(Heartbeat, { groupId: 'static', generationId: owner.generationId, memberId, groupInstanceId })
    assert.equal(errorName((await beat('thief', 'i')).errorCode), 'FENCED_INSTANCE_ID')
    assert.equal(errorName((await beat('thief', null)).errorCode), 'UNKNOWN_MEMBER_ID')
  })

  it('compile no regular expression that is wrong or that would cost more than its length', async () => {
    const subscribe = async (subscribedTopicRegex: string) => {
      const answer = await broker.ask(
        ConsumerGroupHeartbeat,
        {
          groupId: 'regex',
          memberId: 'AAAAAAAAAAAAAAAAAAAAAA',
          memberEpoch: 0,
          rebalanceTimeoutMs: 1000,
          subscribedTopicRegex,
          topicPartitions: [],
        },
        1,
      )
      return errorName(answer.errorCode)
    }
    assert.equal(await subscribe('('), 'INVALID_REGULAR_EXPRESSION')
    assert.equal(await subscribe('(?:(?:a{1,1000}){1,1000}){1,1000}'), 'INVALID_REGULAR_EXPRESSION')
    assert.equal(await subscribe('(a?)'.repeat(5000)), 'NONE')
    const startedMs = performance.now()
    assert.equal(await subscribe('(x+x+)+y'), 'NONE')
    assert.ok(performance.now() - startedMs < LIMIT_MS)
  })

  it('keep no metadata longer than 4 KiB beside an offset', async () => {
    const commit = async (committedMetadata: string, committedOffset = 1) => {
      const answer = await broker.ask(
        OffsetCommit,
        {
          groupId: 'offsets',
          generationIdOrMemberEpoch: -1,
          memberId: '',
          topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata }] }],
        },
        9,
      )
      return errorName(answer.topics[0]!.partitions[0]!.errorCode)
    }
    assert.equal(await commit('m'.repeat(4096)), 'NONE')
    assert.equal(await commit('m'.repeat(4097)), 'OFFSET_METADATA_TOO_LARGE')
    assert.equal(await commit('', -1), 'NONE')
    assert.equal(await commit('', 2 ** 63), 'NONE')
  })
})

describe('one huge request', () => {
  const count = 100_000
  const many = <T>(one: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => one(i))
  const cases: [AnyApi, object][] = [
    [Metadata, { topics: many((i) => ({ name: `unknown-${i}` })), allowAutoTopicCreation: false }],
    [DescribeTopicPartitions, { topics: many((i) => ({ name: `unknown-${i}` })) }],
    [DescribeConfigs, { resources: many(() => ({ resourceType: 2, resourceName: 't' })).slice(0, 5000) }],
    [
      ListOffsets,
      { replicaId: -1, topics: many((i) => ({ name: `n${i}`, partitions: [{ partitionIndex: 0, timestamp: -1 }] })) },
    ],
    [
      OffsetForLeaderEpoch,
      { replicaId: -1, topics: many((i) => ({ topic: `n${i}`, partitions: [{ partition: 0, leaderEpoch: 0 }] })) },
    ],
    [DeleteRecords, { topics: many((i) => ({ name: `n${i}`, partitions: [{ partitionIndex: 0, offset: 0 }] })) }],
    [DescribeGroups, { groups: many((i) => `group-${i}`) }],
    [ConsumerGroupDescribe, { groupIds: many((i) => `group-${i}`) }],
    [DeleteGroups, { groupsNames: many((i) => `group-${i}`) }],
    [FindCoordinator, { keyType: 0, coordinatorKeys: many((i) => `group-${i}`) }],
    [OffsetFetch, { groups: [{ groupId: 'g', topics: many((i) => ({ name: `n${i}`, partitionIndexes: [0, 1] })) }] }],
    [
      OffsetCommit,
      {
        groupId: 'g',
        topics: many((i) => ({ name: `n${i}`, partitions: [{ partitionIndex: 0, committedOffset: 1 }] })),
      },
    ],
  ]
  const heartbeat = frameOf(Heartbeat, 4, { groupId: 'nobody', memberId: 'x', generationId: 1 })
  for (const [api, body] of cases) {
    it(`${api.name} leaves everybody else their turns`, async () => {
      using big = await watched.stranger()
      using small = await watched.stranger()
      const version = Math.min(api.maxVersion, 9)
      const frame = frameOf(api, version, body)
      let isOver = false
      big.wire.send(frame)
      const answered = big.wire.next(LIMIT_MS).then((answer) => {
        isOver = true
        return answer
      })
      let others = 0
      while (!isOver) {
        small.wire.send(heartbeat)
        assert.ok((await small.wire.next(LIMIT_MS)) instanceof Uint8Array)
        others++
      }
      assert.ok((await answered) instanceof Uint8Array)
      assert.ok(others > 5, `${others} answers to others meanwhile`)
    })
  }
})

it('after all of it the broker serves, and no handler has failed', () => watched.assertWell())
