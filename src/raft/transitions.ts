import { errors } from '../protocol/index.ts'
import type { ControlRecord, RaftRequest, RaftResponse } from './messages.ts'
import {
  type Destination,
  destinationOf,
  isLocal,
  knownLeader,
  type Peer,
  quorumState,
  type RaftRole,
  type Turn,
} from './state.ts'
import type { ReplicaKey, Voter } from './types.ts'

/** A node that knows no leader asks others, or for their votes, within this time. */
export const startSpreadMs = 150

/** What a state change writes down; what is not given stays, unless the epoch is a new one. */
interface Durable {
  readonly epoch?: number
  readonly leaderId?: number | null
  readonly votedKey?: ReplicaKey | null
}

/**
 * The one way from a role to another. Who waits on a leader that is none any more is told so; the durable part is
 * written when it changed, and everything sent from now on waits for that.
 */
export function become(t: Turn, role: RaftRole, durable: Durable = {}): void {
  const { s } = t
  const before = { epoch: s.epoch, leaderId: knownLeader(s) }
  const epoch = durable.epoch ?? s.epoch
  const isNew = epoch !== s.epoch
  const leaderId = durable.leaderId !== undefined ? durable.leaderId : isNew ? null : s.leaderId
  const votedKey = durable.votedKey !== undefined ? durable.votedKey : isNew ? null : s.votedKey
  const isChanged = isNew || leaderId !== s.leaderId || votedKey !== s.votedKey
  const old = s.role
  s.epoch = epoch
  if (leaderId !== s.leaderId) s.leaderEndpoint = null
  s.leaderId = leaderId
  s.votedKey = votedKey
  s.role = role
  for (const peer of s.peers.values()) peer.requestId = 0
  if (isChanged) {
    s.persistVersion++
    t.effects.push({ kind: 'persistQuorumState', state: quorumState(s), version: s.persistVersion })
  }
  if (old.kind === 'leader' && role.kind !== 'leader') {
    for (const token of old.parked.keys()) answer(t, token, { api: 'fetch', errorCode: errors.NOT_LEADER_OR_FOLLOWER })
    const { change } = old
    if (change !== null && change.token !== null) {
      answer(t, change.token, { api: change.api, errorCode: errors.NOT_LEADER_OR_FOLLOWER })
    }
  }
  const now = knownLeader(s)
  if (now !== before.leaderId || epoch !== before.epoch) t.effects.push({ kind: 'leadership', epoch, leaderId: now })
}

/** Answers wait for the quorum-state that they speak of. */
export function answer(
  t: Turn,
  token: number,
  message: Partial<RaftResponse> & Pick<RaftResponse, 'api' | 'errorCode'>,
): void {
  t.effects.push({ kind: 'answer', token, message: around(t, message), after: unsynced(t) })
}

/** The epoch and the leader that every answer tells. */
export function around(
  t: Turn,
  message: Partial<RaftResponse> & Pick<RaftResponse, 'api' | 'errorCode'>,
): RaftResponse {
  const { s } = t
  const leaderId = knownLeader(s)
  return { epoch: s.epoch, leaderId, leaderEndpoint: leaderId === null ? null : endpointOfLeader(t), ...message }
}

function endpointOfLeader({ s }: Turn): { host: string; port: number } | null {
  const own = s.local.endpoints.find((e) => e.name === s.listener) ?? null
  if (s.leaderId === s.local.key.id) return own
  const found = leaderDestination(s)
  return found === null ? null : { host: found.host, port: found.port }
}

/** Where the leader is reached: as it told, else as the voter set says. */
export function leaderDestination(s: Turn['s']): Destination | null {
  if (s.leaderId === null) return null
  if (s.leaderEndpoint !== null) return { id: s.leaderId, ...s.leaderEndpoint }
  const voter = s.history.voters.find((v) => v.key.id === s.leaderId)
  return voter === undefined ? null : destinationOf(s, voter)
}

export function unsynced({ s }: Turn): number {
  return s.persistVersion > s.syncedVersion ? s.persistVersion : 0
}

export function becomeUnattached(
  t: Turn,
  waitMs: number,
  durable: { epoch?: number; leaderId?: number | null; votedKey?: ReplicaKey | null } = {},
): void {
  become(t, { kind: 'unattached', electionAtMs: t.nowMs + waitMs, askAtMs: t.nowMs }, durable)
}

/** An election time, spread over as long again. */
export function electionMs({ s }: Turn): number {
  return s.timeouts.electionMs * (1 + s.jitter())
}

export function becomeFollower(
  t: Turn,
  epoch: number,
  leaderId: number,
  endpoint: { readonly host: string; readonly port: number } | null,
): void {
  const { s, nowMs } = t
  const fetchDeadlineMs = nowMs + s.timeouts.fetchMs
  const isNews = epoch !== s.epoch
  become(
    t,
    {
      kind: 'follower',
      leaderId,
      fetchDeadlineMs,
      hasFetched: false,
      snapshot: null,
      voterSetAtMs: nowMs,
      hasToldLeader: false,
    },
    { epoch, leaderId },
  )
  if (endpoint !== null) s.leaderEndpoint = { host: endpoint.host, port: endpoint.port }
  if (!isNews) return
  s.electionsLost = 0
  peerOf(t, leaderId).retryAtMs = Number.NEGATIVE_INFINITY
}

/** KIP-996: asks whether it would be elected, in the epoch that it has. */
export function becomeProspective(t: Turn): void {
  const { s, nowMs } = t
  const votes = new Map([[s.local.key.id, true]])
  for (const peer of s.peers.values()) peer.retryAtMs = Number.NEGATIVE_INFINITY
  become(t, { kind: 'prospective', votes, untilMs: nowMs + electionMs(t), deferredToMs: nowMs })
}

/** Votes for itself, which is on disk before anybody is asked. */
export function becomeCandidate(t: Turn): void {
  const { s, nowMs } = t
  const votes = new Map([[s.local.key.id, true]])
  const durable = { epoch: s.epoch + 1, leaderId: null, votedKey: s.local.key }
  become(t, { kind: 'candidate', votes, untilMs: nowMs + electionMs(t), isLost: false }, durable)
}

/**
 * Its first records open the epoch: LeaderChange and, when the log has no VotersRecord yet or this voter's row has
 * changed, KRaftVersion and Voters (KIP-853).
 */
export function becomeLeader(t: Turn, grantingVoters: readonly number[]): void {
  const { s, log, nowMs } = t
  const { voters } = s.history
  s.electionsLost = 0
  become(
    t,
    {
      kind: 'leader',
      epochStartOffset: log.endOffset,
      followers: new Map(),
      parked: new Map(),
      heard: new Set(),
      quorumDeadlineMs: nowMs + s.timeouts.fetchMs * 1.5,
      beginAtMs: new Map(),
      change: null,
      told: new Map(),
    },
    // As Apache writes it: that it voted for itself goes without saying.
    { leaderId: s.local.key.id, votedKey: null },
  )
  appendControl(t, [
    { type: 'leaderChange', leaderId: s.local.key.id, voters: voters.map((v) => v.key.id), grantingVoters },
    ...voterRecords(t),
  ])
}

function voterRecords({ s }: Turn): ControlRecord[] {
  const { voters, kraftVersion, votersOffset } = s.history
  if (kraftVersion < 1) return []
  const own = voters.find((v) => isLocal(s, v))
  if (votersOffset >= 0 && (own === undefined || isSameVoter(own, s.local))) return []
  return [
    { type: 'kraftVersion', level: kraftVersion },
    { type: 'voters', voters: voters.map((v) => (isLocal(s, v) ? s.local : v)) },
  ]
}

export function isSameVoter(a: Voter, b: Voter): boolean {
  return (
    a.kraftVersions.min === b.kraftVersions.min &&
    a.kraftVersions.max === b.kraftVersions.max &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((e) => b.endpoints.some((f) => e.name === f.name && e.host === f.host && e.port === f.port))
  )
}

/** One batch at the log's end; what it says of the voters is in force at once. Returns the offset of its last record. */
export function appendControl(t: Turn, records: readonly ControlRecord[]): number {
  const { s, log } = t
  for (const [i, record] of records.entries()) s.history.append({ offset: log.endOffset + i, record })
  t.hasAppended = true
  t.effects.push({ kind: 'appendControl', epoch: s.epoch, records })
  return log.endOffset + records.length - 1
}

/** Asked to, or without a majority: it tells the voters, the one with the longest log first. */
export function becomeResigned(t: Turn): void {
  const { s } = t
  const leader = s.role.kind === 'leader' ? s.role : null
  const others = leader === null ? [] : s.history.voters.filter((v) => !isLocal(s, v))
  const endOf = (v: Voter): number => leader?.followers.get(v.key.id)?.endOffset ?? -1
  const preferred = [...others].sort((a, b) => endOf(b) - endOf(a)).map((v) => v.key)
  const untilMs = t.nowMs + (leader === null ? s.jitter() * startSpreadMs : electionMs(t))
  const untold = new Set(others.map((v) => v.key.id))
  become(t, { kind: 'resigned', wasLeader: leader !== null, untilMs, preferred, untold })
}

/** Sends when nothing is in flight to that node and its pause is over; says whether it did. */
export function send(t: Turn, to: Destination, message: RaftRequest): boolean {
  const { s, nowMs } = t
  const peer = peerOf(t, to.id)
  if (peer.requestId !== 0 || peer.retryAtMs > nowMs) return false
  const requestId = ++s.requestIds
  peer.requestId = requestId
  peer.api = message.api
  peer.deadlineMs = nowMs + s.timeouts.requestMs
  t.effects.push({ kind: 'send', to, requestId, message, after: unsynced(t) })
  return true
}

export function peerOf({ s }: Turn, id: number): Peer {
  let peer = s.peers.get(id)
  if (peer === undefined) {
    peer = {
      requestId: 0,
      api: null,
      deadlineMs: Number.POSITIVE_INFINITY,
      retryAtMs: Number.NEGATIVE_INFINITY,
      failures: 0,
    }
    s.peers.set(id, peer)
  }
  return peer
}

/** The next request to this node waits a little, the longer the more often it failed. */
export function pausePeer(t: Turn, id: number): void {
  const { s, nowMs } = t
  const peer = peerOf(t, id)
  const pauseMs = Math.min(s.timeouts.retryMs * 2 ** Math.min(peer.failures, 8), 1000)
  peer.failures++
  peer.retryAtMs = nowMs + pauseMs * (0.8 + 0.4 * s.jitter())
}
