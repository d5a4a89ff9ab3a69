import type { Uuid } from '../bytes/index.ts'
import { brokerConfigOf } from '../config/index.ts'
import type { Failure } from '../env/index.ts'
import { type InitialVoter, planFeatures } from '../metadata/index.ts'
import { formatStorage } from '../raft/index.ts'
import { type RunningNode, startNode } from '../server/index.ts'
import { Machine } from './machine.ts'
import type { Network } from './network.ts'
import type { Plan } from './plan.ts'
import type { World } from './world.ts'

export const brokerPort = 9092
export const controllerPort = 9093
const clusterId = '4L6g3nShT-eMCtK--X86sw'
const directory = '/data'

export type NodeState = 'down' | 'formatting' | 'starting' | 'serving' | 'stopping'

export interface NodeSpec {
  readonly id: number
  readonly isBroker: boolean
  readonly isController: boolean
}

/** Who is who. */
export interface Topology {
  readonly specs: readonly NodeSpec[]
  /** Null: the voters are static, named in everybody's configuration. */
  readonly initialVoters: readonly InitialVoter[] | null
}

/** One node of the cluster: a machine and, while it runs, the production node on it. */
export class SimNode {
  readonly id: number
  readonly spec: NodeSpec
  readonly machine: Machine
  state: NodeState = 'down'
  /** Why its last start ended; null when it did not. */
  refusal: Failure | null = null
  running: RunningNode | null = null
  /** The epoch of the metadata quorum that its process leads, as it said last; 0: none. */
  ledEpoch = 0
  readonly #world: World
  readonly #config: ReadonlyMap<string, string>
  readonly #voters: readonly InitialVoter[] | null

  constructor(world: World, network: Network, of: Topology, spec: NodeSpec, config: ReadonlyMap<string, string>) {
    this.#world = world
    this.id = spec.id
    this.spec = spec
    this.machine = new Machine(world, network, hostOf(spec.id))
    this.#config = config
    this.#voters = of.initialVoters
  }

  /** Of its disk, in a quorum whose voters are told apart by it. */
  get directoryId(): string | null {
    return this.#voters?.find(({ id }) => id === this.id)?.directoryId ?? null
  }

  /** Comes to an end with the state `down`. */
  format(): void {
    this.state = 'formatting'
    const life = this.machine.start(false)
    const plan = planFeatures({
      releaseVersion: null,
      levels: new Map(),
      isUnstableEnabled: false,
      hasDynamicQuorum: this.#voters !== null,
    })
    const ask = {
      ...{ clusterId, nodeId: this.id, directories: [directory], metadataDirectory: directory },
      ...{ controllerListener: 'CONTROLLER', plan, ignoresFormatted: false },
      initialVoters: this.spec.isController ? this.#voters : null,
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
      this.ledEpoch = 0
    }
    return this.state
  }
}

const hostOf = (id: number): string => `node${id}`

/** `brokers` that are the controllers, too, or `controllers` that are nothing else. */
export function topologyOf(plan: Plan, directoryId: () => Uuid): Topology {
  const ids = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)
  const isCombined = plan.controllers === 0
  const specs = [
    ...ids(1, plan.nodes).map((id) => ({ id, isBroker: true, isController: isCombined })),
    ...ids(101, plan.controllers).map((id) => ({ id, isBroker: false, isController: true })),
  ]
  const voters = specs.filter(({ isController }) => isController)
  const voterOf = ({ id }: NodeSpec): InitialVoter => ({
    ...{ id, directoryId: directoryId(), host: hostOf(id), port: controllerPort },
  })
  return { specs, initialVoters: plan.isDynamic ? voters.map(voterOf) : null }
}

/** What each node's properties file says. */
export function nodeConfig(
  { specs, initialVoters }: Topology,
  { id, isBroker, isController }: NodeSpec,
  more: Readonly<Record<string, string>>,
): Map<string, string> {
  const controllers = specs.filter((spec) => spec.isController).map((spec) => spec.id)
  const addresses = controllers.map((voter) => `${hostOf(voter)}:${controllerPort}`)
  const listeners = [
    ...(isBroker ? [`PLAINTEXT://${hostOf(id)}:${brokerPort}`] : []),
    ...(isController ? [`CONTROLLER://${hostOf(id)}:${controllerPort}`] : []),
  ].join(',')
  const brokers = specs.filter((spec) => spec.isBroker).length
  const replication = `${Math.min(3, brokers)}`
  const minIsr = `${brokers >= 3 ? 2 : 1}`
  return new Map(
    Object.entries({
      'process.roles': [...(isBroker ? ['broker'] : []), ...(isController ? ['controller'] : [])].join(','),
      'node.id': `${id}`,
      ...{ listeners, 'advertised.listeners': listeners },
      'controller.listener.names': 'CONTROLLER',
      ...(initialVoters === null
        ? { 'controller.quorum.voters': controllers.map((voter, i) => `${voter}@${addresses[i]}`).join(',') }
        : { 'controller.quorum.bootstrap.servers': addresses.join(',') }),
      'log.dirs': directory,
      'num.partitions': '1',
      'default.replication.factor': replication,
      'min.insync.replicas': minIsr,
      'offsets.topic.num.partitions': '2',
      'offsets.topic.replication.factor': replication,
      'transaction.state.log.num.partitions': '2',
      'transaction.state.log.replication.factor': replication,
      'transaction.state.log.min.isr': minIsr,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
      'group.initial.rebalance.delay.ms': '0',
      ...more,
    }),
  )
}

export const bootstrapOf = (brokers: readonly SimNode[]): string =>
  brokers.map(({ machine }) => `${machine.name}:${brokerPort}`).join(',')
