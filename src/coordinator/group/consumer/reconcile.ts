import type { Uuid } from '../../../bytes/index.ts'
import type { MetadataImage } from '../../../metadata/index.ts'
import { errors } from '../../../protocol/index.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { Assignment } from './assignor.ts'
import { type ConsumerMember, memberState, regexOf } from './member.ts'
import { type Held, type ListedPartitions, NOTHING_HELD } from './partitions.ts'
import type { ResolvedRegex } from './subscriptions.ts'

/** What a member's next step towards its target depends on. */
export interface Reconciling {
  readonly image: MetadataImage
  readonly targetEpoch: number
  readonly target: Assignment
  readonly hasSubscriptionChanged: boolean
  readonly resolved: ReadonlyMap<string, ResolvedRegex>
  /** Whether some member holds the partition. */
  isHeld(topicId: Uuid, partition: number): boolean
  /** What the member says it owns; null when it does not say. */
  readonly owned: readonly ListedPartitions[] | null
}

/**
 * The member's next step: first it gives up what is not in its target, then it moves to the target's epoch and takes
 * what is free, then what others give up (KIP-848). The same object when there is no step to take.
 */
export function reconcile(member: ConsumerMember, r: Reconciling): ConsumerMember | Refusal {
  switch (member.state) {
    case memberState.stable:
      if (member.epoch !== r.targetEpoch) return nextAssignment(member, member.epoch, r)
      return r.hasSubscriptionChanged ? dropUnsubscribed(member, r) : member
    case memberState.unrevoked:
      if (!stillOwns(member.pendingRevocation, r)) return nextAssignment(member, member.epoch, r)
      return r.hasSubscriptionChanged ? dropUnsubscribed(member, r) : member
    case memberState.unreleased:
      return nextAssignment(member, member.epoch, r)
    default:
      // A newer coordinator left it in a state of its own; it has to begin with nothing.
      if (r.owned === null || r.owned.length > 0)
        return refuse(
          errors.FENCED_MEMBER_EPOCH,
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        )
      return nextAssignment(member, r.targetEpoch, r)
  }
}

/** A member that does not say what it owns may still own all of it. */
function stillOwns(held: Held, r: Reconciling): boolean {
  if (r.owned === null) return true
  return r.owned.some(({ topicId, partitions }) => partitions.some((partition) => held.get(topicId)?.has(partition)))
}

function subscribedTopicIds(member: ConsumerMember, r: Reconciling): ReadonlySet<Uuid> {
  const ids = new Set<Uuid>()
  const add = (name: string) => {
    const id = r.image.topicsByName.get(name)?.id
    if (id !== undefined) ids.add(id)
  }
  for (const name of member.topicNames) add(name)
  const regex = regexOf(member)
  if (regex !== null) for (const name of r.resolved.get(regex)?.topics ?? []) add(name)
  return ids
}

/** Within its epoch a member at once loses what it does not subscribe to any longer. */
function dropUnsubscribed(member: ConsumerMember, r: Reconciling): ConsumerMember {
  const topicIds = subscribedTopicIds(member, r)
  if ([...member.assigned.keys()].every((topicId) => topicIds.has(topicId))) return member
  const assigned = new Map(member.assigned)
  const pending = new Map(member.pendingRevocation)
  for (const [topicId, partitions] of member.assigned) {
    if (topicIds.has(topicId)) continue
    assigned.delete(topicId)
    pending.set(topicId, new Map([...(pending.get(topicId) ?? []), ...partitions]))
  }
  if (stillOwns(pending, r))
    return {
      ...member,
      state: memberState.unrevoked,
      previousEpoch: member.epoch,
      assigned,
      pendingRevocation: pending,
    }
  return { ...member, previousEpoch: member.epoch, assigned }
}

function nextAssignment(member: ConsumerMember, epoch: number, r: Reconciling): ConsumerMember {
  const topicIds = subscribedTopicIds(member, r)
  const kept = new Map<Uuid, Map<number, number>>()
  const revoked = new Map<Uuid, Map<number, number>>()
  const added = new Map<Uuid, number[]>()
  let isWaiting = false
  for (const topicId of new Set([...r.target.keys(), ...member.assigned.keys()])) {
    const target = new Set(topicIds.has(topicId) ? r.target.get(topicId) : [])
    const held = member.assigned.get(topicId)
    for (const [partition, assignedEpoch] of held ?? []) {
      const into = target.has(partition) ? kept : revoked
      let partitions = into.get(topicId)
      if (partitions === undefined) into.set(topicId, (partitions = new Map()))
      partitions.set(partition, assignedEpoch)
    }
    const free: number[] = []
    for (const partition of target) {
      if (held?.has(partition)) continue
      const isOthers = r.isHeld(topicId, partition) && !member.pendingRevocation.get(topicId)?.has(partition)
      if (isOthers) isWaiting = true
      else free.push(partition)
    }
    if (free.length > 0) added.set(topicId, free)
  }
  if (revoked.size > 0 && stillOwns(revoked, r))
    return {
      ...member,
      state: memberState.unrevoked,
      epoch,
      previousEpoch: member.epoch,
      assigned: kept,
      pendingRevocation: revoked,
    }
  for (const [topicId, partitions] of added) {
    let into = kept.get(topicId)
    if (into === undefined) kept.set(topicId, (into = new Map()))
    for (const partition of partitions) into.set(partition, r.targetEpoch)
  }
  return {
    ...member,
    state: isWaiting ? memberState.unreleased : memberState.stable,
    epoch: r.targetEpoch,
    previousEpoch: member.epoch,
    assigned: kept,
    pendingRevocation: NOTHING_HELD,
  }
}
