import { javaStringHash, type Uuid } from '../../../bytes/index.ts'
import { type Assignment, NO_PARTITIONS } from './assignor.ts'
import { JavaHashMap } from './java-hash-map.ts'
import { type ConsumerMember, isReconciledTo, memberState, regexOf } from './member.ts'
import type { Held } from './partitions.ts'
import {
  countNames,
  countRegex,
  isHomogeneous,
  type ResolvedRegex,
  type TopicCount,
  type TopicCounts,
  tally,
} from './subscriptions.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** Nobody holds the partition. */
export const UNOWNED = -1

/**
 * A group of the consumer protocol (KIP-848), in which the coordinator assigns. Changed only by its records.
 *
 * A change of members, subscriptions or topics raises the group's epoch (Assigning); a target for that epoch is
 * computed (Reconciling); members give up and take over until all are in the target's epoch (Stable).
 */
export class ConsumerGroup {
  readonly type = 'consumer'
  readonly protocolType = 'consumer'
  readonly usesConsumerProtocol = true
  readonly pendingJoins: ReadonlySet<string> = new Set()
  readonly id: string
  epoch = 1
  metadataHash = 0n
  /** Epoch of the group that the target is for. */
  assignmentEpoch = 1
  /** Wall time; 0 = not known. */
  assignmentTimestampMs = 0
  readonly #members = new Map<string, ConsumerMember>()
  readonly #instances = new Map<string, string>()
  readonly #assignors = new Map<string, number>()
  readonly #topics: TopicCounts = new Map()
  readonly #regexes = new Map<string, number>()
  readonly #resolved = new Map<string, ResolvedRegex>()
  readonly #targets = new Map<string, Assignment>()
  /** Who the target gives each partition to. */
  readonly #targetOwners = new Map<Uuid, Map<number, string>>()
  /** Epoch of the member that holds each partition. */
  readonly #holderEpochs = new Map<Uuid, Map<number, number>>()
  readonly #classicProtocols = new Map<string, number>()
  #classicMemberCount = 0
  #state: ConsumerGroupState | null = 'Empty'
  /** A record of Apache up to 4.0 is there and wants to be deleted. */
  hasPartitionMetadata = false
  /** Soft: when the topics' hash is looked at again, and for which epoch that was set. */
  refreshAtMonoMs = 0
  refreshEpoch = 0
  /** Soft: a resolution of patterns is under way. */
  isResolving = false
  /** Soft: classic members that were told to join again and have not yet. */
  readonly awaitedJoins = new Set<string>()

  constructor(id: string) {
    this.id = id
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members
  }

  get topics(): ReadonlyMap<string, TopicCount> {
    return this.#topics
  }

  /** Patterns and how many members subscribe by each. */
  get regexes(): ReadonlyMap<string, number> {
    return this.#regexes
  }

  get resolved(): ReadonlyMap<string, ResolvedRegex> {
    return this.#resolved
  }

  get targets(): ReadonlyMap<string, Assignment> {
    return this.#targets
  }

  get classicMemberCount(): number {
    return this.#classicMemberCount
  }

  get state(): ConsumerGroupState {
    this.#state ??= this.#computeState()
    return this.#state
  }

  get isHomogeneous(): boolean {
    return isHomogeneous(this.#regexes, this.#topics, this.#members.size)
  }

  #computeState(): ConsumerGroupState {
    if (this.#members.size === 0) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.#members.values()) if (!isReconciledTo(member, this.assignmentEpoch)) return 'Reconciling'
    return 'Stable'
  }

  isSubscribedTo(topic: string): boolean {
    return this.#topics.has(topic)
  }

  staticMemberId(instanceId: string | null): string | null {
    return instanceId === null ? null : (this.#instances.get(instanceId) ?? null)
  }

  staticMember(instanceId: string): ConsumerMember | null {
    return this.#members.get(this.#instances.get(instanceId) ?? '') ?? null
  }

  target(memberId: string): Assignment {
    return this.#targets.get(memberId) ?? NO_PARTITIONS
  }

  isTargeted(topicId: Uuid, partition: number): boolean {
    return this.#targetOwners.get(topicId)?.has(partition) ?? false
  }

  /** Epoch of the member that holds the partition, or {@link UNOWNED}. */
  holderEpoch(topicId: Uuid, partition: number): number {
    return this.#holderEpochs.get(topicId)?.get(partition) ?? UNOWNED
  }

  /** The assignor that most members ask for; null when none does. */
  preferredAssignor(old: ConsumerMember | null = null, now: ConsumerMember | null = null): string | null {
    const counts = new Map(this.#assignors)
    tally(counts, old?.assignor ?? null, -1)
    tally(counts, now?.assignor ?? null, 1)
    const order = new JavaHashMap<string, true>(javaStringHash)
    for (const name of counts.keys()) order.set(name, true)
    let best: string | null = null
    for (const name of order.keys()) if (best === null || counts.get(name)! > counts.get(best)!) best = name
    return best
  }

  /** Topic counts as they will be with one member replaced (a new one counts nothing yet), its pattern included. */
  topicsWith(old: ConsumerMember, now: ConsumerMember): ReadonlyMap<string, TopicCount> {
    const counts = new Map(this.#topics)
    countNames(counts, old, now)
    const regex = regexOf(old)
    if (regex !== null && regex !== regexOf(now) && this.#regexes.get(regex) === 1)
      countRegex(counts, this.#resolved.get(regex), -1)
    return counts
  }

  /** Topic counts as they will be without these members and patterns. */
  topicsWithout(members: readonly ConsumerMember[], regexes: Iterable<string>): ReadonlyMap<string, TopicCount> {
    const counts = new Map(this.#topics)
    for (const member of members) countNames(counts, member, null)
    for (const regex of regexes) countRegex(counts, this.#resolved.get(regex), -1)
    return counts
  }

  supportsClassic(protocolType: string, names: readonly string[]): boolean {
    if (protocolType !== this.protocolType) return false
    if (this.#members.size === 0) return names.length > 0
    return names.some((name) => (this.#classicProtocols.get(name) ?? 0) === this.#classicMemberCount)
  }

  /** Whether only classic members are left when these are gone. */
  isClassicWithout(leaving: readonly ConsumerMember[]): boolean {
    const leavingClassic = leaving.filter(({ classic }) => classic !== null).length
    return this.#classicMemberCount - leavingClassic === this.#members.size - leaving.length
  }

  /** Whether a member waits for partitions that others have not given up yet. */
  isWaitingForOthers(member: ConsumerMember): boolean {
    if (member.state !== memberState.unreleased) return false
    for (const [topicId, partitions] of this.target(member.id)) {
      const held = member.assigned.get(topicId)
      if (partitions.some((partition) => !held?.has(partition) && this.holderEpoch(topicId, partition) !== UNOWNED))
        return true
    }
    return false
  }

  setEpoch(epoch: number, metadataHash: bigint): void {
    this.epoch = epoch
    this.metadataHash = metadataHash
    this.#state = null
  }

  setTargetEpoch(epoch: number, timestampMs: number): void {
    this.assignmentEpoch = epoch
    this.assignmentTimestampMs = timestampMs
    this.#state = null
  }

  put(member: ConsumerMember): void {
    const old = this.#members.get(member.id) ?? null
    this.#members.set(member.id, member)
    this.#recount(old, member)
    if (old !== null) this.#release(old)
    this.#hold(member.assigned, member.epoch)
    this.#hold(member.pendingRevocation, member.epoch)
    if (old?.instanceId !== member.instanceId) this.#forgetInstance(old)
    if (member.instanceId !== null) this.#instances.set(member.instanceId, member.id)
  }

  remove(memberId: string): void {
    const old = this.#members.get(memberId)
    if (old === undefined) return
    this.#members.delete(memberId)
    this.#recount(old, null)
    this.#release(old)
    this.#forgetInstance(old)
  }

  #forgetInstance(member: ConsumerMember | null): void {
    const instanceId = member?.instanceId ?? null
    if (instanceId !== null && this.#instances.get(instanceId) === member?.id) this.#instances.delete(instanceId)
  }

  setResolved(regex: string, resolved: ResolvedRegex | null): void {
    countRegex(this.#topics, this.#resolved.get(regex), -1)
    this.#resolved.delete(regex)
    if (resolved === null) return
    this.#resolved.set(regex, resolved)
    countRegex(this.#topics, resolved, 1)
  }

  setTarget(memberId: string, target: Assignment | null): void {
    for (const [topicId, partitions] of this.target(memberId)) {
      const owners = this.#targetOwners.get(topicId)
      for (const partition of partitions) if (owners?.get(partition) === memberId) owners.delete(partition)
      if (owners?.size === 0) this.#targetOwners.delete(topicId)
    }
    if (target === null) {
      this.#targets.delete(memberId)
      return
    }
    this.#targets.set(memberId, target)
    for (const [topicId, partitions] of target) {
      let owners = this.#targetOwners.get(topicId)
      if (owners === undefined) this.#targetOwners.set(topicId, (owners = new Map()))
      for (const partition of partitions) owners.set(partition, memberId)
    }
  }

  #recount(old: ConsumerMember | null, now: ConsumerMember | null): void {
    this.#state = null
    if (old?.topicNames !== now?.topicNames) countNames(this.#topics, old, now)
    tally(this.#assignors, old?.assignor ?? null, -1)
    tally(this.#assignors, now?.assignor ?? null, 1)
    tally(this.#regexes, regexOf(old), -1)
    tally(this.#regexes, regexOf(now), 1)
    for (const { name } of old?.classic?.supportedProtocols ?? []) tally(this.#classicProtocols, name, -1)
    for (const { name } of now?.classic?.supportedProtocols ?? []) tally(this.#classicProtocols, name, 1)
    this.#classicMemberCount += (now?.classic ? 1 : 0) - (old?.classic ? 1 : 0)
  }

  #hold(held: Held, epoch: number): void {
    for (const [topicId, partitions] of held) {
      let epochs = this.#holderEpochs.get(topicId)
      if (epochs === undefined) this.#holderEpochs.set(topicId, (epochs = new Map()))
      for (const partition of partitions.keys()) {
        const other = epochs.get(partition)
        if (other !== undefined && other >= epoch)
          throw new Error(`${topicId}-${partition} of ${this.id} is held at epoch ${other} and ${epoch}`)
        epochs.set(partition, epoch)
      }
    }
  }

  #release(member: ConsumerMember): void {
    for (const held of [member.assigned, member.pendingRevocation]) {
      for (const [topicId, partitions] of held) {
        const epochs = this.#holderEpochs.get(topicId)
        // Another member may hold it at a later epoch already: compaction takes records out of the middle.
        for (const partition of partitions.keys()) if (epochs?.get(partition) === member.epoch) epochs.delete(partition)
        if (epochs?.size === 0) this.#holderEpochs.delete(topicId)
      }
    }
  }
}
