import type { Clock } from '../env/index.ts'
import { type FollowerProgress, isSameReplica, knownLeader, type RaftState } from './state.ts'
import type { QuorumReport, ReplicaKey, ReplicaReport } from './types.ts'

/** An observer that has not fetched for so long is not shown any more (as in Apache). */
const observerSessionMs = 300_000

/** DescribeQuorum's facts; complete at the leader alone. */
export function describeQuorum(state: RaftState, endOffset: number, clock: Clock): QuorumReport {
  const { history, highWatermark, role, local } = state
  const { voters } = history
  const nowMs = clock.monoMs()
  const aheadMs = clock.wallMs() - nowMs
  const wall = (monoMs: number): number => (monoMs < 0 ? -1 : Math.floor(monoMs + aheadMs))
  const followers = role.kind === 'leader' ? role.followers : new Map<number, FollowerProgress>()
  const report = (replica: ReplicaKey): ReplicaReport => {
    if (isSameReplica(replica, local.key)) {
      const wallMs = clock.wallMs()
      return { replica, logEndOffset: endOffset, lastFetchMs: wallMs, lastCaughtUpMs: wallMs }
    }
    const seen = followers.get(replica.id)
    const isIt = seen !== undefined && isSameReplica(seen.key, replica)
    return {
      replica,
      logEndOffset: isIt ? seen.endOffset : -1,
      lastFetchMs: wall(isIt ? seen.lastFetchMs : -1),
      lastCaughtUpMs: wall(isIt ? seen.lastCaughtUpMs : -1),
    }
  }
  const observers = [...followers.values()].filter(
    (f) => voters.every((v) => !isSameReplica(v.key, f.key)) && nowMs - f.lastFetchMs < observerSessionMs,
  )
  return {
    leaderId: knownLeader(state) ?? -1,
    leaderEpoch: state.epoch,
    highWatermark,
    voters: voters.map((v) => report(v.key)),
    observers: observers.map((o) => report(o.key)),
    nodes: voters.map((v) => ({ nodeId: v.key.id, endpoints: v.endpoints })),
  }
}
