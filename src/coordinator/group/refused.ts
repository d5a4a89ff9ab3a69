import { errors } from '../../protocol/index.ts'
import { completeJoin, joinRefused } from './classic/answers.ts'
import type { ClassicGroup } from './classic/group.ts'
import { failAssignment, rebalanceOrCompleteJoin, restartSession } from './classic/rebalance.ts'
import { resumeSweeps } from './sweep.ts'
import { parseTimerKey } from './timer-key.ts'
import type { Turn } from './turn.ts'

/** What a timer's firing could not write is tried again after this. */
const retryMs = 500

/**
 * The log refused the records of a turn (too few replicas in sync, say). Who asked was told; what the turn changed in
 * soft state, and the timers that it did not get, are put right here.
 */
export function recordsRefused(turn: Turn, groupId: string | null, timerKey: string | null): void {
  turn.state.staged.clear()
  const isSweep = timerKey !== null && parseTimerKey(timerKey).kind === 'sweep'
  resumeSweeps(turn, isSweep, retryMs)
  if (timerKey !== null && !isSweep) turn.scheduleKey(timerKey, retryMs)
  const group = groupId === null ? undefined : turn.state.groups.get(groupId)
  if (group?.type !== 'classic') return
  if (!group.isWritten) {
    dissolve(turn, group)
    return
  }
  if (group.state === 'CompletingRebalance' && group.isLeaderSynced) {
    failAssignment(turn, group, errors.COORDINATOR_NOT_AVAILABLE)
    rebalanceOrCompleteJoin(turn, group, 'the assignment could not be written')
  }
  for (const member of group.members.values()) restartSession(turn, group, member)
}

/** A group that was never written: who joined it joins again. */
function dissolve(turn: Turn, group: ClassicGroup): void {
  for (const member of group.members.values())
    completeJoin(turn, group, member, joinRefused(errors.COORDINATOR_NOT_AVAILABLE, member.id))
  turn.state.groups.delete(group.id)
}
