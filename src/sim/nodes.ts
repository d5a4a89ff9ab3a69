import { brokerConfigOf } from '../config/index.ts'
import type { Failure } from '../env/index.ts'
import { planFeatures } from '../metadata/index.ts'
import { formatStorage } from '../raft/index.ts'
import { type RunningNode, startNode } from '../server/index.ts'
import { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { World } from './world.ts'

export const brokerPort = 9092
const controllerPort = 9093
const clusterId = '4L6g3nShT-eMCtK--X86sw'
const directory = '/data'

export type NodeState = 'down' | 'formatting' | 'starting' | 'serving' | 'stopping'

/** One node of the cluster: a machine and, while it runs, the production node on it. */
export class SimNode {
  readonly id: number
  readonly machine: Machine
  state: NodeState = 'down'
  /** Why its last start ended; null when it did not. */
  refusal: Failure | null = null
  running: RunningNode | null = null
  readonly #world: World
  readonly #config: ReadonlyMap<string, string>

  constructor(world: World, network: Network, id: number, config: ReadonlyMap<string, string>) {
    this.#world = world
    this.id = id
    this.machine = new Machine(world, network, `node${id}`)
    this.#config = config
  }

  /** Comes to an end with the state `down`. */
  format(): void {
    this.state = 'formatting'
    const life = this.machine.start(false)
    const plan = planFeatures({
      releaseVersion: null,
      levels: new Map(),
      isUnstableEnabled: false,
      hasDynamicQuorum: false,
    })
    const ask = {
      ...{ clusterId, nodeId: this.id, directories: [directory], metadataDirectory: directory },
      ...{ controllerListener: 'CONTROLLER', plan, initialVoters: null, ignoresFormatted: false },
    }
    life.soon(0, 'format', () => {
      life.env.disk.mkdir(directory, () => {
        formatStorage(life.env, ask, (failure) => {
          if (failure !== null) throw new Error(`cannot format: ${failure.message}`)
          life.env.disk.syncDir('/', () => {
            this.machine.kill()
          })
        })
      })
    })
  }

  start(): void {
    if (this.machine.life !== null) return
    this.refusal = null
    this.state = 'starting'
    const life = this.machine.start(false)
    const { config, errors } = brokerConfigOf(new Map(this.#config))
    if (config === null) throw new Error(errors.map(({ key, message }) => `${key}: ${message}`).join('; '))
    const options = { env: life.env, config, crc32c: this.#world.host.crc32c, isEphemeral: false }
    life.soon(0, 'start', () => {
      startNode(options, (failure, node) => {
        if (failure === null) {
          this.state = 'serving'
          this.running = node
          return
        }
        this.refusal = failure
        this.#world.trace.note(this.#world.nowMs, life.name, 'does not start', () => failure.message)
        this.machine.kill()
      })
    })
  }

  /** Asks it to leave in order, as SIGTERM does. */
  stop(): void {
    const { running } = this
    const { life } = this.machine
    if (life === null) return
    // Before it runs nobody listens to the signal.
    if (running === null) return this.machine.kill()
    this.state = 'stopping'
    life.soon(0, 'stop', () => running.stop(() => this.machine.kill()))
  }

  /** Looks whether its process is still there. */
  observe(): NodeState {
    if (this.machine.life === null) {
      this.state = 'down'
      this.running = null
    }
    return this.state
  }
}

/** What each node's properties file says. */
export function nodeConfig(id: number, count: number, more: Readonly<Record<string, string>>): Map<string, string> {
  const voters = Array.from({ length: count }, (_, i) => `${i + 1}@node${i + 1}:${controllerPort}`).join(',')
  const listeners = `PLAINTEXT://node${id}:${brokerPort},CONTROLLER://node${id}:${controllerPort}`
  const replication = `${Math.min(3, count)}`
  const minIsr = `${count >= 3 ? 2 : 1}`
  return new Map(
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': `${id}`,
      ...{ listeners, 'advertised.listeners': listeners },
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.voters': voters,
      'log.dirs': directory,
      'num.partitions': '1',
      'default.replication.factor': replication,
      'min.insync.replicas': minIsr,
      'offsets.topic.num.partitions': '2',
      'offsets.topic.replication.factor': replication,
      'transaction.state.log.num.partitions': '2',
      'transaction.state.log.replication.factor': replication,
      'transaction.state.log.min.isr': minIsr,
      'group.initial.rebalance.delay.ms': '0',
      ...more,
    }),
  )
}

export const bootstrapOf = (nodes: readonly SimNode[]): string =>
  nodes.map(({ machine }) => `${machine.name}:${brokerPort}`).join(',')
