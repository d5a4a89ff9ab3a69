import { consumerSessionTimeoutMs } from '../group-config.ts'
import type { Turn } from '../turn.ts'
import type { ConsumerGroup } from './group.ts'
import { type ConsumerMember, memberState } from './member.ts'

/** The member lives: by the classic protocol it said for how long, by the other the group's configuration does. */
export function restartSession(turn: Turn, groupId: string, member: ConsumerMember): void {
  const timeoutMs = member.classic?.sessionTimeoutMs ?? consumerSessionTimeoutMs(turn, groupId)
  turn.schedule('consumer-session', groupId, member.id, timeoutMs)
}

/** A member that must give something up has its rebalance timeout for it. */
export function watchRevocation(turn: Turn, groupId: string, member: ConsumerMember): void {
  if (member.classic !== null) return
  if (member.state === memberState.unrevoked)
    turn.schedule('consumer-rebalance', groupId, member.id, member.rebalanceTimeoutMs)
  else turn.cancel('consumer-rebalance', groupId, member.id)
}

export function cancelTimers(turn: Turn, groupId: string, memberId: string): void {
  turn.cancel('consumer-session', groupId, memberId)
  turn.cancel('consumer-rebalance', groupId, memberId)
  turn.cancel('consumer-join', groupId, memberId)
  turn.cancel('consumer-sync', groupId, memberId)
}

/** After a failover everybody gets a whole session again. */
export function loadedTimers(turn: Turn, group: ConsumerGroup): void {
  for (const member of group.members.values()) {
    turn.schedule('consumer-session', group.id, member.id, consumerSessionTimeoutMs(turn, group.id))
    if (member.state === memberState.unrevoked)
      turn.schedule('consumer-rebalance', group.id, member.id, member.rebalanceTimeoutMs)
  }
}
