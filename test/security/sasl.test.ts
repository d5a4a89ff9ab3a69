import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Kafka, type SaslOptions } from '../../src/client/node.ts'
import { captureLogger, type LoggedLine } from '../../src/env/node/index.ts'
import { startKafka } from '../../src/testing/index.ts'

type Running = Awaited<ReturnType<typeof startKafka>>

const admin = { mechanism: 'PLAIN', username: 'admin', password: 'admin-secret' } as const
const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin-secret" user_admin="admin-secret" user_anna="anna;\\"secret";'

const config = {
  'listener.security.protocol.map': 'PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'listener.name.plaintext.plain.sasl.jaas.config': jaas,
}

/** Lists the topics as that user, or says with which code it could not. */
async function attempt(kafka: Running, sasl: SaslOptions | undefined): Promise<string> {
  const client = new Kafka({
    bootstrapServers: kafka.bootstrapServers,
    apiTimeoutMs: 3000,
    ...(sasl === undefined ? {} : { sasl }),
  }).admin()
  try {
    await client.listTopics()
    return 'entered'
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  } finally {
    await client.close()
  }
}

describe('a listener with SASL', () => {
  let kafka: Running
  let lines: readonly LoggedLine[]
  before(async () => {
    const logger = captureLogger()
    lines = logger.lines
    kafka = await startKafka({ config, logger, topics: ['orders'] })
  })
  after(() => kafka.stop())

  test('lets in who knows a password, by PLAIN', async () => {
    assert.equal(await attempt(kafka, admin), 'entered')
    assert.equal(await attempt(kafka, { ...admin, username: 'anna', password: 'anna;"secret' }), 'entered')
    const wrong = 'Authentication failed: Invalid username or password'
    assert.match(await attempt(kafka, { ...admin, password: 'x' }), new RegExp(`^AUTHENTICATION_FAILED: .*${wrong}`))
    assert.match(await attempt(kafka, { ...admin, username: 'x' }), new RegExp(`^AUTHENTICATION_FAILED: .*${wrong}`))
    assert.ok(lines.some(({ fields }) => fields?.['reason'] === `authentication failed: ${wrong}`))
    assert.ok(!JSON.stringify(lines).includes('secret'))
  })

  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    test(`lets in a user made by the admin client, by ${mechanism}`, async () => {
      const client = new Kafka({ bootstrapServers: kafka.bootstrapServers, sasl: admin }).admin()
      const user = 'bob,=é'
      await client.alterScramCredentials([{ user, mechanism, password: 'pencil', iterations: 4096 }])
      await client.close()
      assert.equal(await attempt(kafka, { mechanism, username: user, password: 'pencil' }), 'entered')
      const refused = await attempt(kafka, { mechanism, username: user, password: 'pen' })
      assert.match(refused, new RegExp(`due to invalid credentials with SASL mechanism ${mechanism}`))
      const unknown = await attempt(kafka, { mechanism, username: 'nobody', password: 'pencil' })
      assert.match(unknown, new RegExp(`due to invalid credentials with SASL mechanism ${mechanism}`))
    })
  }

  test('does not serve who does not authenticate', async () => {
    assert.match(await attempt(kafka, undefined), /^(TIMED_OUT|CONNECTION_CLOSED)/)
    assert.ok(lines.some(({ fields }) => /came during the SASL handshake/.test(String(fields?.['reason']))))
  })

  test('says to a client of another kind which mechanisms there are', async () => {
    await using one = await startKafka({ config: { ...config, 'sasl.enabled.mechanisms': 'PLAIN' } })
    const refused = await attempt(one, { mechanism: 'SCRAM-SHA-512', username: 'anna', password: 'x' })
    assert.match(refused, /does not offer SCRAM-SHA-512; it offers PLAIN/)
    await using none = await startKafka()
    assert.match(await attempt(none, admin), /is a listener without SASL/)
  })
})

test('a session ends; a client of ours renews it and does not notice', async () => {
  await using kafka = await startKafka({
    config: { ...config, 'connections.max.reauth.ms': '300' },
    topics: ['orders'],
  })
  const producer = new Kafka({ bootstrapServers: kafka.bootstrapServers, sasl: admin }).producer()
  const until = performance.now() + 1500
  let sent = 0
  while (performance.now() < until) {
    await producer.send({ topic: 'orders', value: `${sent++}` })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await producer.close()
  assert.ok(sent > 10)
})

test('what cannot be is said at the start', async () => {
  const start = (more: Record<string, string>) => startKafka({ config: { ...config, ...more } })
  await assert.rejects(start({ 'sasl.enabled.mechanisms': 'PLAIN,OAUTHBEARER' }), /OAUTHBEARER .*not built/)
  await assert.rejects(
    start({ 'listener.name.plaintext.plain.sasl.jaas.config': jaas.replace('required', '') }),
    /one of required/,
  )
  await assert.rejects(
    start({ 'listener.name.plaintext.plain.sasl.jaas.config': jaas.replace(/Plain/, 'Scram') }),
    /is not the login module of PLAIN/,
  )
})
