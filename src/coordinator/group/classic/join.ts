import { errors, type JoinGroup, type RequestOf, type ResponseIn } from '../../../protocol/index.ts'
import type { GroupClient } from '../inputs.ts'
import { randomUuidText } from '../member-id.ts'
import { deleteGroup } from '../offsets/expire.ts'
import type { Turn } from '../turn.ts'
import { awaitJoin, completeJoin, completeSync, joined, joinRefused, replyJoin } from './answers.ts'
import { ClassicGroup } from './group.ts'
import { ClassicMember, type ClassicProtocol, NO_ASSIGNMENT, uniqueProtocols } from './member.ts'
import {
  completeJoinIfAllThere,
  newMemberJoinTimeoutMs,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  restartSession,
} from './rebalance.ts'
import { groupMetadataRecord, newGroupRecord } from './record.ts'

/** JoinGroup from this version on: a dynamic member must know its id before it is let in (KIP-394). */
const memberIdRequiredSince = 4
/** JoinGroup from this version on: a static leader that comes back is told to assign nothing (KIP-814). */
const skipAssignmentSince = 9

interface Joining {
  readonly client: GroupClient
  readonly memberId: string
  readonly instanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly ClassicProtocol[]
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly reason: string
}

/** JoinGroup to a group that is classic, or not there, or empty. The answer often comes much later. */
export function joinClassicGroup(turn: Turn, client: GroupClient, request: RequestOf<typeof JoinGroup>): void {
  const { groupId, memberId } = request
  let group = turn.state.groups.get(groupId)
  if (group?.type === 'consumer') {
    // Nobody is in it: it ends here, and a classic one of the same name begins.
    deleteGroup(turn, group)
    turn.state.groups.delete(groupId)
    group = undefined
  }
  const isNew = group === undefined
  const recordCount = turn.records.length
  if (group === undefined) {
    if (memberId !== '') {
      answer(turn, client, joinRefused(errors.UNKNOWN_MEMBER_ID, memberId))
      return
    }
    group = new ClassicGroup({ id: groupId, state: 'Empty', stateTimestampMs: turn.now.wallMs })
    turn.state.groups.set(groupId, group)
  }
  const joining: Joining = {
    client,
    memberId,
    instanceId: request.groupInstanceId,
    protocolType: request.protocolType,
    protocols: uniqueProtocols(request.protocols),
    // Before version 1 a member had one timeout for both.
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    reason: request.reason ?? 'not provided',
  }
  if (!hasRoom(turn, group, memberId)) {
    group.remove(memberId)
    answer(turn, client, joinRefused(errors.GROUP_MAX_SIZE_REACHED))
  } else if (memberId === '') {
    joinUnknown(turn, group, joining)
  } else {
    joinKnown(turn, group, joining)
  }
  if (isNew && turn.records.length === recordCount) turn.write(newGroupRecord(group))
}

function answer(turn: Turn, client: GroupClient, response: ResponseIn<typeof JoinGroup>): void {
  replyJoin(turn, turn.to, client.apiVersion, response)
}

function hasRoom(turn: Turn, group: ClassicGroup, memberId: string): boolean {
  const membersMax = turn.config.classicGroupMembersMax
  const member = group.members.get(memberId)
  switch (group.state) {
    case 'Empty':
      return true
    case 'PreparingRebalance':
      // Who is waiting already counts; a group over its size shrinks to those that come first.
      return member?.joinToken != null || group.awaitingJoins < membersMax
    default:
      return member !== undefined || group.members.size < membersMax
  }
}

function joinUnknown(turn: Turn, group: ClassicGroup, joining: Joining): void {
  const { client, instanceId } = joining
  if (!group.supports(joining.protocolType, joining.protocols)) {
    answer(turn, joining.client, joinRefused(errors.INCONSISTENT_GROUP_PROTOCOL))
    return
  }
  const memberId = `${instanceId ?? client.clientId}-${randomUuidText(turn.deps.random)}`
  if (instanceId !== null) {
    const oldId = group.staticMemberId(instanceId)
    if (oldId === null) addMember(turn, group, joining, memberId)
    else rejoinStatic(turn, group, joining, oldId, memberId)
  } else if (client.apiVersion >= memberIdRequiredSince) {
    group.pendingJoins.add(memberId)
    turn.schedule('classic-session', group.id, memberId, joining.sessionTimeoutMs)
    answer(turn, joining.client, joinRefused(errors.MEMBER_ID_REQUIRED, memberId))
  } else {
    addMember(turn, group, joining, memberId)
  }
}

function joinKnown(turn: Turn, group: ClassicGroup, joining: Joining): void {
  const { memberId, instanceId } = joining
  if (!group.supports(joining.protocolType, joining.protocols)) {
    answer(turn, joining.client, joinRefused(errors.INCONSISTENT_GROUP_PROTOCOL, memberId))
    return
  }
  if (group.pendingJoins.has(memberId) && instanceId === null) {
    addMember(turn, group, joining, memberId)
    return
  }
  const refusal = group.checkMember(memberId, instanceId)
  const member = group.members.get(memberId)
  if (refusal !== errors.NONE || member === undefined) {
    answer(turn, joining.client, joinRefused(refusal, memberId))
    return
  }
  const isUnchanged = member.matches(joining.protocols)
  switch (group.state) {
    case 'PreparingRebalance':
      updateMember(turn, group, member, joining, 'joins again')
      break
    case 'CompletingRebalance':
      // Its answer may have been lost: it hears again what it was told.
      if (isUnchanged) answer(turn, joining.client, joined(group, memberId, { isLeaderTold: true }))
      else updateMember(turn, group, member, joining, 'changed its protocols')
      break
    case 'Stable':
      // A leader joins to have the assignment made anew, as when topics changed.
      if (group.leaderId === memberId) updateMember(turn, group, member, joining, 'leads and joins again')
      else if (!isUnchanged) updateMember(turn, group, member, joining, 'changed its protocols')
      else answer(turn, joining.client, joined(group, memberId, { isLeaderTold: false }))
      break
    default:
      answer(turn, joining.client, joinRefused(errors.UNKNOWN_MEMBER_ID, memberId))
  }
}

function updateMember(turn: Turn, group: ClassicGroup, member: ClassicMember, joining: Joining, why: string): void {
  group.update(member, joining)
  awaitJoin(turn, group, member, joining.client.apiVersion)
  rebalanceOrCompleteJoin(turn, group, `member ${member.id} ${why}; client reason: ${joining.reason}`)
}

function addMember(turn: Turn, group: ClassicGroup, joining: Joining, memberId: string): void {
  const member = new ClassicMember({
    id: memberId,
    instanceId: joining.instanceId,
    clientId: joining.client.clientId,
    clientHost: joining.client.host,
    protocolType: joining.protocolType,
    rebalanceTimeoutMs: joining.rebalanceTimeoutMs,
    sessionTimeoutMs: joining.sessionTimeoutMs,
    protocols: joining.protocols,
    assignment: NO_ASSIGNMENT,
  })
  member.isNew = true
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.isMemberAdded = true
  group.add(member)
  awaitJoin(turn, group, member, joining.client.apiVersion)
  restartSession(turn, group, member, newMemberJoinTimeoutMs)
  rebalanceOrCompleteJoin(turn, group, `new member ${memberId}; client reason: ${joining.reason}`)
}

/** A static member without its id takes the place of the one that had its instance id; that one is fenced (KIP-345). */
function rejoinStatic(turn: Turn, group: ClassicGroup, joining: Joining, oldId: string, newId: string): void {
  const instanceId = joining.instanceId!
  const leaderBefore = group.leaderId ?? ''
  const old = group.members.get(oldId)!
  completeJoin(turn, group, old, joinRefused(errors.FENCED_INSTANCE_ID, oldId))
  completeSync(turn, old, { errorCode: errors.FENCED_INSTANCE_ID })
  turn.cancel('classic-session', group.id, oldId)
  const member = group.replaceStatic(instanceId, oldId, newId)
  restartSession(turn, group, member)
  group.update(member, joining)
  const because = `; client reason: ${joining.reason}`
  switch (group.state) {
    case 'Stable': {
      if (group.selectProtocol() !== group.protocolName) {
        awaitJoin(turn, group, member, joining.client.apiVersion)
        rebalanceOrCompleteJoin(turn, group, `static member ${newId} changes the protocol${because}`)
        return
      }
      // Nothing changes for the others: no rebalance, only the new id is written.
      turn.write(groupMetadataRecord(group, (id) => group.members.get(id)!.assignment))
      const isLeader = group.leaderId === newId
      const response =
        joining.client.apiVersion >= skipAssignmentSince
          ? joined(group, newId, { isLeaderTold: true, skipAssignment: isLeader })
          : // An older leader would assign if it knew that it leads.
            joined(group, newId, { isLeaderTold: false, leader: leaderBefore })
      answer(turn, joining.client, response)
      return
    }
    case 'CompletingRebalance':
      awaitJoin(turn, group, member, joining.client.apiVersion)
      prepareRebalance(turn, group, `static member ${newId} came back${because}`)
      return
    case 'PreparingRebalance':
      awaitJoin(turn, group, member, joining.client.apiVersion)
      completeJoinIfAllThere(turn, group)
      return
    case 'Empty':
      throw new Error(`group ${group.id} is empty and has the static member ${instanceId}`)
  }
}
