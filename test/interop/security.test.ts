/** Foreign clients over TLS and SASL, at a broker whose listeners are those of a Strimzi cluster. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freePorts } from '../../scripts/apache-node.ts'
import { Kafka } from '../../src/client/node.ts'
import { type BrokerProcess, Site } from '../faults/broker-process.ts'
import { Authority } from '../security/authority.ts'
import { apacheTool, must, needs, runProgram } from './world.ts'

const password = 'pencil'
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required'

describe('TLS and SASL', { skip: needs('apache', 'kcat') }, () => {
  let authority: Authority
  let site: Site
  let broker: BrokerProcess
  let ports: number[]
  const at = (i: number) => `127.0.0.1:${ports[i]}`
  before(async () => {
    authority = await Authority.make()
    ports = await freePorts(3)
    const listeners = `TLS://${at(0)},SCRAM://${at(1)},CONTROLLER://${at(2)}`
    site = await Site.make({
      ports: [ports[0]!, ports[2]!],
      config: {
        ...{ listeners, 'advertised.listeners': listeners, 'inter.broker.listener.name': 'TLS' },
        'listener.security.protocol.map': 'TLS:SSL,SCRAM:SASL_SSL,CONTROLLER:SSL',
        'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256',
        'listener.name.tls.ssl.client.auth': 'required',
        'listener.name.controller.ssl.client.auth': 'required',
        ...(await authority.sslKeys('my-cluster-kafka')),
      },
    })
    broker = await site.start()
    const user = await authority.sign('admin', { usage: 'client' })
    const tls = { ca: authority.ca.certPem, key: user.keyPem, cert: user.certPem }
    await using admin = new Kafka({ bootstrapServers: at(0), tls }).admin()
    await admin.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 1 }])
    await admin.alterScramCredentials([{ user: 'anna', mechanism: 'SCRAM-SHA-512', password }])
  })
  after(async () => {
    await broker?.[Symbol.asyncDispose]()
    site?.[Symbol.dispose]()
    authority?.[Symbol.dispose]()
  })

  const propertiesOf = {
    'mutual TLS': async () => ({ 'security.protocol': 'SSL', ...(await authority.sslKeys('java-user')) }),
    'SCRAM-SHA-512 over TLS': async () => ({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': `${scram} username="anna" password="${password}";`,
      ...authority.trustKeys(),
    }),
  }

  for (const [index, [name, properties]] of Object.entries(propertiesOf).entries()) {
    test(`Java’s console tools, by ${name}`, async () => {
      const config = authority.properties(`java-${index}`, await properties())
      const to = ['--bootstrap-server', at(index), '--topic', 'orders', '--command-config', config]
      await must(apacheTool('kafka-console-producer', to), { input: `java ${index}\n` })
      const reading = [...to, '--from-beginning', '--max-messages', `${index + 1}`, '--timeout-ms', '30000']
      const { stdout } = await must(apacheTool('kafka-console-consumer', reading))
      assert.match(stdout, new RegExp(`^java ${index}$`, 'm'))
    })
  }

  test('Java is told which password is wrong', async () => {
    const wrong = (await propertiesOf['SCRAM-SHA-512 over TLS']())['sasl.jaas.config'].replace(password, 'pen')
    const keys = { ...(await propertiesOf['SCRAM-SHA-512 over TLS']()), 'sasl.jaas.config': wrong }
    const config = authority.properties('java-wrong', keys)
    const ran = await runProgram(
      apacheTool('kafka-topics', ['--bootstrap-server', at(1), '--command-config', config, '--list']),
    )
    assert.notEqual(ran.code, 0)
    const wanted =
      /Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512/
    assert.match(ran.stdout + ran.stderr, wanted)
  })

  test('Java is told that its certificate is missing', async () => {
    const config = authority.properties('java-bare', { 'security.protocol': 'SSL', ...authority.trustKeys() })
    const ran = await runProgram(
      apacheTool('kafka-topics', ['--bootstrap-server', at(0), '--command-config', config, '--list']),
    )
    assert.notEqual(ran.code, 0)
    assert.match(ran.stdout + ran.stderr, /SslAuthenticationException|SSL handshake failed/)
  })

  test('kcat, by mutual TLS and by SCRAM', async () => {
    await authority.sslKeys('kcat')
    const ca = ['-X', `ssl.ca.location=${authority.path('ca.crt')}`]
    const own = ['ssl.key.location', 'ssl.certificate.location'].flatMap((key) => [
      '-X',
      `${key}=${authority.path('kcat.pem')}`,
    ])
    const user = [`sasl.username=anna`, `sasl.password=${password}`, 'sasl.mechanisms=SCRAM-SHA-512']
    const ways = [
      ['-b', at(0), '-X', 'security.protocol=ssl', ...ca, ...own],
      ['-b', at(1), '-X', 'security.protocol=sasl_ssl', ...ca, ...user.flatMap((pair) => ['-X', pair])],
    ]
    for (const [index, way] of ways.entries()) {
      await must(['kcat', ...way, '-P', '-t', 'orders'], { input: `kcat ${index}\n` })
      const { stdout } = await must(['kcat', ...way, '-C', '-t', 'orders', '-o', 'beginning', '-e', '-q'])
      assert.match(stdout, new RegExp(`^kcat ${index}$`, 'm'))
    }
  })
})
