/**
 * A cluster of three under load, struck again and again: each round one fault, healed, then what clients were promised is
 * held against what the cluster has.
 *
 *   whole ─▶ load ─▶ fault (kill one, two, all · pause · cut · restart in order) ─▶ healed ─▶ all in sync ─▶ audit
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../scripts/apache-node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { Sites } from '../cluster/sites.ts'
import { Audit, type AuditedTopic, complain, snapshot } from './audit.ts'
import { Promises } from './promises.ts'
import { Relay } from './relay.ts'
import { Luck } from './seed.ts'
import { Workload } from './workload.ts'

export interface ClusterRoundsOptions {
  readonly seed: number
  readonly rounds: number
  /** `combined`: three nodes, each broker and controller; `isolated`: three of each. */
  readonly roles: 'combined' | 'isolated'
  readonly groupProtocol?: 'classic' | 'consumer'
  readonly config?: Readonly<Record<string, string>>
  /** A line about each round. */
  readonly tell: (line: string) => void
}

export interface ClusterOutcome {
  readonly violations: readonly string[]
  readonly records: number
  readonly commits: number
  /** The longest time without an acknowledgement, ms, of each round, by what was done. */
  readonly gapsMs: ReadonlyMap<FaultName, readonly number[]>
}

const topics: readonly AuditedTopic[] = [
  { name: 'plain', partitions: 4, replicationFactor: 3 },
  { name: 'packed', partitions: 2, replicationFactor: 3 },
]

const sessionMs = 3000

const settings = {
  'min.insync.replicas': '2',
  'broker.session.timeout.ms': `${sessionMs}`,
  'broker.heartbeat.interval.ms': '500',
  'replica.lag.time.max.ms': '5000',
  'log.flush.offset.checkpoint.interval.ms': '500',
  'offsets.topic.num.partitions': '5',
  'group.initial.rebalance.delay.ms': '0',
}

export async function clusterRounds(options: ClusterRoundsOptions): Promise<ClusterOutcome> {
  const luck = new Luck(options.seed)
  await using field = await Field.make(options.roles, { ...settings, ...options.config })
  await field.sites.start()
  const env = nodeEnv({ logLevel: 'off' })
  try {
    const audit = new Audit({ env, bootstrapServers: field.sites.bootstrap, topics })
    await audit.makeTopics()
    const promises = new Promises()
    const workload = new Workload(promises, {
      env,
      bootstrapServers: field.sites.bootstrap,
      topics,
      producers: 3,
      groupProtocol: options.groupProtocol ?? 'classic',
      luck: luck.fork(),
    })
    workload.start()
    const gapsMs = new Map<FaultName, number[]>()
    for (let round = 1; round <= options.rounds; round++) {
      await audit.untilInSync(120_000)
      await sleep(luck.between(100, 1000))
      const before = snapshot(promises)
      const name = luck.pick(field.faultNames)
      const gap = new Gap(promises)
      await faults[name](field, luck)
      await gap.untilGoesOn(120_000)
      gapsMs.set(name, [...(gapsMs.get(name) ?? []), gap.longestMs])
      await audit.untilInSync(120_000)
      await audit.round(promises, before)
      for (const node of field.sites.nodes.values()) complain(promises, node.lines)
      const { acknowledgedCount, commitCount, violations } = promises
      options.tell(
        `round ${round}: ${name}, longest silence ${gap.longestMs.toFixed(0)} ms, acknowledged ${acknowledgedCount}, ` +
          `commits ${commitCount}, violations ${violations.length}`,
      )
      if (violations.length > 0 || workload.problems.length > 0) break
    }
    await workload.stop()
    await audit.end(promises)
    promises.violations.push(...workload.problems)
    const { violations, acknowledgedCount: records, commitCount: commits } = promises
    return { violations, records, commits, gapsMs }
  } finally {
    env.close()
  }
}

/** The cluster; `combined`, with the relays by which everybody reaches each of its nodes. */
class Field implements AsyncDisposable {
  readonly sites: Sites
  readonly relays: ReadonlyMap<number, readonly Relay[]>

  private constructor(sites: Sites, relays: ReadonlyMap<number, readonly Relay[]>) {
    this.sites = sites
    this.relays = relays
  }

  static async make(roles: 'combined' | 'isolated', config: Readonly<Record<string, string>>): Promise<Field> {
    if (roles === 'isolated') {
      const sites = await Sites.makeIsolated({ brokers: 3, controllers: 3 }, config)
      return new Field(sites, new Map())
    }
    const relayPorts = await freePorts(6)
    const [port, controllerPort] = [(id: number) => relayPorts[id - 1]!, (id: number) => relayPorts[2 + id]!]
    const voters = [1, 2, 3].map((id) => `${id}@127.0.0.1:${controllerPort(id)}`).join(',')
    const sites = await Sites.make(3, { ...config, 'controller.quorum.voters': voters }, (id) => ({
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port(id)},CONTROLLER://127.0.0.1:${controllerPort(id)}`,
    }))
    const relays = new Map<number, readonly Relay[]>()
    for (const [id, site] of sites.sites) {
      const pair = [Relay.open(port(id), site.port), Relay.open(controllerPort(id), site.controllerPort)]
      relays.set(id, await Promise.all(pair))
    }
    return new Field(sites, relays)
  }

  get ids(): readonly number[] {
    return [...this.sites.sites.keys()]
  }

  get faultNames(): readonly FaultName[] {
    return this.relays.size > 0 ? faultNames : faultNames.filter((name) => name !== 'cut')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sites[Symbol.asyncDispose]()
    for (const relay of [...this.relays.values()].flat()) await relay[Symbol.asyncDispose]()
  }
}

const faults = {
  async 'kill one'(field: Field, luck: Luck) {
    const id = luck.pick(field.ids)
    await field.sites.kill(id)
    await sleep(luck.between(0, 2000))
    await field.sites.start(id)
  },
  async 'kill two'(field: Field, luck: Luck) {
    const first = luck.pick(field.ids)
    const second = luck.pick(field.ids.filter((id) => id !== first))
    await field.sites.kill(first)
    await sleep(luck.between(0, 1000))
    await field.sites.kill(second)
    await sleep(luck.between(0, 1000))
    await field.sites.start(...(luck.chance(0.5) ? [first, second] : [second, first]))
  },
  async 'kill all'(field: Field, luck: Luck) {
    for (const id of field.ids) {
      await field.sites.kill(id)
      await sleep(luck.below(300))
    }
    await field.sites.start()
  },
  /** SIGSTOP: sockets stay open and nobody answers, sometimes for longer than its session. */
  async pause(field: Field, luck: Luck) {
    const node = field.sites.nodes.get(luck.pick(field.ids))!
    node.signal('SIGSTOP')
    await sleep(luck.between(500, 3 * sessionMs))
    node.signal('SIGCONT')
  },
  /** Nobody reaches the node, and it reaches everybody. */
  async cut(field: Field, luck: Luck) {
    const relays = field.relays.get(luck.pick(field.ids)) ?? []
    for (const relay of relays) relay.cut()
    await sleep(luck.between(500, 3 * sessionMs))
    for (const relay of relays) relay.heal()
  },
  async 'restart in order'(field: Field, luck: Luck) {
    const id = luck.pick(field.ids)
    await field.sites.stop(id)
    await field.sites.start(id)
  },
} as const

export type FaultName = keyof typeof faults
const faultNames = Object.keys(faults) as readonly FaultName[]

/** The longest time in which no producer was answered. */
class Gap {
  readonly #promises: Promises
  readonly #timer: NodeJS.Timeout
  #count: number
  #sinceMs = performance.now()
  longestMs = 0

  constructor(promises: Promises) {
    this.#promises = promises
    this.#count = promises.acknowledgedCount
    this.#timer = setInterval(() => this.#look(), 5)
  }

  #look(): void {
    const now = performance.now()
    this.longestMs = Math.max(this.longestMs, now - this.#sinceMs)
    if (this.#promises.acknowledgedCount === this.#count) return
    this.#count = this.#promises.acknowledgedCount
    this.#sinceMs = now
  }

  /** Ends the watch once producers are answered again. */
  async untilGoesOn(limitMs: number): Promise<void> {
    const from = this.#count
    const deadline = performance.now() + limitMs
    try {
      while (this.#promises.acknowledgedCount === from) {
        if (performance.now() > deadline) throw new Error(`no record is acknowledged within ${limitMs} ms of healing`)
        await sleep(5)
      }
      this.#look()
    } finally {
      clearInterval(this.#timer)
    }
  }
}
