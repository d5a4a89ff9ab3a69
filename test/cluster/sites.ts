/** Several nodes of one cluster, each a process of its own as people run them, on loopback. */
import { freePorts } from '../../scripts/apache-node.ts'
import { type BrokerProcess, type Ending, Site, type SiteOptions } from '../faults/broker-process.ts'

const clusterId = '4L6g3nShT-eMCtK--X86sw'

type Config = NonNullable<SiteOptions['config']>

/** The nodes of one cluster: what stays of them, and those that run. */
export class Sites implements AsyncDisposable {
  readonly sites: ReadonlyMap<number, Site>
  readonly nodes = new Map<number, BrokerProcess>()
  readonly brokerIds: readonly number[]

  private constructor(sites: ReadonlyMap<number, Site>, brokerIds: readonly number[]) {
    this.sites = sites
    this.brokerIds = brokerIds
  }

  /** Nodes 1 to `count` that are broker and controller both, in a quorum of static voters. `own`: keys of one node. */
  static async make(count: number, config: Config = {}, own: (id: number) => Config = () => ({})): Promise<Sites> {
    const ports = await freePorts(count * 2)
    const ids = Array.from({ length: count }, (_, i) => i + 1)
    const voters = ids.map((id) => `${id}@127.0.0.1:${ports[count + id - 1]}`).join(',')
    const sites = new Map<number, Site>()
    for (const id of ids) {
      const [port, controllerPort] = [ports[id - 1]!, ports[count + id - 1]!]
      const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
      sites.set(
        id,
        await Site.make({
          ports: [port, controllerPort],
          config: {
            ...{ 'node.id': `${id}`, listeners, 'advertised.listeners': listeners },
            ...{ 'controller.quorum.voters': voters, 'controller.quorum.bootstrap.servers': '' },
            ...{ ...forSeveral(count), ...config, ...own(id) },
          },
        }),
      )
    }
    for (const site of sites.values()) await site.format(clusterId)
    return new Sites(sites, ids)
  }

  /**
   * Brokers 1 to `brokers` and, as processes of their own, controllers from 101 on, in a dynamic quorum (KIP-853) that
   * they are formatted with, or one of static voters, whose listener is called QUORUM.
   */
  static async makeIsolated(
    o: {
      readonly brokers: number
      readonly controllers: number
      readonly areVotersStatic?: boolean
      /** Of each broker, below its own directory. */
      readonly logDirs?: readonly string[]
    },
    config: Config = {},
  ): Promise<Sites> {
    const { brokers, controllers, areVotersStatic = false, logDirs = ['data'] } = o
    const ports = await freePorts(brokers + controllers)
    const at = (i: number) => `127.0.0.1:${ports[i]}`
    const bootstrap = Array.from({ length: controllers }, (_, i) => at(brokers + i)).join(',')
    const name = areVotersStatic ? 'QUORUM' : 'CONTROLLER'
    const statics = Array.from({ length: controllers }, (_, i) => `${101 + i}@${at(brokers + i)}`).join(',')
    const quorum: Config = areVotersStatic
      ? { 'controller.quorum.voters': statics, 'controller.quorum.bootstrap.servers': '' }
      : { 'controller.quorum.bootstrap.servers': bootstrap }
    const shared: Config = { ...quorum, 'controller.listener.names': name, ...forSeveral(brokers), ...config }
    const sites = new Map<number, Site>()
    for (let i = 0; i < brokers; i++) {
      const listeners = `PLAINTEXT://${at(i)}`
      const keys = { 'process.roles': 'broker', listeners, 'advertised.listeners': listeners, 'node.id': `${i + 1}` }
      sites.set(i + 1, await Site.make({ ports: [ports[i]!, 0], logDirs, config: { ...shared, ...keys } }))
    }
    const voters: string[] = []
    for (let i = 0; i < controllers; i++) {
      const id = 101 + i
      const port = ports[brokers + i]!
      const listeners = `${name}://127.0.0.1:${port}`
      const keys = { 'process.roles': 'controller', listeners, 'advertised.listeners': listeners, 'node.id': `${id}` }
      sites.set(id, await Site.make({ ports: [port, port], config: { ...shared, ...keys } }))
      voters.push(`${id}@127.0.0.1:${port}:${directoryIds[i]}`)
    }
    for (const [id, site] of sites) {
      if (areVotersStatic) await site.format(clusterId)
      else if (id <= brokers) await site.format(clusterId, '--no-initial-controllers')
      else await site.format(clusterId, '--initial-controllers', voters.join(','))
    }
    return new Sites(
      sites,
      [...sites.keys()].filter((id) => id <= brokers),
    )
  }

  get bootstrap(): string {
    return this.brokerIds.map((id) => this.site(id).bootstrap).join(',')
  }

  site(id: number): Site {
    return this.sites.get(id)!
  }

  /** Starts those that are not running, and waits until they serve. */
  async start(...ids: number[]): Promise<void> {
    const wanted = ids.length > 0 ? ids : [...this.sites.keys()]
    await Promise.all(
      wanted.map(async (id) => {
        const node = this.site(id).spawn()
        this.nodes.set(id, node)
        await node.serving()
      }),
    )
  }

  async kill(id: number): Promise<void> {
    const node = this.nodes.get(id)
    this.nodes.delete(id)
    await node?.[Symbol.asyncDispose]()
  }

  /** SIGTERM, and how it ended. */
  async stop(id: number): Promise<Ending> {
    const node = this.nodes.get(id)!
    this.nodes.delete(id)
    return await node.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node[Symbol.asyncDispose]()))
    for (const site of this.sites.values()) site[Symbol.dispose]()
  }
}

function forSeveral(brokers: number): Config {
  const factor = `${Math.min(3, brokers)}`
  return {
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.num.partitions': '5',
    'millrace.auto.format': 'false',
  }
}

/** Directory ids are chosen by whoever formats the first voters. */
const directoryIds = ['JEXY6aqzQY-32P5TStzaFg', 'MvDxzVmcRsaTz33bUuRU6A', '07R5amHmR32VDA6jHkGbTA']
