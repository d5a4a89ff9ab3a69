import { apacheKafka, startApache } from '../../scripts/apache-kafka.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { CreateTopics, errors, ListOffsets, Metadata } from '../../src/protocol/index.ts'
import type { StartKafkaOptions } from '../../src/testing/index.ts'
import { type Broker, type Connection, connectTo } from './harness.ts'

/** What startKafka sets and a single Apache node does not. */
const config = { 'offsets.topic.num.partitions': '5', 'group.consumer.assignment.interval.ms': '0' }

/** An Apache Kafka that a test may take for the broker that `startKafka` with these options gives. */
export async function startApacheBroker(options: StartKafkaOptions): Promise<Broker['kafka']> {
  const layout = await apacheKafka()
  if ('missing' in layout) throw new Error(layout.missing)
  const isKept = typeof options.storage === 'object'
  const node = await startApache(layout, {
    config: { ...config, ...options.config },
    jvm: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...(typeof options.storage === 'object' ? { logDir: options.storage.directory } : {}),
    clusterId: 'Fh3xVq2kSgWJm0aZtYpL1A',
  })
  const host = 'localhost'
  const [port] = node.ports
  const env = nodeEnv({ logLevel: 'off' })
  try {
    const connection = await connectTo(env, { host, port })
    await makeTopics(connection, options.topics ?? [])
  } catch (failed) {
    await (isKept ? node.stop() : node.kill())
    throw failed
  } finally {
    env.close()
  }
  return {
    host,
    port,
    bootstrapServers: node.bootstrap,
    clusterId: node.clusterId,
    stop: () => node.stop(),
  }
}

async function makeTopics(connection: Connection, asked: NonNullable<StartKafkaOptions['topics']>): Promise<void> {
  if (asked.length === 0) return
  const topics = asked.map((topic) => {
    const { name, partitions = -1, config = {} } = typeof topic === 'string' ? { name: topic } : topic
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }))
    return { name, numPartitions: partitions, replicationFactor: -1, assignments: [], configs }
  })
  const made = await connection.ask(CreateTopics, { topics, timeoutMs: 10_000 })
  const failed = made.topics.find(({ errorCode }) => errorCode !== errors.NONE)
  if (failed !== undefined) throw new Error(`${failed.name}: ${failed.errorMessage}`)
  await untilLed(
    connection,
    made.topics.map(({ name }) => name),
  )
}

/** Apache answers CreateTopics before the broker leads: until it does, requests are refused. Ours answers when it does. */
export async function untilLed(connection: Pick<Connection, 'ask'>, names: readonly string[]): Promise<void> {
  for (;;) {
    const topics = names.map((name) => ({ name }))
    const found = await connection.ask(Metadata, { topics, allowAutoTopicCreation: false })
    const listed = await connection.ask(ListOffsets, {
      replicaId: -1,
      topics: found.topics.map(({ name, partitions }) => ({
        name: name ?? '',
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, timestamp: -1 })),
      })),
    })
    const codes = [...found.topics, ...listed.topics.flatMap((topic) => topic.partitions)].map((one) => one.errorCode)
    if (codes.every((code) => code === errors.NONE)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
