/** Who leads, who may lead, who votes: three brokers and three controllers, each a process of its own. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Admin, Kafka, type KafkaError, unwrap } from '../../src/client/node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import {
  AddRaftVoter,
  DescribeTopicPartitions,
  errorName,
  errors,
  ListOffsets,
  Produce,
  RemoveRaftVoter,
} from '../../src/protocol/index.ts'
import { batchOf, type Connection, connectTo } from '../broker/harness.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const CONSUMER = -1
const DEBUGGER = -2
const LATEST = -1

describe('three brokers and three controllers', () => {
  let cluster: Sites
  let kafka: Kafka
  let admin: Admin
  const env = nodeEnv({ logLevel: 'off' })
  const connections: Connection[] = []
  before(async () => {
    cluster = await Sites.makeIsolated(
      { brokers: 3, controllers: 3, areVotersStatic: true, logDirs: ['one', 'two'] },
      { 'leader.imbalance.check.interval.seconds': '1', 'broker.session.timeout.ms': '30000' },
    )
    await cluster.start()
    kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    admin = kafka.admin()
  })
  after(async () => {
    for (const connection of connections) connection.close()
    env.close()
    await admin.close()
    await cluster[Symbol.asyncDispose]()
  })

  async function to(id: number): Promise<Connection> {
    const connection = await connectTo(env, { host: '127.0.0.1', port: cluster.site(id).port })
    connections.push(connection)
    return connection
  }
  async function newTopic(name: string, replicas: readonly number[], configs: Record<string, string> = {}) {
    await admin.createTopics([{ name, assignments: [replicas], configs }])
    await until(partitionOf(name), ({ isr }) => isr.length === replicas.length)
  }
  const partitionOf = (name: string) => async () => unwrap(await admin.describeTopics([name])).get(name)!.partitions[0]!
  async function fill(topic: string, count: number): Promise<void> {
    await using producer = kafka.producer()
    await producer.sendAll(Array.from({ length: count }, (_, i) => ({ topic, value: `${i}` })))
  }
  async function latest(broker: Connection, topic: string, replicaId: number) {
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: LATEST }] }]
    const answer = await broker.ask(ListOffsets, { replicaId, isolationLevel: 0, topics })
    return answer.topics[0]!.partitions[0]!
  }

  test('a follower moves its copy to another directory, and follows on there', async () => {
    await newTopic('moved', [1, 2, 3])
    await fill('moved', 10)
    const [one, two] = cluster.site(2).logDirs as [string, string]
    const places = async () => {
      const dirs = unwrap(await admin.describeLogDirs([2], [{ topic: 'moved', partition: 0 }])).get(2)!
      return dirs.flatMap(({ path, replicas }) => replicas.map(({ isFuture }) => (isFuture ? `${path} next` : path)))
    }
    const [from] = await places()
    const target = from === one ? two : one
    unwrap(await admin.alterReplicaLogDirs([{ topic: 'moved', partition: 0, brokerId: 2, path: target }]))
    await until(places, (now) => now.join() === target)
    await fill('moved', 5)
    const follower = await to(2)
    await until(
      () => latest(follower, 'moved', DEBUGGER),
      ({ offset }) => offset === 15,
    )
    assert.deepEqual([...(await partitionOf('moved')()).isr].sort(), [1, 2, 3])
  })

  test('a new leader that does not know what is committed says so (KIP-207); the preferred one leads again by itself', async () => {
    await newTopic('careful', [1, 2, 3])
    await fill('careful', 3)
    const [leader, follower] = [await to(1), await to(2)]
    // Paused, it stays in sync for the cluster, and nothing more is committed.
    cluster.nodes.get(3)!.signal('SIGSTOP')
    const records = batchOf([{ value: 'written by two of three' }])
    const topicData = [{ name: 'careful', partitionData: [{ index: 0, records }] }]
    const produced = await leader.ask(Produce, { acks: 1, timeoutMs: 5000, topicData }, 12)
    assert.equal(produced.responses[0]!.partitionResponses[0]!.errorCode, errors.NONE)
    await until(
      () => latest(follower, 'careful', DEBUGGER),
      ({ offset }) => offset === 4,
    )
    await cluster.kill(1)
    const unsure = await until(
      () => latest(follower, 'careful', CONSUMER),
      ({ errorCode }) => errorCode !== errors.NOT_LEADER_OR_FOLLOWER,
    )
    assert.equal(errorName(unsure.errorCode), 'OFFSET_NOT_AVAILABLE')
    cluster.nodes.get(3)!.signal('SIGCONT')
    const sure = await until(
      () => latest(follower, 'careful', CONSUMER),
      ({ errorCode }) => errorCode !== errors.OFFSET_NOT_AVAILABLE,
    )
    assert.deepEqual([sure.errorCode, sure.offset], [errors.NONE, 4])

    await cluster.start(1)
    const { isr } = await until(partitionOf('careful'), ({ leader }) => leader === 1)
    assert.ok(isr.includes(1))
  })

  test('what left the in-sync replicas below their least number may lead, and loses nothing (KIP-966)', async () => {
    await newTopic('eligible', [2, 3], { 'min.insync.replicas': '2' })
    await fill('eligible', 7)
    const standing = async () => {
      const answer = await (await to(1)).ask(DescribeTopicPartitions, {
        topics: [{ name: 'eligible' }],
        responsePartitionLimit: 10,
        cursor: null,
      })
      const { leaderId, isrNodes, eligibleLeaderReplicas } = answer.topics[0]!.partitions[0]!
      return { leader: leaderId, isr: [...isrNodes], eligible: [...(eligibleLeaderReplicas ?? [])] }
    }
    assert.equal((await cluster.stop(2)).code, 0)
    await until(standing, ({ eligible }) => eligible.length === 1)
    assert.deepEqual(await standing(), { leader: 3, isr: [3], eligible: [2] })
    await using hasty = kafka.producer({ deliveryTimeoutMs: 600, requestTimeoutMs: 300 })
    await assert.rejects(hasty.send({ topic: 'eligible', value: 'refused' }), (error: Error) => {
      assert.equal((error.cause as KafkaError).code, 'NOT_ENOUGH_REPLICAS')
      return true
    })
    await cluster.kill(3)
    await until(standing, ({ leader }) => leader === -1)
    await cluster.start(2)
    await until(standing, ({ leader }) => leader === 2)
    const ends = await latest(await to(2), 'eligible', CONSUMER)
    assert.deepEqual([ends.errorCode, ends.offset], [errors.NONE, 7])
    await cluster.start(3)
    await until(standing, ({ isr, eligible }) => isr.length === 2 && eligible.length === 0)
    await fill('eligible', 1)
  })

  test('a quorum of static voters becomes a dynamic one, whose voters a broker changes when it is asked', async () => {
    const finalized = async () => (await admin.describeFeatures()).finalized.get('kraft.version') ?? 0
    assert.equal(await finalized(), 0)
    // Not before every voter has told the leader its directory.
    const upgraded = () =>
      admin.updateFeatures([{ name: 'kraft.version', level: 1 }]).then(
        () => true,
        () => false,
      )
    await until(upgraded, (isDone) => isDone)
    await until(finalized, (level) => level === 1)
    const quorum = async () => (await admin.describeQuorum()).topics[0]!.partitions[0]!
    const { leaderId, currentVoters } = await quorum()
    const { replicaId: voterId, replicaDirectoryId: voterDirectoryId } = currentVoters.find(
      ({ replicaId }) => replicaId !== leaderId,
    )!
    const voters = async () => (await quorum()).currentVoters.map((voter) => voter.replicaId).sort()
    const broker = await to(1)
    const removed = await broker.ask(RemoveRaftVoter, { clusterId: null, voterId, voterDirectoryId })
    assert.equal(errorName(removed.errorCode), 'NONE')
    await until(voters, (now) => now.length === 2 && !now.includes(voterId))
    const listeners = [{ name: 'QUORUM', host: '127.0.0.1', port: cluster.site(voterId).port }]
    const ask = { clusterId: null, timeoutMs: 10_000, voterId, voterDirectoryId, listeners }
    const added = await broker.ask(AddRaftVoter, ask)
    assert.equal(errorName(added.errorCode), 'NONE', added.errorMessage ?? '')
    await until(voters, (now) => now.join() === '101,102,103')
    await admin.createTopics([{ name: 'after', assignments: [[1]] }])
  })
})
