import assert from 'node:assert/strict'
import test from 'node:test'
import type { Obj } from '../kube-client/index.ts'
import { checkResource } from './check.ts'
import { modernize } from './modernize.ts'

const object = (apiVersion: string, kind: string, spec: object, metadata: object = {}): Obj => ({
  apiVersion,
  kind,
  metadata: { name: 'x', ...metadata },
  spec,
})

const oldKafka = object('kafka.strimzi.io/v1beta1', 'Kafka', {
  kafka: {
    replicas: 1,
    listeners: { plain: {} },
    storage: { type: 'ephemeral' },
    metrics: { lowercaseOutputName: true },
  },
  zookeeper: { replicas: 1, storage: { type: 'ephemeral' } },
})

test('what is of today stays the same object', () => {
  const topic = object('kafka.strimzi.io/v1', 'KafkaTopic', { partitions: 1 })
  assert.equal(modernize(topic).objects[0], topic)
  const other = object('v1', 'ConfigMap', {})
  assert.equal(modernize(other).objects[0], other)
})

test('a Kafka with ZooKeeper becomes node pools, a Kafka without annotation, and a ConfigMap for its metrics', () => {
  const { objects, notes } = modernize(oldKafka)
  assert.deepEqual(
    objects.map((o) => [o.kind, o.metadata.name]),
    [
      ['KafkaNodePool', 'kafka'],
      ['Kafka', 'x'],
      ['ConfigMap', 'x-kafka-jmx-exporter-configuration'],
    ],
  )
  assert.equal(objects[1]!.metadata.annotations, undefined)
  const kafka = (objects[1]!['spec'] as { kafka: Record<string, unknown> }).kafka
  assert.deepEqual(Object.keys(kafka), ['listeners', 'metricsConfig'], 'in the order of the documentation')
  assert.deepEqual(objects[2]!['data'], {
    'x-kafka-jmx-exporter-configuration.yaml': '{\n  "lowercaseOutputName": true\n}\n',
  })
  assert.deepEqual(notes, [
    'The nodes are described by KafkaNodePools: kafka (controller and broker, 1).',
    'The metrics rules stand in the ConfigMap x-kafka-jmx-exporter-configuration.',
  ])
  for (const o of objects) assert.deepEqual(checkResource(o), [])
})

test('a stored resource of old says what it would be as a file of today', () => {
  const { objects } = modernize(modernize(oldKafka).objects[1]!)
  assert.equal(objects.length, 1)
})

test('the first MirrorMaker becomes a MirrorMaker 2 that keeps the names of topics', () => {
  const { objects, notes } = modernize(
    object('kafka.strimzi.io/v1beta1', 'KafkaMirrorMaker', {
      replicas: 1,
      whitelist: '.*',
      consumer: { bootstrapServers: 'a:9092', groupId: 'g', numStreams: 2, config: { 'max.poll.records': 100 } },
      producer: { bootstrapServers: 'b:9092', config: { 'batch.size': 1 } },
    }),
  )
  assert.deepEqual(checkResource(objects[0]), [])
  const spec = objects[0]!['spec'] as { mirrors: { sourceConnector: { tasksMax: number; config: object } }[] }
  assert.deepEqual(spec.mirrors[0]!.sourceConnector, {
    tasksMax: 2,
    config: {
      'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
      'consumer.max.poll.records': 100,
      'producer.override.batch.size': 1,
    },
  })
  assert.equal(notes.length, 2)
})

test('a Deployment of the first years gets the selector that its template means', () => {
  const { objects } = modernize(
    object('extensions/v1beta1', 'Deployment', { replicas: 1, template: { metadata: { labels: { app: 'a' } } } }),
  )
  assert.equal(objects[0]!.apiVersion, 'apps/v1')
  assert.deepEqual((objects[0]!['spec'] as { selector: object }).selector, { matchLabels: { app: 'a' } })
})
