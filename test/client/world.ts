/**
 * Our client against a broker: ours in this process, or, with MILLRACE_TEST_TARGET=apache, an Apache Kafka. Both must
 * behave the same; `npm run interop -- client` holds these tests against Apache Kafka.
 */
import { randomUUID } from 'node:crypto'
import { isKafkaError, Kafka } from '../../src/client/node.ts'
import type { Env, Socket } from '../../src/env/index.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { startKafka } from '../../src/testing/index.ts'

export const isApache = process.env['MILLRACE_TEST_TARGET'] === 'apache'

export interface BrokerOptions {
  readonly config?: Readonly<Record<string, string>>
  /** Real files that stay, for a restart. */
  readonly directory?: string
  readonly port?: number
}

export interface RunningBroker {
  readonly bootstrapServers: string
  readonly port: number
  stop(): Promise<void>
}

/** What makes groups quick, on both. */
const quickGroups = {
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.assignment.interval.ms': '0',
  'group.consumer.heartbeat.interval.ms': '200',
  'group.consumer.min.heartbeat.interval.ms': '200',
  'group.consumer.session.timeout.ms': '1500',
  'group.consumer.min.session.timeout.ms': '1500',
  'group.min.session.timeout.ms': '1000',
}

export async function startTarget(o: BrokerOptions = {}): Promise<RunningBroker> {
  const config = { ...quickGroups, ...o.config }
  if (isApache) return startApacheTarget(o, config)
  const kafka = await startKafka({
    config,
    port: o.port ?? 0,
    storage: o.directory === undefined ? 'memory' : { directory: o.directory },
  })
  return { bootstrapServers: kafka.bootstrapServers, port: kafka.port, stop: () => kafka.stop() }
}

async function startApacheTarget(o: BrokerOptions, config: Readonly<Record<string, string>>): Promise<RunningBroker> {
  const { apacheKafka, startApache } = await import('../../scripts/apache-kafka.ts')
  const layout = await apacheKafka()
  if ('missing' in layout) throw new Error(layout.missing)
  const node = await startApache(layout, {
    config: { 'offsets.topic.num.partitions': '5', ...config },
    jvm: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...(o.directory === undefined ? {} : { logDir: o.directory }),
    ...(o.port === undefined ? {} : { ports: [o.port, o.port + 1] as const }),
    clusterId: 'Fh3xVq2kSgWJm0aZtYpL1A',
  })
  return { bootstrapServers: node.bootstrap, port: node.ports[0], stop: () => node.stop() }
}

/** Clients of a broker, quick to try again, and quiet about what a test does to them. */
export function clientsOf(bootstrapServers: string, env: Env = nodeEnv({ logLevel: 'off' })): Kafka {
  return new Kafka({
    bootstrapServers,
    retryBackoffMs: 20,
    retryBackoffMaxMs: 200,
    reconnectBackoffMaxMs: 200,
    env,
  })
}

/** A new topic that may be written to. */
export async function newTopic(kafka: Kafka, partitions = 1, config: Record<string, string> = {}): Promise<string> {
  const name = `t-${randomUUID().slice(0, 8)}`
  await using admin = kafka.admin()
  const made = await admin.createTopics([{ name, partitions, configs: config }])
  const error = made.get(name)?.error
  if (error) throw error
  const asks = Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition, timestamp: -1 }))
  for (;;) {
    // Apache Kafka answers a moment before it leads them
    const ends = await admin.listOffsets(asks)
    if ([...ends.values()].every((end) => end.error === null)) return name
  }
}

export function newGroup(): string {
  return `g-${randomUUID().slice(0, 8)}`
}

/**
 * An environment whose connections a test can cut. Requests that were written reach the broker all the same; their answers
 * are lost.
 */
export class Cuttable {
  readonly env: Env
  readonly #sockets = new Set<Socket>()
  readonly #inner = nodeEnv({ logLevel: 'off' })

  constructor() {
    const { net } = this.#inner
    this.env = {
      ...this.#inner,
      net: {
        listen: (at, accept, done) => net.listen(at, accept, done),
        connect: (to, done) =>
          net.connect(to, (failure, socket) => {
            if (failure === null) this.#sockets.add(socket)
            done(failure, socket)
          }),
      },
    }
  }

  /** Returns how many connections it met. */
  cut(): number {
    const met = [...this.#sockets]
    this.#sockets.clear()
    for (const socket of met) {
      const { onClose } = socket
      socket.onBytes = () => {}
      socket.onClose = () => {}
      socket.close('flush')
      onClose({ code: 'ECONNRESET', message: 'cut by the test', retry: 'later' })
    }
    return met.length
  }

  /** The program dies: nothing more is said to anybody. */
  die(): void {
    this.#inner.close()
  }
}

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadlineMs = performance.now() + 60_000; ; ) {
    if (await isSo()) return
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (isKafkaError(error)) return error.code
    throw error
  }
  return 'NONE'
}
