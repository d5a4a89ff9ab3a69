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
import type { Voter } from './types.ts'

/**
 * One step of the quorum: the only code that changes a {@link RaftState}. Pure of clock, disk and network; the effects
 * are carried out in order, before the next event. Events tell of durability, so every instant at which a process can
 * die is one between two events.
 *
 * This version lets a sole voter lead. The shape (roles, messages, ends by voter) is that of many.
 */
export function step(s: RaftState, event: RaftEvent, log: RaftLogView, _nowMs: number): RaftEffect[] {
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
      receive(s, event.message, event.token, log, effects)
      break
    case 'resign':
      s.role = { kind: 'resigned' }
      effects.push({ kind: 'leadership', epoch: s.epoch, leaderId: null })
      break
    case 'tick':
      break
  }
  return effects
}

export function isSoleVoter(s: RaftState): boolean {
  return s.voters.length === 1 && isLocal(s, s.voters[0]!)
}

function isLocal(s: RaftState, voter: Voter): boolean {
  const own = s.local.key
  return voter.key.id === own.id && (voter.key.directoryId === null || voter.key.directoryId === own.directoryId)
}

/**
 * Nobody else can grant or refuse, so there is nothing to wait for: the epoch is ours. Its records are not committed
 * before the quorum-state file is on disk ({@link advance}), which is all that a vote must survive for.
 */
function electIfSoleVoter(s: RaftState, log: RaftLogView, effects: RaftEffect[]): void {
  if (!isSoleVoter(s)) return
  const ids = s.voters.map((v) => v.key.id)
  s.epoch += 1
  s.role = { kind: 'leader', epochStartOffset: log.endOffset, ends: new Map() }
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
  leader.ends.set(s.local.key.id, flushed)
  const ends = s.voters.map((v) => leader.ends.get(v.key.id) ?? 0).sort((a, b) => b - a)
  const agreed = ends[ends.length >> 1] ?? 0
  if (agreed <= leader.epochStartOffset || agreed <= s.highWatermark) return
  s.highWatermark = agreed
  effects.push({ kind: 'committed', offset: agreed })
}

function receive(s: RaftState, m: RaftRequest, token: number, log: RaftLogView, effects: RaftEffect[]): void {
  const answer = (errorCode: number): void => {
    effects.push({ kind: 'answer', token, message: response(s, m, errorCode) })
  }
  if (m.clusterId !== null && m.clusterId !== s.clusterId) return answer(errors.INCONSISTENT_CLUSTER_ID)
  if (m.epoch < s.epoch) return answer(errors.FENCED_LEADER_EPOCH)
  switch (m.api) {
    case 'vote': {
      const meant = m.intendedVoter
      if (
        meant !== null &&
        !(meant.id === s.local.key.id && sameDirectory(meant.directoryId, s.local.key.directoryId))
      ) {
        return answer(errors.INVALID_VOTER_KEY)
      }
      // A sole voter grants nothing: no candidate can be elected without it. A real vote still moves the epoch on, so
      // that a stranger which counted ahead can follow us again.
      if (!m.isPreVote && m.epoch > s.epoch) {
        s.epoch = m.epoch
        s.role = { kind: 'unattached', votedKey: null, leaderId: null }
        electIfSoleVoter(s, log, effects)
      }
      return answer(errors.NONE)
    }
    case 'beginQuorumEpoch':
    case 'endQuorumEpoch':
      // Only a voter of this quorum can have been elected, and there is none but us.
      return answer(m.leaderId === s.local.key.id ? errors.INVALID_REQUEST : errors.INCONSISTENT_VOTER_SET)
  }
}

function sameDirectory(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b
}

function response(s: RaftState, m: RaftRequest, errorCode: number): RaftResponse {
  return {
    api: m.api,
    errorCode,
    epoch: s.epoch,
    leaderId: s.role.kind === 'leader' ? s.local.key.id : null,
    isVoteGranted: false,
  }
}
