import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ZERO_UUID } from '../../src/bytes/index.ts'
import {
  DescribeCluster,
  DescribeQuorum,
  errorName,
  errors,
  FindCoordinator,
  Metadata,
  UnregisterBroker,
} from '../../src/protocol/index.ts'
import { type Broker, isApache, startBroker } from './harness.ts'

const NODE_ID = 1
const UNKNOWN_ID = 'Aa0aaaaaSaaaaaaaaaaaaQ'
/** CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE. */
const ALL_CLUSTER_OPERATIONS = 0b1_1111_1010_0000
/** READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS: what anyone may do to a topic. */
const ALL_TOPIC_OPERATIONS = 0b1101_1111_1000
const NOT_ASKED = -(2 ** 31)

let broker: Broker
before(async () => {
  broker = await startBroker({
    topics: ['one', { name: 'three', partitions: 3 }],
    config: { 'auto.create.topics.enable': 'false', 'broker.rack': 'here' },
  })
})
after(() => broker[Symbol.asyncDispose]())

describe('Metadata', () => {
  it('names the brokers as clients reach them, the controller and the cluster', async () => {
    const { brokers, clusterId, controllerId } = await broker.ask(Metadata, { topics: [] })
    const { host, port } = broker.kafka
    assert.deepEqual(brokers, [{ nodeId: NODE_ID, host, port, rack: 'here' }])
    assert.equal(clusterId, broker.kafka.clusterId)
    assert.equal(controllerId, NODE_ID)
  })

  it('describes a topic and its partitions', async () => {
    const ask = { topics: [{ name: 'three' }], includeTopicAuthorizedOperations: true }
    const [topic, ...more] = (await broker.ask(Metadata, ask)).topics
    assert.equal(more.length, 0)
    assert.equal(topic!.errorCode, errors.NONE)
    assert.equal(topic!.isInternal, false)
    assert.notEqual(topic!.topicId, ZERO_UUID)
    assert.equal(topic!.topicAuthorizedOperations, ALL_TOPIC_OPERATIONS)
    assert.deepEqual(
      topic!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex),
      [0, 1, 2].map((partitionIndex) => ({
        errorCode: errors.NONE,
        partitionIndex,
        leaderId: NODE_ID,
        leaderEpoch: 0,
        replicaNodes: [NODE_ID],
        isrNodes: [NODE_ID],
        offlineReplicas: [],
      })),
    )
  })

  it('leaves operations out where they are not asked for', async () => {
    const { topics } = await broker.ask(Metadata, { topics: [{ name: 'one' }] })
    assert.equal(topics[0]!.topicAuthorizedOperations, NOT_ASKED)
    assert.equal((await broker.ask(Metadata, { topics: [] }, 10)).clusterAuthorizedOperations, NOT_ASKED)
    const asked = await broker.ask(Metadata, { topics: [], includeClusterAuthorizedOperations: true }, 10)
    assert.equal(asked.clusterAuthorizedOperations, ALL_CLUSTER_OPERATIONS)
  })

  it('finds a topic by its id', async () => {
    const { topicId } = (await broker.ask(Metadata, { topics: [{ name: 'one' }] })).topics[0]!
    const { topics } = await broker.ask(Metadata, { topics: [{ topicId, name: null }] })
    assert.deepEqual([topics[0]!.name, topics[0]!.topicId, topics[0]!.errorCode], ['one', topicId, errors.NONE])
  })

  it('takes the id for what is meant where an empty name stands beside it, as the Java client asks', async () => {
    const known = await broker.ask(Metadata, { topics: [{ name: 'one' }, { name: 'three' }] })
    const ids = known.topics.map(({ topicId }) => ({ topicId, name: '' }))
    const { topics } = await broker.ask(Metadata, { topics: [...ids, { name: 'three' }] })
    assert.deepEqual(
      topics.map(({ name, errorCode }) => [name, errorCode]),
      [
        ['one', errors.NONE],
        ['three', errors.NONE],
      ],
    )
  })

  it('says that an id is unknown', async () => {
    const { topics } = await broker.ask(Metadata, { topics: [{ topicId: UNKNOWN_ID, name: null }] })
    assert.deepEqual([topics[0]!.name, topics[0]!.topicId], [null, UNKNOWN_ID])
    assert.equal(errorName(topics[0]!.errorCode), 'UNKNOWN_TOPIC_ID')
  })

  it('makes no topic where the broker does not', async () => {
    const ask = { topics: [{ name: 'absent' }], allowAutoTopicCreation: true }
    const { topics } = await broker.ask(Metadata, ask)
    assert.equal(errorName(topics[0]!.errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.deepEqual(topics[0]!.partitions, [])
  })

  it('takes an empty list for all topics in version 0 only', async () => {
    const all = (await broker.ask(Metadata, { topics: [] }, 0)).topics.map(({ name }) => name).sort()
    assert.ok(all.includes('one') && all.includes('three'))
    assert.deepEqual((await broker.ask(Metadata, { topics: [] }, 1)).topics, [])
    const again = (await broker.ask(Metadata, { topics: null }, 1)).topics.map(({ name }) => name).sort()
    assert.deepEqual(again, all)
  })
})

describe('DescribeCluster', () => {
  it('names the brokers, the controller and the cluster', async () => {
    const answer = await broker.ask(DescribeCluster, { includeClusterAuthorizedOperations: true })
    const { host, port, clusterId } = broker.kafka
    assert.equal(answer.errorCode, errors.NONE)
    assert.equal(answer.clusterId, clusterId)
    assert.equal(answer.controllerId, NODE_ID)
    assert.equal(answer.clusterAuthorizedOperations, ALL_CLUSTER_OPERATIONS)
    assert.deepEqual(answer.brokers, [{ brokerId: NODE_ID, host, port, rack: 'here', isFenced: false }])
  })

  it('leaves operations out where they are not asked for', async () => {
    const answer = await broker.ask(DescribeCluster, {})
    assert.equal(answer.clusterAuthorizedOperations, NOT_ASKED)
  })

  it('tells controllers only where a controller listens, and nothing of other kinds', async () => {
    const controllers = await broker.ask(DescribeCluster, { endpointType: 2 })
    assert.equal(errorName(controllers.errorCode), 'MISMATCHED_ENDPOINT_TYPE')
    const others = await broker.ask(DescribeCluster, { endpointType: 7 })
    assert.equal(errorName(others.errorCode), 'UNSUPPORTED_ENDPOINT_TYPE')
    assert.deepEqual([...controllers.brokers, ...others.brokers], [])
  })
})

describe('DescribeQuorum', () => {
  const ask = (topicName: string, partitionIndex: number) =>
    broker.ask(DescribeQuorum, { topics: [{ topicName, partitions: [{ partitionIndex }] }] })

  it('tells the leader of the metadata quorum, its voters and how far they are', async () => {
    const answer = await ask('__cluster_metadata', 0)
    const partition = answer.topics[0]!.partitions[0]!
    assert.equal(answer.errorCode, errors.NONE)
    assert.equal(partition.errorCode, errors.NONE)
    assert.equal(partition.leaderId, NODE_ID)
    assert.ok(partition.leaderEpoch > 0 && partition.highWatermark > 0)
    assert.equal(partition.currentVoters.length, 1)
    const [voter] = partition.currentVoters
    assert.equal(voter!.replicaId, NODE_ID)
    assert.notEqual(voter!.replicaDirectoryId, ZERO_UUID)
    assert.ok(voter!.logEndOffset >= partition.highWatermark)
    assert.deepEqual(partition.observers, [])
    assert.deepEqual(
      answer.nodes.map(({ nodeId, listeners }) => [nodeId, listeners.map(({ name }) => name)]),
      [[NODE_ID, ['CONTROLLER']]],
    )
  })

  it('knows no other quorum', async () => {
    for (const [name, index] of [
      ['one', 0],
      ['__cluster_metadata', 1],
    ] as const) {
      const { errorCode, topics } = await ask(name, index)
      assert.equal(errorCode, errors.NONE)
      assert.equal(errorName(topics[0]!.partitions[0]!.errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
    }
  })
})

describe('FindCoordinator', () => {
  it('names the broker for each key, and makes the topic of groups first', async () => {
    const ask = { keyType: 0, coordinatorKeys: ['a', 'b'] }
    let answer = await broker.ask(FindCoordinator, ask)
    while (isApache && answer.coordinators[0]?.errorCode !== errors.NONE)
      answer = await broker.ask(FindCoordinator, ask)
    const { host, port } = broker.kafka
    const here = { nodeId: NODE_ID, host, port, errorCode: errors.NONE, errorMessage: '' }
    assert.deepEqual(
      answer.coordinators.map((found) => ({ ...found, errorMessage: found.errorMessage ?? '' })),
      ['a', 'b'].map((key) => ({ key, ...here })),
    )
    const topics = await broker.ask(Metadata, { topics: [{ name: '__consumer_offsets' }] })
    assert.deepEqual([topics.topics[0]!.isInternal, topics.topics[0]!.partitions.length], [true, 5])
  })

  it('answers the one key of old versions', async () => {
    const answer = await broker.ask(FindCoordinator, { key: 'a', keyType: 0 }, 3)
    assert.deepEqual([answer.errorCode, answer.nodeId, answer.port], [errors.NONE, NODE_ID, broker.kafka.port])
  })

  it('refuses a key of an unknown type', async () => {
    const { coordinators } = await broker.ask(FindCoordinator, { keyType: 9, coordinatorKeys: ['a'] })
    assert.equal(errorName(coordinators[0]!.errorCode), 'INVALID_REQUEST')
    assert.equal(coordinators[0]!.nodeId, -1)
  })

  it('says that share groups are not built', { skip: isApache }, async () => {
    const { coordinators } = await broker.ask(FindCoordinator, { keyType: 2, coordinatorKeys: ['a'] })
    assert.equal(errorName(coordinators[0]!.errorCode), 'INVALID_REQUEST')
    assert.match(coordinators[0]!.errorMessage ?? '', /not built/)
  })
})

describe('UnregisterBroker', () => {
  it('knows only brokers that are registered', async () => {
    const answer = await broker.ask(UnregisterBroker, { brokerId: 77 })
    assert.equal(errorName(answer.errorCode), 'BROKER_ID_NOT_REGISTERED')
  })
})
