import { isMalformed, javaStringHash, Reader } from '../../../bytes/index.ts'
import {
  ConsumerProtocolSubscription,
  type ErrorCode,
  errors,
  type JoinGroup,
  type ResponseIn,
} from '../../../protocol/index.ts'
import type { Token } from '../../../runtime/index.ts'
import { ClassicMember, type ClassicProtocol } from './member.ts'

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** The protocol type of consumers; other kinds of members (Connect workers) have their own. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

const validFrom: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

/**
 * A group of the classic protocol, in which the members' leader assigns.
 *
 * Empty → PreparingRebalance → CompletingRebalance → Stable, and from the last two back to PreparingRebalance; a group
 * that is gone is Dead and not here. What the last GroupMetadata record says is hard; all else is soft and comes back
 * when members join again.
 */
export class ClassicGroup {
  readonly type = 'classic'
  readonly id: string
  state: ClassicGroupState
  previousState: ClassicGroupState | 'Dead' = 'Dead'
  /** Wall time of the last transition; -1 when the record did not say. */
  stateTimestampMs: number
  /** Null: a simple group, which only keeps offsets. */
  protocolType: string | null
  protocolName: string | null
  generation: number
  leaderId: string | null
  readonly members = new Map<string, ClassicMember>()
  /** The log has a record of it. */
  isWritten = false
  /** Member ids handed out, whose owners have not joined with them. */
  readonly pendingJoins = new Set<string>()
  /** Members of this generation that have not synced. */
  readonly pendingSyncs = new Set<string>()
  /** Topics of all members; null when nobody can know (not consumers, or metadata that cannot be read). */
  subscribedTopics: ReadonlySet<string> | null = null
  /** A member came during the initial delay: wait a little longer. */
  isMemberAdded = false
  /** The initial delay under way, and how much longer it may grow. */
  initialDelay: { delayMs: number; remainingMs: number } | null = null
  readonly #instances = new Map<string, string>()
  readonly #supporters = new Map<string, number>()
  #awaitingJoins = 0

  constructor(o: {
    id: string
    state: ClassicGroupState
    stateTimestampMs: number
    protocolType?: string | null
    protocolName?: string | null
    generation?: number
    leaderId?: string | null
  }) {
    this.id = o.id
    this.state = o.state
    this.stateTimestampMs = o.stateTimestampMs
    this.protocolType = o.protocolType ?? null
    this.protocolName = o.protocolName ?? null
    this.generation = o.generation ?? 0
    this.leaderId = o.leaderId ?? null
  }

  get isSimple(): boolean {
    return this.protocolType === null && this.state === 'Empty' && this.pendingJoins.size === 0
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  /** The leader of this generation has brought the assignments. */
  get isLeaderSynced(): boolean {
    return this.leaderId !== null && !this.pendingSyncs.has(this.leaderId)
  }

  get awaitingJoins(): number {
    return this.#awaitingJoins
  }

  get haveAllJoined(): boolean {
    return this.members.size === this.#awaitingJoins && this.pendingJoins.size === 0
  }

  /** The longest that any member asks for. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  get canRebalance(): boolean {
    return validFrom.PreparingRebalance.includes(this.state)
  }

  staticMemberId(instanceId: string): string | null {
    return this.#instances.get(instanceId) ?? null
  }

  get staticMemberCount(): number {
    return this.#instances.size
  }

  transition(to: ClassicGroupState, wallMs: number): void {
    if (!validFrom[to].includes(this.state)) throw new Error(`group ${this.id} cannot go from ${this.state} to ${to}`)
    this.previousState = this.state
    this.state = to
    this.stateTimestampMs = wallMs
  }

  add(member: ClassicMember): void {
    if (member.instanceId !== null) {
      if (this.#instances.has(member.instanceId))
        throw new Error(`instance ${member.instanceId} is in ${this.id} already`)
      this.#instances.set(member.instanceId, member.id)
    }
    if (this.members.size === 0) this.protocolType = member.protocolType
    this.leaderId ??= member.id
    this.members.set(member.id, member)
    this.#count(member.protocols, 1)
    if (member.joinToken !== null) this.#awaitingJoins++
    this.pendingJoins.delete(member.id)
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) {
      this.members.delete(memberId)
      this.#count(member.protocols, -1)
      if (member.joinToken !== null) this.#awaitingJoins--
      if (member.instanceId !== null) this.#instances.delete(member.instanceId)
    }
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
    this.pendingJoins.delete(memberId)
    this.pendingSyncs.delete(memberId)
  }

  /** A static member came back without its id: the same member under a new one. Nobody may be waiting for the old. */
  replaceStatic(instanceId: string, oldId: string, newId: string): ClassicMember {
    const old = this.members.get(oldId)
    if (old === undefined) throw new Error(`no member ${oldId} to replace in ${this.id}`)
    this.members.delete(oldId)
    const member = new ClassicMember({ ...old, id: newId })
    this.members.set(newId, member)
    if (this.leaderId === oldId) this.leaderId = newId
    this.pendingSyncs.delete(oldId)
    this.#instances.set(instanceId, newId)
    return member
  }

  update(
    member: ClassicMember,
    to: { protocols: readonly ClassicProtocol[]; rebalanceTimeoutMs: number; sessionTimeoutMs: number },
  ): void {
    this.#count(member.protocols, -1)
    member.protocols = to.protocols
    this.#count(member.protocols, 1)
    member.rebalanceTimeoutMs = to.rebalanceTimeoutMs
    member.sessionTimeoutMs = to.sessionTimeoutMs
  }

  setJoinToken(member: ClassicMember, token: Token | null): void {
    if (member.joinToken === null && token !== null) this.#awaitingJoins++
    if (member.joinToken !== null && token === null) this.#awaitingJoins--
    member.joinToken = token
  }

  /** NONE, or why this member may not speak for the group. */
  checkMember(memberId: string, instanceId: string | null): ErrorCode {
    if (instanceId !== null) {
      const current = this.staticMemberId(instanceId)
      if (current === null) return errors.UNKNOWN_MEMBER_ID
      if (current !== memberId) return errors.FENCED_INSTANCE_ID
    }
    return this.members.has(memberId) ? errors.NONE : errors.UNKNOWN_MEMBER_ID
  }

  /** Whether a member of this kind finds a protocol that everybody supports. */
  supports(protocolType: string, protocols: readonly ClassicProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0
    return (
      this.protocolType === protocolType &&
      protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === this.members.size)
    )
  }

  /** The protocol that most members prefer among those that all support. */
  selectProtocol(): string {
    const candidates = new Set<string>()
    for (const [name, count] of this.#supporters) if (count === this.members.size) candidates.add(name)
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const choice = member.vote(candidates)
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    // A draw goes to the one that comes first in a small java.util.HashMap, as it does in Apache's coordinator.
    return [...votes].sort(([a, m], [b, n]) => n - m || bucketOf(a) - bucketOf(b))[0]![0]
  }

  /** The leader stays when it has joined again, else the first that has; false when nobody has. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.joinToken != null) return true
    for (const member of this.members.values()) {
      if (member.joinToken === null) continue
      this.leaderId = member.id
      return true
    }
    return false
  }

  beginNextGeneration(wallMs: number): void {
    this.generation++
    this.protocolName = this.members.size > 0 ? this.selectProtocol() : null
    this.subscribedTopics = this.readSubscribedTopics()
    this.transition(this.members.size > 0 ? 'CompletingRebalance' : 'Empty', wallMs)
    this.pendingSyncs.clear()
  }

  /** What the leader is told of the members. */
  membersForLeader(): NonNullable<ResponseIn<typeof JoinGroup>['members']> {
    return [...this.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      metadata: this.metadataOf(member),
    }))
  }

  metadataOf(member: ClassicMember): Uint8Array {
    const metadata = this.protocolName === null ? null : member.metadataFor(this.protocolName)
    if (metadata === null) throw new Error(`member ${member.id} of ${this.id} does not support ${this.protocolName}`)
    return metadata
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics === null ? this.usesConsumerProtocol : this.subscribedTopics.has(topic)
  }

  readSubscribedTopics(): ReadonlySet<string> | null {
    if (!this.usesConsumerProtocol) return null
    if (this.members.size === 0) return new Set()
    if (this.protocolName === null) return null
    const topics = new Set<string>()
    for (const member of this.members.values()) {
      const subscribed = subscriptionTopics(this.metadataOf(member))
      if (subscribed === null) return null
      for (const topic of subscribed) topics.add(topic)
    }
    return topics
  }

  #count(protocols: readonly ClassicProtocol[], by: number): void {
    for (const { name } of protocols) {
      const count = (this.#supporters.get(name) ?? 0) + by
      if (count === 0) this.#supporters.delete(name)
      else this.#supporters.set(name, count)
    }
  }
}

/** Version 0 is the beginning of every version, and of those to come. */
function subscriptionTopics(metadata: Uint8Array): readonly string[] | null {
  try {
    const r = new Reader(metadata)
    if (r.int16() < 0) return null
    return ConsumerProtocolSubscription.decode(r, 0).topics
  } catch (failure) {
    if (isMalformed(failure)) return null
    throw failure
  }
}

function bucketOf(text: string): number {
  const hash = javaStringHash(text)
  return (hash ^ (hash >>> 16)) & 15
}
