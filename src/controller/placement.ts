import type { Random } from '../env/index.ts'

/** A broker that may get replicas. */
export interface PlacementBroker {
  readonly id: number
  readonly rack: string | null
  readonly isFenced: boolean
}

export type Placement = { readonly replicas: readonly (readonly number[])[] } | { readonly reason: string }

/**
 * Spreads the replicas of new partitions: leaders over racks and over the brokers of each, replicas of one partition
 * over different racks as far as there are any. Leaders are unfenced; a fenced broker gets a replica only when its rack
 * has no other left. The start is random, so that many small topics do not all sit on the first broker.
 */
export function placeReplicas(
  brokers: readonly PlacementBroker[],
  partitionCount: number,
  replicationFactor: number,
  random: Random,
): Placement {
  if (replicationFactor <= 0) {
    return { reason: `Invalid replication factor ${replicationFactor}: the replication factor must be positive.` }
  }
  const unfencedCount = brokers.filter((b) => !b.isFenced).length
  if (unfencedCount === 0)
    return { reason: 'All brokers are currently fenced, or have all their log directories cordoned.' }
  if (replicationFactor > brokers.length) {
    return {
      reason: `The target replication factor of ${replicationFactor} cannot be reached because only ${brokers.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
    }
  }
  const racks = new RackRound(brokers, unfencedCount, random)
  return { replicas: Array.from({ length: partitionCount }, () => racks.next(replicationFactor)) }
}

/** Brokers taken in turn; each round begins one further. */
class BrokerRound {
  readonly #ids: number[]
  #from: number
  #taken = 0
  #round = 0

  constructor(ids: number[], random: Random) {
    this.#ids = ids.sort((a, b) => a - b)
    this.#from = ids.length === 0 ? 0 : random.below(ids.length)
  }

  /** -1 when every broker was taken in this round. */
  next(round: number): number {
    if (this.#ids.length === 0) return -1
    if (round !== this.#round) {
      this.#round = round
      this.#taken = 0
      this.#from = (this.#from + 1) % this.#ids.length
    }
    if (this.#taken >= this.#ids.length) return -1
    return this.#ids[(this.#from + this.#taken++) % this.#ids.length]!
  }

  shuffle(random: Random): void {
    shuffle(this.#ids, random)
  }
}

class RackRound {
  readonly #racks: { readonly unfenced: BrokerRound; readonly fenced: BrokerRound }[]
  readonly #unfencedCount: number
  readonly #random: Random
  #round = 0
  #from: number

  constructor(brokers: readonly PlacementBroker[], unfencedCount: number, random: Random) {
    const byRack = Map.groupBy(brokers, (b) => b.rack)
    const names = [...byRack.keys()].sort((a, b) => (a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1))
    this.#racks = names.map((name) => {
      const here = byRack.get(name)!
      const ids = (isFenced: boolean) => here.filter((b) => b.isFenced === isFenced).map((b) => b.id)
      return { unfenced: new BrokerRound(ids(false), random), fenced: new BrokerRound(ids(true), random) }
    })
    this.#unfencedCount = unfencedCount
    this.#random = random
    this.#from = random.below(this.#racks.length)
  }

  next(replicationFactor: number): number[] {
    // After as many partitions as there are leaders, another order: else the same assignments would repeat.
    if (this.#round === this.#unfencedCount && this.#unfencedCount > 1) {
      shuffle(this.#racks, this.#random)
      for (const rack of this.#racks) {
        rack.unfenced.shuffle(this.#random)
        rack.fenced.shuffle(this.#random)
      }
      this.#round = 0
    }
    if (this.#from === this.#racks.length) this.#from = 0

    let leaderRack = this.#from
    let leader = -1
    while (leader < 0) {
      leader = this.#racks[leaderRack]!.unfenced.next(this.#round)
      if (leader < 0) leaderRack = (leaderRack + 1) % this.#racks.length
    }
    const replicas = [leader]
    let rack = this.#from
    let skip = leaderRack
    while (replicas.length < replicationFactor) {
      // The leader's rack is passed over once, so that the second replica lands elsewhere.
      if (rack === skip) skip = -1
      else {
        const { unfenced, fenced } = this.#racks[rack]!
        const id = unfenced.next(this.#round)
        const replica = id >= 0 ? id : fenced.next(this.#round)
        if (replica >= 0) replicas.push(replica)
      }
      rack = (rack + 1) % this.#racks.length
    }
    this.#round++
    this.#from++
    return replicas
  }
}

function shuffle<T>(list: T[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const held = list[i]!
    list[i] = list[j]!
    list[j] = held
  }
}
