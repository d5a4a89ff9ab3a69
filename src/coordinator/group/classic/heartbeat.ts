import { type ErrorCode, errors, type Heartbeat, type RequestOf } from '../../../protocol/index.ts'
import type { Turn } from '../turn.ts'
import type { ClassicGroup } from './group.ts'
import { restartSession } from './rebalance.ts'

/** Heartbeat: the member lives; it learns whether it has to join again. */
export function heartbeatClassicGroup(turn: Turn, group: ClassicGroup, request: RequestOf<typeof Heartbeat>): void {
  turn.reply('heartbeat', turn.to, { errorCode: heartbeat(turn, group, request) })
}

function heartbeat(turn: Turn, group: ClassicGroup, request: RequestOf<typeof Heartbeat>): ErrorCode {
  const refusal = group.checkMember(request.memberId, request.groupInstanceId)
  const member = group.members.get(request.memberId)
  if (refusal !== errors.NONE || member === undefined) return refusal
  if (request.generationId !== group.generation) return errors.ILLEGAL_GENERATION
  if (group.state === 'Empty') return errors.UNKNOWN_MEMBER_ID
  restartSession(turn, group, member)
  return group.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE
}
