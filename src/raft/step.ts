import { errors } from '../protocol/index.ts'
import { answeredVote, pollElection, receiveEnd, receiveVote } from './election.ts'
import {
  answeredFetch,
  answeredFetchSnapshot,
  leaderLost,
  pieceStored,
  pollFollower,
  pollUnattached,
} from './follower.ts'
import { advance, pollLeader, receiveFetch, receiveFetchSnapshot } from './leader.ts'
import type { RaftRequest, RaftResponse } from './messages.ts'
import {
  destinationOf,
  isSameReplica,
  isSoleVoter,
  mayStand,
  type RaftEffect,
  type RaftEvent,
  type RaftLogView,
  type RaftState,
  type Turn,
} from './state.ts'
import {
  answer,
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomeProspective,
  becomeResigned,
  becomeUnattached,
  electionMs,
  leaderDestination,
  pausePeer,
  send,
  startSpreadMs,
} from './transitions.ts'
import {
  answeredApiVersions,
  failedApiVersions,
  receiveAddVoter,
  receiveRemoveVoter,
  receiveUpdateVoter,
  upgrade,
  upgradeRefusal,
} from './voter-change.ts'

/**
 * One step of the quorum: the only code that changes a {@link RaftState}. Pure of clock, disk and network; the effects
 * are carried out in order, before the next event. Events tell of durability, so every instant at which a process can
 * die is one between two events. First the event takes effect, then {@link poll} does what its role has to do now.
 */
export function step(s: RaftState, event: RaftEvent, log: RaftLogView, nowMs: number): RaftEffect[] {
  const t: Turn = { s, log, nowMs, effects: [], hasAppended: false }
  take(t, event)
  if (event.kind !== 'propose' || t.hasAppended) poll(t)
  s.wakeAtMs = wakeAt(t)
  return t.effects
}

function take(t: Turn, event: RaftEvent): void {
  const { s } = t
  switch (event.kind) {
    case 'started':
      return start(t)
    case 'tick':
      return
    case 'received':
      return receive(t, event.message, event.token)
    case 'answered':
      return answered(t, event.from, event.requestId, event.message)
    case 'failed':
      return failed(t, event.to, event.requestId, event.why)
    case 'logFlushed':
      if (s.role.kind === 'leader') advance(t, s.role)
      return
    case 'truncated':
      return logWorkDone(t)
    case 'quorumStateSynced':
      if (event.version > s.syncedVersion) s.syncedVersion = event.version
      if (s.role.kind === 'leader') advance(t, s.role)
      return
    case 'pieceStored':
      return pieceStored(t, event.id, event.end, event.size)
    case 'snapshotLoaded':
      logWorkDone(t)
      s.history.load(event.id.offset, event.voters, event.kraftVersion)
      if (event.id.offset > s.highWatermark) {
        s.highWatermark = event.id.offset
        t.effects.push({ kind: 'committed', offset: s.highWatermark })
      }
      return
    case 'snapshotRefused':
      logWorkDone(t)
      if (s.role.kind !== 'follower') return
      s.role.snapshot = null
      return pausePeer(t, s.role.leaderId)
    case 'propose':
      if (s.role.kind === 'leader' && s.epoch === event.ifEpoch && !s.isClosing) {
        t.hasAppended = true
        t.effects.push({ kind: 'appendProposed', epoch: s.epoch })
      } else t.effects.push({ kind: 'refused', code: errors.NOT_LEADER_OR_FOLLOWER, message: null })
      return
    case 'upgrade': {
      const refusal = upgradeRefusal(t, event.level)
      if (refusal !== null) t.effects.push({ kind: 'refused', code: refusal[0], message: refusal[1] })
      else if (!event.validateOnly) upgrade(t, event.level)
      return
    }
    case 'resign':
      if (s.role.kind === 'leader') becomeResigned(t)
      return
    case 'close':
      s.isClosing = true
      if (s.role.kind === 'leader') becomeResigned(t)
      return
  }
}

/** However long it took, the leader is not to blame. */
function logWorkDone({ s, nowMs }: Turn): void {
  s.logWork = null
  if (s.role.kind === 'follower') s.role.fetchDeadlineMs = nowMs + s.timeouts.fetchMs
}

/**
 * Where a process goes on: a former leader has resigned and never leads that epoch again, a follower goes on to follow,
 * everyone else asks for votes as soon as others are there.
 */
function start(t: Turn): void {
  const { s, log, nowMs } = t
  const spreadMs = s.jitter() * startSpreadMs
  // The log may be ahead of a quorum-state file whose sync was lost together with its epoch.
  if (log.lastEpoch > s.epoch) becomeUnattached(t, spreadMs, { epoch: log.lastEpoch })
  else if (s.leaderId === s.local.key.id) becomeResigned(t)
  else if (s.leaderId !== null && leaderDestination(s) !== null) becomeFollower(t, s.epoch, s.leaderId, null)
  else s.role = { kind: 'unattached', electionAtMs: nowMs + spreadMs, askAtMs: nowMs }
}

function receive(t: Turn, m: RaftRequest, token: number): void {
  const { s } = t
  if (m.api === 'apiVersions') return
  const { api } = m
  if (m.clusterId !== null && m.clusterId !== s.clusterId) {
    const errorMessage = `The given id "${m.clusterId}" doesn't match the cluster id "${s.clusterId}"`
    return answer(t, token, { api, errorCode: errors.INCONSISTENT_CLUSTER_ID, errorMessage })
  }
  // Who calls can be reached again.
  const peer = s.peers.get(callerOf(m))
  if (peer !== undefined) peer.retryAtMs = Number.NEGATIVE_INFINITY
  switch (m.api) {
    case 'vote':
      return receiveVote(t, m, token)
    case 'beginQuorumEpoch': {
      if (m.epoch < s.epoch) return answer(t, token, { api, errorCode: errors.FENCED_LEADER_EPOCH })
      if (m.leaderId < 0 || m.leaderId === s.local.key.id) {
        return answer(t, token, { api, errorCode: errors.INVALID_REQUEST })
      }
      const endpoint = m.endpoints.find((e) => e.name === s.listener) ?? null
      hear(t, m.epoch, m.leaderId, endpoint, true)
      const isMeant = m.intendedVoter === null || isSameReplica(m.intendedVoter, s.local.key)
      return answer(t, token, { api, errorCode: isMeant ? errors.NONE : errors.INVALID_VOTER_KEY })
    }
    case 'endQuorumEpoch':
      return receiveEnd(t, m, token)
    case 'fetch':
      return receiveFetch(t, m, token)
    case 'fetchSnapshot':
      return receiveFetchSnapshot(t, m, token)
    case 'addVoter':
      return receiveAddVoter(t, m, token)
    case 'removeVoter':
      return receiveRemoveVoter(t, m, token)
    case 'updateVoter':
      return receiveUpdateVoter(t, m, token)
  }
}

function callerOf(m: RaftRequest): number {
  if (m.api === 'vote') return m.candidate.id
  if (m.api === 'beginQuorumEpoch') return m.leaderId
  return m.api === 'fetch' ? m.replica.id : -1
}

function answered(t: Turn, from: number, requestId: number, m: RaftResponse): void {
  const { s } = t
  const peer = s.peers.get(from)
  const isAwaited = peer !== undefined && peer.requestId === requestId
  if (isAwaited) {
    peer.requestId = 0
    peer.failures = 0
    peer.retryAtMs = Number.NEGATIVE_INFINITY
  }
  // An answer that comes late may still tell of a newer epoch.
  if (m.api !== 'apiVersions') hear(t, m.epoch, m.leaderId, m.leaderEndpoint ?? null)
  if (!isAwaited) return
  switch (m.api) {
    case 'vote':
      if (m.epoch === s.epoch || m.errorCode === errors.UNSUPPORTED_VERSION) answeredVote(t, from, m)
      if (m.errorCode !== errors.NONE && m.errorCode !== errors.UNSUPPORTED_VERSION) pausePeer(t, from)
      return
    case 'fetch':
      if (s.role.kind === 'unattached' && m.errorCode !== errors.NONE) return pausePeer(t, from)
      return answeredFetch(t, from, m)
    case 'fetchSnapshot':
      return answeredFetchSnapshot(t, from, m)
    case 'endQuorumEpoch':
      if (s.role.kind === 'resigned') s.role.untold.delete(from)
      return
    case 'updateVoter':
      if (s.role.kind === 'follower' && m.errorCode === errors.NONE) s.role.hasToldLeader = true
      return
    case 'apiVersions':
      return answeredApiVersions(t, from, m)
    default:
      return
  }
}

function failed(t: Turn, to: number, requestId: number, why: 'refused' | 'lost' | 'timeout'): void {
  const { s } = t
  const peer = s.peers.get(to)
  if (peer === undefined || peer.requestId !== requestId) return
  const { api } = peer
  peer.requestId = 0
  // A connection that broke may have been an old one: one more try at once.
  if (why !== 'lost' || peer.failures > 0) pausePeer(t, to)
  else peer.failures = 1
  if (api === 'apiVersions') failedApiVersions(t, to)
  // Nobody listens: the leader's process is gone, which needs no timeout to be known.
  if (why === 'refused' && s.role.kind === 'follower' && s.role.leaderId === to && s.logWork === null) leaderLost(t)
}

/** What a message tells of epoch and leader. Nothing of an older epoch counts. */
function hear(
  t: Turn,
  epoch: number,
  leaderId: number | null,
  endpoint: { readonly host: string; readonly port: number } | null,
  isFromLeader = false,
): void {
  const { s } = t
  if (epoch < s.epoch) return
  const isOther = leaderId !== null && leaderId !== s.local.key.id
  if (epoch > s.epoch) {
    if (!isOther || !isReachable(t, leaderId, endpoint)) {
      // This node led that epoch and has forgotten it, or nobody leads it: either way no vote of it is known here.
      return becomeUnattached(t, electionMs(t), { epoch, leaderId })
    }
    return becomeFollower(t, epoch, leaderId, endpoint)
  }
  const isLooking = s.role.kind === 'unattached' || s.role.kind === 'prospective' || s.role.kind === 'candidate'
  if (isOther && isLooking && (s.leaderId === null || s.leaderId === leaderId) && isReachable(t, leaderId, endpoint)) {
    // A doubted leader is believed again only when it speaks for itself.
    if (s.role.kind === 'prospective' && s.leaderId === leaderId && !isFromLeader) return
    return becomeFollower(t, epoch, leaderId, endpoint)
  }
  if (isOther && s.role.kind === 'follower' && s.leaderId === leaderId && endpoint !== null) s.leaderEndpoint = endpoint
}

function isReachable({ s }: Turn, leaderId: number, endpoint: object | null): boolean {
  return endpoint !== null || s.history.voters.some((v) => v.key.id === leaderId)
}

/** What the role has to do now: times that have come, requests that are due. */
function poll(t: Turn): void {
  const { s } = t
  expireRequests(t)
  if (isSoleVoter(s) && mayLead(t)) electSoleVoter(t)
  for (let changes = 0; changes < 4; changes++) {
    const { role } = s
    switch (role.kind) {
      case 'unattached':
        if (!s.isClosing) pollUnattached(t, role)
        break
      case 'prospective':
      case 'candidate':
        if (mayLead(t)) pollElection(t, role)
        break
      case 'follower':
        if (!s.isClosing) pollFollower(t, role)
        break
      case 'leader':
        pollLeader(t, role)
        break
      case 'resigned':
        pollResigned(t)
        break
    }
    if (s.role === role) return
  }
}

function mayLead({ s, hasAppended }: Turn): boolean {
  return s.logWork === null && !s.isClosing && !hasAppended
}

/**
 * Nobody else can grant or refuse, so there is nothing to wait for: the next epoch is ours. Its records are not committed
 * before the quorum-state file is on disk, which is all that a vote must survive for.
 */
function electSoleVoter(t: Turn): void {
  const { role, local } = t.s
  if (role.kind === 'leader') return
  // Asked to resign: it leaves the place for an election time.
  if (role.kind === 'resigned' && role.wasLeader && role.untilMs > t.nowMs) return
  becomeCandidate(t)
  becomeLeader(t, [local.key.id])
}

function pollResigned(t: Turn): void {
  const { s, nowMs } = t
  const { role } = s
  if (role.kind !== 'resigned') return
  for (const voter of s.history.voters) {
    if (!role.untold.has(voter.key.id)) continue
    const to = destinationOf(s, voter)
    if (to === null) continue
    send(t, to, {
      api: 'endQuorumEpoch',
      clusterId: s.clusterId,
      epoch: s.epoch,
      leaderId: s.local.key.id,
      preferred: role.preferred,
      endpoints: s.local.endpoints,
    })
  }
  if (role.untilMs > nowMs || s.isClosing || s.logWork !== null) return
  if (mayStand(s)) becomeProspective(t)
  else becomeUnattached(t, electionMs(t))
}

/** What is in flight too long is taken for lost; the shell closes its connection by itself. */
function expireRequests(t: Turn): void {
  for (const [id, peer] of t.s.peers) {
    if (peer.requestId !== 0 && peer.deadlineMs <= t.nowMs) failed(t, id, peer.requestId, 'timeout')
  }
}

/** The earliest time at which {@link poll} would do something more without anything happening. */
function wakeAt(t: Turn): number {
  const { s, nowMs } = t
  let at = Number.POSITIVE_INFINITY
  const note = (ms: number): void => {
    if (ms > nowMs && ms < at) at = ms
  }
  for (const peer of s.peers.values()) note(peer.requestId !== 0 ? peer.deadlineMs : peer.retryAtMs)
  const { role } = s
  switch (role.kind) {
    case 'unattached':
      if (mayStand(s)) note(role.electionAtMs)
      note(role.askAtMs)
      break
    case 'prospective':
      note(role.untilMs)
      note(role.deferredToMs)
      break
    case 'candidate':
      note(role.untilMs)
      break
    case 'follower':
      note(role.fetchDeadlineMs)
      note(role.voterSetAtMs)
      break
    case 'leader':
      if (!isSoleVoter(s)) note(role.quorumDeadlineMs)
      for (const fetch of role.parked.values()) note(fetch.deadlineMs)
      for (const beginMs of role.beginAtMs.values()) note(beginMs)
      if (role.change !== null) note(role.change.deadlineMs)
      break
    case 'resigned':
      if (!s.isClosing) note(role.untilMs)
      break
  }
  return at
}

/** A resigned leader has told everyone, or there was nobody to tell. */
export function isAtRest(s: RaftState): boolean {
  return s.role.kind !== 'resigned' || s.role.untold.size === 0
}
