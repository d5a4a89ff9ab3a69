/** Brokers of ours and of Apache Kafka in one cluster, under controllers of either: both copy from both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePorts, startApache } from '../../scripts/apache-node.ts'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { until } from '../cluster/until.ts'
import { type BrokerProcess, Site } from '../faults/broker-process.ts'
import { apacheTool, layout, must, needs } from './world.ts'

const clusterId = '4L6g3nShT-eMCtK--X86sw'
/** Apache Kafka's broker hashes groups over what its own configuration says while the topic is not there yet. */
const replication = {
  'offsets.topic.num.partitions': '5',
  'min.insync.replicas': '1',
  'offsets.topic.replication.factor': '2',
  'transaction.state.log.replication.factor': '2',
  'transaction.state.log.min.isr': '1',
}

/** Keys of a node that is a broker alone. */
function brokerKeys(id: number, port: number, controllerPort: number): Record<string, string> {
  const listeners = `PLAINTEXT://127.0.0.1:${port}`
  return {
    ...{ 'process.roles': 'broker', 'node.id': `${id}`, listeners, 'advertised.listeners': listeners },
    ...{ 'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`, ...replication },
  }
}

/** Two brokers: each leads, each follows; a group and a transaction over both; one is killed, and comes back. */
async function work(
  bootstrap: string,
  ours: { readonly id: number; kill(): Promise<void>; start(): Promise<void> },
): Promise<void> {
  const kafka = new Kafka({ bootstrapServers: bootstrap })
  await using admin = kafka.admin()
  await until(
    () => admin.describeCluster(),
    ({ nodes }) => nodes.length === 2,
  )
  const topic = 'both'
  await admin.createTopics([
    {
      name: topic,
      assignments: [
        [1, 2],
        [2, 1],
      ],
    },
  ])
  const fill = async (count: number, tag: string) => {
    await using producer = kafka.producer({ acks: 'all' })
    await producer.sendAll(Array.from({ length: count }, (_, i) => ({ topic, partition: i % 2, value: `${tag} ${i}` })))
  }
  const isrs = async () =>
    unwrap(await admin.describeTopics([topic]))
      .get(topic)!
      .partitions.map(({ isr }) => isr)
  const whole = () => until(isrs, (all) => all.every((isr) => isr.length === 2))
  await fill(200, 'both alive')
  await whole()
  await using writer = kafka.producer({ transactionalId: 'over-both' })
  const transaction = await writer.transaction()
  await transaction.sendAll([0, 1].map((partition) => ({ topic, partition, value: `committed ${partition}` })))
  await transaction.commit()

  await ours.kill()
  await until(isrs, (all) => all.every((isr) => !isr.includes(ours.id)))
  await fill(100, 'one alive')
  await ours.start()
  await whole()
  const elected = await admin.electLeaders(
    'preferred',
    [0, 1].map((partition) => ({ topic, partition })),
  )
  for (const [, { error }] of elected) assert.ok(error === null || error.code === 'ELECTION_NOT_NEEDED', `${error}`)
  await fill(100, 'both again')

  const seen = new Set<string>()
  await using consumer = kafka.consumer({
    groupId: 'readers',
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  consumer.subscribe([topic])
  for await (const { value } of consumer) {
    seen.add(Buffer.from(value!).toString())
    if (seen.size === 402) break
  }
  const status = await must(
    apacheTool('kafka-topics', ['--bootstrap-server', bootstrap, '--describe', '--topic', topic]),
  )
  assert.match(status.stdout, /Partition: 0\s+Leader: 1\s+Replicas: 1,2/)
}

test('a broker of Apache Kafka and one of ours, under our controller', { skip: needs('apache') }, async () => {
  const [port = 0, apachePort = 0, controllerPort = 0] = await freePorts(3)
  const at = `CONTROLLER://127.0.0.1:${controllerPort}`
  const roles = { 'process.roles': 'controller', 'node.id': '101', listeners: at, 'advertised.listeners': at }
  using controllerSite = await Site.make({
    ports: [controllerPort, controllerPort],
    config: { ...roles, ...replication },
  })
  using site = await Site.make({ ports: [port, 0], config: brokerKeys(1, port, controllerPort) })
  await controllerSite.format(clusterId, '--standalone')
  await site.format(clusterId, '--no-initial-controllers')
  await using _controller = await controllerSite.start()
  let broker: BrokerProcess = await site.start()
  const apache = await startApache(layout(), {
    clusterId,
    formatArgs: ['--no-initial-controllers'],
    config: brokerKeys(2, apachePort, controllerPort),
  })
  try {
    await work(`127.0.0.1:${port},127.0.0.1:${apachePort}`, {
      id: 1,
      kill: () => broker.kill(),
      start: async () => {
        broker = await site.start()
      },
    })
  } finally {
    await apache.stop()
    await broker[Symbol.asyncDispose]()
  }
})

test('a broker of ours beside one of Apache Kafka, under its controller', { skip: needs('apache') }, async () => {
  const [port = 0, apachePort = 0, controllerPort = 0] = await freePorts(3)
  const apache = await startApache(layout(), { clusterId, ports: [apachePort, controllerPort], config: replication })
  using site = await Site.make({ ports: [port, 0], config: brokerKeys(2, port, controllerPort) })
  await site.format(clusterId, '--no-initial-controllers')
  let broker: BrokerProcess = await site.start()
  try {
    await work(`127.0.0.1:${port},127.0.0.1:${apachePort}`, {
      id: 2,
      kill: () => broker.kill(),
      start: async () => {
        broker = await site.start()
      },
    })
  } finally {
    await broker[Symbol.asyncDispose]()
    await apache.stop()
  }
})
