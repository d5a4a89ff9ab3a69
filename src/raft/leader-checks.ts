import { errors } from '../protocol/index.ts'
import { isLocal, isSameReplica, type LeaderRole, type RaftState, type Turn } from './state.ts'
import type { ReplicaKey } from './types.ts'

/** What only the leader of that epoch may do; null when this node is it. */
export function whyNotLeader(s: RaftState, epoch: number): number | null {
  if (epoch < s.epoch) return errors.FENCED_LEADER_EPOCH
  if (epoch > s.epoch) return errors.UNKNOWN_LEADER_EPOCH
  if (s.role.kind !== 'leader') return errors.NOT_LEADER_OR_FOLLOWER
  return s.isClosing ? errors.BROKER_NOT_AVAILABLE : null
}

/** A voter is alive and follows. A majority of them moves the deadline of {@link pollLeader}. */
export function heard(t: Turn, leader: LeaderRole, replica: ReplicaKey): void {
  const { s, nowMs } = t
  const { voters } = s.history
  if (!voters.some((v) => isSameReplica(v.key, replica) && !isLocal(s, v))) return
  leader.heard.add(replica.id)
  const heardNow = voters.filter((v) => isLocal(s, v) || leader.heard.has(v.key.id)).length
  if (heardNow * 2 <= voters.length) return
  leader.heard.clear()
  leader.quorumDeadlineMs = nowMs + s.timeouts.fetchMs * 1.5
}
