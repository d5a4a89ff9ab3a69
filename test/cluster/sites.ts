/** Several nodes of one cluster, each a process of its own as people run them, on loopback. */
import { freePorts } from '../../scripts/apache-node.ts'
import { type BrokerProcess, Site, type SiteOptions } from '../faults/broker-process.ts'

const clusterId = '4L6g3nShT-eMCtK--X86sw'

/** Nodes that are broker and controller both, in a quorum of static voters. */
export class Sites implements AsyncDisposable {
  readonly sites: readonly Site[]
  readonly nodes = new Map<number, BrokerProcess>()

  private constructor(sites: readonly Site[]) {
    this.sites = sites
  }

  static async make(count: number, config: SiteOptions['config'] = {}): Promise<Sites> {
    const ports = await freePorts(count * 2)
    const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[count + i]}`).join(',')
    const sites: Site[] = []
    for (let i = 0; i < count; i++) {
      const listeners = `PLAINTEXT://127.0.0.1:${ports[i]},CONTROLLER://127.0.0.1:${ports[count + i]}`
      sites.push(
        await Site.make({
          ports: [ports[i]!, ports[count + i]!],
          config: {
            ...{ 'node.id': `${i + 1}`, listeners, 'advertised.listeners': listeners },
            ...{ 'controller.quorum.voters': voters, 'controller.quorum.bootstrap.servers': '' },
            ...{ 'offsets.topic.replication.factor': `${count}`, 'millrace.auto.format': 'false' },
            ...config,
          },
        }),
      )
    }
    for (const site of sites) await site.format(clusterId)
    return new Sites(sites)
  }

  get bootstrap(): string {
    return this.sites.map(({ bootstrap }) => bootstrap).join(',')
  }

  /** Starts those that are not running, and waits until they serve. */
  async start(...ids: number[]): Promise<void> {
    const wanted = ids.length > 0 ? ids : this.sites.map((_, i) => i + 1)
    await Promise.all(
      wanted.map(async (id) => {
        const node = this.sites[id - 1]!.spawn()
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

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node[Symbol.asyncDispose]()))
    for (const site of this.sites) site[Symbol.dispose]()
  }
}
