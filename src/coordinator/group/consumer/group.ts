import { javaStringHash, type Uuid } from '../../../bytes/index.ts'
import type { Assignment } from './assignor.ts'
import { Holders, UNOWNED } from './holders.ts'
import { JavaHashMap } from './java-hash-map.ts'
import { type ConsumerMember, isReconciledTo, memberState, regexOf } from './member.ts'
import {
  countNames,
  countRegex,
  isHomogeneous,
  NO_COUNTS,
  type ResolvedRegex,
  type TopicCount,
  type TopicCounts,
  tallied,
  tally,
} from './subscriptions.ts'
import { Targets } from './targets.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

const NONE: ReadonlySet<string> = new Set()
const NO_INSTANCES: ReadonlyMap<string, string> = new Map()
const NOTHING_RESOLVED: ReadonlyMap<string, ResolvedRegex> = new Map()

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
  readonly pendingJoins: ReadonlySet<string> = NONE
  readonly id: string
  epoch = 1
  metadataHash = 0n
  /** Epoch of the group that the target is for. */
  assignmentEpoch = 1
  /** Wall time; 0 = not known. */
  assignmentTimestampMs = 0
  readonly #members = new Map<string, ConsumerMember>()
  readonly #topics: TopicCounts = new Map()
  readonly #targets = new Targets()
  readonly #holders = new Holders(this.#members)
  // What few groups have is made when there is some.
  #instances = NO_INSTANCES
  #assignors = NO_COUNTS
  #regexes = NO_COUNTS
  #resolved = NOTHING_RESOLVED
  #classicProtocols = NO_COUNTS
  #awaitedJoins = NONE
  #classicMemberCount = 0
  #state: ConsumerGroupState | null = 'Empty'
  /** A record of Apache up to 4.0 is there and wants to be deleted. */
  hasPartitionMetadata = false
  /** Soft: when the topics' hash is looked at again, and for which epoch that was set. */
  refreshAtMonoMs = 0
  refreshEpoch = 0
  /** Soft: a resolution of patterns is under way. */
  isResolving = false

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
    return this.#targets.all
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
    return this.#targets.of(memberId)
  }

  isTargeted(topicId: Uuid, partition: number): boolean {
    return this.#targets.has(topicId, partition)
  }

  /** Epoch of the member that holds the partition, or {@link UNOWNED}. */
  holderEpoch(topicId: Uuid, partition: number): number {
    return this.#holders.epoch(topicId, partition)
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
    this.#holders.replaced(this.id, old, member)
    if (old?.instanceId !== member.instanceId) this.#forgetInstance(old)
    if (member.instanceId !== null)
      (this.#instances = own(this.#instances, NO_INSTANCES)).set(member.instanceId, member.id)
  }

  remove(memberId: string): void {
    const old = this.#members.get(memberId)
    if (old === undefined) return
    this.#members.delete(memberId)
    this.#recount(old, null)
    this.#holders.replaced(this.id, old, null)
    this.#forgetInstance(old)
  }

  #forgetInstance(member: ConsumerMember | null): void {
    const instanceId = member?.instanceId ?? null
    if (instanceId === null || this.#instances.get(instanceId) !== member?.id) return
    own(this.#instances, NO_INSTANCES).delete(instanceId)
  }

  setResolved(regex: string, resolved: ResolvedRegex | null): void {
    if (resolved === null && !this.#resolved.has(regex)) return
    const all = own(this.#resolved, NOTHING_RESOLVED)
    countRegex(this.#topics, all.get(regex), -1)
    all.delete(regex)
    this.#resolved = all
    if (resolved === null) return
    all.set(regex, resolved)
    countRegex(this.#topics, resolved, 1)
  }

  /** Soft: classic members that were told to join again and have not yet. */
  get awaitedJoins(): ReadonlySet<string> {
    return this.#awaitedJoins
  }

  awaitJoin(memberId: string): void {
    const awaited = this.#awaitedJoins === NONE ? new Set<string>() : (this.#awaitedJoins as Set<string>)
    this.#awaitedJoins = awaited.add(memberId)
  }

  forgetJoin(memberId: string): void {
    if (this.#awaitedJoins.has(memberId)) (this.#awaitedJoins as Set<string>).delete(memberId)
  }

  setTarget(memberId: string, target: Assignment | null): void {
    this.#targets.set(memberId, target)
  }

  #recount(old: ConsumerMember | null, now: ConsumerMember | null): void {
    this.#state = null
    if (old?.topicNames !== now?.topicNames) countNames(this.#topics, old, now)
    this.#assignors = tallied(tallied(this.#assignors, old?.assignor ?? null, -1), now?.assignor ?? null, 1)
    this.#regexes = tallied(tallied(this.#regexes, regexOf(old), -1), regexOf(now), 1)
    for (const [member, by] of [[old, -1] as const, [now, 1] as const]) {
      for (const { name } of member?.classic?.supportedProtocols ?? []) {
        this.#classicProtocols = tallied(this.#classicProtocols, name, by)
      }
    }
    this.#classicMemberCount += (now?.classic ? 1 : 0) - (old?.classic ? 1 : 0)
  }
}

/** The map to be changed: a new one in place of the empty one that all groups share. */
function own<K, V>(map: ReadonlyMap<K, V>, shared: ReadonlyMap<K, V>): Map<K, V> {
  return map === shared ? new Map() : (map as Map<K, V>)
}
