import type { BrokerConfig } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import { type ConfigImage, configResourceKey, configResourceType, type MetadataImage } from '../metadata/index.ts'
import { Pace } from './pace.ts'

export type ThrottledSide = 'leader' | 'follower'

const keys = {
  leader: 'leader.replication.throttled.replicas',
  follower: 'follower.replication.throttled.replicas',
} as const

/**
 * Holds the copying of replicas that a reassignment moves to a rate (KIP-73): `leader.` and
 * `follower.replication.throttled.rate` in bytes a second over the replicas that the topics name. In-sync replicas are
 * never held back.
 */
export class ReplicaThrottle {
  readonly #clock: Clock
  readonly #brokerId: number
  readonly #image: () => MetadataImage
  readonly #paces: Readonly<Record<ThrottledSide, Pace>>
  /** By side and topic, for as long as the topic's configuration is the same. */
  readonly #named: Readonly<
    Record<ThrottledSide, Map<string, { from: ConfigImage; indexes: ReadonlySet<number> | 'all' }>>
  > = {
    leader: new Map(),
    follower: new Map(),
  }

  constructor(parts: { clock: Clock; brokerId: number; image: () => MetadataImage; config: () => BrokerConfig }) {
    const { config } = parts
    this.#clock = parts.clock
    this.#brokerId = parts.brokerId
    this.#image = parts.image
    this.#paces = {
      leader: new Pace(() => config().leaderReplicationThrottledRate),
      follower: new Pace(() => config().followerReplicationThrottledRate),
    }
  }

  /** How long a replica that is not in sync must wait now; 0 = it may go on. */
  waitMs(side: ThrottledSide, topic: string, index: number): number {
    return this.#isThrottled(side, topic, index) ? this.#paces[side].waitMs(this.#clock.monoMs()) : 0
  }

  /** Copied, by whomever: in-sync replicas are counted though they do not wait. */
  note(side: ThrottledSide, topic: string, index: number, bytes: number): void {
    if (bytes > 0 && this.#isThrottled(side, topic, index)) this.#paces[side].note(bytes, this.#clock.monoMs())
  }

  #isThrottled(side: ThrottledSide, topic: string, index: number): boolean {
    const config = this.#image().configs.get(configResourceKey(configResourceType.topic, topic))
    const text = config?.values.get(keys[side])
    if (config === undefined || text === undefined || text === '') return false
    let named = this.#named[side].get(topic)
    if (named?.from !== config) {
      named = { from: config, indexes: parse(text, this.#brokerId) }
      this.#named[side].set(topic, named)
    }
    return named.indexes === 'all' || named.indexes.has(index)
  }
}

/** `*`, or `partition:broker` pairs. */
function parse(text: string, brokerId: number): ReadonlySet<number> | 'all' {
  if (text.trim() === '*') return 'all'
  const indexes = new Set<number>()
  for (const pair of text.split(',')) {
    const [index, broker] = pair.trim().split(':')
    if (Number(broker) === brokerId) indexes.add(Number(index))
  }
  return indexes
}
