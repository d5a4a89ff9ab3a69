import { HashFirst, topicPartitionHash } from './java-order.ts'
import { compareText } from './member-order.ts'
import { NO_GENERATION, type StickyInput } from './sticky-input.ts'
import type { Assignment, TopicPartition } from './types.ts'

/**
 * Members subscribe to different topics: keep what is still wanted, give what is free to the least loaded member that
 * may have it, then move partitions one at a time while that makes the assignment more even. If moving existing
 * assignments does not improve the balance score, all moves are undone.
 */
export function assignGeneral(input: StickyInput): Assignment {
  return new General(input).build()
}

class General {
  readonly #in: StickyInput
  #assignment: Assignment
  #ownerOf = new Map<TopicPartition, string>()
  /** Members that may own partitions of a topic; topics that a member may have. */
  readonly #membersOf = new Map<string, string[]>()
  readonly #topicsOf = new Map<string, Set<string>>()
  /** By number of potential members, topic, id: the partitions with the least choice come first. */
  #sorted: TopicPartition[] = []
  readonly #byLoad: LoadOrder
  readonly #moves = new Moves()
  #mustRevoke = false

  constructor(input: StickyInput) {
    this.#in = input
    this.#assignment = input.owned
    for (const topic of input.topics.keys()) this.#membersOf.set(topic, [])
    for (const [id, member] of input.members) {
      const existing = member.topics.filter((t) => input.topics.has(t))
      this.#topicsOf.set(id, new Set(existing))
      for (const topic of existing) this.#membersOf.get(topic)!.push(id)
    }
    for (const [id, owned] of this.#assignment) for (const partition of owned) this.#ownerOf.set(partition, id)
    const topics = [...input.topics.keys()].sort(
      (a, b) => this.#membersOf.get(a)!.length - this.#membersOf.get(b)!.length || compareText(a, b),
    )
    for (const topic of topics) {
      const count = input.topics.get(topic)!.length
      for (let i = 0; i < count; i++) this.#sorted.push(input.partitions.of(topic, i))
    }
    this.#byLoad = new LoadOrder((id) => this.#assignment.get(id)!.length)
  }

  build(): Assignment {
    const previous = this.#previousOwners()
    const kept = this.#keepOwned()
    const unassigned = this.#sorted.filter((p) => !kept.has(p))
    for (const id of this.#assignment.keys()) this.#byLoad.add(id)
    this.#balance(previous, unassigned)
    return this.#assignment
  }

  /** Owners of the second newest generation: where a partition may go back to. */
  #previousOwners(): Map<TopicPartition, string> {
    const owners = new Map<TopicPartition, { id: string; generation: number }>()
    for (const id of this.#in.members.keys()) {
      const { partitions, generation } = this.#in.held.get(id)!
      const isOld = generation === null ? this.#in.maxGeneration > NO_GENERATION : generation < this.#in.maxGeneration
      if (!isOld) continue
      for (const { topic, partition } of partitions) {
        const tp = this.#in.partitions.of(topic, partition)
        const known = owners.get(tp)
        if (!known || (generation ?? NO_GENERATION) > known.generation) {
          owners.set(tp, { id, generation: generation ?? NO_GENERATION })
        }
      }
    }
    return new Map([...owners].map(([tp, { id }]) => [tp, id]))
  }

  #keepOwned(): Set<TopicPartition> {
    const kept = new Set<TopicPartition>()
    for (const [id, owned] of this.#assignment) {
      const mine = owned.filter((partition) => {
        const isWanted = this.#topicsOf.get(id)!.has(partition.topic) && !this.#in.racks.mismatch(id, partition)
        if (!isWanted) this.#mustRevoke = true
        return isWanted
      })
      for (const partition of mine) kept.add(partition)
      this.#assignment.set(id, mine)
    }
    return kept
  }

  #balance(previous: ReadonlyMap<TopicPartition, string>, unassigned: readonly TopicPartition[]): void {
    const isFirst = this.#assignment.get(this.#byLoad.last())!.length === 0
    let toAssign = unassigned
    if (this.#in.racks.isAligning) toAssign = toAssign.filter((p) => !this.#giveToLeastLoaded(p, true))
    for (const partition of toAssign) this.#giveToLeastLoaded(partition, false)

    // only partitions and members that can still change anything take part from here
    const isMovable = (p: TopicPartition) => this.#membersOf.get(p.topic)!.length >= 2
    const fixed: Assignment = new Map()
    for (const id of this.#topicsOf.keys()) {
      if (this.#canTakePart(id)) continue
      this.#byLoad.remove(id)
      fixed.set(id, this.#assignment.get(id)!)
      this.#assignment.delete(id)
    }
    const before = copyOf(this.#assignment)
    const ownersBefore = new Map(this.#ownerOf)

    if (!this.#mustRevoke) this.#reassign(unassigned.filter(isMovable), previous)
    const hasMoved = this.#reassign(this.#sorted.filter(isMovable), previous)
    if (!isFirst && hasMoved && balanceScore(this.#assignment) >= balanceScore(before)) {
      this.#assignment = before
      this.#ownerOf = ownersBefore
    }
    for (const [id, list] of fixed) this.#assignment.set(id, list)
  }

  #giveToLeastLoaded(partition: TopicPartition, withinRack: boolean): boolean {
    for (const id of this.#byLoad) {
      if (!this.#topicsOf.get(id)!.has(partition.topic)) continue
      if (withinRack && this.#in.racks.mismatch(id, partition)) continue
      this.#byLoad.remove(id)
      this.#assignment.get(id)!.push(partition)
      this.#ownerOf.set(partition, id)
      this.#byLoad.add(id)
      return true
    }
    return false
  }

  #mostFor(id: string): number {
    let most = 0
    for (const topic of this.#topicsOf.get(id)!) most += this.#in.topics.get(topic)!.length
    return most
  }

  #canTakePart(id: string): boolean {
    const mine = this.#assignment.get(id)!
    return mine.length < this.#mostFor(id) || mine.some((p) => this.#membersOf.get(p.topic)!.length >= 2)
  }

  #isBalanced(): boolean {
    const least = this.#assignment.get(this.#byLoad.first())!.length
    const most = this.#assignment.get(this.#byLoad.last())!.length
    if (least >= most - 1) return true
    for (const id of this.#byLoad) {
      const count = this.#assignment.get(id)!.length
      if (count === this.#mostFor(id)) continue
      for (const topic of this.#topicsOf.get(id)!) {
        for (let i = 0; i < this.#in.topics.get(topic)!.length; i++) {
          const owner = this.#ownerOf.get(this.#in.partitions.of(topic, i))
          if (owner === undefined || owner === id) continue
          const ownerCount = this.#assignment.get(owner)?.length
          if (ownerCount !== undefined && count + 1 < ownerCount) return false
        }
      }
    }
    return true
  }

  #reassign(partitions: readonly TopicPartition[], previous: ReadonlyMap<TopicPartition, string>): boolean {
    let hasMoved = false
    for (let isModified = true; isModified; ) {
      isModified = false
      for (const partition of partitions) {
        if (this.#isBalanced()) break
        const target = this.#betterOwner(partition, previous)
        if (target === null) continue
        this.#move(this.#moves.actual(partition, this.#ownerOf.get(partition)!, target), target)
        hasMoved = isModified = true
      }
    }
    return hasMoved
  }

  #betterOwner(partition: TopicPartition, previous: ReadonlyMap<TopicPartition, string>): string | null {
    const load = (id: string) => this.#assignment.get(id)?.length ?? Number.POSITIVE_INFINITY
    const owner = this.#ownerOf.get(partition)!
    const before = previous.get(partition)
    if (before !== undefined && load(owner) > load(before) + 1) return before
    const potential = this.#membersOf.get(partition.topic)!
    if (!potential.some((id) => load(owner) > load(id) + 1)) return null
    for (const id of this.#byLoad) if (this.#topicsOf.get(id)!.has(partition.topic)) return id
    return null
  }

  #move(partition: TopicPartition, to: string): void {
    const from = this.#ownerOf.get(partition)!
    this.#byLoad.remove(from)
    this.#byLoad.remove(to)
    this.#moves.add(partition, from, to)
    const list = this.#assignment.get(from)!
    list.splice(list.indexOf(partition), 1)
    this.#assignment.get(to)!.push(partition)
    this.#ownerOf.set(partition, to)
    this.#byLoad.add(to)
    this.#byLoad.add(from)
  }
}

/** Members by number of partitions, then id. A member must be taken out before its number changes. */
class LoadOrder {
  readonly #ids: string[] = []
  readonly #load: (id: string) => number

  constructor(load: (id: string) => number) {
    this.#load = load
  }

  first(): string {
    return this.#ids[0]!
  }

  last(): string {
    return this.#ids.at(-1)!
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#ids[Symbol.iterator]()
  }

  add(id: string): void {
    const at = this.#find(id)
    if (this.#ids[at] !== id) this.#ids.splice(at, 0, id)
  }

  remove(id: string): void {
    const at = this.#find(id)
    if (this.#ids[at] === id) this.#ids.splice(at, 1)
  }

  #find(id: string): number {
    const load = this.#load(id)
    let low = 0
    let high = this.#ids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#ids[middle]!
      if ((this.#load(other) - load || compareText(other, id)) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Movements of this rebalance by topic and direction, so that two members do not swap partitions of one topic. */
class Moves {
  readonly #pairs = new Map<TopicPartition, { from: string; to: string }>()
  readonly #byTopic = new Map<string, Map<string, HashFirst<TopicPartition>>>()

  add(partition: TopicPartition, from: string, to: string): void {
    const known = this.#pairs.get(partition)
    if (!known) this.#put(partition, from, to)
    else {
      this.#drop(partition, known)
      if (known.from !== to) this.#put(partition, known.from, to)
    }
  }

  /** The partition to move instead: one of the same topic that came the opposite way, if there is any. */
  actual(partition: TopicPartition, from: string, to: string): TopicPartition {
    const pairs = this.#byTopic.get(partition.topic)
    if (!pairs) return partition
    const origin = this.#pairs.get(partition)?.from ?? from
    return pairs.get(pairKey(to, origin))?.first() ?? partition
  }

  #put(partition: TopicPartition, from: string, to: string): void {
    this.#pairs.set(partition, { from, to })
    let pairs = this.#byTopic.get(partition.topic)
    if (!pairs) this.#byTopic.set(partition.topic, (pairs = new Map()))
    const key = pairKey(from, to)
    let set = pairs.get(key)
    if (!set) pairs.set(key, (set = new HashFirst((p) => topicPartitionHash(p.topic, p.partition))))
    set.add(partition)
  }

  #drop(partition: TopicPartition, pair: { from: string; to: string }): void {
    this.#pairs.delete(partition)
    const pairs = this.#byTopic.get(partition.topic)
    const set = pairs?.get(pairKey(pair.from, pair.to))
    set?.delete(partition)
    if (set?.size === 0) pairs?.delete(pairKey(pair.from, pair.to))
    if (pairs?.size === 0) this.#byTopic.delete(partition.topic)
  }
}

function pairKey(from: string, to: string): string {
  return `${from}\u0000${to}`
}

function copyOf(assignment: Assignment): Assignment {
  return new Map([...assignment].map(([id, list]) => [id, [...list]]))
}

/** Sum of the differences over all pairs of members; 0 is perfect. */
function balanceScore(assignment: Assignment): number {
  const sizes = [...assignment.values()].map((list) => list.length).sort((a, b) => a - b)
  let score = 0
  let sum = 0
  for (const [i, size] of sizes.entries()) {
    score += size * i - sum
    sum += size
  }
  return score
}
