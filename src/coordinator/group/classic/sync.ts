import { type ErrorCode, errors, type RequestOf, type SyncGroup } from '../../../protocol/index.ts'
import type { Turn } from '../turn.ts'
import { completeSync, synced } from './answers.ts'
import type { ClassicGroup } from './group.ts'
import { NO_ASSIGNMENT } from './member.ts'
import { restartSession } from './rebalance.ts'
import { groupMetadataRecord } from './record.ts'

/** SyncGroup: the leader brings the assignments, the others wait for them. */
export function syncClassicGroup(turn: Turn, group: ClassicGroup, request: RequestOf<typeof SyncGroup>): void {
  const { memberId } = request
  const refusal = check(group, request)
  const member = group.members.get(memberId)
  if (refusal !== errors.NONE || member === undefined) {
    turn.reply('syncGroup', turn.to, { errorCode: refusal })
    return
  }
  if (group.state === 'PreparingRebalance') {
    turn.reply('syncGroup', turn.to, { errorCode: errors.REBALANCE_IN_PROGRESS })
    return
  }
  group.pendingSyncs.delete(memberId)
  if (group.pendingSyncs.size === 0) turn.cancel('classic-sync', group.id)
  if (group.state === 'Stable') {
    turn.reply('syncGroup', turn.to, synced(group, member.assignment))
    return
  }
  // One that waits already was overtaken by this one.
  completeSync(turn, member, { errorCode: errors.REBALANCE_IN_PROGRESS })
  member.syncToken = turn.to
  if (group.leaderId === memberId) assign(turn, group, request)
}

/** Writes what the leader decided; members get it when it is written. One that the leader forgot gets nothing. */
function assign(turn: Turn, group: ClassicGroup, request: RequestOf<typeof SyncGroup>): void {
  const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  const assignmentOf = (memberId: string) => assignments.get(memberId) ?? NO_ASSIGNMENT
  turn.write(groupMetadataRecord(group, assignmentOf))
  turn.deps.logger.info('group is assigned', {
    group: group.id,
    generation: group.generation,
    members: group.members.size,
  })
  for (const other of group.members.values()) {
    if (completeSync(turn, other, synced(group, assignmentOf(other.id)))) restartSession(turn, group, other)
  }
}

function check(group: ClassicGroup, request: RequestOf<typeof SyncGroup>): ErrorCode {
  if (group.state === 'Empty') return errors.UNKNOWN_MEMBER_ID
  const refusal = group.checkMember(request.memberId, request.groupInstanceId)
  if (refusal !== errors.NONE) return refusal
  if (request.generationId !== group.generation) return errors.ILLEGAL_GENERATION
  const differs = (asked: string | null, is: string | null) => asked !== null && is !== null && asked !== is
  if (differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName))
    return errors.INCONSISTENT_GROUP_PROTOCOL
  return errors.NONE
}
