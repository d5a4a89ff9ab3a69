import { type ConsumerGroupHeartbeat, errors, type RequestOf, type ResponseIn } from '../../../protocol/index.ts'
import type { Token } from '../../../runtime/index.ts'
import { consumerHeartbeatIntervalMs } from '../group-config.ts'
import type { GroupClient } from '../inputs.ts'
import { randomUuid } from '../member-id.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import { beginSweep } from '../sweep.ts'
import type { Turn } from '../turn.ts'
import { admit } from './admit.ts'
import { AssignSweep } from './assign-sweep.ts'
import { checkHeartbeat } from './check.ts'
import { findOrMakeGroup, finishUpgrade } from './convert.ts'
import { leaveConsumerGroup } from './fence.ts'
import type { ConsumerGroup } from './group.ts'
import {
  type ConsumerMember,
  equalNames,
  equalSubscription,
  GONE,
  LEFT_FOR_A_WHILE,
  sortedNames,
  subscriptionRecord,
} from './member.ts'
import { equalHeld, type Held, listPartitions } from './partitions.ts'
import { reconcileMember, updateEpoch } from './progress.ts'
import { updateRegex } from './regex.ts'
import { restartSession } from './sessions.ts'
import { assignAtOnce, isLarge, lastTarget, planTarget, type Target } from './target.ts'

export type HeartbeatRequest = RequestOf<typeof ConsumerGroupHeartbeat>
type HeartbeatAnswer = ResponseIn<typeof ConsumerGroupHeartbeat>

/** ConsumerGroupHeartbeat: members join, tell what they want and have, learn what they get, and leave, all by this. */
export function heartbeatConsumerGroup(turn: Turn, client: GroupClient, request: HeartbeatRequest): void {
  const isLeaving = request.memberEpoch === GONE || request.memberEpoch === LEFT_FOR_A_WHILE
  const answer =
    checkHeartbeat(turn, client, request) ??
    (isLeaving ? leaveConsumerGroup(turn, request) : heartbeat(turn, client, request))
  if (answer !== null) reply(turn, turn.to, answer)
}

function reply(turn: Turn, to: Token, answer: HeartbeatAnswer | Refusal): void {
  if (isRefusal(answer)) {
    turn.discard()
    const { errorCode, errorMessage } = answer
    turn.reply('consumerGroupHeartbeat', to, { errorCode, errorMessage })
  } else {
    turn.reply('consumerGroupHeartbeat', to, answer)
  }
}

/** Null: the answer comes when the target is worked out. */
function heartbeat(turn: Turn, client: GroupClient, request: HeartbeatRequest): HeartbeatAnswer | Refusal | null {
  const { groupId, memberEpoch } = request
  const isJoining = memberEpoch === 0
  const found = findOrMakeGroup(turn, groupId, isJoining)
  if (isRefusal(found)) return found
  const { group } = found
  if (group.members.size >= turn.config.consumerGroupMembersMax && !group.members.has(request.memberId))
    return refuse(
      errors.GROUP_MAX_SIZE_REACHED,
      `The consumer group has reached its maximum capacity of ${turn.config.consumerGroupMembersMax} members.`,
    )
  // Before version 1 the coordinator names the member.
  const memberId = request.memberId === '' ? randomUuid(turn.deps.random) : request.memberId
  const old = admit(turn, group, {
    memberId,
    instanceId: request.instanceId,
    isMade: isJoining,
    isClassic: false,
    epoch: memberEpoch,
    owned: request.topicPartitions,
  })
  if (isRefusal(old)) return old
  const subscribed = subscribe(old, client, request)
  const hasNamesChanged = writeSubscription(turn, groupId, old, subscribed)
  const regexChange = updateRegex(turn, client, group, old, subscribed)
  if (isRefusal(regexChange)) return regexChange
  const { epoch, isHomogeneous } = updateEpoch(
    turn,
    group,
    { old, now: subscribed },
    hasNamesChanged || regexChange === 'changed and resolved',
  )
  const plan = planTarget(turn, group, epoch, { old, now: subscribed }, isHomogeneous)
  const isChanged = hasNamesChanged || regexChange !== 'none'
  const isLater = plan !== null && isLarge(plan)
  let answer: HeartbeatAnswer | Refusal | null = null
  if (isLater) {
    const { to } = turn
    const sweep = new AssignSweep(turn, groupId, subscribed.id, plan, (later, at) => {
      const member = at?.group.members.get(subscribed.id)
      const settled =
        at === null || member === undefined
          ? refuse(errors.COORDINATOR_NOT_AVAILABLE)
          : settle(later, at.group, request, old.assigned, member, at.target, isChanged)
      reply(later, to, settled)
    })
    beginSweep(turn, sweep)
  } else {
    const target = plan === null ? lastTarget(group, subscribed) : assignAtOnce(turn, group, plan, subscribed.id)
    answer = settle(turn, group, request, old.assigned, subscribed, target, isChanged)
    if (isRefusal(answer)) return answer
  }
  if (found.upgraded !== null) finishUpgrade(turn, found.upgraded, group)
  restartSession(turn, groupId, subscribed)
  return answer
}

/** Takes the member's next step towards the target and says what it is told of it. */
function settle(
  turn: Turn,
  group: ConsumerGroup,
  request: HeartbeatRequest,
  assignedBefore: Held,
  subscribed: ConsumerMember,
  target: Target,
  hasSubscriptionChanged: boolean,
): HeartbeatAnswer | Refusal {
  const member = reconcileMember(turn, group, subscribed, target, hasSubscriptionChanged, request.topicPartitions)
  if (isRefusal(member)) return member
  const isFull =
    request.rebalanceTimeoutMs !== -1 &&
    (request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null) &&
    request.topicPartitions !== null
  const isTold = request.memberEpoch === 0 || isFull || !equalHeld(assignedBefore, member.assigned)
  return {
    errorCode: errors.NONE,
    memberId: member.id,
    memberEpoch: member.epoch,
    heartbeatIntervalMs: consumerHeartbeatIntervalMs(turn, group.id),
    assignment: isTold ? { topicPartitions: listPartitions(member.assigned) } : null,
  }
}

/** The member with what the request says of it; what it leaves out stays. */
function subscribe(old: ConsumerMember, client: GroupClient, request: HeartbeatRequest): ConsumerMember {
  const { subscribedTopicNames } = request
  return {
    ...old,
    instanceId: request.instanceId ?? old.instanceId,
    rackId: request.rackId ?? old.rackId,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? old.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    assignor: request.serverAssignor ?? old.assignor,
    topicNames: subscribedTopicNames === null ? old.topicNames : sortedNames(subscribedTopicNames),
    topicRegex: request.subscribedTopicRegex ?? old.topicRegex,
    clientId: client.clientId,
    clientHost: client.host,
    classic: null,
  }
}

/** Writes a member that says something new; true when that is about topics it names. */
export function writeSubscription(turn: Turn, groupId: string, old: ConsumerMember, now: ConsumerMember): boolean {
  if (equalSubscription(old, now)) return false
  turn.write(subscriptionRecord(groupId, now))
  return !equalNames(old.topicNames, now.topicNames)
}
