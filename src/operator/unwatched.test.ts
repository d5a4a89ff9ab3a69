import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../kube-client/index.ts'
import { kafkaNamed, poolNamed } from './examples.ts'
import { whyUnwatched } from './index.ts'

const resource = (kind: string, cluster?: string, namespace = 'shop'): Obj =>
  ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind,
    metadata: {
      name: 'orders',
      namespace,
      ...(cluster === undefined ? {} : { labels: { 'strimzi.io/cluster': cluster } }),
    },
    spec: {},
  }) as Obj
const kafka = kafkaNamed('my-cluster')
const withEntity = (entityOperator: object): Obj =>
  ({ ...kafka, spec: { ...(kafka['spec'] as object), entityOperator } }) as Obj

test('a topic or user whose label names a Kafka with an operator is watched', () => {
  assert.equal(whyUnwatched(resource('KafkaTopic', 'my-cluster'), [kafka]), null)
  assert.equal(whyUnwatched(resource('KafkaUser', 'my-cluster'), [kafka]), null)
  assert.equal(whyUnwatched(poolNamed('dual', ['broker'], 1), [kafka]), null)
  assert.equal(whyUnwatched(resource('ConfigMap'), [kafka]), null)
})

test('a resource without the label is told that no operator looks at it', () => {
  const said = 'it has no label strimzi.io/cluster: no operator looks at it'
  assert.equal(whyUnwatched(resource('KafkaTopic'), []), said)
  assert.equal(
    whyUnwatched(resource('KafkaUser'), [kafka]),
    `${said}; strimzi.io/cluster: my-cluster is meant, perhaps`,
  )
  assert.match(whyUnwatched(resource('KafkaUser', ''), []) ?? '', /^it has an empty label/)
})

test('a label with a typing error is told the Kafka that is near', () => {
  const topic = resource('KafkaTopic', 'my-clutser')
  assert.equal(
    whyUnwatched(topic, [kafka, kafkaNamed('orders')]),
    'no Kafka my-clutser in namespace shop; did you mean my-cluster?',
  )
  assert.equal(whyUnwatched(topic, []), 'no Kafka my-clutser in namespace shop')
  assert.equal(
    whyUnwatched(topic, [kafkaNamed('b'), kafkaNamed('a')]),
    'no Kafka my-clutser in namespace shop; there is a, b',
  )
})

test('a Kafka of another namespace is told, unless its operator watches the namespace', () => {
  const topic = resource('KafkaTopic', 'my-cluster', 'other')
  assert.equal(whyUnwatched(topic, [kafka]), 'no Kafka my-cluster in namespace other; there is one in namespace shop')
  const watching = withEntity({ topicOperator: { watchedNamespace: 'other' } })
  assert.equal(whyUnwatched(topic, [watching]), null)
  assert.equal(
    whyUnwatched(resource('KafkaTopic', 'my-cluster'), [watching]),
    'Kafka my-cluster looks for it in namespace other (spec.entityOperator.topicOperator.watchedNamespace)',
  )
})

test('a Kafka without the operator for it is told', () => {
  const user = resource('KafkaUser', 'my-cluster')
  assert.equal(
    whyUnwatched(user, [withEntity({ topicOperator: {} })]),
    'Kafka my-cluster has no spec.entityOperator.userOperator: no operator looks at it',
  )
})
