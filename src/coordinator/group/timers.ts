import {
  joinTimerFired,
  overCapacityTimerFired,
  restartSession,
  sessionTimerFired,
  syncTimerFired,
} from './classic/rebalance.ts'
import { memberTimerFired } from './consumer/fence.ts'
import { loadedTimers as consumerTimers } from './consumer/sessions.ts'
import { expireOffsets } from './offsets/expire.ts'
import { sweepTimerFired } from './sweep.ts'
import { parseTimerKey } from './timer-key.ts'
import type { Turn } from './turn.ts'

export function timerFired(turn: Turn, key: string): void {
  const { kind, groupId, memberId } = parseTimerKey(key)
  if (kind === 'expire-offsets') expireOffsets(turn)
  if (kind === 'sweep') sweepTimerFired(turn)
  const group = turn.state.groups.get(groupId)
  if (group?.type === 'classic') {
    if (kind === 'classic-session') sessionTimerFired(turn, group, memberId)
    if (kind === 'classic-join') joinTimerFired(turn, group)
    if (kind === 'classic-sync') syncTimerFired(turn, group)
    if (kind === 'classic-over-capacity') overCapacityTimerFired(turn, group)
  }
  if (group?.type === 'consumer') {
    if (
      kind === 'consumer-session' ||
      kind === 'consumer-rebalance' ||
      kind === 'consumer-join' ||
      kind === 'consumer-sync'
    )
      memberTimerFired(turn, group, memberId, kind)
  }
}

/** What a state just loaded waits for: everybody gets a whole session again. */
export function loadedTimers(turn: Turn): void {
  turn.schedule('expire-offsets', '', '', turn.config.offsetsRetentionCheckIntervalMs)
  for (const group of turn.state.groups.values()) {
    if (group.type === 'consumer') {
      consumerTimers(turn, group)
      continue
    }
    for (const member of group.members.values()) restartSession(turn, group, member)
    if (group.members.size > turn.config.classicGroupMembersMax) turn.schedule('classic-over-capacity', group.id, '', 0)
  }
}
