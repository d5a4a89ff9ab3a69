import {
  type ErrorCode,
  errors,
  type Heartbeat,
  type JoinGroup,
  type RequestOf,
  type SyncGroup,
} from '../../../protocol/index.ts'
import { joinRefused, replyJoin } from '../classic/answers.ts'
import { type Leaver, leaveAnswer } from '../classic/leave.ts'
import { uniqueProtocols } from '../classic/member.ts'
import type { GroupClient } from '../inputs.ts'
import { randomUuid } from '../member-id.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import { admit } from './admit.ts'
import { downgrade, isDowngradedBy } from './convert.ts'
import { byTopicId, readSubscription, writeAssignment } from './embedded.ts'
import { fence, findMember } from './fence.ts'
import type { ConsumerGroup } from './group.ts'
import { writeSubscription } from './heartbeat.ts'
import { type ConsumerMember, memberState, sortedNames } from './member.ts'
import { listPartitions } from './partitions.ts'
import { reconcileMember, updateEpoch } from './progress.ts'
import { updateRegex } from './regex.ts'
import { restartSession } from './sessions.ts'
import { assignAtOnce, lastTarget, planTarget } from './target.ts'

/** JoinGroup from this version on: a dynamic member must know its id before it is let in (KIP-394). */
const memberIdRequiredSince = 4

type JoinRequest = RequestOf<typeof JoinGroup>

/**
 * A member of the classic protocol joins a consumer group (an upgrade under way, or a rolling one back). To it, the
 * member epoch is the generation; a rebalance is told by heartbeats, and it joins and syncs as always.
 */
export function joinAsClassicMember(turn: Turn, client: GroupClient, group: ConsumerGroup, request: JoinRequest): void {
  const answer = join(turn, client, group, request)
  if (!isRefusal(answer)) {
    replyJoin(turn, turn.to, client.apiVersion, {
      errorCode: errors.NONE,
      memberId: answer.id,
      generationId: answer.epoch,
      protocolType: group.protocolType,
      protocolName: answer.classic!.supportedProtocols[0]!.name,
    })
    return
  }
  turn.discard()
  const memberId = answer.errorCode === errors.MEMBER_ID_REQUIRED ? answer.errorMessage! : ''
  replyJoin(turn, turn.to, client.apiVersion, joinRefused(answer.errorCode, memberId))
}

function join(turn: Turn, client: GroupClient, group: ConsumerGroup, request: JoinRequest): ConsumerMember | Refusal {
  if (turn.config.migrationPolicy === 'disabled') return refuse(errors.INCONSISTENT_GROUP_PROTOCOL)
  const { groupInstanceId: instanceId } = request
  const isUnknown = request.memberId === ''
  const memberId = isUnknown ? randomUuid(turn.deps.random) : request.memberId
  if (group.members.size >= turn.config.consumerGroupMembersMax && !group.members.has(memberId))
    return refuse(errors.GROUP_MAX_SIZE_REACHED)
  const supportedProtocols = uniqueProtocols(request.protocols)
  if (
    !group.supportsClassic(
      request.protocolType,
      supportedProtocols.map(({ name }) => name),
    )
  )
    return refuse(errors.INCONSISTENT_GROUP_PROTOCOL)
  if (isUnknown && instanceId === null && client.apiVersion >= memberIdRequiredSince)
    return refuse(errors.MEMBER_ID_REQUIRED, memberId)
  const subscription = readSubscription(supportedProtocols[0]!.metadata)
  if (subscription === null) return refuse(errors.INCONSISTENT_GROUP_PROTOCOL)
  const isMade = instanceId === null || isUnknown
  const old = admit(turn, group, { memberId, instanceId, isMade, isClassic: true, epoch: -1, owned: [] })
  if (isRefusal(old)) return old
  const replaced = instanceId === null ? null : group.staticMember(instanceId)
  const isDowngrade = replaced !== null && isDowngradedBy(turn, group, replaced)
  const now: ConsumerMember = {
    ...old,
    instanceId: instanceId ?? old.instanceId,
    rackId: subscription.rackId ?? old.rackId,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    topicNames: sortedNames(subscription.topics),
    topicRegex: '',
    clientId: client.clientId,
    clientHost: client.host,
    classic: { sessionTimeoutMs: request.sessionTimeoutMs, supportedProtocols },
  }
  const hasNamesChanged = writeSubscription(turn, group.id, old, now)
  const regexChange = updateRegex(turn, client, group, old, now)
  if (isRefusal(regexChange)) return regexChange
  const isChanged = hasNamesChanged || regexChange !== 'none'
  const { epoch, isHomogeneous } = updateEpoch(turn, group, { old, now }, isChanged)
  const owned = byTopicId(subscription.owned, turn.deps.image())
  if (isDowngrade) {
    // Nothing to settle for members of a target that is out of date: they rebalance among themselves.
    const isStale = group.assignmentEpoch < epoch
    const target = { epoch: group.assignmentEpoch, assignment: group.target(replaced.id) }
    const member = isStale ? now : reconcileMember(turn, group, now, target, isChanged, owned)
    if (isRefusal(member)) return member
    return downgrade(turn, group, [], member, isStale) ?? member
  }
  const plan = planTarget(turn, group, epoch, { old, now }, isHomogeneous)
  const target = plan === null ? lastTarget(group, now) : assignAtOnce(turn, group, plan, now.id)
  const member = reconcileMember(turn, group, now, target, isChanged, owned)
  if (isRefusal(member)) return member
  group.forgetJoin(member.id)
  turn.cancel('consumer-join', group.id, member.id)
  restartSession(turn, group.id, member)
  turn.schedule('consumer-sync', group.id, member.id, member.rebalanceTimeoutMs)
  return member
}

export function syncAsClassicMember(turn: Turn, group: ConsumerGroup, request: RequestOf<typeof SyncGroup>): void {
  const member = findClassicMember(group, request.memberId, request.groupInstanceId)
  const code = isRefusal(member) ? member.errorCode : checkSync(turn, group, member, request)
  if (code !== errors.NONE || isRefusal(member)) {
    turn.reply('syncGroup', turn.to, { errorCode: code })
    return
  }
  turn.cancel('consumer-sync', group.id, member.id)
  restartSession(turn, group.id, member)
  const version = readSubscription(member.classic!.supportedProtocols[0]!.metadata)?.version ?? 0
  turn.reply('syncGroup', turn.to, {
    errorCode: errors.NONE,
    protocolType: request.protocolType,
    protocolName: request.protocolName,
    assignment: writeAssignment(listPartitions(member.assigned), turn.deps.image(), version),
  })
}

function checkSync(
  turn: Turn,
  group: ConsumerGroup,
  member: ConsumerMember,
  request: RequestOf<typeof SyncGroup>,
): ErrorCode {
  if (member.epoch !== request.generationId) return errors.ILLEGAL_GENERATION
  const [preferred] = member.classic!.supportedProtocols
  const isOtherType = request.protocolType !== null && request.protocolType !== group.protocolType
  const isOtherName = request.protocolName !== null && request.protocolName !== preferred!.name
  if (isOtherType || isOtherName) return errors.INCONSISTENT_GROUP_PROTOCOL
  if (group.assignmentEpoch <= member.epoch || member.state === memberState.unrevoked) return errors.NONE
  awaitJoin(turn, group, member)
  return errors.REBALANCE_IN_PROGRESS
}

export function heartbeatAsClassicMember(turn: Turn, group: ConsumerGroup, request: RequestOf<typeof Heartbeat>): void {
  const member = findClassicMember(group, request.memberId, request.groupInstanceId)
  let errorCode: ErrorCode = errors.NONE
  if (isRefusal(member)) errorCode = member.errorCode
  else if (member.epoch !== request.generationId) errorCode = errors.ILLEGAL_GENERATION
  else {
    restartSession(turn, group.id, member)
    const isBehind = member.epoch < group.assignmentEpoch
    const hasMore = member.state === memberState.unreleased && !group.isWaitingForOthers(member)
    if (isBehind || hasMore || member.state === memberState.unrevoked) {
      errorCode = errors.REBALANCE_IN_PROGRESS
      awaitJoin(turn, group, member)
    }
  }
  turn.reply('heartbeat', turn.to, { errorCode })
}

/** From the first time it is told, the member has its rebalance timeout to join again. */
function awaitJoin(turn: Turn, group: ConsumerGroup, member: ConsumerMember): void {
  if (group.awaitedJoins.has(member.id)) return
  group.awaitJoin(member.id)
  turn.schedule('consumer-join', group.id, member.id, member.rebalanceTimeoutMs)
}

/** LeaveGroup at a consumer group: also how a person removes members of either kind. */
export function leaveAsClassicMembers(
  turn: Turn,
  group: ConsumerGroup,
  leavers: readonly Leaver[],
  apiVersion: number,
): void {
  const leaving = new Set<ConsumerMember>()
  const answer = leaveAnswer(leavers, apiVersion, ({ memberId, groupInstanceId }) => {
    const isByInstance = groupInstanceId !== null && memberId === ''
    const member = isByInstance
      ? (group.staticMember(groupInstanceId) ?? refuse(errors.UNKNOWN_MEMBER_ID))
      : findMember(group, memberId, groupInstanceId)
    if (isRefusal(member)) return member.errorCode
    leaving.add(member)
    return errors.NONE
  })
  const problem = fence(turn, group, [...leaving], 'left')
  if (problem !== null) turn.discard()
  turn.reply('leaveGroup', turn.to, problem === null ? answer : { errorCode: problem.errorCode })
}

function findClassicMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember | Refusal {
  const member = findMember(group, memberId, instanceId)
  if (!isRefusal(member) && member.classic === null)
    return refuse(errors.UNKNOWN_MEMBER_ID, `Member ${memberId} does not use the classic protocol.`)
  return member
}
