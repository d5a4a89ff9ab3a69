import { type ConsumerGroupHeartbeat, errors, type ResponseIn } from '../../../protocol/index.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import { checkInstance, unknownMember } from './admit.ts'
import { downgrade, isDowngraded } from './convert.ts'
import type { ConsumerGroup } from './group.ts'
import type { HeartbeatRequest } from './heartbeat.ts'
import { type ConsumerMember, currentRecord, LEFT_FOR_A_WHILE, memberState, regexOf } from './member.ts'
import { type Held, NOTHING_HELD } from './partitions.ts'
import { epochRecord, memberTombstones, regexTombstone } from './records.ts'
import { cancelTimers } from './sessions.ts'
import { tally } from './subscriptions.ts'

/** A heartbeat with epoch -1 or -2: the member goes, or, if static, only for a while. */
export function leaveConsumerGroup(
  turn: Turn,
  request: HeartbeatRequest,
): ResponseIn<typeof ConsumerGroupHeartbeat> | Refusal {
  const { groupId, memberId, memberEpoch, instanceId } = request
  const group = turn.state.groups.get(groupId)
  if (group === undefined) return refuse(errors.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`)
  if (group.type !== 'consumer') return refuse(errors.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`)
  const member = findMember(group, memberId, instanceId)
  if (isRefusal(member)) return member
  if (instanceId !== null && memberEpoch === LEFT_FOR_A_WHILE) leaveForAWhile(turn, group, member)
  else {
    const problem = fence(turn, group, [member], 'left')
    if (problem !== null) return problem
  }
  return { errorCode: errors.NONE, memberId, memberEpoch }
}

/** A member by its id, or a static one by its instance id, which must be its own. */
export function findMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember | Refusal {
  if (instanceId === null) return group.members.get(memberId) ?? unknownMember(group, memberId)
  const member = group.staticMember(instanceId)
  if (member === null) return refuse(errors.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
  return checkInstance(member, memberId, instanceId) ?? member
}

/** Keeps its place and partitions until its session ends; whoever comes back under its instance id gets them. */
function leaveForAWhile(turn: Turn, group: ConsumerGroup, member: ConsumerMember): void {
  const left: ConsumerMember = {
    ...member,
    epoch: LEFT_FOR_A_WHILE,
    assigned: withoutEpochs(member.assigned),
    pendingRevocation: NOTHING_HELD,
  }
  turn.write(currentRecord(group.id, left))
}

function withoutEpochs(held: Held): Held {
  return new Map(
    [...held].map(([topicId, partitions]) => [topicId, new Map([...partitions.keys()].map((p) => [p, 0]))]),
  )
}

/** Takes members out. The group becomes a classic one when only classic members are left and the policy allows it. */
export function fence(
  turn: Turn,
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  why: string,
): Refusal | null {
  if (members.length === 0) return null
  for (const member of members) {
    turn.deps.logger.info('group member is out', { group: group.id, member: member.id, why })
    cancelTimers(turn, group.id, member.id)
    group.forgetJoin(member.id)
  }
  if (isDowngraded(turn, group, members)) return downgrade(turn, group, members, null, true)
  const regexes = new Map<string, number>()
  for (const member of members) {
    for (const record of memberTombstones(group.id, member.id)) turn.write(record)
    tally(regexes, regexOf(member), 1)
  }
  const deleted = [...regexes].filter(([regex, count]) => group.regexes.get(regex) === count).map(([regex]) => regex)
  for (const regex of deleted) turn.write(regexTombstone(group.id, regex))
  const topics = group.topicsWithout(members, deleted)
  turn.write(epochRecord(group.id, group.epoch + 1, turn.state.hashOf(topics.keys(), turn.deps.image())))
  return null
}

/** A member's time is up, for one reason or another. */
export function memberTimerFired(
  turn: Turn,
  group: ConsumerGroup,
  memberId: string,
  kind: 'consumer-session' | 'consumer-rebalance' | 'consumer-join' | 'consumer-sync',
): void {
  group.forgetJoin(memberId)
  const member = group.members.get(memberId)
  if (member === undefined) return
  // It may have left for a while in the meantime; then only its session counts.
  const isLate = member.state === memberState.unrevoked && member.epoch !== LEFT_FOR_A_WHILE
  if (kind === 'consumer-rebalance' && !isLate) return
  if (fence(turn, group, [member], reasons[kind]) !== null) turn.discard()
}

const reasons = {
  'consumer-session': 'its session ended',
  'consumer-rebalance': 'it did not give up partitions in time',
  'consumer-join': 'it did not join again in time',
  'consumer-sync': 'it did not sync in time',
} as const
