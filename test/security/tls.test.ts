import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Kafka } from '../../src/client/node.ts'
import { startKafka } from '../../src/testing/index.ts'
import { Authority, keys } from './authority.ts'

let authority: Authority
before(async () => {
  authority = await Authority.make()
})
after(() => authority[Symbol.dispose]())

const secure = {
  'listener.security.protocol.map': 'PLAINTEXT:SSL,CONTROLLER:SSL',
  'inter.broker.listener.name': 'PLAINTEXT',
  'ssl.client.auth': 'required',
}

/** Two brokers and a controller that reach each other over TLS; a record there and back. */
async function serves(config: Record<string, string>): Promise<void> {
  await using kafka = await startKafka({ brokers: 2, topics: ['orders'], config: { ...secure, ...config } })
  const user = await authority.sign('my-user', { usage: 'client' })
  const tls = { ca: authority.ca.certPem, key: user.keyPem, cert: user.certPem }
  await using producer = new Kafka({ bootstrapServers: kafka.bootstrapServers, tls }).producer()
  const { offset } = await producer.send({ topic: 'orders', value: 'two apples' })
  assert.equal(Number(offset), 0)
}

test('startKafka with stores in PEM', async () => serves(await authority.sslKeys('broker')))

test('startKafka with the material in the configuration itself', async () => {
  const { keyPem, certPem } = await authority.sign('broker')
  await serves({
    ...{ 'ssl.keystore.type': 'PEM', 'ssl.keystore.key': keyPem, 'ssl.keystore.certificate.chain': certPem },
    ...{ 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': authority.ca.certPem },
  })
})

test('stores in PKCS#12, which a client may have, too', async () => {
  const { keyPem, certPem } = await authority.sign('broker')
  const certPems = [certPem, authority.ca.certPem]
  const store = await keys.pkcs12({ password: 'secret', key: { alias: 'broker', keyPem, certPems } })
  const trusted = [{ alias: 'ca.crt', certPem: authority.ca.certPem }]
  const trust = await keys.pkcs12({ password: 'secret', trusted })
  writeFileSync(authority.path('broker.p12'), store)
  writeFileSync(authority.path('ca.p12'), trust)
  const of = (kind: string, file: string) => ({
    [`ssl.${kind}.type`]: 'PKCS12',
    [`ssl.${kind}.location`]: authority.path(file),
    [`ssl.${kind}.password`]: 'secret',
  })
  const config = { ...of('keystore', 'broker.p12'), ...of('truststore', 'ca.p12') }
  await using kafka = await startKafka({ topics: ['orders'], config: { ...secure, ...config } })
  const file = (name: string) =>
    ({ kind: 'file', type: 'PKCS12', path: authority.path(name), password: 'secret' }) as const
  const tls = { keystore: file('broker.p12'), truststore: file('ca.p12') }
  await using admin = new Kafka({ bootstrapServers: kafka.bootstrapServers, tls }).admin()
  assert.deepEqual([...(await admin.listTopics()).keys()], ['orders'])
  const wrong = { ...config, 'ssl.keystore.password': 'wrong' }
  await assert.rejects(startKafka({ config: { ...secure, ...wrong } }), /broker\.p12: the password does not open/)
})

test('an encrypted key', async () => {
  const { keyPem, certPem } = await authority.sign('broker')
  writeFileSync(authority.path('plain.key'), keyPem)
  const [from, to] = [authority.path('plain.key'), authority.path('locked.key')]
  execFileSync('openssl', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', from, '-out', to, '-passout', 'pass:secret'])
  writeFileSync(authority.path('locked.pem'), readFileSync(to, 'utf8') + certPem)
  const store = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': authority.path('locked.pem') }
  await serves({ ...store, 'ssl.key.password': 'secret', ...authority.trustKeys() })
  const start = (more: Record<string, string>) => startKafka({ config: { ...secure, ...store, ...more } })
  await assert.rejects(start({}), /locked\.pem is encrypted, and ssl\.key\.password is not set/)
  await assert.rejects(start({ 'ssl.key.password': 'wrong' }), /key material of .*locked\.pem cannot be used/)
})

test('what cannot be is said at the start', async () => {
  const start = (more: Record<string, string>) => startKafka({ config: { ...secure, ...more } })
  await assert.rejects(start({}), /listener PLAINTEXT speaks SSL and has no key: set ssl\.keystore\.location/)
  const jks = { 'ssl.keystore.location': '/x/broker.jks', 'ssl.keystore.password': 'x' }
  await assert.rejects(start(jks), /\/x\/broker\.jks, type JKS\): make it PKCS12 \(keytool/)
  const missing = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': '/x/broker.pem' }
  await assert.rejects(start(missing), /\/x\/broker\.pem cannot be read/)
  await assert.rejects(startKafka({ config: { 'principal.builder.class': 'x.Y' } }), /x\.Y: classes cannot be loaded/)
})
