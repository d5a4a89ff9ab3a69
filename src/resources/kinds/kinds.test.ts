import assert from 'node:assert/strict'
import test from 'node:test'
import type { Kafka, KafkaNodePool, KafkaTopic } from '../index.ts'
import { kafkas, kafkaTopics, strimziPodSets } from '../index.ts'

test('a kind named for the Kube port has its plural and its group', () => {
  assert.deepEqual([kafkas.resource, kafkas.group, kafkaTopics.resource], ['kafkas', 'kafka.strimzi.io', 'kafkatopics'])
  assert.deepEqual([strimziPodSets.resource, strimziPodSets.group], ['strimzipodsets', 'core.strimzi.io'])
})

test('the types of the kinds follow from their declarations', () => {
  const kafka: Kafka = {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name: 'my-cluster' },
    spec: { kafka: { listeners: [{ name: 'plain', port: 9092, type: 'internal', tls: false }] } },
  }
  const pool: KafkaNodePool = {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaNodePool',
    metadata: { name: 'dual', labels: { 'strimzi.io/cluster': 'my-cluster' } },
    spec: {
      replicas: 1,
      roles: ['broker', 'controller'],
      storage: { type: 'jbod', volumes: [{ id: 0, type: 'ephemeral' }] },
    },
    status: { nodeIds: [0], conditions: [{ type: 'Ready', status: 'True' }] },
  }
  const topic: KafkaTopic = {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: { name: 'my-topic' },
    // @ts-expect-error a number is wanted
    spec: { partitions: '3' },
  }
  const listener: 'internal' | 'cluster-ip' | string = kafka.spec.kafka.listeners[0]!.type
  const sizes: readonly (string | undefined)[] | undefined = pool.spec.storage.volumes?.map((v) => v.size)
  assert.deepEqual([listener, sizes, topic.kind], ['internal', [undefined], 'KafkaTopic'])
})
