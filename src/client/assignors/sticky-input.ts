import { stringHashOrder } from './java-order.ts'
import { racksMatter } from './racks.ts'
import type { MemberSubscription, PartitionRacks, TopicPartition } from './types.ts'

export const NO_GENERATION = -1

/** What a member held before, by its own account. */
export interface Held {
  readonly partitions: readonly TopicPartition[]
  /** null: the account carries no generation. */
  readonly generation: number | null
}

/** One shared object per partition, so that partitions can be compared and be map keys by identity. */
export class Partitions {
  readonly #byTopic = new Map<string, Map<number, TopicPartition>>()

  of(topic: string, partition: number): TopicPartition {
    let byId = this.#byTopic.get(topic)
    if (!byId) this.#byTopic.set(topic, (byId = new Map()))
    let known = byId.get(partition)
    if (!known) byId.set(partition, (known = { topic, partition }))
    return known
  }
}

/** The members' accounts made consistent: no partition has two previous owners. */
export interface StickyInput {
  /** Existing topics that someone subscribes to. */
  readonly topics: ReadonlyMap<string, PartitionRacks>
  readonly partitions: Partitions
  readonly members: ReadonlyMap<string, MemberSubscription>
  readonly held: ReadonlyMap<string, Held>
  /** In Java's HashMap order of member ids. */
  readonly owned: Map<string, TopicPartition[]>
  /** Claimed twice in one generation: nobody's, and nobody may take them before a revocation. */
  readonly disputed: ReadonlySet<TopicPartition>
  readonly maxGeneration: number
  readonly allSubscribeAlike: boolean
  readonly racks: StickyRacks
  readonly partitionCount: number
}

export function stickyInput(
  topics: ReadonlyMap<string, PartitionRacks>,
  list: readonly MemberSubscription[],
  heldBy: (member: MemberSubscription) => Held,
): StickyInput {
  const byId = new Map(list.map((m) => [m.memberId, m]))
  const members = new Map(stringHashOrder(byId.keys()).map((id) => [id, byId.get(id)!]))
  const wanted = new Set(list.flatMap((m) => m.topics))
  const existing = new Map([...topics].filter(([name, ids]) => wanted.has(name) && ids.length > 0))
  const partitions = new Partitions()

  const held = new Map<string, Held>()
  const owned = new Map<string, TopicPartition[]>()
  const ownerOf = new Map<TopicPartition, string>()
  const disputed = new Set<TopicPartition>()
  let maxGeneration = NO_GENERATION
  let common: Set<string> | null = null
  let allSubscribeAlike = true

  const disown = (member: string, partition: TopicPartition) => {
    const list = owned.get(member)!
    const at = list.indexOf(partition)
    if (at >= 0) list.splice(at, 1)
  }

  for (const [id, member] of members) {
    if (common === null || common.size === 0) common = new Set(member.topics)
    else if (member.topics.length !== common.size || !member.topics.every((t) => common?.has(t)))
      allSubscribeAlike = false

    const account = heldBy(member)
    held.set(id, account)
    const generation = account.generation ?? NO_GENERATION
    maxGeneration = Math.max(maxGeneration, generation)
    const mine: TopicPartition[] = []
    owned.set(id, mine)
    for (const { topic, partition } of account.partitions) {
      if (!existing.has(topic)) continue
      const tp = partitions.of(topic, partition)
      const other = ownerOf.get(tp)
      if (other === undefined) {
        mine.push(tp)
        ownerOf.set(tp, id)
        continue
      }
      const otherGeneration = members.get(other)?.generationId ?? NO_GENERATION
      if (generation === otherGeneration) {
        disputed.add(tp)
        disown(other, tp)
        ownerOf.set(tp, id)
      } else if (generation > otherGeneration) {
        mine.push(tp)
        disown(other, tp)
        ownerOf.set(tp, id)
      }
    }
  }

  let partitionCount = 0
  for (const ids of existing.values()) partitionCount += ids.length
  return {
    topics: existing,
    partitions,
    members,
    held,
    owned,
    disputed,
    maxGeneration,
    allSubscribeAlike,
    racks: new StickyRacks(existing, members, partitions),
    partitionCount,
  }
}

/** KIP-881 for the sticky assignors. */
export class StickyRacks {
  /** Empty unless racks are to be aligned. */
  readonly memberRacks: ReadonlyMap<string, string>
  readonly #partitionRacks: ReadonlyMap<TopicPartition, ReadonlySet<string>>
  /** Members in the racks of a partition's replicas; known even when racks are not aligned, as Java has it. */
  readonly #membersNear = new Map<TopicPartition, number>()

  constructor(
    topics: ReadonlyMap<string, PartitionRacks>,
    members: ReadonlyMap<string, MemberSubscription>,
    partitions: Partitions,
  ) {
    const memberRacks = new Map<string, string>()
    const countByRack = new Map<string, number>()
    for (const [id, { rackId }] of members) {
      if (!rackId) continue
      memberRacks.set(id, rackId)
      countByRack.set(rackId, (countByRack.get(rackId) ?? 0) + 1)
    }
    const partitionRacks = new Map<TopicPartition, ReadonlySet<string>>()
    const partitionRackIds = new Set<string>()
    if (countByRack.size > 0) {
      for (const [topic, ids] of topics) {
        for (const [partition, racks] of ids.entries()) {
          const tp = partitions.of(topic, partition)
          const own = new Set(racks)
          partitionRacks.set(tp, own)
          let near = 0
          for (const rack of own) {
            partitionRackIds.add(rack)
            near += countByRack.get(rack) ?? 0
          }
          this.#membersNear.set(tp, near)
        }
      }
    }
    const aligns = racksMatter(new Set(countByRack.keys()), partitionRackIds, partitionRacks.values())
    this.memberRacks = aligns ? memberRacks : new Map()
    this.#partitionRacks = aligns ? partitionRacks : new Map()
  }

  get isAligning(): boolean {
    return this.memberRacks.size > 0
  }

  racksOf(partition: TopicPartition): ReadonlySet<string> | undefined {
    return this.#partitionRacks.get(partition)
  }

  mismatch(member: string, partition: TopicPartition): boolean {
    const rack = this.memberRacks.get(member)
    return rack !== undefined && !(this.#partitionRacks.get(partition)?.has(rack) ?? false)
  }

  /** Those that few members are near to come first. */
  sortByMembersNear(partitions: TopicPartition[]): TopicPartition[] {
    if (this.#membersNear.size === 0) return partitions
    return partitions.sort((a, b) => (this.#membersNear.get(a) ?? 0) - (this.#membersNear.get(b) ?? 0))
  }

  /** Index of the next member, round from `from`, that shares a rack with the partition; -1 = none. */
  nextNear(partition: TopicPartition, members: readonly string[], from: number): number {
    const racks = this.#partitionRacks.get(partition)
    if (!racks || racks.size === 0) return -1
    for (let i = 0; i < members.length; i++) {
      const index = (from + i) % members.length
      const rack = this.memberRacks.get(members[index]!)
      if (rack !== undefined && racks.has(rack)) return index
    }
    return -1
  }
}
