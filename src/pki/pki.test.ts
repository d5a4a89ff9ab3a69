import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { keySource } from './index.ts'

const keys = keySource(globalThis.crypto)
const notBeforeMs = Date.UTC(2026, 0, 1)
const issuing = { organization: 'io.strimzi', validityDays: 365, notBeforeMs }

test('a certificate authority signs what Node, too, takes for its own', async () => {
  const ca = await keys.createCa({ commonName: 'cluster-ca v0', ...issuing })
  const names = { dnsNames: ['*.kafka.svc', 'localhost'], ipAddresses: ['127.0.0.1', '::1'] }
  const broker = await keys.sign(ca, { commonName: 'my-cluster-kafka', ...issuing, ...names, usage: 'server+client' })
  const read = new X509Certificate(broker.certPem)
  const issuer = new X509Certificate(ca.certPem)
  assert.equal(read.checkIssued(issuer), true)
  assert.equal(read.verify(issuer.publicKey), true)
  assert.equal(read.checkHost('a.kafka.svc'), '*.kafka.svc')
  assert.equal(read.checkIP('::1'), '::1')
  assert.equal(issuer.ca, true)
  assert.equal(read.ca, false)
  assert.equal(read.subject, 'O=io.strimzi\nCN=my-cluster-kafka')
  const facts = await keys.inspect(broker.certPem)
  assert.deepEqual(facts, {
    subject: 'CN=my-cluster-kafka,O=io.strimzi',
    issuer: 'CN=cluster-ca v0,O=io.strimzi',
    notBeforeMs,
    notAfterMs: notBeforeMs + 365 * 86_400_000,
    dnsNames: ['*.kafka.svc', 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    isCa: false,
    serial: read.serialNumber.toLowerCase(),
    sha256Fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
    algorithm: 'ecdsa-p256',
  })
  assert.equal(await keys.isIssuedBy(broker.certPem, ca.certPem), true)
  const other = await keys.createCa({ commonName: 'cluster-ca v0', ...issuing })
  assert.equal(await keys.isIssuedBy(broker.certPem, other.certPem), false)
})

test('RSA by request, and a renewal that keeps its key', async () => {
  const ca = await keys.createCa({ commonName: 'ca', ...issuing, algorithm: 'rsa-2048' })
  const user = await keys.sign(ca, { commonName: 'my-user', ...issuing, usage: 'client' })
  const renewed = await keys.createCa({
    commonName: 'ca',
    ...issuing,
    notBeforeMs: notBeforeMs + 1000,
    keyPem: ca.keyPem,
  })
  assert.equal((await keys.inspect(ca.certPem)).algorithm, 'rsa-2048')
  assert.equal(await keys.isIssuedBy(user.certPem, renewed.certPem), true)
  assert.equal(renewed.keyPem, ca.keyPem)
})

test('a PKCS#12 store gives back what was put in', async () => {
  const ca = await keys.createCa({ commonName: 'clients-ca v0', ...issuing })
  const user = await keys.sign(ca, { commonName: 'my-user', ...issuing, usage: 'client' })
  const store = await keys.pkcs12({
    password: 'sécret',
    key: { alias: 'my-user', keyPem: user.keyPem, certPems: [user.certPem, ca.certPem] },
  })
  const trust = await keys.pkcs12({ password: 'secret', trusted: [{ alias: 'ca.crt', certPem: ca.certPem }] })
  assert.deepEqual(await keys.readPkcs12(store, 'sécret'), {
    keys: [{ alias: 'my-user', keyPem: user.keyPem, certPems: [user.certPem, ca.certPem] }],
    trusted: [],
  })
  assert.deepEqual(await keys.readPkcs12(trust, 'secret'), {
    keys: [],
    trusted: [{ alias: 'ca.crt', certPem: ca.certPem }],
  })
  await assert.rejects(keys.readPkcs12(trust, 'wrong'), { name: 'PkiProblem', message: /password/ })
  await assert.rejects(keys.readPkcs12(new Uint8Array([0xfe, 0xed, 0xfe, 0xed]), ''), { message: /JKS/ })
})
