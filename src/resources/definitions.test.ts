import assert from 'node:assert/strict'
import test from 'node:test'
import { compileSchema, type JsonObject, loadCel } from '../kube/index.ts'
import { customResourceDefinitions, defaultedKafka, defaultedUser, type Kafka, type KafkaUser } from './index.ts'

type Definition = {
  metadata: { name: string }
  spec: {
    names: { kind: string; shortNames: string[]; categories: string[]; plural: string }
    versions: {
      name: string
      storage: boolean
      subresources: object
      schema: { openAPIV3Schema: JsonObject }
      additionalPrinterColumns: { name: string }[]
    }[]
  }
}
const definitions = customResourceDefinitions() as unknown as Definition[]
const of = (kind: string) => definitions.find((d) => d.spec.names.kind === kind)!.spec

test('every kind answers to its short name, and all of them to `strimzi`', () => {
  const short = Object.fromEntries(definitions.map((d) => [d.spec.names.kind, d.spec.names.shortNames[0]]))
  assert.deepEqual(
    [short['Kafka'], short['KafkaTopic'], short['KafkaUser'], short['KafkaNodePool'], short['KafkaAccess']],
    ['k', 'kt', 'ku', 'knp', 'ka'],
  )
  assert.ok(definitions.every((d) => d.spec.names.categories.includes('strimzi')))
  assert.equal(of('KafkaAccess').names.plural, 'kafkaaccesses')
})

test('exactly one version of each kind is stored', () => {
  for (const d of definitions) assert.equal(d.spec.versions.filter((v) => v.storage).length, 1, d.metadata.name)
})

test('columns are those of Strimzi today', () => {
  const columns = of('Kafka').versions[0]!.additionalPrinterColumns.map((c) => c.name)
  assert.deepEqual(columns, ['Ready', 'Warnings', 'Kafka version', 'Metadata version'])
})

test('what runs pods or tasks can be scaled', () => {
  const scaled = definitions.filter((d) => 'scale' in d.spec.versions[0]!.subresources).map((d) => d.spec.names.kind)
  assert.deepEqual(scaled.sort(), [
    'KafkaBridge',
    'KafkaConnect',
    'KafkaConnector',
    'KafkaMirrorMaker',
    'KafkaMirrorMaker2',
    'KafkaNodePool',
  ])
})

test('defaults fill the objects that are there and invent none', () => {
  const kafka: Kafka = {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name: 'c' },
    spec: {
      kafka: { listeners: [], readinessProbe: { timeoutSeconds: 7 } },
      entityOperator: { topicOperator: {} },
      clusterCa: {},
    },
  }
  const spec = defaultedKafka(kafka)
  assert.deepEqual(spec.kafka.readinessProbe, {
    initialDelaySeconds: 0,
    timeoutSeconds: 7,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  })
  assert.equal(spec.kafka.livenessProbe, undefined)
  assert.equal(spec.entityOperator?.topicOperator?.reconciliationIntervalMs, 120_000)
  assert.equal(spec.clusterCa?.validityDays, 365)
  assert.deepEqual(kafka.spec.clusterCa, {}, 'the resource stays as its owner wrote it')
})

test('defaults reach into lists', () => {
  const user: KafkaUser = {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaUser',
    metadata: { name: 'u' },
    spec: {
      authorization: { type: 'simple', acls: [{ resource: { type: 'topic', name: 't' }, operations: ['Read'] }] },
    },
  }
  assert.deepEqual(defaultedUser(user).authorization?.acls, [
    { type: 'allow', resource: { type: 'topic', name: 't', patternType: 'literal' }, host: '*', operations: ['Read'] },
  ])
})

test('old versions are served, newest first, and each says that it is old', () => {
  const names = (kind: string) => of(kind).versions.map((v) => v.name)
  assert.deepEqual(names('Kafka'), ['v1', 'v1beta2', 'v1beta1', 'v1alpha1'])
  assert.deepEqual(names('KafkaMirrorMaker2'), ['v1', 'v1beta2', 'v1alpha1'])
  assert.deepEqual(names('KafkaNodePool'), ['v1', 'v1beta2'])
  assert.deepEqual(names('KafkaMirrorMaker'), ['v1beta2', 'v1beta1', 'v1alpha1'])
  const old = of('Kafka').versions[2] as { deprecationWarning?: string }
  assert.match(old.deprecationWarning!, /Kafka v1beta1 is an old version, read as v1; "millrace convert -f FILE"/)
})

test('the API server takes every version of every definition, rules included', async () => {
  const cel = await loadCel()
  for (const d of definitions)
    for (const version of d.spec.versions)
      assert.deepEqual(
        compileSchema(version.schema.openAPIV3Schema, cel).errors,
        [],
        `${d.metadata.name} ${version.name}`,
      )
})

test('the API server finds what Strimzi’s rules forbid', async () => {
  const cel = await loadCel()
  const { schema } = compileSchema(of('KafkaUser').versions[0]!.schema.openAPIV3Schema, cel)
  const user = (authentication: object) =>
    schema
      .check({
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'KafkaUser',
        metadata: { name: 'u' },
        spec: { authentication },
      })
      .errors.map((error) => error.detail)
  assert.deepEqual(user({ type: 'tls', validityDays: 30, renewalDays: 7 }), [])
  assert.deepEqual(user({ type: 'tls', validityDays: 30, renewalDays: 30 }), [
    "'renewalDays' must be less than 'validityDays'.",
  ])
  assert.equal(user({ type: 'scram-sha-512', validityDays: 30 }).length, 1)
})

test('a Kubernetes that cannot convert gets the newest versions only', () => {
  for (const d of customResourceDefinitions('newest') as unknown as Definition[]) {
    assert.equal(d.spec.versions.length, 1, d.metadata.name)
    assert.equal(d.spec.versions[0]!.storage, true)
  }
})
