import { stringHashOrder } from './java-order.ts'
import { compareMembers, compareText } from './member-order.ts'
import { memberRacks, racksMatter } from './racks.ts'
import type { Assignment, Assignor, MemberSubscription, PartitionRacks, TopicPartition } from './types.ts'

/**
 * Each topic on its own: its partitions in order are cut into contiguous ranges, one per subscribed member; the first
 * members get one more when they do not divide evenly. Equal topics are thus co-partitioned. Racks are aligned first
 * where that does not disturb the balance (KIP-881).
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  rebalance: 'eager',
  userData: () => null,

  assign(topics, members) {
    const assignment: Assignment = new Map(members.map((m) => [m.memberId, []]))
    const racks = memberRacks(members)
    const states: TopicRanges[] = []
    for (const topic of subscribedTopics(topics, members)) {
      const partitions = topics.get(topic)!
      if (partitions.length > 0) states.push(new TopicRanges(topic, partitions, members, racks))
    }
    const isRackAware = states.some((s) => s.needsRackAlignment)
    if (isRackAware) alignRacks(states, assignment)
    for (const state of states) state.assignRanges(assignment, () => true)
    if (isRackAware) {
      for (const list of assignment.values()) {
        list.sort((a, b) => compareText(a.topic, b.topic) || a.partition - b.partition)
      }
    }
    return assignment
  },
}

/** Topics that exist and that someone subscribes to, in the order in which Java walks them. */
export function subscribedTopics(
  topics: ReadonlyMap<string, PartitionRacks>,
  members: readonly MemberSubscription[],
): string[] {
  const byId = new Map(members.map((m) => [m.memberId, m]))
  const all = stringHashOrder(byId.keys()).flatMap((id) => byId.get(id)?.topics ?? [])
  return stringHashOrder(stringHashOrder(all).filter((topic) => (topics.get(topic)?.length ?? 0) > 0))
}

/** Topics with the same subscribers and as many partitions are aligned together, so that they stay co-partitioned. */
function alignRacks(states: readonly TopicRanges[], assignment: Assignment): void {
  const groups = new Map<string, TopicRanges[]>()
  for (const state of states) {
    const key = JSON.stringify([state.rackPartitionCount, ...[...state.members].sort(compareText)])
    const group = groups.get(key)
    if (group) group.push(state)
    else groups.set(key, [state])
  }
  for (const group of groups.values()) {
    const only = group[0]!
    if (group.length > 1) alignTogether(group, assignment)
    else if (only.needsRackAlignment) only.assignRanges(assignment, (member, p) => only.racksMatch(member, p))
  }
}

function alignTogether(states: readonly TopicRanges[], assignment: Assignment): void {
  const first = states[0]!
  const remaining = new Set(first.members)
  for (let p = 0; p < first.rackPartitionCount; p++) {
    for (const member of remaining) {
      if (!states.every((s) => s.racksMatch(member, p) && s.roomFor(member) > 0)) continue
      for (const s of states) s.assign(member, [p], assignment)
      if (!states.some((s) => s.roomFor(member) > 0)) remaining.delete(member)
      break
    }
    if (remaining.size === 0) break
  }
}

class TopicRanges {
  /** Member ids that subscribe to the topic, in range order. */
  readonly members: readonly string[]
  readonly needsRackAlignment: boolean
  readonly #topic: string
  readonly #memberRacks: ReadonlyMap<string, string>
  /** Empty when no subscriber named a rack. */
  readonly #partitionRacks: readonly ReadonlySet<string>[]
  readonly #unassigned: Set<number>
  readonly #counts: Map<string, number>
  readonly #quota: number
  #extras: number

  constructor(
    topic: string,
    partitions: PartitionRacks,
    members: readonly MemberSubscription[],
    racks: ReadonlyMap<string, string>,
  ) {
    const subscribers = members.filter((m) => m.topics.includes(topic)).sort(compareMembers)
    this.#topic = topic
    this.#memberRacks = racks
    this.members = subscribers.map((m) => m.memberId)
    this.#unassigned = new Set(partitions.keys())
    this.#counts = new Map(this.members.map((m) => [m, 0]))
    this.#quota = this.members.length === 0 ? 0 : Math.floor(partitions.length / this.members.length)
    this.#extras = this.members.length === 0 ? 0 : partitions.length % this.members.length

    const memberRackIds = new Set(this.members.flatMap((m) => racks.get(m) ?? []))
    this.#partitionRacks = memberRackIds.size === 0 ? [] : partitions.map((ids) => new Set(ids))
    this.needsRackAlignment = racksMatter(memberRackIds, new Set(partitions.flat()), this.#partitionRacks)
  }

  /** 0 when racks play no part. */
  get rackPartitionCount(): number {
    return this.#partitionRacks.length
  }

  racksMatch(member: string, partition: number): boolean {
    const rack = this.#memberRacks.get(member)
    return rack === undefined || (this.#partitionRacks[partition]?.has(rack) ?? false)
  }

  /** Partitions of this topic that the member may still take. */
  roomFor(member: string): number {
    return Math.max(0, this.#quota + (this.#extras > 0 ? 1 : 0) - (this.#counts.get(member) ?? 0))
  }

  assignRanges(assignment: Assignment, may: (member: string, partition: number) => boolean): void {
    for (const member of this.members) {
      if (this.#unassigned.size === 0) return
      const room = this.roomFor(member)
      const taken: number[] = []
      for (const partition of this.#unassigned) {
        if (taken.length >= room) break
        if (may(member, partition)) taken.push(partition)
      }
      if (taken.length > 0) this.assign(member, taken, assignment)
    }
  }

  assign(member: string, partitions: readonly number[], assignment: Assignment): void {
    const list: TopicPartition[] = assignment.get(member)!
    for (const partition of partitions) {
      list.push({ topic: this.#topic, partition })
      this.#unassigned.delete(partition)
    }
    const count = (this.#counts.get(member) ?? 0) + partitions.length
    this.#counts.set(member, count)
    if (count > this.#quota) this.#extras--
  }
}
