import { errors } from '../protocol/index.ts'
import type {
  ControlRecord,
  LeaderRole,
  QuorumStateData,
  RaftEffect,
  RaftEvent,
  RaftLogView,
  RaftRequest,
  RaftResponse,
  RaftState,
} from './state.ts'
import type { ReplicaKey, Voter } from './types.ts'

/**
 * One step of the quorum: the only code that changes a {@link RaftState}. Pure of clock, disk and network; the effects
 * are carried out in order, before the next event. Events tell of durability, so every instant at which a process can
 * die is one between two events.
 *
 * This version lets a sole voter lead. The shape (roles, messages, ends by voter) is that of many.
 */
export function step(s: RaftState, event: RaftEvent, log: RaftLogView, nowMs: number): RaftEffect[] {
  const effects: RaftEffect[] = []
  switch (event.kind) {
    case 'started':
      // The log may be ahead of a quorum-state file whose sync was lost together with its epoch.
      if (log.lastEpoch > s.epoch) {
        s.epoch = log.lastEpoch
        s.role = { kind: 'unattached', votedKey: null, leaderId: null }
      }
      electIfSoleVoter(s, log, effects)
      break
    case 'propose':
      if (s.role.kind === 'leader' && s.epoch === event.ifEpoch) {
        effects.push({ kind: 'appendProposed', epoch: s.epoch })
      } else {
        effects.push({ kind: 'refuseProposed', code: errors.NOT_LEADER_OR_FOLLOWER })
      }
      break
    case 'logFlushed':
      if (s.role.kind === 'leader') advance(s, s.role, event.offset, effects)
      break
    case 'quorumStateSynced':
      if (event.epoch > s.syncedEpoch) s.syncedEpoch = event.epoch
      if (s.role.kind === 'leader') advance(s, s.role, log.flushedOffset, effects)
      break
    case 'received':
      receive(s, event.message, event.token, log, nowMs, effects)
      break
    case 'resign':
      s.role = { kind: 'resigned' }
      effects.push({ kind: 'leadership', epoch: s.epoch, leaderId: null })
      break
  }
  return effects
}

export function isSoleVoter(s: RaftState): boolean {
  return s.voters.length === 1 && isLocal(s, s.voters[0]!)
}

function isLocal(s: RaftState, voter: Voter): boolean {
  return isSameReplica(voter.key, s.local.key)
}

/**
 * Nobody else can grant or refuse, so there is nothing to wait for: the epoch is ours. Its records are not committed
 * before the quorum-state file is on disk ({@link advance}), which is all that a vote must survive for.
 */
function electIfSoleVoter(s: RaftState, log: RaftLogView, effects: RaftEffect[]): void {
  if (!isSoleVoter(s)) return
  const ids = s.voters.map((v) => v.key.id)
  s.epoch += 1
  s.role = { kind: 'leader', epochStartOffset: log.endOffset, followers: new Map() }
  effects.push(
    { kind: 'persistQuorumState', state: quorumState(s) },
    {
      kind: 'appendControl',
      epoch: s.epoch,
      records: [
        { type: 'leaderChange', leaderId: s.local.key.id, voters: ids, grantingVoters: ids },
        ...voterRecords(s),
      ],
    },
    { kind: 'leadership', epoch: s.epoch, leaderId: s.local.key.id },
  )
}

/** KIP-853: the voter set goes into the log when only the 0-0 checkpoint has it, or when our own row has changed. */
function voterRecords(s: RaftState): ControlRecord[] {
  if (s.kraftVersion < 1) return []
  const own = s.voters.find((v) => isLocal(s, v))
  if (s.votersOffset >= 0 && own !== undefined && sameVoter(own, s.local)) return []
  s.voters = s.voters.map((v) => (isLocal(s, v) ? s.local : v))
  return [
    { type: 'kraftVersion', level: s.kraftVersion },
    { type: 'voters', voters: s.voters },
  ]
}

function sameVoter(a: Voter, b: Voter): boolean {
  return (
    a.kraftVersions.min === b.kraftVersions.min &&
    a.kraftVersions.max === b.kraftVersions.max &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((e) => b.endpoints.some((f) => e.name === f.name && e.host === f.host && e.port === f.port))
  )
}

export function quorumState(s: RaftState): QuorumStateData {
  const leaderId =
    s.role.kind === 'leader' ? s.local.key.id : s.role.kind === 'unattached' ? (s.role.leaderId ?? -1) : -1
  return {
    leaderId,
    leaderEpoch: s.epoch,
    votedKey: s.role.kind === 'unattached' ? s.role.votedKey : null,
  }
}

/**
 * highWatermark = the largest offset that a majority of voters has on disk, once it lies past the start of this epoch
 * (a record of an older epoch is committed only together with one of ours), and never less than before.
 */
function advance(s: RaftState, leader: LeaderRole, flushed: number, effects: RaftEffect[]): void {
  if (s.syncedEpoch < s.epoch) return
  const endOf = (voter: Voter): number =>
    isLocal(s, voter) ? flushed : (leader.followers.get(voter.key.id)?.endOffset ?? 0)
  const ends = s.voters.map(endOf).sort((a, b) => b - a)
  const agreed = ends[ends.length >> 1] ?? 0
  if (agreed <= leader.epochStartOffset || agreed <= s.highWatermark) return
  s.highWatermark = agreed
  effects.push({ kind: 'committed', offset: agreed })
}

function receive(
  s: RaftState,
  m: RaftRequest,
  token: number,
  log: RaftLogView,
  nowMs: number,
  effects: RaftEffect[],
): void {
  const answer = (errorCode: number, more: Partial<RaftResponse> = {}): void => {
    const leaderId = s.role.kind === 'leader' ? s.local.key.id : null
    effects.push({ kind: 'answer', token, message: { api: m.api, errorCode, epoch: s.epoch, leaderId, ...more } })
  }
  if (m.clusterId !== null && m.clusterId !== s.clusterId) return answer(errors.INCONSISTENT_CLUSTER_ID)
  if (m.epoch < s.epoch) return answer(errors.FENCED_LEADER_EPOCH)
  switch (m.api) {
    case 'vote': {
      const meant = m.intendedVoter
      if (meant !== null && !isSameReplica(meant, s.local.key)) return answer(errors.INVALID_VOTER_KEY)
      // A sole voter grants nothing: no candidate can be elected without it. A real vote still moves the epoch on, so
      // that a stranger which counted ahead can follow us again.
      if (!m.isPreVote && m.epoch > s.epoch) {
        s.epoch = m.epoch
        s.role = { kind: 'unattached', votedKey: null, leaderId: null }
        effects.push({ kind: 'leadership', epoch: s.epoch, leaderId: null })
        electIfSoleVoter(s, log, effects)
      }
      return answer(errors.NONE, { isVoteGranted: false })
    }
    case 'beginQuorumEpoch':
    case 'endQuorumEpoch':
      // Only a voter of this quorum can have been elected, and there is none but us.
      return answer(m.leaderId === s.local.key.id ? errors.INVALID_REQUEST : errors.INCONSISTENT_VOTER_SET)
    case 'fetch': {
      if (s.role.kind !== 'leader') return answer(errors.NOT_LEADER_OR_FOLLOWER)
      if (m.epoch > s.epoch) return answer(errors.UNKNOWN_LEADER_EPOCH)
      return answer(errors.NONE, follow(s, s.role, m, log, nowMs, effects))
    }
  }
}

/** What a follower gets: a snapshot when the log no longer reaches back, where it has gone astray, or records. */
function follow(
  s: RaftState,
  leader: LeaderRole,
  m: RaftRequest & { readonly api: 'fetch' },
  log: RaftLogView,
  nowMs: number,
  effects: RaftEffect[],
): Partial<RaftResponse> {
  const snapshot = log.latestSnapshot
  if (snapshot !== null && (m.fetchOffset === 0 || m.fetchOffset < log.startOffset)) return { snapshot }
  if (m.fetchOffset > 0) {
    const end = log.epochEnd(m.lastFetchedEpoch)
    if (end.epoch !== m.lastFetchedEpoch || end.endOffset < m.fetchOffset) {
      return { diverging: end.epoch < 0 ? { epoch: 0, endOffset: 0 } : end }
    }
  }
  const before = leader.followers.get(m.replica.id)
  const isCaughtUp = m.fetchOffset >= log.endOffset
  leader.followers.set(m.replica.id, {
    key: m.replica,
    endOffset: m.fetchOffset,
    lastFetchMs: nowMs,
    lastCaughtUpMs: isCaughtUp ? nowMs : (before?.lastCaughtUpMs ?? -1),
  })
  advance(s, leader, log.flushedOffset, effects)
  return { records: { from: m.fetchOffset, upTo: log.flushedOffset, highWatermark: s.highWatermark } }
}

function isSameReplica(a: ReplicaKey, b: ReplicaKey): boolean {
  return a.id === b.id && (a.directoryId === null || b.directoryId === null || a.directoryId === b.directoryId)
}
