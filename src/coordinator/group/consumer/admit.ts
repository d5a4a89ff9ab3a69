import { errors } from '../../../protocol/index.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import type { ConsumerGroup } from './group.ts'
import { type ConsumerMember, currentRecord, LEFT_FOR_A_WHILE, newMember, subscriptionRecord } from './member.ts'
import { holdsAll, type ListedPartitions } from './partitions.ts'
import { memberTombstones, targetRecord } from './records.ts'

/** Who asks to be heard as a member. */
export interface Admission {
  readonly memberId: string
  readonly instanceId: string | null
  /** A member that is not there is made. */
  readonly isMade: boolean
  readonly isClassic: boolean
  readonly epoch: number
  readonly owned: readonly ListedPartitions[] | null
}

/** The member that asks, or why it may not. A static member that comes back under a new id takes over (and is written). */
export function admit(turn: Turn, group: ConsumerGroup, a: Admission): ConsumerMember | Refusal {
  if (a.instanceId !== null) return admitStatic(turn, group, a, a.instanceId)
  const member = group.members.get(a.memberId)
  if (member !== undefined) return checkEpoch(member, a) ?? member
  return a.isMade ? newMember(a.memberId) : unknownMember(group, a.memberId)
}

export function unknownMember(group: ConsumerGroup, memberId: string): Refusal {
  return refuse(errors.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${group.id}.`)
}

function admitStatic(turn: Turn, group: ConsumerGroup, a: Admission, instanceId: string): ConsumerMember | Refusal {
  const existing = group.staticMember(instanceId)
  if (!a.isMade) {
    if (existing === null) return refuse(errors.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
    return checkInstance(existing, a.memberId, instanceId) ?? checkEpoch(existing, a) ?? existing
  }
  if (existing === null) return group.members.get(a.memberId) ?? newMember(a.memberId)
  // Two that speak the new protocol must not fight over an instance: the first one has to have left.
  if (!a.isClassic && existing.classic === null && existing.epoch !== LEFT_FOR_A_WHILE)
    return refuse(
      errors.UNRELEASED_INSTANCE_ID,
      `Static member ${a.memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${existing.id} member.`,
    )
  const replacement: ConsumerMember = { ...existing, id: a.memberId, epoch: 0, previousEpoch: 0 }
  for (const record of memberTombstones(group.id, existing.id)) turn.write(record)
  turn.write(subscriptionRecord(group.id, replacement))
  turn.write(targetRecord(group.id, replacement.id, group.target(existing.id)))
  turn.write(currentRecord(group.id, replacement))
  return replacement
}

export function checkInstance(member: ConsumerMember, memberId: string, instanceId: string): Refusal | null {
  if (member.id === memberId) return null
  return refuse(
    errors.FENCED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.id}.`,
  )
}

function checkEpoch(member: ConsumerMember, a: Admission): Refusal | null {
  if (a.isClassic || a.epoch === 0 || a.epoch === member.epoch) return null
  // The answer with its new epoch may have been lost; then it owns no more than it had.
  const isRetry = a.epoch === member.previousEpoch && a.owned !== null && holdsAll(member.assigned, a.owned)
  if (a.epoch < member.epoch && isRetry) return null
  const how = a.epoch > member.epoch ? 'greater' : 'smaller'
  return refuse(
    errors.FENCED_MEMBER_EPOCH,
    `The consumer group member has a ${how} member epoch (${a.epoch}) than the one known by the group coordinator (${member.epoch}). The member must abandon all its partitions and rejoin.`,
  )
}
