import { type ErrorCode, errors } from '../../../protocol/index.ts'
import type { Turn } from '../turn.ts'
import { completeJoin, completeSync, joined, joinRefused } from './answers.ts'
import type { ClassicGroup } from './group.ts'
import { type ClassicMember, NO_ASSIGNMENT } from './member.ts'
import { groupMetadataRecord } from './record.ts'

/** A new member is kept this long while its first rebalance goes on, whatever its session timeout. */
export const newMemberJoinTimeoutMs = 5 * 60_000

export function restartSession(
  turn: Turn,
  group: ClassicGroup,
  member: ClassicMember,
  timeoutMs = member.sessionTimeoutMs,
): void {
  turn.schedule('classic-session', group.id, member.id, timeoutMs)
}

/** Something about the members changed: begin a rebalance, or go on with the one under way. */
export function rebalanceOrCompleteJoin(turn: Turn, group: ClassicGroup, reason: string): void {
  if (group.canRebalance) prepareRebalance(turn, group, reason)
  else completeJoinIfAllThere(turn, group)
}

export function prepareRebalance(turn: Turn, group: ClassicGroup, reason: string): void {
  if (group.state === 'CompletingRebalance') failAssignment(turn, group, errors.REBALANCE_IN_PROGRESS)
  group.pendingSyncs.clear()
  turn.cancel('classic-sync', group.id)
  const isInitial = group.state === 'Empty'
  turn.deps.logger.info('group prepares to rebalance', {
    group: group.id,
    from: group.state,
    generation: group.generation,
    reason,
  })
  group.transition('PreparingRebalance', turn.now.wallMs)
  if (!isInitial) {
    if (group.haveAllJoined) completeJoinPhase(turn, group)
    else turn.schedule('classic-join', group.id, '', group.rebalanceTimeoutMs)
    return
  }
  const delayMs = turn.config.initialRebalanceDelayMs
  group.initialDelay = { delayMs, remainingMs: Math.max(group.rebalanceTimeoutMs - delayMs, 0) }
  turn.schedule('classic-join', group.id, '', delayMs)
}

/** The first rebalance of a group always waits out its delay; later ones end when everybody has joined. */
export function completeJoinIfAllThere(turn: Turn, group: ClassicGroup): void {
  if (group.state === 'PreparingRebalance' && group.previousState !== 'Empty' && group.haveAllJoined)
    completeJoinPhase(turn, group)
}

/** The join phase's time is up. */
export function joinTimerFired(turn: Turn, group: ClassicGroup): void {
  if (group.state !== 'PreparingRebalance') return
  const delay = group.initialDelay
  if (delay !== null && group.isMemberAdded && delay.remainingMs !== 0) {
    group.isMemberAdded = false
    const delayMs = Math.min(turn.config.initialRebalanceDelayMs, delay.remainingMs)
    group.initialDelay = { delayMs, remainingMs: Math.max(delay.remainingMs - delay.delayMs, 0) }
    turn.schedule('classic-join', group.id, '', delayMs)
    return
  }
  completeJoinPhase(turn, group)
}

/** Ends the join phase: dynamic members that did not join again are out, the others get the next generation. */
export function completeJoinPhase(turn: Turn, group: ClassicGroup): void {
  turn.cancel('classic-join', group.id)
  group.initialDelay = null
  group.isMemberAdded = false
  for (const member of [...group.members.values()]) {
    if (member.joinToken !== null || member.instanceId !== null) continue
    group.remove(member.id)
    turn.cancel('classic-session', group.id, member.id)
  }
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members that have not come back yet: there is nobody to lead.
    turn.schedule('classic-join', group.id, '', group.rebalanceTimeoutMs)
    return
  }
  group.beginNextGeneration(turn.now.wallMs)
  const { generation, state } = group
  turn.deps.logger.info('group begins a generation', {
    group: group.id,
    generation,
    state,
    members: group.members.size,
  })
  if (group.state === 'Empty') {
    turn.write(groupMetadataRecord(group, () => NO_ASSIGNMENT))
    return
  }
  for (const member of group.members.values()) {
    completeJoin(turn, group, member, joined(group, member.id, { isLeaderTold: true }))
    restartSession(turn, group, member)
    member.isNew = false
    group.pendingSyncs.add(member.id)
  }
  turn.schedule('classic-sync', group.id, '', group.rebalanceTimeoutMs)
}

/** Members that joined and never synced hold up nobody any longer. */
export function syncTimerFired(turn: Turn, group: ClassicGroup): void {
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return
  if (group.pendingSyncs.size === 0) return
  const late = [...group.pendingSyncs]
  for (const memberId of late) {
    group.remove(memberId)
    turn.cancel('classic-session', group.id, memberId)
  }
  prepareRebalance(turn, group, `${late.length} members did not sync in time`)
}

export function failAssignment(turn: Turn, group: ClassicGroup, errorCode: ErrorCode): void {
  for (const member of group.members.values()) {
    member.assignment = NO_ASSIGNMENT
    if (completeSync(turn, member, { errorCode })) restartSession(turn, group, member)
  }
}

/** A member's session is over, or a handed-out member id was never used. */
export function sessionTimerFired(turn: Turn, group: ClassicGroup, memberId: string): void {
  if (group.pendingJoins.has(memberId)) {
    group.remove(memberId)
    if (group.state === 'PreparingRebalance' && group.haveAllJoined) completeJoinPhase(turn, group)
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined || member.isWaiting) return
  turn.deps.logger.info('group member failed', { group: group.id, member: memberId })
  removeMember(turn, group, member)
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') {
    rebalanceOrCompleteJoin(turn, group, `member ${memberId} failed`)
  } else if (group.state === 'PreparingRebalance' && group.haveAllJoined) {
    completeJoinPhase(turn, group)
  }
}

/** Takes a member out and answers what it waits for. */
export function removeMember(turn: Turn, group: ClassicGroup, member: ClassicMember): void {
  completeJoin(turn, group, member, joinRefused(errors.UNKNOWN_MEMBER_ID))
  completeSync(turn, member, { errorCode: errors.UNKNOWN_MEMBER_ID })
  group.remove(member.id)
}

/** A group loaded with more members than it may have rebalances, so that some are refused and all can commit. */
export function overCapacityTimerFired(turn: Turn, group: ClassicGroup): void {
  if (group.members.size > turn.config.classicGroupMembersMax && group.canRebalance)
    prepareRebalance(turn, group, 'more members than allowed')
}
