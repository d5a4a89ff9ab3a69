import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerConfigOf } from '../config/index.ts'
import type { Env, Logger } from '../env/index.ts'
import { memoryDisk } from '../env/memory/index.ts'
import { lazyCrc32c, nodeEnv } from '../env/node/index.ts'
import { type RunningNode, startNode } from '../server/index.ts'

export interface TopicOptions {
  readonly name: string
  /** Default: the broker's num.partitions. */
  readonly partitions?: number
  /** Topic configurations by their Kafka names. */
  readonly config?: Readonly<Record<string, string>>
}

export interface StartKafkaOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Made before startKafka returns. */
  readonly topics?: readonly (string | TopicOptions)[]
  /** Broker configurations by their Kafka names, over those that startKafka sets. */
  readonly config?: Readonly<Record<string, string>>
  /**
   * `memory` (default): nothing touches a disk. `temporary`: real files in a directory of its own that stop() removes.
   * `{ directory }`: real files that stay, so that a later start goes on with them.
   */
  readonly storage?: 'memory' | 'temporary' | { readonly directory: string }
  /** The broker's own log lines; none by default. */
  readonly logger?: Logger
}

export interface RunningKafka {
  /** `127.0.0.1:PORT`, what clients call bootstrap.servers. */
  readonly bootstrapServers: string
  readonly host: string
  readonly port: number
  readonly clusterId: string
  /** Stops the broker; no handle and no temporary file is left. May be called more than once. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const HOST = '127.0.0.1'

/** What one node in a test wants and Kafka's defaults do not give. */
function testConfig(directory: string, options: StartKafkaOptions): Map<string, string> {
  return new Map(
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': '1',
      listeners: `PLAINTEXT://${HOST}:${options.port ?? 0},CONTROLLER://${HOST}:0`,
      'advertised.listeners': `PLAINTEXT://${HOST}:${options.port ?? 0}`,
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': `${HOST}:9093`,
      'log.dirs': directory,
      'millrace.auto.format': 'true',
      'millrace.flush': 'os',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '5',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      'group.consumer.assignment.interval.ms': '0',
      ...options.config,
    }),
  )
}

/** Starts a broker in this process. Rejects with the reason when it cannot. */
export async function startKafka(options: StartKafkaOptions = {}): Promise<RunningKafka> {
  const storage = options.storage ?? 'memory'
  const isTemporary = storage === 'temporary'
  const directory =
    typeof storage === 'object'
      ? storage.directory
      : isTemporary
        ? await files().mkdtemp(join(tmpdir(), 'millrace-'))
        : '/millrace'
  const real = nodeEnv(options.logger === undefined ? { logLevel: 'off' } : { logger: options.logger })
  const env: Env = storage === 'memory' ? { ...real, disk: memoryDisk(real.clock) } : real
  const cleanUp = async () => {
    await new Promise<void>((gone) => real.close(gone))
    if (isTemporary) await files().rm(directory, { recursive: true, force: true })
  }
  try {
    const node = await start(env, testConfig(directory, options))
    try {
      await makeTopics(node, options.topics ?? [])
    } catch (thrown) {
      await stopNode(node)
      throw thrown
    }
    return new Running(node, cleanUp)
  } catch (thrown) {
    await cleanUp()
    throw thrown
  }
}

/** Loaded for a temporary directory only: a broker in memory starts without it. */
function files() {
  return process.getBuiltinModule('node:fs/promises')
}

function start(env: Env, given: Map<string, string>): Promise<RunningNode> {
  const { config, errors } = brokerConfigOf(given)
  if (config === null) {
    const reasons = errors.map((e) => `${e.key}: ${e.message}`).join('; ')
    throw new Error(`startKafka cannot use this configuration: ${reasons}`)
  }
  return new Promise((resolve, reject) => {
    startNode({ env, config, crc32c: lazyCrc32c(), isEphemeral: true }, (failure, node) => {
      if (failure !== null) reject(new Error(`startKafka failed: ${failure.message}`, { cause: failure.cause }))
      else resolve(node)
    })
  })
}

function makeTopics(node: RunningNode, topics: readonly (string | TopicOptions)[]): Promise<void> {
  if (topics.length === 0) return Promise.resolve()
  const asked = topics.map((topic) => (typeof topic === 'string' ? { name: topic } : topic))
  return new Promise((resolve, reject) => {
    node.makeTopics(
      asked.map(({ name, partitions = -1, config = {} }) => ({
        name,
        partitions,
        replicationFactor: -1,
        configs: Object.entries(config),
      })),
      (failures) => {
        const [first] = failures
        if (first === undefined) resolve()
        else reject(new Error(`startKafka cannot make topic ${first.name}: ${first.message}`))
      },
    )
  })
}

function stopNode(node: RunningNode): Promise<void> {
  return new Promise((resolve, reject) => {
    node.stop((failure) => (failure === null ? resolve() : reject(new Error(failure.message))))
  })
}

class Running implements RunningKafka {
  readonly host = HOST
  readonly port: number
  readonly bootstrapServers: string
  readonly clusterId: string
  /** Null once it is stopped: whoever keeps the handle does not keep the records. */
  #node: RunningNode | null
  readonly #cleanUp: () => Promise<void>
  #stopped: Promise<void> | null = null

  constructor(node: RunningNode, cleanUp: () => Promise<void>) {
    this.#node = node
    this.#cleanUp = cleanUp
    this.clusterId = node.clusterId
    this.port = node.listeners.find((l) => l.kind === 'broker')?.port ?? 0
    this.bootstrapServers = `${HOST}:${this.port}`
  }

  stop(): Promise<void> {
    if (this.#stopped === null) {
      this.#stopped = stopNode(this.#node!).finally(this.#cleanUp)
      this.#node = null
    }
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
