import { errors } from '../protocol/index.ts'
import type { RaftResponse } from './messages.ts'
import { compareSnapshots } from './snapshot-name.ts'
import {
  type Destination,
  destinationOf,
  type FollowerRole,
  isLocal,
  mayStand,
  type Turn,
  type UnattachedRole,
} from './state.ts'
import {
  becomeProspective,
  becomeUnattached,
  electionMs,
  isSameVoter,
  leaderDestination,
  pausePeer,
  send,
} from './transitions.ts'
import type { SnapshotId } from './types.ts'

/** Fetches, unless the log is behind its disk: a fetch offset acknowledges everything below it. */
export function pollFollower(t: Turn, role: FollowerRole): void {
  const { s, nowMs } = t
  if (role.fetchDeadlineMs <= nowMs && s.logWork === null) return leaderLost(t)
  const to = leaderDestination(s)
  if (to === null) return leaderLost(t)
  if (tellLeader(t, role, to)) return
  fetch(t, role, to)
}

/** A voter asks for votes, an observer asks around. */
export function leaderLost(t: Turn): void {
  if (mayStand(t.s)) becomeProspective(t)
  else {
    becomeUnattached(t, electionMs(t))
    // The others may not have noticed yet, and would send it back at once.
    if (t.s.role.kind === 'unattached') t.s.role.askAtMs = t.nowMs + t.s.timeouts.retryMs * (2 + 3 * t.s.jitter())
  }
}

function fetch(t: Turn, role: FollowerRole, to: Destination): void {
  const { s, log } = t
  if (s.logWork !== null || t.hasAppended) return
  const { snapshot } = role
  const { timeouts, clusterId, epoch } = s
  const replica = s.local.key
  if (snapshot !== null) {
    if (snapshot.isStoring) return
    send(t, to, {
      api: 'fetchSnapshot',
      clusterId,
      epoch,
      replica,
      id: snapshot.id,
      position: snapshot.position,
      bytesMax: timeouts.snapshotBytesMax,
    })
    return
  }
  if (log.flushedOffset < log.endOffset) return
  send(t, to, {
    api: 'fetch',
    clusterId,
    epoch,
    replica,
    fetchOffset: log.endOffset,
    lastFetchedEpoch: log.lastEpoch,
    maxWaitMs: timeouts.fetchWaitMs,
    bytesMax: timeouts.fetchBytesMax,
    highWatermark: s.highWatermark,
  })
}

/**
 * KIP-853: a voter whose row is not what it is, an observer that wants to be a voter (KIP-1186): it first removes the
 * row that its id has with another disk, then adds itself.
 */
function tellLeader(t: Turn, role: FollowerRole, to: Destination): boolean {
  const { s, nowMs } = t
  const { history, local } = s
  if (role.voterSetAtMs > nowMs || local.endpoints.length === 0) return false
  const clusterId = s.clusterId
  const own = history.voters.find((v) => isLocal(s, v))
  let isSent = false
  if (own !== undefined) {
    const isWrong = history.kraftVersion < 1 ? !role.hasToldLeader : !isSameVoter(own, local)
    if (!isWrong) return false
    isSent = send(t, to, { api: 'updateVoter', clusterId, epoch: s.epoch, voter: local })
  } else if (s.joinsItself && history.kraftVersion > 0 && role.hasFetched && role.snapshot === null) {
    const other = history.voters.find((v) => v.key.id === local.key.id)
    isSent =
      other !== undefined
        ? send(t, to, { api: 'removeVoter', clusterId, voter: other.key })
        : send(t, to, {
            api: 'addVoter',
            clusterId,
            voter: local.key,
            endpoints: local.endpoints,
            timeoutMs: s.timeouts.requestMs,
            ackWhenCommitted: false,
          })
  }
  if (isSent) role.voterSetAtMs = nowMs + s.timeouts.fetchMs
  return isSent
}

export function answeredFetch(t: Turn, from: number, m: RaftResponse): void {
  const { s, nowMs } = t
  const { role } = s
  if (role.kind !== 'follower' || role.leaderId !== from || m.epoch !== s.epoch) return
  if (m.errorCode !== errors.NONE) return pausePeer(t, from)
  role.fetchDeadlineMs = nowMs + s.timeouts.fetchMs
  role.hasFetched = true
  if (m.diverging != null) return truncate(t, m.diverging)
  if (m.snapshot != null) return beginSnapshot(t, role, m.snapshot)
  let { endOffset } = t.log
  if (m.records != null) {
    if (m.records.baseOffset !== endOffset) return pausePeer(t, from)
    endOffset = m.records.endOffset
    t.hasAppended = true
    for (const at of m.records.control) s.history.append(at)
    t.effects.push({ kind: 'appendFetched', records: m.records })
  }
  commitTo(t, Math.min(endOffset, m.highWatermark ?? -1))
}

function commitTo(t: Turn, offset: number): void {
  if (offset <= t.s.highWatermark) return
  t.s.highWatermark = offset
  t.effects.push({ kind: 'committed', offset })
}

/** To the end of the last epoch that both know, or where the leader's ends. What is committed stays. */
function truncate(t: Turn, diverging: { readonly epoch: number; readonly endOffset: number }): void {
  const { s, log } = t
  const own = log.epochEnd(diverging.epoch)
  const to =
    own.epoch === diverging.epoch
      ? Math.min(own.endOffset, diverging.endOffset)
      : Math.max(own.endOffset, log.startOffset)
  if (to < s.highWatermark) {
    const reason = `the leader ${s.leaderId} of epoch ${s.epoch} asks to truncate the metadata log to ${to}, but everything below ${s.highWatermark} is committed`
    t.effects.push({ kind: 'halt', reason })
    return
  }
  if (to >= log.endOffset) return pausePeer(t, s.leaderId ?? -1)
  s.history.truncateTo(to)
  s.logWork = 'truncate'
  t.effects.push({ kind: 'truncate', to })
}

function beginSnapshot(t: Turn, role: FollowerRole, id: SnapshotId): void {
  const { s } = t
  if (id.offset < 0 || id.epoch < 0 || id.offset < s.highWatermark) return pausePeer(t, role.leaderId)
  role.snapshot = { id, position: 0, isStoring: false }
}

export function answeredFetchSnapshot(t: Turn, from: number, m: RaftResponse): void {
  const { s, nowMs } = t
  const { role } = s
  if (role.kind !== 'follower' || role.leaderId !== from || m.epoch !== s.epoch || role.snapshot === null) return
  if (m.errorCode === errors.SNAPSHOT_NOT_FOUND || m.errorCode === errors.POSITION_OUT_OF_RANGE) {
    // It is gone, or was replaced by a newer one: the next fetch says which.
    role.snapshot = null
    return pausePeer(t, from)
  }
  if (m.errorCode !== errors.NONE) return pausePeer(t, from)
  const { piece } = m
  const { snapshot } = role
  const isNext =
    piece !== undefined &&
    compareSnapshots(piece.id, snapshot.id) === 0 &&
    piece.position === snapshot.position &&
    piece.bytes.to > piece.bytes.from
  if (!isNext) return pausePeer(t, from)
  role.fetchDeadlineMs = nowMs + s.timeouts.fetchMs
  role.hasFetched = true
  snapshot.isStoring = true
  t.effects.push({ kind: 'storePiece', piece })
}

export function pieceStored(t: Turn, id: SnapshotId, end: number, size: number): void {
  const { s } = t
  const { role } = s
  if (role.kind !== 'follower' || role.snapshot === null || compareSnapshots(role.snapshot.id, id) !== 0) return
  if (!role.snapshot.isStoring) return
  role.snapshot.isStoring = false
  role.snapshot.position = end
  if (end < size) return
  role.snapshot = null
  s.logWork = 'load'
  t.effects.push({ kind: 'loadSnapshot', id })
}

/** Asks one node after the other who leads: the configured addresses and the voters. */
export function pollUnattached(t: Turn, role: UnattachedRole): void {
  const { s, log, nowMs } = t
  if (mayStand(s) && role.electionAtMs <= nowMs) {
    if (s.logWork === null) becomeProspective(t)
    return
  }
  // Should the asked node be the leader, the offset acknowledges what is below it.
  if (role.askAtMs > nowMs || s.logWork !== null || t.hasAppended || log.flushedOffset < log.endOffset) return
  const known = s.history.voters.filter((v) => !isLocal(s, v)).map((v) => destinationOf(s, v))
  const all = [...known, ...s.bootstrap].filter((to) => to !== null)
  if (all.length === 0) {
    role.askAtMs = Number.POSITIVE_INFINITY
    return
  }
  const first = Math.floor(s.jitter() * all.length)
  role.askAtMs = nowMs + s.timeouts.retryMs * (2 + 3 * s.jitter())
  for (let i = 0; i < all.length; i++) {
    const isSent = send(t, all[(first + i) % all.length]!, {
      api: 'fetch',
      clusterId: s.clusterId,
      epoch: s.epoch,
      replica: s.local.key,
      fetchOffset: log.endOffset,
      lastFetchedEpoch: log.lastEpoch,
      maxWaitMs: 0,
      bytesMax: 1,
      highWatermark: s.highWatermark,
    })
    if (isSent) return
  }
}
