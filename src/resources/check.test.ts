import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { checkResource, pathText } from './check.ts'
import { checkRules, fieldPath } from './check-rules.ts'

const listener = { name: 'plain', port: 9092, type: 'internal', tls: false }
const kafka = (spec: object) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'Kafka',
  metadata: { name: 'my-cluster' },
  spec,
})
const topic = (spec: unknown, metadata: object = { name: 't', labels: { 'strimzi.io/cluster': 'c' } }) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata,
  spec,
})
const said = (object: unknown) => checkResource(object).map((f) => `${pathText(f.path)}: ${f.message}`)

test('a good resource has nothing to be said about', () => {
  assert.deepEqual(said(kafka({ kafka: { listeners: [listener], config: { 'num.partitions': 3 } } })), [])
  assert.deepEqual(said(topic({ partitions: 3, replicas: 1, config: { 'retention.ms': 1 } })), [])
})

describe('a field that is none', () => {
  test('is named with its path and the one that was meant', () => {
    assert.deepEqual(said(kafka({ kafka: { listeners: [{ ...listener, authentification: {} }] } })), [
      'spec.kafka.listeners[0].authentification: there is no such field; did you mean authentication?',
    ])
  })

  test('comes with those that there are', () => {
    const [finding] = checkResource(topic({ partition: 3 }))
    assert.deepEqual(finding!.allowed, ['topicName', 'partitions', 'replicas', 'config'])
    assert.match(finding!.message, /did you mean partitions\?/)
  })

  test('of an old version is one of v1 no more', () => {
    assert.match(said(kafka({ kafka: { listeners: [listener] }, zookeeper: {} }))[0]!, /^spec\.zookeeper: there is no/)
    assert.deepEqual(
      said({
        ...kafka({
          kafka: { listeners: { plain: {} }, replicas: 1, storage: { type: 'ephemeral' } },
          zookeeper: { replicas: 1, storage: { type: 'ephemeral' } },
        }),
        apiVersion: 'kafka.strimzi.io/v1beta1',
      }),
      [],
    )
  })
})

describe('a value that cannot be', () => {
  test('of another type is said with what is wanted and what is there', () => {
    assert.deepEqual(said(topic({ partitions: '3' })), ['spec.partitions: wants a whole number, is the text "3"'])
    assert.deepEqual(said(topic({ partitions: 1.5 })), ['spec.partitions: wants a whole number, is 1.5'])
    assert.deepEqual(said(topic([])), ['spec: wants fields, is a list'])
    assert.deepEqual(said(topic(null)), ['spec: is empty, and wants fields; write {} for one without fields'])
  })

  test('is none of those allowed', () => {
    const [finding] = checkResource(kafka({ kafka: { listeners: [{ ...listener, type: 'nodeports' }] } }))
    assert.equal(pathText(finding!.path), 'spec.kafka.listeners[0].type')
    assert.equal(finding!.message, 'the text "nodeports" is none of the values; did you mean nodeport?')
    assert.ok(finding!.allowed!.includes('cluster-ip'))
  })

  test('is out of range, too few or does not match', () => {
    assert.deepEqual(said(kafka({ kafka: { listeners: [] } })), ['spec.kafka.listeners: wants at least one entry'])
    assert.deepEqual(said(topic({ partitions: 0, replicas: 40_000 })), [
      'spec.partitions: is 0, and must be at least 1',
      'spec.replicas: is 40000, and must be at most 32767',
    ])
    assert.match(
      said(kafka({ kafka: { listeners: [{ ...listener, name: 'My' }] } }))[0]!,
      /"My" must match \^\[a-z0-9\]/,
    )
  })

  test('is a quantity that is none', () => {
    const pool = (limits: object) => ({
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaNodePool',
      metadata: { name: 'p', labels: { 'strimzi.io/cluster': 'c' } },
      spec: { replicas: 1, roles: ['broker'], storage: { type: 'ephemeral' }, resources: { limits } },
    })
    assert.deepEqual(said(pool({ cpu: 1, memory: '2Gi' })), [])
    assert.match(said(pool({ memory: '2Gb' }))[0]!, /^spec\.resources\.limits\.memory: wants a quantity such as/)
  })
})

test('listeners of the first years are a map or a list, and looked into as what they are', () => {
  const first = (listeners: unknown) => ({
    apiVersion: 'kafka.strimzi.io/v1beta1',
    kind: 'Kafka',
    metadata: { name: 'k' },
    spec: { kafka: { listeners } },
  })
  assert.deepEqual(said(first({ plain: {}, external: { type: 'route' } })), [])
  assert.deepEqual(said(first([listener])), [])
  assert.deepEqual(said(first({ plane: {} })), [
    'spec.kafka.listeners.plane: there is no such field; did you mean plain?',
  ])
  assert.deepEqual(said(first([{ ...listener, port: 1 }])), [
    'spec.kafka.listeners[0].port: is 1, and must be at least 9092',
  ])
  assert.deepEqual(said(first('plain')), ['spec.kafka.listeners: wants a list or fields, is the text "plain"'])
})

describe('what is missing', () => {
  test('is named where it should stand', () => {
    assert.deepEqual(said(kafka({ kafka: { listeners: [{ name: 'plain', port: 9092 }] } })), [
      'spec.kafka.listeners[0]: type is missing: one of internal, route, tlsroute, loadbalancer, nodeport, ingress, cluster-ip',
      'spec.kafka.listeners[0]: tls is missing',
    ])
    assert.deepEqual(said({}), [
      ': apiVersion is missing',
      ': kind is missing',
      ': metadata is missing; it wants at least a name',
    ])
    assert.deepEqual(said(topic(undefined)), [': spec is missing'])
  })

  test('of alternatives is said with all of them', () => {
    const connect = {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaBridge',
      metadata: { name: 'b' },
      spec: { replicas: 1, bootstrapServers: 'b', tls: { trustedCertificates: [{ secretName: 's' }] } },
    }
    assert.deepEqual(said(connect), ['spec.tls.trustedCertificates[0]: wants exactly one of certificate, pattern'])
  })

  test('is a label without which no operator looks at the resource', () => {
    const [finding] = checkResource(topic({}, { name: 't' }))
    assert.equal(finding!.level, 'warning')
    assert.match(finding!.message, /strimzi\.io\/cluster is missing/)
  })
})

describe('kinds and versions', () => {
  test('that there are not are answered with those that there are', () => {
    assert.match(
      said({ ...topic({}), kind: 'KafkaTopik' })[0]!,
      /^kind: there is no kind KafkaTopik .* did you mean KafkaTopic\?/,
    )
    const [finding] = checkResource({ ...topic({}), apiVersion: 'kafka.strimzi.io/v2' })
    assert.deepEqual(finding!.allowed, [
      'kafka.strimzi.io/v1',
      'kafka.strimzi.io/v1beta2',
      'kafka.strimzi.io/v1beta1',
      'kafka.strimzi.io/v1alpha1',
    ])
  })

  test('of others are looked at from outside only', () => {
    assert.deepEqual(
      said({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { anything: 1 } }),
      [],
    )
  })
})

test('a label that YAML reads as a number wants quotes', () => {
  assert.deepEqual(said(topic({}, { name: 't', labels: { 'strimzi.io/cluster': 5 } })), [
    'metadata.labels."strimzi.io/cluster": wants text, is 5; put it in quotes',
  ])
})

test('a name that Kubernetes would refuse is refused', () => {
  assert.match(
    said(topic({}, { name: 'My_Topic', labels: { 'strimzi.io/cluster': 'c' } }))[0]!,
    /^metadata\.name: .* is no name/,
  )
})

test('whatever stands in a document, it is told of and never thrown at', () => {
  for (const strange of [
    null,
    1,
    'text',
    [],
    [1],
    { kind: 5, apiVersion: [], metadata: 'x' },
    { ...topic({}), metadata: null },
  ])
    assert.ok(checkResource(strange).length > 0)
})

test('rules between fields are those of the API server', async () => {
  const user = (authentication: object) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaUser',
    metadata: { name: 'u' },
    spec: { authentication },
  })
  assert.deepEqual(await checkRules(user({ type: 'tls' })), [])
  const [finding] = await checkRules(user({ type: 'tls', validityDays: 30, renewalDays: 40 }))
  assert.equal(pathText(finding!.path), 'spec.authentication')
  assert.match(finding!.message, /'renewalDays' must be less than 'validityDays'/)
  assert.deepEqual(await checkRules({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }), [])
})

test('paths of the API server are taken apart', () => {
  assert.deepEqual(fieldPath('spec.kafka.listeners[0].name'), ['spec', 'kafka', 'listeners', 0, 'name'])
  assert.deepEqual(fieldPath('metadata.labels[a.b/c]'), ['metadata', 'labels', 'a.b/c'])
})
