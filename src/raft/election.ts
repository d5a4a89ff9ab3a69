import { errors } from '../protocol/index.ts'
import type { EndQuorumEpochRequest, RaftResponse, VoteRequest } from './messages.ts'
import {
  type CandidateRole,
  destinationOf,
  isLocal,
  isSameReplica,
  isSoleVoter,
  isVoter,
  mayStand,
  type ProspectiveRole,
  type Turn,
} from './state.ts'
import {
  answer,
  become,
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomeProspective,
  becomeUnattached,
  electionMs,
  send,
} from './transitions.ts'
import type { ReplicaKey } from './types.ts'

/** How long a voter with a lesser claim leaves the first step to the one with the better. */
const deferMs = 100

/** KIP-595, KIP-853, KIP-996. A vote is on disk before it is answered. */
export function receiveVote(t: Turn, m: VoteRequest, token: number): void {
  const { s } = t
  const refuse = (errorCode: number): void => answer(t, token, { api: 'vote', errorCode, isVoteGranted: false })
  const isEpochWrong = m.isPreVote ? m.lastEpoch > m.epoch : m.lastEpoch >= m.epoch
  if (m.lastEpoch < 0 || m.endOffset < 0 || m.candidate.id < 0 || isEpochWrong) return refuse(errors.INVALID_REQUEST)
  if (m.epoch < s.epoch) return refuse(errors.FENCED_LEADER_EPOCH)
  if (m.epoch > s.epoch) becomeUnattached(t, electionMs(t), { epoch: m.epoch })
  if (m.intendedVoter !== null && !isSameReplica(m.intendedVoter, s.local.key)) return refuse(errors.INVALID_VOTER_KEY)
  const isVoteGranted = mayGrant(t, m)
  if (isVoteGranted && m.isPreVote) leaveFirstStepTo(t, m)
  if (isVoteGranted && !m.isPreVote) vote(t, m.candidate)
  answer(t, token, { api: 'vote', errorCode: errors.NONE, isVoteGranted })
}

function mayGrant(t: Turn, m: VoteRequest): boolean {
  const { s, log } = t
  // Nobody can be elected without it, and it elects itself.
  if (isSoleVoter(s)) return false
  const isLongEnough = m.lastEpoch > log.lastEpoch || (m.lastEpoch === log.lastEpoch && m.endOffset >= log.endOffset)
  switch (s.role.kind) {
    case 'unattached':
    case 'prospective':
      if (m.isPreVote) return isLongEnough
      // Bound by what the epoch has seen: a vote, or a leader.
      if (s.votedKey !== null) return isSameReplica(s.votedKey, m.candidate)
      return s.leaderId === null && isLongEnough
    case 'candidate':
      return m.isPreVote && isLongEnough
    case 'follower':
      return m.isPreVote && isLongEnough && !s.role.hasFetched
    case 'leader':
    case 'resigned':
      return false
  }
}

function vote(t: Turn, candidate: ReplicaKey): void {
  const { s, nowMs } = t
  if (s.votedKey !== null) return
  const waitMs = electionMs(t)
  if (s.role.kind === 'unattached') {
    s.role.electionAtMs = nowMs + waitMs
    become(t, s.role, { votedKey: candidate })
  } else becomeUnattached(t, waitMs, { votedKey: candidate })
}

/**
 * Voters that lose their leader in the same instant would split the vote for ever: the one with the longer log, or the
 * lower id, goes first.
 */
function leaveFirstStepTo(t: Turn, m: VoteRequest): void {
  const { s, log, nowMs } = t
  const isBetter = m.lastEpoch > log.lastEpoch || m.endOffset > log.endOffset || m.candidate.id < s.local.key.id
  if (!isBetter || !isVoter(s)) return
  const untilMs = nowMs + deferMs
  if (s.role.kind === 'prospective') s.role.deferredToMs = Math.max(s.role.deferredToMs, untilMs)
  if (s.role.kind === 'unattached') s.role.electionAtMs = Math.max(s.role.electionAtMs, untilMs)
}

export function answeredVote(t: Turn, from: number, m: RaftResponse): void {
  const { role } = t.s
  if (role.kind !== 'prospective' && role.kind !== 'candidate') return
  // The voter does not know pre-votes: nothing is left but to ask in earnest (as Apache does).
  if (m.errorCode === errors.UNSUPPORTED_VERSION && role.kind === 'prospective') return becomeCandidate(t)
  if (m.errorCode !== errors.NONE) return
  role.votes.set(from, m.isVoteGranted === true)
}

/** Asks for what is missing, and steps forward or back when a majority has spoken. */
export function pollElection(t: Turn, role: ProspectiveRole | CandidateRole): void {
  const { s, log, nowMs } = t
  if (!mayStand(s)) return becomeUnattached(t, electionMs(t))
  const { voters } = s.history
  const majority = (voters.length >> 1) + 1
  const count = (kind: boolean): number => voters.filter((v) => role.votes.get(v.key.id) === kind).length
  const isPreVote = role.kind === 'prospective'
  if (count(true) >= majority) {
    if (role.kind === 'candidate') return becomeLeader(t, grantingVoters(t, role))
    if (role.deferredToMs <= nowMs) return becomeCandidate(t)
  }
  if (count(false) > voters.length - majority) {
    if (role.kind === 'prospective') return electionLost(t)
    if (!role.isLost) {
      role.isLost = true
      role.untilMs = Math.min(role.untilMs, nowMs + backoffMs(t))
      s.electionsLost++
    }
  }
  if (role.untilMs <= nowMs) return role.kind === 'candidate' ? becomeProspective(t) : electionLost(t)
  if (role.kind === 'candidate' && role.isLost) return
  for (const voter of voters) {
    if (isLocal(s, voter) || role.votes.has(voter.key.id)) continue
    const to = destinationOf(s, voter)
    if (to === null) continue
    send(t, to, {
      api: 'vote',
      clusterId: s.clusterId,
      epoch: s.epoch,
      candidate: s.local.key,
      intendedVoter: voter.key,
      lastEpoch: log.lastEpoch,
      endOffset: log.endOffset,
      isPreVote,
    })
  }
}

function grantingVoters({ s }: Turn, role: CandidateRole): number[] {
  return s.history.voters.filter((v) => role.votes.get(v.key.id) === true).map((v) => v.key.id)
}

/** A majority would not elect it, or did not answer. */
function electionLost(t: Turn): void {
  const { s } = t
  const { leaderId } = s
  if (leaderId !== null && leaderId !== s.local.key.id) {
    return becomeFollower(t, s.epoch, leaderId, s.leaderEndpoint)
  }
  becomeUnattached(t, backoffMs(t))
  s.electionsLost++
}

function backoffMs({ s }: Turn): number {
  const spreadMs = Math.min(50 * 2 ** Math.min(s.electionsLost, 10), s.timeouts.backoffMaxMs)
  return spreadMs * (0.1 + s.jitter())
}

/** The leader goes: its first choice stands at once, the others give it time. */
export function receiveEnd(t: Turn, m: EndQuorumEpochRequest, token: number): void {
  const { s, nowMs } = t
  if (m.epoch < s.epoch) return answer(t, token, { api: m.api, errorCode: errors.FENCED_LEADER_EPOCH })
  if (m.leaderId < 0) return answer(t, token, { api: m.api, errorCode: errors.INVALID_REQUEST })
  if (m.leaderId !== s.local.key.id) {
    if (m.epoch > s.epoch || s.leaderId === null) becomeFollower(t, m.epoch, m.leaderId, null)
    if (s.role.kind === 'follower' && s.leaderId === m.leaderId) {
      const place = m.preferred.findIndex((key) => isSameReplica(key, s.local.key))
      const waitMs = Math.max(0, place) * deferMs * (1 + s.jitter())
      s.role.fetchDeadlineMs = Math.min(s.role.fetchDeadlineMs, nowMs + waitMs)
      s.role.hasFetched = false
    }
  }
  answer(t, token, { api: m.api, errorCode: errors.NONE })
}
