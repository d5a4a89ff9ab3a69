import { Kafka } from '../client/index.ts'
import { newUuid } from '../raft/index.ts'
import { History } from './history.ts'
import type { Life } from './life.ts'
import { Machine } from './machine.ts'
import { Network } from './network.ts'
import { bootstrapOf, nodeConfig, SimNode, topologyOf } from './nodes.ts'
import type { Plan } from './plan.ts'
import type { SeededRandom } from './random.ts'
import type { World } from './world.ts'

/** Everything that one run has: the cluster, its clients, what was promised to them. */
export class Scene {
  readonly world: World
  readonly plan: Plan
  readonly network: Network
  readonly nodes: readonly SimNode[]
  readonly history: History
  /** What makes the faults and the workloads draw: not the world's own luck. */
  readonly random: SeededRandom
  /** The harness's own process: it is never disturbed. */
  readonly conductor: Life
  /** Clients stop making new work. */
  isOver = false
  /** Processes of clients, without the conductor. */
  readonly clients: Life[] = []
  readonly #leaders = new Map<number, SimNode>()
  /** Nodes that are down are left down until this time, by id. */
  readonly downUntilMs = new Map<number, number>()

  constructor(world: World, plan: Plan) {
    this.world = world
    this.plan = plan
    this.network = new Network(world)
    this.history = new History(world)
    this.random = world.random.fork('scene')
    const luck = world.random.fork('directories')
    const topology = topologyOf(plan, () => newUuid(luck))
    this.nodes = topology.specs.map((spec) => {
      return new SimNode(world, this.network, topology, spec, nodeConfig(topology, spec, plan.config))
    })
    for (const node of this.nodes) {
      node.machine.onLog = (message, { epoch }) => {
        if (message === 'Leads the metadata quorum') this.#leads(node, Number(epoch))
      }
    }
    this.conductor = this.client('conductor')
    this.clients.length = 0
  }

  /** The latest epoch of the metadata quorum that anybody led. */
  get quorumEpoch(): number {
    return Math.max(0, ...this.#leaders.keys())
  }

  /** Election safety: nobody else led that epoch, ever. */
  #leads(node: SimNode, epoch: number): void {
    const other = this.#leaders.get(epoch) ?? node
    if (other !== node) {
      const both = `${other.machine.name} and ${node.machine.name}`
      this.world.violate('one leader in an epoch', `${both} lead the metadata quorum in epoch ${epoch}`)
    }
    this.#leaders.set(epoch, node)
    node.ledEpoch = epoch
  }

  /** Nodes that hold partitions. */
  get brokers(): readonly SimNode[] {
    return this.nodes.filter(({ spec }) => spec.isBroker)
  }

  get controllers(): readonly SimNode[] {
    return this.nodes.filter(({ spec }) => spec.isController)
  }

  /** A machine with a process for clients. */
  client(name: string): Life {
    const life = new Machine(this.world, this.network, name).start(true)
    this.clients.push(life)
    return life
  }

  kafka(life: Life): Kafka {
    return new Kafka(life.env, {
      bootstrapServers: bootstrapOf(this.brokers),
      crc32c: this.world.host.crc32c,
      requestTimeoutMs: 4_000,
      connectTimeoutMs: 2_000,
      apiTimeoutMs: 20_000,
    })
  }

  sleep(ms: number, life: Life = this.conductor): Promise<void> {
    return new Promise((wake) => life.soon(ms, 'sleep', wake))
  }

  /** Waits until `isSo`, at most `limitMs`; then liveness is broken: `what` did not come. */
  async until(what: string, limitMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = this.world.nowMs + limitMs
    while (!(await isSo())) {
      if (this.world.nowMs > deadlineMs) return this.world.violate('liveness', `${what}: not within ${limitMs} ms`)
      await this.sleep(50)
    }
  }

  /** Waits until `whatIsWrong` finds nothing, at most `limitMs`; then that is a violation of `invariant`. */
  async eventually(invariant: string, limitMs: number, whatIsWrong: () => Promise<string | null>): Promise<void> {
    const deadlineMs = this.world.nowMs + limitMs
    for (;;) {
      const wrong = await whatIsWrong()
      if (wrong === null) return
      if (this.world.nowMs > deadlineMs) return this.world.violate(invariant, wrong)
      await this.sleep(100)
    }
  }
}
