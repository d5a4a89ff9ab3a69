import { apacheKafka, startApache } from '../../scripts/apache-kafka.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import type { StartKafkaOptions } from '../../src/testing/index.ts'
import { type Broker, connectTo, makeTopics } from './harness.ts'

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
    await makeTopics(connection, ...(options.topics ?? []))
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
