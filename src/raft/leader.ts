import { errors } from '../protocol/index.ts'
import { heard, whyNotLeader } from './leader-checks.ts'
import type { FetchRequest, FetchSnapshotRequest, RaftResponse } from './messages.ts'
import { destinationOf, isLocal, isSameReplica, isSoleVoter, type LeaderRole, type Turn } from './state.ts'
import { answer, around, becomeResigned, send, unsynced } from './transitions.ts'
import type { Voter } from './types.ts'
import { changeCommitted, pollChange } from './voter-change.ts'

/**
 * highWatermark = the largest offset that a majority of voters has on disk, once it lies past the start of this epoch
 * (a record of an older epoch is committed only together with one of ours), and never less than before. A leader that is
 * no voter any more does not count itself.
 */
export function advance(t: Turn, leader: LeaderRole): void {
  const { s, log } = t
  if (s.syncedVersion < s.persistVersion) return
  const endOf = (voter: Voter): number => {
    if (isLocal(s, voter)) return log.flushedOffset
    const seen = leader.followers.get(voter.key.id)
    return seen !== undefined && isSameReplica(seen.key, voter.key) ? seen.endOffset : 0
  }
  const ends = s.history.voters.map(endOf).sort((a, b) => b - a)
  const agreed = ends[ends.length >> 1] ?? 0
  if (agreed <= leader.epochStartOffset || agreed <= s.highWatermark) return
  s.highWatermark = agreed
  t.effects.push({ kind: 'committed', offset: agreed })
  for (const [token, fetch] of leader.parked) {
    if (fetch.highWatermark < agreed) answerFetch(t, leader, token, fetch)
  }
  changeCommitted(t, leader)
}

/** What a follower gets: a snapshot when the log no longer reaches back, where it has gone astray, or records. */
export function receiveFetch(t: Turn, m: FetchRequest, token: number): void {
  const { s, log, nowMs } = t
  const reply = (errorCode: number, more: Partial<RaftResponse> = {}): void =>
    answer(t, token, { api: 'fetch', errorCode, ...more })
  if (m.maxWaitMs < 0 || m.fetchOffset < 0 || m.lastFetchedEpoch < 0 || m.lastFetchedEpoch > m.epoch) {
    return reply(errors.INVALID_REQUEST)
  }
  const refusal = whyNotLeader(s, m.epoch)
  if (refusal !== null) return reply(refusal)
  const leader = s.role as LeaderRole
  const { highWatermark } = s
  const astray = whereAstray(t, m)
  if (astray !== null) return reply(errors.NONE, { ...astray, highWatermark })
  noteFetch(t, leader, m)
  const fetch = {
    from: m.fetchOffset,
    bytesMax: m.bytesMax,
    highWatermark: m.highWatermark,
    deadlineMs: nowMs + m.maxWaitMs,
  }
  const hasNews = m.fetchOffset < log.endOffset || m.highWatermark < s.highWatermark
  if (hasNews || m.maxWaitMs === 0) answerFetch(t, leader, token, fetch)
  else leader.parked.set(token, fetch)
  advance(t, leader)
}

function whereAstray({ log }: Turn, m: FetchRequest): Pick<RaftResponse, 'snapshot' | 'diverging'> | null {
  const snapshot = log.latestSnapshot
  if (snapshot !== null && (m.fetchOffset === 0 || m.fetchOffset < log.startOffset)) return { snapshot }
  if (m.fetchOffset === 0) return null
  const end = log.epochEnd(m.lastFetchedEpoch)
  if (end.epoch === m.lastFetchedEpoch && end.endOffset >= m.fetchOffset) return null
  if (end.epoch >= 0) return { diverging: end }
  return snapshot === null ? { diverging: { epoch: 0, endOffset: 0 } } : { snapshot }
}

function noteFetch(t: Turn, leader: LeaderRole, m: FetchRequest): void {
  const { log, nowMs } = t
  // A reader that is no replica.
  if (m.replica.id < 0) return
  const before = leader.followers.get(m.replica.id)
  const isSame = before !== undefined && isSameReplica(before.key, m.replica)
  leader.followers.set(m.replica.id, {
    key: m.replica,
    endOffset: m.fetchOffset,
    lastFetchMs: nowMs,
    lastCaughtUpMs: m.fetchOffset >= log.endOffset ? nowMs : isSame ? before.lastCaughtUpMs : -1,
  })
  heard(t, leader, m.replica)
}

/** Up to the log's end, on disk here or not: the follower's disk counts for itself, ours only when it is flushed. */
function answerFetch(
  t: Turn,
  leader: LeaderRole,
  token: number,
  fetch: { readonly from: number; readonly bytesMax: number },
): void {
  const { s, log } = t
  leader.parked.delete(token)
  const message = around(t, { api: 'fetch', errorCode: errors.NONE, highWatermark: s.highWatermark })
  if (fetch.from >= log.endOffset) return answer(t, token, { ...message, records: null })
  t.effects.push({
    kind: 'answerFetch',
    token,
    from: fetch.from,
    upTo: log.endOffset,
    bytesMax: fetch.bytesMax,
    message,
    after: unsynced(t),
  })
}

/** KIP-630 */
export function receiveFetchSnapshot(t: Turn, m: FetchSnapshotRequest, token: number): void {
  const { s, nowMs } = t
  const refusal = whyNotLeader(s, m.epoch)
  if (refusal !== null) return answer(t, token, { api: 'fetchSnapshot', errorCode: refusal })
  const leader = s.role as LeaderRole
  const seen = leader.followers.get(m.replica.id)
  if (seen !== undefined && isSameReplica(seen.key, m.replica)) seen.lastFetchMs = nowMs
  heard(t, leader, m.replica)
  t.effects.push({
    kind: 'answerSnapshot',
    token,
    id: m.id,
    position: m.position,
    bytesMax: m.bytesMax,
    message: around(t, { api: 'fetchSnapshot', errorCode: errors.NONE }),
    after: unsynced(t),
  })
}

/** New records, old deadlines, voters that do not follow yet. */
export function pollLeader(t: Turn, leader: LeaderRole): void {
  const { s, log, nowMs } = t
  if (!isSoleVoter(s) && leader.quorumDeadlineMs <= nowMs) return becomeResigned(t)
  for (const [token, fetch] of leader.parked) {
    if (fetch.from < log.endOffset || fetch.deadlineMs <= nowMs) answerFetch(t, leader, token, fetch)
  }
  for (const voter of s.history.voters) if (!isLocal(s, voter)) beginEpoch(t, leader, voter)
  pollChange(t, leader)
}

/** BeginQuorumEpoch goes to each voter until it fetches. */
function beginEpoch(t: Turn, leader: LeaderRole, voter: Voter): void {
  const { s, nowMs } = t
  const everyMs = s.timeouts.fetchMs / 2
  const seen = leader.followers.get(voter.key.id)
  const lastMs = seen === undefined || !isSameReplica(seen.key, voter.key) ? Number.NEGATIVE_INFINITY : seen.lastFetchMs
  const dueMs = Math.max(lastMs + everyMs, leader.beginAtMs.get(voter.key.id) ?? Number.NEGATIVE_INFINITY)
  if (dueMs > nowMs) {
    leader.beginAtMs.set(voter.key.id, dueMs)
    return
  }
  const to = destinationOf(s, voter)
  if (to === null) return
  const isSent = send(t, to, {
    api: 'beginQuorumEpoch',
    clusterId: s.clusterId,
    epoch: s.epoch,
    leaderId: s.local.key.id,
    intendedVoter: voter.key,
    endpoints: s.local.endpoints,
  })
  if (isSent) leader.beginAtMs.set(voter.key.id, nowMs + everyMs)
}
