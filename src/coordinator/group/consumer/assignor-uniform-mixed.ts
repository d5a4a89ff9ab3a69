import type { Uuid } from '../../../bytes/index.ts'
import {
  type Assignment,
  type Assignor,
  type GroupSpec,
  Pace,
  TargetDraft,
  targetTopics,
  uuidOrder,
} from './assignor.ts'
import { LoadBalancer } from './load-balancer.ts'

/** Rounds over all topics; overlapping subscriptions may not come to rest by themselves. */
const roundsMax = 16

/**
 * `uniform` for members with different topics: keep what is still subscribed to, give what is free to the least loaded
 * subscriber, topic by topic, then move partitions from the most to the least loaded until nothing gets better.
 */
export function* assignHeterogeneous(spec: GroupSpec, memberIds: readonly string[]): ReturnType<Assignor> {
  const mix = new Mix(spec, memberIds)
  yield* mix.begin()
  if (mix.topicCount === 0) return new Map()
  yield* mix.keep()
  yield* mix.assignFree()
  yield* mix.balance()
  return mix.result()
}

interface Topic {
  readonly id: Uuid
  readonly order: readonly [bigint, bigint]
  readonly count: number
  /** Indexes of members, ascending. */
  readonly subscribers: number[]
  /** Index of the owner of each partition, -1 = nobody. */
  readonly owners: Int32Array
}

class Mix {
  readonly #memberIds: readonly string[]
  readonly #topics = new Map<Uuid, Topic>()
  readonly #subscriptions: ReadonlySet<Uuid>[] = []
  readonly #spec: GroupSpec
  readonly #targets: readonly Assignment[]
  readonly #drafts: TargetDraft[]
  /** Partitions of each member. */
  readonly #loads: Int32Array
  readonly #pace = new Pace()

  constructor(spec: GroupSpec, memberIds: readonly string[]) {
    this.#memberIds = memberIds
    this.#loads = new Int32Array(memberIds.length)
    this.#targets = memberIds.map((id) => spec.members.get(id)!.target)
    this.#drafts = this.#targets.map((target) => new TargetDraft(target))
    this.#spec = spec
  }

  *begin(): Generator<undefined, void, undefined> {
    // Members with the same subscription share one list of topics.
    const sets = new Map<readonly Uuid[], ReadonlySet<Uuid>>()
    for (const [member, memberId] of this.#memberIds.entries()) {
      const { topicIds } = this.#spec.members.get(memberId)!
      let set = sets.get(topicIds)
      if (set === undefined) sets.set(topicIds, (set = new Set(topicIds)))
      this.#subscriptions.push(set)
      for (const id of topicIds) {
        let topic = this.#topics.get(id)
        if (topic === undefined) {
          const count = this.#spec.partitionCount(id)
          topic = { id, order: uuidOrder(id), count, subscribers: [], owners: new Int32Array(count).fill(-1) }
          this.#topics.set(id, topic)
        }
        topic.subscribers.push(member)
        if (this.#pace.isDue(1)) yield
      }
    }
  }

  get topicCount(): number {
    return this.#topics.size
  }

  result(): Map<string, Assignment> {
    return new Map(this.#memberIds.map((id, member) => [id, this.#drafts[member]!.result()]))
  }

  *keep(): Generator<undefined, void, undefined> {
    for (const [member, target] of this.#targets.entries()) {
      for (const topicId of targetTopics(target)) {
        const topic = this.#topics.get(topicId)
        if (topic === undefined || !this.#subscriptions[member]!.has(topicId)) {
          this.#drafts[member]!.removeTopic(topicId)
          continue
        }
        const partitions = target.get(topicId)!
        this.#loads[member]! += partitions.length
        for (const partition of partitions) topic.owners[partition] = member
        if (this.#pace.isDue(1 + partitions.length)) yield
      }
    }
  }

  *assignFree(): Generator<undefined, void, undefined> {
    const balancer = new LoadBalancer(this.#loads)
    const withFree = [...this.#topics.values()].filter(({ owners }) => owners.includes(-1))
    for (const topic of withFree.sort(byScarcity)) {
      balancer.begin(topic.subscribers)
      for (const [partition, owner] of topic.owners.entries()) {
        if (owner !== -1) continue
        this.#give(topic, partition, balancer.nextLeastLoaded())
        if (this.#pace.isDue(1)) yield
      }
      if (this.#pace.isDue(topic.subscribers.length)) yield
    }
  }

  *balance(): Generator<undefined, void, undefined> {
    const topics = [...this.#topics.values()].filter(({ subscribers }) => subscribers.length >= 2).sort(byScarcity)
    const balancer = new LoadBalancer(this.#loads)
    let lastMoved = -1
    for (let round = 0; round < roundsMax; round++) {
      for (let index = 0; index < topics.length; index++) {
        // All others since this one had nothing to move.
        if (index === lastMoved) return
        const moves = this.#balanceTopic(topics[index]!, balancer)
        if (moves > 0 || lastMoved === -1) lastMoved = index
        if (this.#pace.isDue(topics[index]!.subscribers.length + moves)) yield
      }
    }
  }

  /** Moves partitions of one topic from its most to its least loaded subscribers; returns how many. */
  #balanceTopic(topic: Topic, balancer: LoadBalancer): number {
    const { owners } = topic
    if (balancer.begin(topic.subscribers) <= 1) return 0
    // Partitions by owner, so that an owner's last one is at hand.
    const owned = new Map<number, number[]>()
    owners.forEach((owner, partition) => {
      const partitions = owned.get(owner)
      if (partitions === undefined) owned.set(owner, [partition])
      else partitions.push(partition)
    })
    let moves = 0
    while (!balancer.isBalanced) {
      let from = balancer.nextMostLoaded()
      while (from !== -1 && (owned.get(from)?.length ?? 0) === 0) {
        balancer.excludeMostLoaded()
        from = balancer.nextMostLoaded()
      }
      if (from === -1) break
      const partition = owned.get(from)!.pop()!
      const to = balancer.nextLeastLoaded()
      if (balancer.isBalanced) break
      this.#give(topic, partition, to)
      moves++
    }
    return moves
  }

  #give(topic: Topic, partition: number, to: number): void {
    const from = topic.owners[partition]!
    if (from !== -1) {
      this.#drafts[from]!.remove(topic.id, partition)
      this.#loads[from]!--
    }
    const share = Math.ceil(topic.count / topic.subscribers.length)
    this.#drafts[to]!.add(topic.id, partition, Math.floor(share / 0.75) + 1)
    topic.owners[partition] = to
    this.#loads[to]!++
  }
}

/** Most partitions per subscriber first, then fewest subscribers, then by id. */
function byScarcity(a: Topic, b: Topic): number {
  return (
    b.count / b.subscribers.length - a.count / a.subscribers.length ||
    a.subscribers.length - b.subscribers.length ||
    compare(a.order[0], b.order[0]) ||
    compare(a.order[1], b.order[1])
  )
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
