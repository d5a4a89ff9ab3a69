import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Admin, isKafkaError, type Kafka, offsetSpecs, unwrap } from '../../src/client/node.ts'
import { clientsOf, newGroup, newTopic, type RunningBroker, startTarget, until } from './world.ts'

let broker: RunningBroker
let kafka: Kafka
let admin: Admin
before(async () => {
  broker = await startTarget()
  kafka = clientsOf(broker.bootstrapServers)
  admin = kafka.admin()
})
after(async () => {
  await admin.close()
  await broker.stop()
})

test('topics are made, described, widened and deleted; errors are per topic and typed', async () => {
  const name = `${await newTopic(kafka)}-more`
  const checked = await admin.createTopics([{ name, partitions: 2 }], { validateOnly: true })
  assert.equal(checked.get(name)?.error, null)
  assert.equal((await admin.listTopics()).has(name), false)
  unwrap(await admin.createTopics([{ name, partitions: 2, configs: { 'retention.ms': '1234567' } }]))
  const again = await admin.createTopics([{ name, partitions: 2 }, { name: 'no/slash' }])
  const exists = again.get(name)?.error
  assert.ok(isKafkaError(exists))
  assert.deepEqual(
    [exists.code, exists.number, exists.isRetriable, exists.advice, exists.exception],
    ['TOPIC_ALREADY_EXISTS', 36, false, 'final', 'TopicExistsException'],
  )
  assert.match(exists.message, /already exists/)
  assert.equal(again.get('no/slash')?.error?.code, 'INVALID_TOPIC_EXCEPTION')
  const described = unwrap(await admin.describeTopics([name])).get(name)
  assert.deepEqual(
    described?.partitions.map((p) => [p.partition, p.replicas.length]),
    [
      [0, 1],
      [1, 1],
    ],
  )
  unwrap(await admin.createPartitions([{ topic: name, count: 3 }]))
  await until('it has three', async () => unwrap(await admin.describeTopics([name])).get(name)?.partitions.length === 3)
  const fewer = await admin.createPartitions([{ topic: name, count: 1 }])
  assert.equal(fewer.get(name)?.error?.code, 'INVALID_PARTITIONS')
  unwrap(await admin.deleteTopics([name]))
  await until('it is gone', async () => !(await admin.listTopics()).has(name))
  const missing = (await admin.describeTopics([name])).get(name)?.error
  assert.equal(missing?.code, 'UNKNOWN_TOPIC_OR_PARTITION')
})

test('configurations are described, set, and taken back', async () => {
  const name = await newTopic(kafka)
  const resource = { type: 'topic', name } as const
  const entryOf = async (key: string) => {
    const [entries] = unwrap(await admin.describeConfigs([resource])).values()
    return entries?.find((e) => e.name === key)
  }
  unwrap(await admin.alterConfigs(new Map([[resource, [{ name: 'retention.ms', operation: 'set', value: '4711' }]]])))
  await until('it is set', async () => (await entryOf('retention.ms'))?.value === '4711')
  unwrap(await admin.alterConfigs(new Map([[resource, [{ name: 'retention.ms', operation: 'delete' }]]])))
  await until('it is back', async () => (await entryOf('retention.ms'))?.value === '604800000')
  const wrong = await admin.alterConfigs(
    new Map([[resource, [{ name: 'retention.ms', operation: 'set', value: 'x' }]]]),
  )
  assert.equal([...wrong.values()][0]?.error?.code, 'INVALID_CONFIG')
})

test('offsets by time, and records deleted before one', async () => {
  const topic = await newTopic(kafka)
  await using producer = kafka.producer()
  await producer.sendAll([10, 20, 30].map((timestamp) => ({ topic, value: 'x', timestamp })))
  const offset = async (timestamp: number) =>
    unwrapOne(await admin.listOffsets([{ topic, partition: 0, timestamp }])).offset
  assert.equal(await offset(offsetSpecs.earliest), 0)
  assert.equal(await offset(offsetSpecs.latest), 3)
  assert.equal(await offset(offsetSpecs.maxTimestamp), 2)
  assert.equal(await offset(15), 1)
  assert.equal(await offset(99), -1)
  assert.equal(unwrapOne(await admin.deleteRecords([{ topic, partition: 0, offset: 2 }])), 2)
  assert.equal(await offset(offsetSpecs.earliest), 2)
  const beyond = await admin.deleteRecords([{ topic, partition: 0, offset: 9 }])
  assert.equal([...beyond.values()][0]?.error?.code, 'OFFSET_OUT_OF_RANGE')
})

function unwrapOne<T>(found: { values(): Iterable<{ error: unknown; value: T | null }> }): T {
  for (const { error, value } of found.values()) {
    assert.equal(error, null)
    return value as T
  }
  return assert.fail('nothing was answered')
}

test('groups are listed, described, their offsets moved, and deleted when empty', async () => {
  const [topic, group] = [await newTopic(kafka), newGroup()]
  await using producer = kafka.producer()
  await producer.send({ topic, value: 'x' })
  const consumer = kafka.consumer({ groupId: group, topics: [topic], autoOffsetReset: 'earliest', clientId: 'me' })
  assert.equal((await consumer.poll()).length, 1)
  const described = unwrap(await admin.describeGroups([group])).get(group)
  assert.deepEqual([described?.members.length, described?.members[0]?.clientId], [1, 'me'])
  assert.equal((await admin.deleteGroups([group])).get(group)?.error?.code, 'NON_EMPTY_GROUP')
  await consumer.close()
  const partition = { topic, partition: 0 }
  assert.equal((await admin.listGroupOffsets(group)).get(topic, 0)?.value?.offset, 1)
  await admin.alterGroupOffsets(group, [{ ...partition, offset: 0 }])
  assert.equal((await admin.listGroupOffsets(group)).get(topic, 0)?.value?.offset, 0)
  unwrap(await admin.deleteGroups([group]))
  assert.equal((await admin.deleteGroups([group])).get(group)?.error?.code, 'GROUP_ID_NOT_FOUND')
})

test('the cluster tells who it is', async () => {
  const cluster = await admin.describeCluster()
  assert.equal(cluster.nodes.length, 1)
  assert.equal(`${cluster.nodes[0]?.port}`, broker.bootstrapServers.split(':')[1])
  assert.equal(typeof cluster.clusterId, 'string')
  const [metadata] = (await admin.describeQuorum()).topics
  assert.deepEqual(
    metadata?.partitions[0]?.currentVoters.map((v) => v.replicaId),
    [1],
  )
})
