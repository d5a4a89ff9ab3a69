import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { type KafkaTopic, kafkaTopics } from '../../resources/index.ts'
import { pass, testWorld, wellKafka } from '../fakes.ts'
import { topicConfig } from './config.ts'
import { topicController } from './controller.ts'
import { withReplicas } from './plan.ts'

const settings = {
  STRIMZI_NAMESPACE: 'shop',
  STRIMZI_KAFKA_BOOTSTRAP_SERVERS: 'my-cluster-kafka-bootstrap:9091',
  STRIMZI_RESOURCE_LABELS: 'strimzi.io/cluster=my-cluster',
}

function setUp() {
  const t = testWorld()
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2])
  const clock = {
    monoMs: () => t.clock.now,
    wallMs: () => t.clock.now,
    at: (_ms: number, fire: () => void) => {
      setImmediate(fire)
      return { cancel() {} }
    },
  }
  const env = { ...t.world.env, clock: clock as never }
  const controller = topicController({ kube: t.kube, admin: t.admin, config: topicConfig(settings), env })
  const put = (name: string, spec: object, meta: object = {}) => {
    controller.inputs[0]?.keys(t.kube.put(topic(name, spec, meta)), t.kube as never)
  }
  const run = async (name: string, times = 3) => {
    for (let i = 0; i < times; i++) {
      await pass(t.kube, controller, name)
    }
    return t.kube.get(kafkaTopics, { namespace: 'shop', name }) as KafkaTopic | undefined
  }
  return { ...t, put, run }
}

const topic = (name: string, spec: object, meta: object = {}): Obj =>
  ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: { name, namespace: 'shop', labels: { 'strimzi.io/cluster': 'my-cluster' }, ...meta },
    spec,
  }) as Obj

const condition = (t: KafkaTopic | undefined) => t?.status?.conditions?.[0]

test('a topic is created, kept by a finalizer, and said to be ready with its id', async () => {
  const t = setUp()
  t.put('orders', { partitions: 3, replicas: 2, config: { 'retention.ms': 7_200_000 } })
  const made = await t.run('orders')
  assert.equal(condition(made)?.type, 'Ready')
  assert.equal(condition(made)?.status, 'True')
  assert.equal(made?.status?.topicId, 'id-of-orders')
  assert.equal(made?.status?.topicName, 'orders')
  assert.deepEqual(made?.metadata.finalizers, ['strimzi.io/topic-operator'])
  assert.equal(t.admin.topicsThere.get('orders')?.replicas.length, 3)
  assert.equal(t.admin.topicsThere.get('orders')?.config.get('retention.ms'), '7200000')
  t.kube.writes.length = 0
  await t.run('orders')
  assert.deepEqual(t.kube.writes, [])
})

test('configuration follows the resource, also what is taken out of it', async () => {
  const t = setUp()
  t.put('orders', { config: { 'retention.ms': 1000, 'cleanup.policy': 'compact' } })
  const made = await t.run('orders')
  t.kube.put({ ...made, spec: { config: { 'retention.ms': 2000 } } } as unknown as Obj)
  await t.run('orders')
  assert.deepEqual([...(t.admin.topicsThere.get('orders')?.config ?? [])], [['retention.ms', '2000']])
})

test('partitions grow and never shrink', async () => {
  const t = setUp()
  t.put('orders', { partitions: 2 })
  const made = await t.run('orders')
  t.kube.put({ ...made, spec: { partitions: 4 } } as unknown as Obj)
  const grown = await t.run('orders')
  assert.equal(t.admin.topicsThere.get('orders')?.replicas.length, 4)
  t.kube.put({ ...grown, spec: { partitions: 3 } } as unknown as Obj)
  const refused = await t.run('orders')
  assert.equal(condition(refused)?.status, 'False')
  assert.equal(condition(refused)?.reason, 'NotSupported')
})

test('of two resources for one topic the older has it', async () => {
  const t = setUp()
  t.put('first', { topicName: 'orders' })
  t.put('second', { topicName: 'orders' }, { creationTimestamp: '2026-02-01T00:00:00Z' })
  const second = t.kube.get(kafkaTopics, { namespace: 'shop', name: 'second' }) as Obj
  t.kube.objects.set('KafkaTopic/shop/second', {
    ...second,
    metadata: { ...second.metadata, creationTimestamp: '2026-02-01T00:00:00Z' },
  })
  assert.equal(condition(await t.run('first'))?.status, 'True')
  assert.equal(condition(await t.run('second'))?.reason, 'ResourceConflict')
})

test('what is not managed is left alone, in Kafka and when the resource goes', async () => {
  const t = setUp()
  t.put('orders', {})
  const made = await t.run('orders')
  t.kube.put({
    ...made,
    metadata: { ...made?.metadata, annotations: { 'strimzi.io/managed': 'false' } },
  } as unknown as Obj)
  const left = await t.run('orders')
  assert.equal(condition(left)?.type, 'Unmanaged')
  assert.deepEqual(left?.metadata.finalizers, [])
  assert.ok(t.admin.topicsThere.has('orders'))
})

test('a deleted resource takes its topic along, then lets go', async () => {
  const t = setUp()
  t.put('orders', {})
  const made = await t.run('orders')
  t.kube.put({ ...made, metadata: { ...made?.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } } as unknown as Obj)
  const gone = await t.run('orders', 2)
  assert.ok(!t.admin.topicsThere.has('orders'))
  assert.deepEqual(gone?.metadata.finalizers, [])
})

test('what Kafka refuses stands in the status', async () => {
  const t = setUp()
  t.put('orders', { replicas: 4 })
  const refused = await t.run('orders')
  assert.equal(condition(refused)?.reason, 'KafkaError')
  assert.match(condition(refused)?.message ?? '', /INVALID_REPLICATION_FACTOR/)
})

test('more replicas come by a reassignment to the brokers with the fewest', async () => {
  assert.deepEqual(withReplicas([[0], [1]], 2, [0, 1, 2]), [
    [0, 2],
    [1, 0],
  ])
  assert.deepEqual(withReplicas([[2, 1, 0]], 1, [0, 1, 2]), [[2]])
  const t = setUp()
  t.put('orders', { partitions: 2, replicas: 1 })
  const made = await t.run('orders')
  t.kube.put({ ...made, spec: { partitions: 2, replicas: 3 } } as unknown as Obj)
  const changed = await t.run('orders')
  assert.equal(condition(changed)?.status, 'True')
  assert.ok(t.admin.topicsThere.get('orders')?.replicas.every((r) => r.length === 3))
})
