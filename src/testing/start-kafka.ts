import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env, Logger } from '../env/index.ts'
import { memoryDisk } from '../env/memory/index.ts'
import { type NodeEnv, nodeEnv } from '../env/node/index.ts'
import type { RunningNode } from '../server/index.ts'
import { checkOptions } from './check-options.ts'
import { formatBroker, freePort, HOST, Member } from './member.ts'

export interface TopicOptions {
  readonly name: string
  /** Default: the broker's num.partitions. */
  readonly partitions?: number
  /** Default: 3, or as many as there are brokers. */
  readonly replicas?: number
  /** Topic configurations by their Kafka names. */
  readonly config?: Readonly<Record<string, string>>
}

export interface StartKafkaOptions {
  /**
   * Default 1. Several brokers, with the ids 1, 2, …, are one cluster in this process, led by a controller of its own;
   * topics have three replicas then (two of them in sync before acks=all is answered), or as many as there are brokers.
   */
  readonly brokers?: number
  /** Default 0: any free port. Of several brokers: the first one's. */
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
  /** `127.0.0.1:PORT`, of several brokers separated by commas: what clients call bootstrap.servers. */
  readonly bootstrapServers: string
  readonly host: string
  readonly port: number
  readonly clusterId: string
  /** The ids of the brokers that run. */
  readonly brokers: readonly number[]
  /** Stops one broker in order: others lead what it led, clients see refused connections. Stopped already is fine. */
  stopBroker(id: number): Promise<void>
  /** Starts a stopped broker again, on its port and with its records; resolves when it serves. */
  startBroker(id: number): Promise<void>
  /** Stops all; no handle and no temporary file is left. May be called more than once. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const CONTROLLER_ID = 1000

/** What a test wants and Kafka's defaults do not give. */
function testConfig(brokers: number): Record<string, string> {
  const replicas = Math.min(3, brokers)
  const minIsr = Math.max(1, replicas - 1)
  return {
    'controller.listener.names': 'CONTROLLER',
    'millrace.auto.format': 'true',
    'millrace.flush': 'os',
    'default.replication.factor': `${replicas}`,
    'min.insync.replicas': `${minIsr}`,
    'offsets.topic.replication.factor': `${replicas}`,
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.replication.factor': `${replicas}`,
    'transaction.state.log.min.isr': `${minIsr}`,
    'share.coordinator.state.topic.replication.factor': `${replicas}`,
    'share.coordinator.state.topic.min.isr': `${minIsr}`,
    'group.initial.rebalance.delay.ms': '0',
    'group.consumer.assignment.interval.ms': '0',
  }
}

/** Starts brokers in this process. Rejects with the reason when they cannot. */
export async function startKafka(options: StartKafkaOptions = {}): Promise<RunningKafka> {
  checkOptions(options)
  const { brokers = 1 } = options
  const storage = options.storage ?? 'memory'
  const isTemporary = storage === 'temporary'
  const directory =
    typeof storage === 'object'
      ? storage.directory
      : isTemporary
        ? await files().mkdtemp(join(tmpdir(), 'millrace-'))
        : '/millrace'
  const real = nodeEnv(options.logger === undefined ? { logLevel: 'off' } : { logger: options.logger })
  const cleanUp = async () => {
    await new Promise<void>((gone) => real.close(gone))
    if (isTemporary) await files().rm(directory, { recursive: true, force: true })
  }
  const running = new Running(cleanUp)
  try {
    const world = { real, isInMemory: storage === 'memory', directory, options }
    if (brokers === 1) await running.begin(1, single(world))
    else await startCluster(running, brokers, world)
    await running.makeTopics(options.topics ?? [])
    return running
  } catch (thrown) {
    // the reason is why it did not start, whatever else goes wrong then
    await Promise.allSettled([running.stop()])
    throw thrown
  }
}

interface World {
  readonly real: NodeEnv
  readonly isInMemory: boolean
  readonly directory: string
  readonly options: StartKafkaOptions
}

/** The disk of one node; the other parts of the world are shared. */
function envOf({ real, isInMemory }: World): Env {
  return isInMemory ? { ...real, disk: memoryDisk(real.clock) } : real
}

/** Loaded for a temporary directory only: a broker in memory starts without it. */
function files() {
  return process.getBuiltinModule('node:fs/promises')
}

/** Broker and controller in one. */
function single(world: World): Member {
  const { directory, options } = world
  const config = {
    ...testConfig(1),
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://${HOST}:${options.port ?? 0},CONTROLLER://${HOST}:0`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${options.port ?? 0}`,
    'controller.quorum.bootstrap.servers': `${HOST}:9093`,
    'log.dirs': directory,
    ...options.config,
  }
  return new Member(envOf(world), new Map(Object.entries(config)), world.real.disk)
}

async function startCluster(running: Running, brokers: number, world: World): Promise<void> {
  const { directory, options } = world
  const controllerPort = await freePort(world.real)
  const shared = {
    ...testConfig(brokers),
    'controller.quorum.voters': `${CONTROLLER_ID}@${HOST}:${controllerPort}`,
    ...options.config,
  }
  const controllerConfig = {
    ...shared,
    'process.roles': 'controller',
    'node.id': `${CONTROLLER_ID}`,
    listeners: `CONTROLLER://${HOST}:${controllerPort}`,
    'log.dirs': `${directory}/controller`,
  }
  const controller = new Member(envOf(world), new Map(Object.entries(controllerConfig)), world.real.disk)
  const { clusterId } = await running.beginController(controller)
  const started = Array.from({ length: brokers }, async (_, i) => {
    const id = i + 1
    const port = id === 1 ? (options.port ?? 0) : 0
    const logDir = `${directory}/broker-${id}`
    const config = {
      ...shared,
      'process.roles': 'broker',
      'node.id': `${id}`,
      listeners: `PLAINTEXT://${HOST}:${port}`,
      'advertised.listeners': `PLAINTEXT://${HOST}:${port}`,
      'log.dirs': logDir,
    }
    const env = envOf(world)
    await formatBroker(env, logDir, clusterId, id)
    await running.begin(id, new Member(env, new Map(Object.entries(config)), world.real.disk))
  })
  // all of them have ended before anything is cleaned up
  const failed = (await Promise.allSettled(started)).find((r) => r.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

function makeTopics(node: RunningNode, topics: readonly (string | TopicOptions)[]): Promise<void> {
  if (topics.length === 0) return Promise.resolve()
  const asked = topics.map((topic) => (typeof topic === 'string' ? { name: topic } : topic))
  return new Promise((resolve, reject) => {
    node.makeTopics(
      asked.map(({ name, partitions = -1, replicas = -1, config = {} }) => ({
        name,
        partitions,
        replicationFactor: replicas,
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

class Running implements RunningKafka {
  readonly host = HOST
  readonly #members = new Map<number, Member>()
  #controller: Member | null = null
  #clusterId = ''
  readonly #cleanUp: () => Promise<void>
  #stopped: Promise<void> | null = null
  /** One start or stop of a broker after the other. */
  readonly #turns = new Map<number, Promise<void>>()

  constructor(cleanUp: () => Promise<void>) {
    this.#cleanUp = cleanUp
  }

  get port(): number {
    return this.#members.get(1)?.port ?? 0
  }

  get bootstrapServers(): string {
    return [...this.#members]
      .sort(([a], [b]) => a - b)
      .map(([, { port }]) => `${HOST}:${port}`)
      .join(',')
  }

  get clusterId(): string {
    return this.#clusterId
  }

  get brokers(): readonly number[] {
    const running = [...this.#members].filter(([, { node }]) => node !== null)
    return running.map(([id]) => id).sort((a, b) => a - b)
  }

  async beginController(controller: Member): Promise<RunningNode> {
    this.#controller = controller
    return controller.start()
  }

  async begin(id: number, member: Member): Promise<void> {
    this.#members.set(id, member)
    this.#clusterId = (await member.start()).clusterId
  }

  async makeTopics(topics: readonly (string | TopicOptions)[]): Promise<void> {
    await makeTopics(this.#members.get(1)!.node!, topics)
  }

  stopBroker(id: number): Promise<void> {
    return this.#inTurn(id, (member) => member.stop())
  }

  startBroker(id: number): Promise<void> {
    return this.#inTurn(id, async (member) => {
      if (member.node === null) await member.start()
    })
  }

  async #inTurn(id: number, run: (member: Member) => Promise<void>): Promise<void> {
    const member = this.#members.get(id)
    if (member === undefined)
      throw new Error(`there is no broker ${id}: there are ${[...this.#members.keys()].join(', ')}`)
    if (this.#stopped !== null) throw new Error('this Kafka is stopped')
    const before = this.#turns.get(id) ?? Promise.resolve()
    const turn = before.then(() => run(member))
    // the next one does not fail for this one's reason
    this.#turns.set(
      id,
      turn.catch(() => {}),
    )
    await turn
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop().finally(this.#cleanUp)
    return this.#stopped
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#turns.values())
    const results = await Promise.allSettled([...this.#members.values()].map((member) => member.end()))
    await this.#controller?.end()
    const failed = results.find((r) => r.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
