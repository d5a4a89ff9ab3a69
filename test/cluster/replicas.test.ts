import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { type Admin, type ConfigResource, Kafka, type KafkaError, type Outcome, unwrap } from '../../src/client/node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { errors, Fetch, ListOffsets } from '../../src/protocol/index.ts'
import { type Connection, connectTo } from '../broker/harness.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

/** What was answered for each partition; throws the first error. */
function each<T>(outcomes: { values(): Iterable<Outcome<T>> }): T[] {
  return [...outcomes.values()].map(({ error, value }) => {
    if (error !== null) throw error
    return value
  })
}

const racks = ['', 'east', 'west', 'north']
const DEBUGGER = -2
const EARLIEST = -2

describe('replicas on three nodes', () => {
  let cluster: Sites
  let kafka: Kafka
  let admin: Admin
  const env = nodeEnv({ logLevel: 'off' })
  const connections = new Map<number, Connection>()
  before(async () => {
    cluster = await Sites.make(3, { 'replica.selector.class': 'RackAwareReplicaSelector' }, (id) => ({
      'broker.rack': racks[id]!,
    }))
    await cluster.start()
    kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    admin = kafka.admin()
    for (const id of cluster.brokerIds) {
      connections.set(id, await connectTo(env, { host: '127.0.0.1', port: cluster.site(id).port }))
    }
  })
  after(async () => {
    for (const connection of connections.values()) connection.close()
    env.close()
    await admin.close()
    await cluster[Symbol.asyncDispose]()
  })

  /** One partition with its replicas there, the first leading. */
  async function newTopic(name: string, replicas: readonly number[], configs: Record<string, string> = {}) {
    await admin.createTopics([{ name, assignments: [replicas], configs }])
  }
  async function fill(topic: string, count: number, bytes = 10): Promise<void> {
    await using producer = kafka.producer()
    await producer.sendAll(Array.from({ length: count }, (_, i) => ({ topic, value: `${i}`.padEnd(bytes, '.') })))
  }
  async function change(
    resource: ConfigResource,
    operation: 'set' | 'delete',
    names: readonly string[],
    value: string | null = null,
  ): Promise<void> {
    unwrap(await admin.alterConfigs(new Map([[resource, names.map((name) => ({ name, operation, value }))]])))
  }
  const partitionOf = async (name: string) => unwrap(await admin.describeTopics([name])).get(name)!.partitions[0]!
  const ask = (id: number) => connections.get(id)!

  async function fetchFrom(id: number, topicId: string, rackId: string) {
    const partitions = [{ partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 1 << 20 }]
    const body = { maxWaitMs: 100, minBytes: 1, rackId, topics: [{ topicId, partitions }] }
    const answer = await ask(id).ask(Fetch, body)
    return answer.responses[0]!.partitions[0]!
  }

  test('a leader sends consumers to the replica in their rack, and that one answers them (KIP-392)', async () => {
    await newTopic('near', [1, 2, 3])
    await fill('near', 10)
    const { id } = unwrap(await admin.describeTopics(['near'])).get('near')!
    assert.equal((await fetchFrom(1, id, 'west')).preferredReadReplica, 2)
    assert.equal((await fetchFrom(1, id, 'east')).preferredReadReplica, -1)
    assert.equal((await fetchFrom(1, id, 'nowhere')).preferredReadReplica, -1)
    const near = await until(
      () => fetchFrom(2, id, 'west'),
      ({ highWatermark }) => highWatermark === 10,
    )
    assert.equal(near.errorCode, errors.NONE)
    assert.ok(near.records !== null && near.records.to > near.records.from)
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', rack: 'north' })
    consumer.assign([{ topic: 'near', partition: 0 }])
    let seen = 0
    while (seen < 10) seen += (await consumer.poll({ timeoutMs: 1000 })).length
    assert.equal(seen, 10)
  })

  test('DeleteRecords answers when every replica begins there', async () => {
    await newTopic('deleted', [2, 3, 1])
    await fill('deleted', 20)
    const [low] = each(await admin.deleteRecords([{ topic: 'deleted', partition: 0, offset: 7 }]))
    assert.equal(low, 7)
    for (const id of cluster.brokerIds) {
      const topics = [{ name: 'deleted', partitions: [{ partitionIndex: 0, timestamp: EARLIEST }] }]
      const answer = await ask(id).ask(ListOffsets, { replicaId: DEBUGGER, isolationLevel: 0, topics })
      assert.equal(answer.topics[0]!.partitions[0]!.offset, 7)
    }
  })

  test('a reassignment moves a partition, gives up when it is cancelled, and minds its throttle', async () => {
    await newTopic('moved', [1, 2])
    await fill('moved', 3000, 1000)
    const topic = { type: 'topic', name: 'moved' } as const
    const everyBroker = { type: 'broker', name: '' } as const
    const rates = ['leader.replication.throttled.rate', 'follower.replication.throttled.rate']
    const named = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas']
    await change(topic, 'set', named, '*')
    await change(everyBroker, 'set', rates, '1000')
    const move = (replicas: readonly number[] | null) =>
      admin.alterReassignments([{ topic: 'moved', partition: 0, replicas }])
    each(await move([3, 2]))
    const [ongoing] = (await admin.listReassignments()).values()
    assert.deepEqual([ongoing?.addingReplicas, ongoing?.removingReplicas], [[3], [1]])
    await until(
      () => existsSync(cluster.site(3).path('moved-0')),
      (isThere) => isThere,
    )
    each(await move(null))
    assert.equal((await admin.listReassignments()).size, 0)
    await until(
      () => existsSync(cluster.site(3).path('moved-0')),
      (isThere) => !isThere,
    )
    assert.deepEqual([...(await partitionOf('moved')).replicas].sort(), [1, 2])

    each(await move([3, 2]))
    await change(topic, 'delete', named)
    await until(
      () => admin.listReassignments(),
      (all) => all.size === 0,
    )
    const { replicas, isr } = await partitionOf('moved')
    assert.deepEqual(
      [replicas, [...isr].sort()],
      [
        [3, 2],
        [2, 3],
      ],
    )
    await until(
      () => existsSync(cluster.site(1).path('moved-0')),
      (isThere) => !isThere,
    )
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    const ends = await consumer.endOffsets([{ topic: 'moved', partition: 0 }])
    assert.equal(ends.get('moved', 0), 3000)
  })

  test('a transaction ends in partitions that others lead', async () => {
    await admin.createTopics([{ name: 'ledger', assignments: [[1], [2], [3]] }])
    for (const transactionalId of ['a', 'b', 'c', 'd']) {
      await using producer = kafka.producer({ transactionalId })
      for (const [round, isKept] of [true, false, true].entries()) {
        const transaction = await producer.transaction()
        const value = `${transactionalId} ${round}`
        await transaction.sendAll([0, 1, 2].map((partition) => ({ topic: 'ledger', partition, value })))
        if (isKept) await transaction.commit()
        else await transaction.abort()
      }
    }
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
    consumer.assign([0, 1, 2].map((partition) => ({ topic: 'ledger', partition })))
    const seen: string[] = []
    while (seen.length < 24) {
      for (const { value } of await consumer.poll({ timeoutMs: 1000 })) seen.push(new TextDecoder().decode(value!))
    }
    assert.deepEqual(
      seen.filter((value) => value.endsWith(' 1')),
      [],
    )
  })

  test('below min.insync.replicas nothing is taken, and it is again when one less is enough', async () => {
    await newTopic('careful', [1, 2], { 'min.insync.replicas': '2' })
    await fill('careful', 1)
    await cluster.kill(2)
    await until(
      () => partitionOf('careful'),
      ({ isr }) => isr.length === 1,
    )
    await using hasty = kafka.producer({ deliveryTimeoutMs: 1000, requestTimeoutMs: 500 })
    await assert.rejects(hasty.send({ topic: 'careful', value: 'refused' }), (error: Error) => {
      assert.equal((error.cause as KafkaError).code, 'NOT_ENOUGH_REPLICAS')
      return true
    })
    await change({ type: 'topic', name: 'careful' }, 'set', ['min.insync.replicas'], '1')
    await fill('careful', 1)
    await cluster.start(2)
    await until(
      () => partitionOf('careful'),
      ({ isr }) => isr.length === 2,
    )
  })
})
