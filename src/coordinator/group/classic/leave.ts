import { type ErrorCode, errors, type LeaveGroup, type RequestOf, type ResponseIn } from '../../../protocol/index.ts'
import type { Turn } from '../turn.ts'
import type { ClassicGroup } from './group.ts'
import { completeJoinIfAllThere, rebalanceOrCompleteJoin, removeMember } from './rebalance.ts'

export type Leaver = { readonly memberId: string; readonly groupInstanceId: string | null }
type LeaveAnswer = ResponseIn<typeof LeaveGroup>

/** Members that leave, whichever version names them: before 3 there is one, in the request itself. */
export function leaversOf(request: RequestOf<typeof LeaveGroup>, apiVersion: number): readonly Leaver[] {
  return apiVersion >= 3 ? request.members : [{ memberId: request.memberId, groupInstanceId: null }]
}

/** Each with its own error; before version 3 the answer has only room for one. */
export function leaveAnswer(
  leavers: readonly Leaver[],
  apiVersion: number,
  errorOf: (leaver: Leaver) => ErrorCode,
): LeaveAnswer {
  const members = leavers.map((leaver) => ({ ...leaver, errorCode: errorOf(leaver) }))
  if (apiVersion < 3) return { errorCode: members[0]?.errorCode ?? errors.NONE }
  return {
    errorCode: errors.NONE,
    members: members.map(({ memberId, groupInstanceId, errorCode }) => ({ memberId, groupInstanceId, errorCode })),
  }
}

export function leaveClassicGroup(
  turn: Turn,
  group: ClassicGroup,
  leavers: readonly Leaver[],
  apiVersion: number,
): void {
  let leftCount = 0
  const answer = leaveAnswer(leavers, apiVersion, (leaver) => {
    const code = leave(turn, group, leaver)
    if (code === errors.NONE) leftCount++
    return code
  })
  if (leftCount > 0) {
    if (group.state === 'Stable' || group.state === 'CompletingRebalance')
      rebalanceOrCompleteJoin(turn, group, `${leftCount} members left`)
    else completeJoinIfAllThere(turn, group)
  }
  turn.reply('leaveGroup', turn.to, answer)
}

function leave(turn: Turn, group: ClassicGroup, { memberId, groupInstanceId }: Leaver): ErrorCode {
  if (group.pendingJoins.has(memberId)) {
    group.remove(memberId)
    turn.cancel('classic-session', group.id, memberId)
    return errors.NONE
  }
  // Without a member id it is a person who removes a static member (KIP-345).
  const leaverId = memberId === '' && groupInstanceId !== null ? group.staticMemberId(groupInstanceId) : memberId
  if (leaverId === null) return errors.UNKNOWN_MEMBER_ID
  const refusal = group.checkMember(leaverId, groupInstanceId)
  const member = group.members.get(leaverId)
  if (refusal !== errors.NONE || member === undefined) return refusal
  turn.cancel('classic-session', group.id, leaverId)
  removeMember(turn, group, member)
  return errors.NONE
}
