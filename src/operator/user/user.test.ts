import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { type KafkaUser, kafkaUsers } from '../../resources/index.ts'
import { encode, textOf } from '../certificates.ts'
import { pass, testWorld } from '../fakes.ts'
import { type Secret, secrets } from '../kinds.ts'
import { userConfig } from './config.ts'
import { userController } from './controller.ts'

const settings = {
  STRIMZI_NAMESPACE: 'shop',
  STRIMZI_LABELS: 'strimzi.io/cluster=my-cluster',
  STRIMZI_CA_CERT_NAME: 'my-cluster-clients-ca-cert',
  STRIMZI_CA_KEY_NAME: 'my-cluster-clients-ca',
}

async function setUp(hasAuthorizer = true) {
  const t = testWorld()
  t.admin.hasAuthorizer = hasAuthorizer
  const ca = await t.world.keys.createCa({ commonName: 'clients-ca v0', notBeforeMs: t.clock.now, validityDays: 365 })
  const secret = (name: string, data: object): Obj =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, data }) as Obj
  t.kube.put(secret('my-cluster-clients-ca-cert', { 'ca.crt': encode(ca.certPem) }))
  t.kube.put(secret('my-cluster-clients-ca', { 'ca.key': encode(ca.keyPem) }))
  const clock = {
    monoMs: () => t.clock.now,
    wallMs: () => t.clock.now,
    at: (_ms: number, fire: () => void) => {
      setImmediate(fire)
      return { cancel() {} }
    },
  }
  const world = { ...t.world, config: userConfig(settings), env: { ...t.world.env, clock: clock as never } }
  const controller = userController(world)
  const put = (name: string, spec: object): void => {
    t.kube.put({
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaUser',
      metadata: { name, namespace: 'shop', labels: { 'strimzi.io/cluster': 'my-cluster' } },
      spec,
    } as Obj)
  }
  const run = async (key: string): Promise<KafkaUser> => {
    for (let i = 0; i < 2; i++) await pass(t.kube, controller, key)
    return t.kube.get(kafkaUsers, { namespace: 'shop', name: key })
  }
  const secretOf = (name: string): Secret | undefined => t.kube.get(secrets, { namespace: 'shop', name })
  return { ...t, ca, put, run, secretOf }
}

const entries = (s: Secret | undefined): string[] => Object.keys(s?.data ?? {}).sort()
const main = (u: KafkaUser) => u.status?.conditions?.[0]

test('a user with tls gets a certificate of the clients CA, and its rights as CN=name', async () => {
  const t = await setUp()
  t.put('app', {
    authentication: { type: 'tls' },
    authorization: {
      type: 'simple',
      acls: [{ resource: { type: 'topic', name: 'orders', patternType: 'prefix' }, operations: ['Read', 'Describe'] }],
    },
    quotas: { producerByteRate: 1024 },
  })
  const user = await t.run('app')
  assert.equal(main(user)?.type, 'Ready')
  assert.equal(user.status?.username, 'CN=app')
  assert.equal(user.status?.secret, 'app')
  assert.deepEqual(entries(t.secretOf('app')), ['ca.crt', 'user.crt', 'user.key', 'user.p12', 'user.password'])
  const cert = textOf(t.secretOf('app')?.data?.['user.crt'] ?? '')
  assert.equal((await t.world.keys.inspect(cert)).subject, 'CN=app')
  assert.ok(await t.world.keys.isIssuedBy(cert, t.ca.certPem))
  const facts = t.admin.usersThere.get('CN=app')
  assert.deepEqual(
    facts?.acls?.map((a) => `${a.operation} ${a.resourceType} ${a.patternType} ${a.name}`),
    ['Read topic prefix orders', 'Describe topic prefix orders'],
  )
  assert.equal(facts?.quotas.get('producer_byte_rate'), 1024)
  t.kube.writes.length = 0
  t.admin.asked.length = 0
  await t.run('app')
  assert.deepEqual([...t.kube.writes, ...t.admin.asked], [])
})

test('a user with scram-sha-512 gets a password and what clients are configured with', async () => {
  const t = await setUp()
  t.put('app', { authentication: { type: 'scram-sha-512' } })
  const user = await t.run('app')
  assert.equal(user.status?.username, 'app')
  const secret = t.secretOf('app')
  assert.deepEqual(entries(secret), ['password', 'sasl.jaas.config'])
  const password = textOf(secret?.data?.['password'] ?? '')
  assert.equal(password.length, 32)
  assert.equal(
    textOf(secret?.data?.['sasl.jaas.config'] ?? ''),
    `org.apache.kafka.common.security.scram.ScramLoginModule required username="app" password="${password}";`,
  )
  assert.equal(t.admin.usersThere.get('app')?.scramIterations, 4096)
})

test('a password that is given is taken, and followed when it changes', async () => {
  const t = await setUp()
  const given = (text: string) =>
    t.kube.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mine', namespace: 'shop' },
      data: { p: encode(text) },
    } as Obj)
  t.put('app', {
    authentication: { type: 'scram-sha-512', password: { valueFrom: { secretKeyRef: { name: 'mine', key: 'p' } } } },
  })
  const early = await t.run('app')
  assert.equal(main(early)?.type, 'NotReady')
  given('first')
  await t.run('app')
  given('second')
  const user = await t.run('app')
  assert.equal(main(user)?.type, 'Ready')
  assert.equal(textOf(t.secretOf('app')?.data?.['password'] ?? ''), 'second')
  const set = t.admin.asked.filter((a) => a.kafka === 'setScram').map((a) => ('password' in a ? a.password : ''))
  assert.deepEqual(set, ['first', 'second'])
})

test('rights without an authorizer make the user not ready', async () => {
  const t = await setUp(false)
  t.put('app', { authentication: { type: 'tls' }, authorization: { type: 'simple', acls: [] } })
  const user = await t.run('app')
  assert.equal(main(user)?.type, 'NotReady')
  assert.match(main(user)?.message ?? '', /no authorizer/)
})

test('Kafka forgets a user whose resource is gone', async () => {
  const t = await setUp()
  t.put('app', { authentication: { type: 'scram-sha-512' }, quotas: { consumerByteRate: 5 } })
  await t.run('app')
  t.kube.remove(kafkaUsers, { namespace: 'shop', name: 'app' })
  await t.run('')
  assert.equal(t.admin.usersThere.size, 0)
})

test('a user of another cluster, or of none, is not touched', async () => {
  const t = await setUp()
  for (const labels of [{ 'strimzi.io/cluster': 'other' }, {}]) {
    t.kube.put({
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaUser',
      metadata: { name: 'app', namespace: 'shop', labels },
      spec: { authentication: { type: 'scram-sha-512' } },
    } as Obj)
    await t.run('app')
    assert.deepEqual([...t.kube.writes, ...t.admin.asked], [])
  }
})

test('a user named like a Secret of somebody else leaves it alone and is not ready', async () => {
  const t = await setUp()
  const other = (labels: object, ownerReferences: object[]): Obj =>
    t.kube.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'my-cluster-cluster-ca', namespace: 'shop', labels, ownerReferences },
      data: { 'ca.key': encode('the key'), password: encode('not for Kafka') },
    } as Obj)
  const kafka = { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', name: 'my-cluster', uid: 'uid-of-kafka' }
  const cases: readonly [Obj, RegExp][] = [
    [other({ 'strimzi.io/kind': 'Kafka', 'strimzi.io/cluster': 'my-cluster' }, [kafka]), /belongs to Kafka my-cluster/],
    [other({ 'strimzi.io/kind': 'Kafka', 'strimzi.io/cluster': 'my-cluster' }, []), /belongs to Kafka my-cluster/],
    [other({}, []), /was not made for this KafkaUser/],
    [
      other({ 'strimzi.io/kind': 'KafkaUser' }, [{ ...kafka, kind: 'KafkaUser', name: 'bob', uid: 'uid-of-bob' }]),
      /belongs to KafkaUser bob/,
    ],
  ]
  for (const [secret, whose] of cases) {
    for (const type of ['tls', 'scram-sha-512']) {
      t.kube.objects.set('Secret/shop/my-cluster-cluster-ca', secret)
      t.put('my-cluster-cluster-ca', { authentication: { type } })
      const user = await t.run('my-cluster-cluster-ca')
      assert.equal(main(user)?.type, 'NotReady')
      assert.equal(main(user)?.reason, 'ResourceConflict')
      assert.match(main(user)?.message ?? '', whose)
      assert.match(main(user)?.message ?? '', /Secret my-cluster-cluster-ca.*another name.*delete it/)
      assert.equal(t.secretOf('my-cluster-cluster-ca'), secret)
      assert.equal(t.admin.usersThere.size, 0)
    }
  }
  t.put('my-cluster-cluster-ca', {})
  assert.equal(main(await t.run('my-cluster-cluster-ca'))?.type, 'Ready')
  assert.ok(t.secretOf('my-cluster-cluster-ca'))
})

test('a Secret of a KafkaUser that came back, or of a copy without owner, is taken over', async () => {
  const t = await setUp()
  t.put('app', { authentication: { type: 'scram-sha-512' } })
  await t.run('app')
  const made = t.secretOf('app')
  for (const ownerReferences of [[], [{ ...made?.metadata.ownerReferences?.[0], uid: 'former' }]]) {
    t.kube.put({ ...made, metadata: { ...made?.metadata, ownerReferences } } as Obj)
    const user = await t.run('app')
    assert.equal(main(user)?.type, 'Ready')
    assert.deepEqual(t.secretOf('app')?.metadata.ownerReferences, made?.metadata.ownerReferences)
    assert.deepEqual(t.secretOf('app')?.data, made?.data)
  }
})
