import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jaasFor, parseJaas, principalMapping, saslCredentials, subjectOfCertificate, tlsSettings } from './index.ts'

test('a JAAS configuration as people write it', () => {
  const entry = parseJaas(`
    org.apache.kafka.common.security.plain.PlainLoginModule required
      username="admin" password = "a \\"quoted\\"; secret" user_anna='x=y' serviceName=kafka;`)
  assert.deepEqual(entry, {
    module: 'org.apache.kafka.common.security.plain.PlainLoginModule',
    options: new Map([
      ['username', 'admin'],
      ['password', 'a "quoted"; secret'],
      ['user_anna', 'x=y'],
      ['serviceName', 'kafka'],
    ]),
  })
})

test('what is wrong with a JAAS configuration is said, and no password with it', () => {
  const reasons = [
    ['', 'is empty'],
    ['PlainLoginModule username="a";', 'one of required'],
    ['PlainLoginModule required username="secret', 'is not closed'],
    ['PlainLoginModule required username="secret"', 'does not end with a semicolon'],
    ['PlainLoginModule required username;', 'the option username of PlainLoginModule has no value'],
    ['A required; B required;', 'more than one login module'],
  ]
  for (const [text, reason] of reasons) {
    const entry = parseJaas(text!)
    assert.ok(
      'error' in entry && entry.error.includes(reason!) && !entry.error.includes('secret'),
      JSON.stringify(entry),
    )
  }
  assert.match(
    (jaasFor('SCRAM-SHA-512', 'x.PlainLoginModule required;') as { error: string }).error,
    /ScramLoginModule/,
  )
  assert.match((saslCredentials('GSSAPI', null) as { error: string }).error, /GSSAPI is not built/)
})

test('rules make names of certificates', () => {
  const map = (rules: string, name: string) => {
    const mapping = principalMapping(rules)
    return typeof mapping === 'function' ? mapping(name) : mapping.error
  }
  const name = 'CN=Duke,OU=ServiceUsers,O=Org,C=US'
  assert.equal(map('DEFAULT', name), name)
  assert.equal(map('RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/,DEFAULT', name), 'Duke')
  assert.equal(map('RULE:^CN=(.*?),OU=ServiceUsers.*$/$1@org/L', name), 'duke@org')
  assert.equal(map('RULE:^CN=nobody$/x/', name), null)
  assert.match(map('RULE:CN=(.*)/', name)!, /Invalid rule/)
})

test('settings that Kafka refuses are refused with its words', () => {
  const of = (keys: Record<string, string>) => {
    const settings = tlsSettings((key) => keys[key] ?? null)
    return 'error' in settings ? settings.error : 'fine'
  }
  assert.equal(of({}), 'fine')
  assert.equal(of({ 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': 'x' }), 'fine')
  assert.equal(
    of({ 'ssl.keystore.key': 'x' }),
    'SSL private key can be specified only for PEM, but key store type is JKS.',
  )
  assert.match(
    of({ 'ssl.keystore.location': '/a.jks', 'ssl.keystore.password': 'x' }),
    /Java’s own format.*\/a\.jks.*PKCS12/,
  )
  assert.equal(
    of({ 'ssl.keystore.location': '/a.p12', 'ssl.keystore.type': 'PKCS12' }),
    'SSL key store is specified, but key store password is not specified.',
  )
})

test('bytes that are no certificate have no subject', () => {
  assert.equal(subjectOfCertificate(new Uint8Array(0)), null)
  assert.equal(subjectOfCertificate(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)), null)
  assert.equal(subjectOfCertificate(Uint8Array.of(0x30, 0x02, 0x30, 0x00)), null)
})
