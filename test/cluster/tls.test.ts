import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { Kafka, type TlsOptions, unwrap } from '../../src/client/node.ts'
import { Authority } from '../security/authority.ts'
import { Sites } from './sites.ts'
import { until } from './until.ts'

const bin = (tool: string) => resolve(import.meta.dirname, '..', '..', 'bin', tool)
const run = promisify(execFile)

/** Every connection, of clients, brokers and controllers, is mutual TLS; each node has a certificate of its own. */
describe('a cluster whose traffic is mutual TLS', () => {
  let authority: Authority
  let cluster: Sites
  let tls: TlsOptions
  before(async () => {
    authority = await Authority.make()
    const keys = await authority.sslKeys('my-cluster-kafka')
    cluster = await Sites.makeIsolated(
      { brokers: 3, controllers: 3 },
      {
        'listener.security.protocol.map': 'PLAINTEXT:SSL,CONTROLLER:SSL',
        'inter.broker.listener.name': 'PLAINTEXT',
        'ssl.client.auth': 'required',
        'min.insync.replicas': '2',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:CN=my-cluster-kafka,O=io.strimzi;User:CN=admin,O=io.strimzi',
        ...keys,
      },
    )
    await cluster.start()
    const user = await authority.sign('admin', { usage: 'client' })
    tls = { ca: authority.ca.certPem, key: user.keyPem, cert: user.certPem }
  })
  after(async () => {
    await cluster[Symbol.asyncDispose]()
    authority[Symbol.dispose]()
  })

  test('replicates, elects and serves a client with a certificate', async () => {
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrap, tls })
    const admin = kafka.admin()
    const producer = kafka.producer()
    try {
      await admin.createTopics([{ name: 'orders', partitions: 6, replicationFactor: 3 }])
      for (let i = 0; i < 100; i++) await producer.send({ topic: 'orders', value: `record ${i}` })
      await cluster.kill(1)
      for (let i = 100; i < 200; i++) await producer.send({ topic: 'orders', value: `record ${i}` })
      await cluster.start(1)
      await cluster.kill(101)
      await admin.createTopics([{ name: 'more', partitions: 1, replicationFactor: 3 }])
      await cluster.start(101)
      await until(
        async () => unwrap(await admin.describeTopics(['orders'])).get('orders')!.partitions,
        (partitions) => partitions.every(({ isr }) => isr.length === 3),
      )
      await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest', topics: ['orders'] })
      const seen = new Set<string>()
      for await (const { value } of consumer) {
        seen.add(Buffer.from(value!).toString())
        if (seen.size === 200) break
      }
    } finally {
      await producer.close()
      await admin.close()
    }
  })

  test('the tools speak it with --command-config', async () => {
    const keys = { 'security.protocol': 'SSL', ...(await authority.sslKeys('admin', { file: 'tool.pem' })) }
    const config = authority.properties('tool', keys)
    const at = ['--bootstrap-server', cluster.bootstrap, '--command-config', config]
    const { stdout } = await run(bin('kafka-topics.sh'), [...at, '--list'])
    assert.match(stdout, /^orders$/m)
    const controllers = [101, 102, 103].map((id) => cluster.site(id).bootstrap).join(',')
    const asked = ['--bootstrap-controller', controllers, '--command-config', config, 'describe', '--status']
    assert.match((await run(bin('kafka-metadata-quorum.sh'), asked)).stdout, /LeaderId: +10[123]/)
  })

  test('a certificate is a principal, with what its ACLs allow', async () => {
    const user = await authority.sign('my-user', { usage: 'client' })
    const own = { ca: authority.ca.certPem, key: user.keyPem, cert: user.certPem }
    await using admin = new Kafka({ bootstrapServers: cluster.bootstrap, tls }).admin()
    await using producer = new Kafka({ bootstrapServers: cluster.bootstrap, tls: own }).producer()
    const send = () => producer.send({ topic: 'orders', value: 'mine' })
    await assert.rejects(send(), { code: 'TOPIC_AUTHORIZATION_FAILED' })
    const acl = { principal: 'User:CN=my-user,O=io.strimzi', host: '*', type: 'allow' } as const
    await admin.createAcls([
      { ...acl, resourceType: 'topic', name: 'orders', patternType: 'literal', operation: 'Write' },
    ])
    await until(
      () =>
        send().then(
          () => true,
          () => false,
        ),
      (isSent) => isSent,
    )
  })

  test('key material is altered while the broker runs, and what cannot be used is refused', async () => {
    const { port } = cluster.site(3)
    const serial = async () => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.ca.certPem, key: tls.key, cert: tls.cert })
      await once(socket, 'secureConnect')
      const { serialNumber } = socket.getPeerCertificate()
      socket.destroy()
      return serialNumber
    }
    const before = await serial()
    const fresh = await authority.sslKeys('my-cluster-kafka', { file: 'renewed.pem' })
    await using admin = new Kafka({ bootstrapServers: cluster.site(3).bootstrap, tls }).admin()
    const resource = { type: 'broker', name: '3' } as const
    const alter = async (path: string) => {
      const change = { name: 'listener.name.plaintext.ssl.keystore.location', operation: 'set', value: path } as const
      return [...(await admin.alterConfigs(new Map([[resource, [change]]]))).values()][0]!.error
    }
    assert.match((await alter('/nowhere.pem'))!.message, /listener PLAINTEXT: \/nowhere\.pem cannot be read/)
    assert.equal(await alter(fresh['ssl.keystore.location']!), null)
    await until(serial, (now) => now !== before)
  })

  test('who speaks plain text, or has a certificate of somebody else, stays outside and is told in the log', async () => {
    const bootstrapServers = cluster.site(2).bootstrap
    const stranger = await (await Authority.make('other-ca')).sign('my-user')
    const strange = { ca: authority.ca.certPem, key: stranger.keyPem, cert: stranger.certPem }
    for (const [tls, line] of [
      [false, /TLS: what arrived is not TLS; the client’s security protocol does not fit/],
      [{ ca: authority.ca.certPem }, /TLS: a client certificate is required, and none was presented/],
      [strange, /TLS: the certificate is signed by nobody in the trust store/],
    ] as const) {
      const admin = new Kafka({ bootstrapServers, tls, apiTimeoutMs: 1500 }).admin()
      await assert.rejects(admin.listTopics())
      await admin.close()
      await until(
        async () => cluster.nodes.get(2)!.said,
        (said) => line.test(said),
      )
    }
  })
})
