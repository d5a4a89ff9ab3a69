import { type ErrorCode, errors, type JoinGroup, type ResponseIn, type SyncGroup } from '../../../protocol/index.ts'
import type { Token } from '../../../runtime/index.ts'
import type { Turn } from '../turn.ts'
import type { ClassicGroup } from './group.ts'
import type { ClassicMember } from './member.ts'

type JoinAnswer = ResponseIn<typeof JoinGroup>
type SyncAnswer = ResponseIn<typeof SyncGroup>

/** JoinGroup from this version on: "no protocol" is null; before, it is empty. */
const nullableProtocolSince = 7

export function replyJoin(turn: Turn, token: Token, apiVersion: number, answer: JoinAnswer): void {
  const isNull = answer.protocolName === null && apiVersion < nullableProtocolSince
  turn.reply('joinGroup', token, isNull ? { ...answer, protocolName: '' } : answer)
}

/** The answer of a join that did not come to a generation. */
export function joinRefused(errorCode: ErrorCode, memberId = ''): JoinAnswer {
  return { errorCode, memberId, protocolName: null }
}

/** What a member is told of the generation it is part of. */
export function joined(
  group: ClassicGroup,
  memberId: string,
  o: { isLeaderTold: boolean; leader?: string; skipAssignment?: boolean },
): JoinAnswer {
  return {
    errorCode: errors.NONE,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: o.leader ?? group.leaderId ?? '',
    skipAssignment: o.skipAssignment ?? false,
    memberId,
    members: o.isLeaderTold && group.leaderId === memberId ? group.membersForLeader() : [],
  }
}

export function synced(group: ClassicGroup, assignment: Uint8Array): SyncAnswer {
  return { errorCode: errors.NONE, protocolType: group.protocolType, protocolName: group.protocolName, assignment }
}

/** Answers the member's waiting join, if there is one. */
export function completeJoin(turn: Turn, group: ClassicGroup, member: ClassicMember, answer: JoinAnswer): void {
  const token = member.joinToken
  if (token === null) return
  group.setJoinToken(member, null)
  replyJoin(turn, token, member.joinVersion, answer)
}

/** Answers the member's waiting sync, if there is one, and says whether there was. */
export function completeSync(turn: Turn, member: ClassicMember, answer: SyncAnswer): boolean {
  const token = member.syncToken
  if (token === null) return false
  member.syncToken = null
  turn.reply('syncGroup', token, answer)
  return true
}

/**
 * Makes the request at hand the one that waits for this member's join. One that waits already is told to come again:
 * it was overtaken, and must not wait for ever.
 */
export function awaitJoin(turn: Turn, group: ClassicGroup, member: ClassicMember, apiVersion: number): void {
  completeJoin(turn, group, member, joinRefused(errors.REBALANCE_IN_PROGRESS, member.id))
  group.setJoinToken(member, turn.to)
  member.joinVersion = apiVersion
}
