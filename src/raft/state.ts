import type { ErrorCode } from '../protocol/index.ts'
import type { ControlRecord, FetchedRecords, RaftRequest, RaftResponse, SnapshotPiece } from './messages.ts'
import type { ReplicaKey, SnapshotId, Voter, VoterEndpoint } from './types.ts'
import type { VoterHistory } from './voter-history.ts'

/**
 * The quorum as this node knows it. Changed by step() alone.
 *
 *   unattached ── election time ──────────────▶ prospective ── majority of pre-votes ──▶ candidate ── majority of votes ──▶ leader
 *      │  ▲ ▲                                     ▲   │  ▲                                   │                                │
 *      │  │ └──── refused, knows no leader ───────┼───┤  └──── refused or late: a backoff ───┘                                │
 *   a leader is heard of                          │   │ refused, knows the leader                  asked to; removed; no majority
 *      ▼  │ observer loses its leader             │   ▼                                            fetched for 1.5 × fetch timeout
 *   follower ── fetch timeout, its port refuses ──┘ follower                                                                  ▼
 *      │                                                  prospective ◀── election time ────────────────────────────── resigned
 *      └ fetches; truncates or loads a snapshot when the leader says so                                    (also: a start after leading)
 *
 *   any ── a vote or an answer of a higher epoch ──▶ unattached; with its leader's name ──▶ follower
 *
 * Voted is unattached with `votedKey`. An observer (not in `voters`) is unattached or follower, and never more. A sole
 * voter walks from unattached to leader in one step.
 *
 * Durable (quorum-state file): epoch, leaderId, votedKey. From log and snapshots: history. The rest is soft.
 */
export interface RaftState {
  readonly clusterId: string
  readonly local: Voter
  readonly timeouts: RaftTimeouts
  /** Name of the listener by which voters reach each other. */
  readonly listener: string
  /** controller.quorum.bootstrap.servers: who is asked for the leader, besides the voters. Ids are below -1. */
  readonly bootstrap: readonly Destination[]
  /** controller.quorum.auto.join.enable, on a controller. */
  readonly joinsItself: boolean
  /** Draws from [0, 1): what spreads elections and retries. */
  readonly jitter: () => number

  epoch: number
  /** Who was elected in `epoch`; this node itself also after it has resigned. */
  leaderId: number | null
  votedKey: ReplicaKey | null
  /** How often the three above were to be written, and which of that is on disk. */
  persistVersion: number
  syncedVersion: number

  role: RaftRole
  /** How `leaderId` is reached, if it told. */
  leaderEndpoint: { readonly host: string; readonly port: number } | null
  /** The voter sets and kraft.version in force from their append on, committed or not (KIP-853). */
  readonly history: VoterHistory
  /** Everything below is committed; -1 until the first is known in this process. */
  highWatermark: number
  /** The log is being cut or replaced: nobody may count on its end, and no election begins. */
  logWork: 'truncate' | 'load' | null
  isClosing: boolean
  /** Elections in a row that were lost: each doubles the time in which the next one begins. */
  electionsLost: number
  readonly peers: Map<number, Peer>
  requestIds: number
  /** When step() wants to be called with a tick; Infinity = not by time. */
  wakeAtMs: number
}

export interface RaftTimeouts {
  readonly electionMs: number
  readonly fetchMs: number
  readonly backoffMaxMs: number
  readonly requestMs: number
  /** First pause before a request that failed is sent again; doubled up to a second. */
  readonly retryMs: number
  /** How long a follower's fetch waits at the leader. */
  readonly fetchWaitMs: number
  readonly fetchBytesMax: number
  readonly snapshotBytesMax: number
}

export const defaultTimeouts: RaftTimeouts = Object.freeze({
  electionMs: 1000,
  fetchMs: 2000,
  backoffMaxMs: 1000,
  requestMs: 2000,
  retryMs: 20,
  fetchWaitMs: 500,
  fetchBytesMax: 1 << 20,
  snapshotBytesMax: 1 << 20,
})

/** `id` is a node's, or below -1 for an address of which only the configuration knows. */
export interface Destination {
  readonly id: number
  readonly host: string
  readonly port: number
}

/** One request at a time goes to each. */
export interface Peer {
  /** 0 = none in flight. */
  requestId: number
  api: RaftRequest['api'] | null
  deadlineMs: number
  /** Not before this; -Infinity = at once. */
  retryAtMs: number
  failures: number
}

export type RaftRole = UnattachedRole | ProspectiveRole | CandidateRole | FollowerRole | LeaderRole | ResignedRole

export interface UnattachedRole {
  readonly kind: 'unattached'
  /** When a voter stops waiting to hear of a leader. */
  electionAtMs: number
  /** When the next node is asked who leads. */
  askAtMs: number
}

export interface ProspectiveRole {
  readonly kind: 'prospective'
  readonly votes: Map<number, boolean>
  readonly untilMs: number
  /** A voter with a better claim asked too: it goes first. */
  deferredToMs: number
}

export interface CandidateRole {
  readonly kind: 'candidate'
  readonly votes: Map<number, boolean>
  untilMs: number
  /** A majority refused: it waits for its next try. */
  isLost: boolean
}

export interface FollowerRole {
  readonly kind: 'follower'
  readonly leaderId: number
  fetchDeadlineMs: number
  /** In this epoch. While it has not, a pre-vote may be granted: the leader may be unreachable for all. */
  hasFetched: boolean
  snapshot: { readonly id: SnapshotId; position: number; isStoring: boolean } | null
  /** The next time that this node asks to be made, kept or told of as a voter. */
  voterSetAtMs: number
  /** kraft.version 0: the leader knows this voter's endpoints and versions. */
  hasToldLeader: boolean
}

export interface LeaderRole {
  readonly kind: 'leader'
  /** Offset of the LeaderChange record that opens this epoch. */
  readonly epochStartOffset: number
  /** Everyone who fetches, voters and observers, by node id. */
  readonly followers: Map<number, FollowerProgress>
  /** Fetches that wait for something new, by token. */
  readonly parked: Map<number, ParkedFetch>
  /** Voters heard since the last time when they were a majority, which moves the deadline. */
  readonly heard: Set<number>
  quorumDeadlineMs: number
  /** When each voter that does not fetch is told again of this epoch. */
  readonly beginAtMs: Map<number, number>
  change: VoterChange | null
  /** kraft.version 0: what the voters told of themselves, which a VotersRecord will need. */
  readonly told: Map<number, Voter>
}

export interface ResignedRole {
  readonly kind: 'resigned'
  /** In this process, not only in one before it. */
  readonly wasLeader: boolean
  readonly untilMs: number
  readonly preferred: readonly ReplicaKey[]
  /** Voters that have not heard yet. */
  readonly untold: Set<number>
}

/** A fetch offset is an acknowledgement: everything below it is on that replica's disk. */
export interface FollowerProgress {
  readonly key: ReplicaKey
  endOffset: number
  /** Monotonic. */
  lastFetchMs: number
  /** When it last asked at what was then the log's end; -1 = never. */
  lastCaughtUpMs: number
}

export interface ParkedFetch {
  readonly from: number
  readonly bytesMax: number
  readonly highWatermark: number
  readonly deadlineMs: number
}

/** The one change of the voter set that may be under way. */
export interface VoterChange {
  readonly api: 'addVoter' | 'removeVoter'
  /** Who waits for it; null = was answered. */
  token: number | null
  readonly voter: Voter
  readonly ackWhenCommitted: boolean
  readonly deadlineMs: number
  /** Its VotersRecord; null = the new voter is still being asked what it supports. */
  offset: number | null
}

/** What step() may ask of the log; the shell answers from the real one. */
export interface RaftLogView {
  readonly startOffset: number
  readonly endOffset: number
  readonly flushedOffset: number
  /** Epoch of the last record, in log or snapshot; 0 when both are empty. */
  readonly lastEpoch: number
  /** Null when there is none but the 0-0 checkpoint, which is never replicated. */
  readonly latestSnapshot: SnapshotId | null
  /** The largest known epoch ≤ `epoch` and where it ends; -1, -1 when unknown. */
  epochEnd(epoch: number): { readonly epoch: number; readonly endOffset: number }
}

export type RaftEvent =
  /** The first: files are read, the log is recovered. */
  | { readonly kind: 'started' }
  /** The time that step() asked for has come. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'received'; readonly message: RaftRequest; readonly token: number }
  | {
      readonly kind: 'answered'
      readonly from: number
      readonly requestId: number
      readonly message: RaftResponse
    }
  /** A request came to nothing. `refused`: nobody listens there, the process is gone. */
  | {
      readonly kind: 'failed'
      readonly to: number
      readonly requestId: number
      readonly why: 'refused' | 'lost' | 'timeout'
    }
  /** The log moved; `offset` is its flushed end. */
  | { readonly kind: 'logFlushed'; readonly offset: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'quorumStateSynced'; readonly version: number }
  | { readonly kind: 'pieceStored'; readonly id: SnapshotId; readonly end: number; readonly size: number }
  | {
      readonly kind: 'snapshotLoaded'
      readonly id: SnapshotId
      readonly voters: readonly Voter[] | null
      readonly kraftVersion: number
    }
  /** What came was damaged; it is fetched anew. */
  | { readonly kind: 'snapshotRefused'; readonly id: SnapshotId }
  | { readonly kind: 'propose'; readonly ifEpoch: number }
  /** UpdateFeatures wants kraft.version at this level. */
  | { readonly kind: 'upgrade'; readonly level: number; readonly validateOnly: boolean }
  | { readonly kind: 'resign' }
  | { readonly kind: 'close' }

export type RaftEffect =
  /** `after`: not before the quorum-state of this version is on disk; 0 = at once. */
  | {
      readonly kind: 'send'
      readonly to: Destination
      readonly requestId: number
      readonly message: RaftRequest
      readonly after: number
    }
  | { readonly kind: 'answer'; readonly token: number; readonly message: RaftResponse; readonly after: number }
  /**
   * The records from `from` on, as many whole batches as fit, with `message` around them; when this node still leads in
   * that epoch by the time they are read.
   */
  | {
      readonly kind: 'answerFetch'
      readonly token: number
      readonly from: number
      readonly upTo: number
      readonly bytesMax: number
      readonly message: RaftResponse
      readonly after: number
    }
  | {
      readonly kind: 'answerSnapshot'
      readonly token: number
      readonly id: SnapshotId
      readonly position: number
      readonly bytesMax: number
      readonly message: RaftResponse
      readonly after: number
    }
  | { readonly kind: 'persistQuorumState'; readonly state: QuorumStateData; readonly version: number }
  /** To be appended at once, in this epoch: the batch that was proposed. */
  | { readonly kind: 'appendProposed'; readonly epoch: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string | null }
  | { readonly kind: 'appendControl'; readonly epoch: number; readonly records: readonly ControlRecord[] }
  | { readonly kind: 'appendFetched'; readonly records: FetchedRecords }
  | { readonly kind: 'truncate'; readonly to: number }
  | { readonly kind: 'storePiece'; readonly piece: SnapshotPiece }
  | { readonly kind: 'loadSnapshot'; readonly id: SnapshotId }
  | { readonly kind: 'committed'; readonly offset: number }
  | { readonly kind: 'leadership'; readonly epoch: number; readonly leaderId: number | null }
  /** Something that cannot be: going on would lie. */
  | { readonly kind: 'halt'; readonly reason: string }

export interface QuorumStateData {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly votedKey: ReplicaKey | null
}

/** One call of step(): the state, what it may look at, and what it has decided so far. */
export interface Turn {
  readonly s: RaftState
  readonly log: RaftLogView
  readonly nowMs: number
  readonly effects: RaftEffect[]
  /** The log's end is not what the view says any more: at most one append is asked for in a turn. */
  hasAppended: boolean
}

/** What a node begins with: files and log are read, nothing is known of the others. */
export function newRaftState(o: {
  readonly clusterId: string
  readonly local: Voter
  readonly listener: string
  readonly timeouts?: Partial<RaftTimeouts>
  readonly bootstrap?: readonly Destination[]
  readonly joinsItself?: boolean
  readonly jitter: () => number
  readonly persisted: QuorumStateData | null
  readonly history: VoterHistory
}): RaftState {
  return {
    clusterId: o.clusterId,
    local: o.local,
    timeouts: { ...defaultTimeouts, ...o.timeouts },
    listener: o.listener,
    bootstrap: o.bootstrap ?? [],
    joinsItself: o.joinsItself ?? false,
    jitter: o.jitter,
    epoch: o.persisted?.leaderEpoch ?? 0,
    leaderId: o.persisted === null || o.persisted.leaderId < 0 ? null : o.persisted.leaderId,
    votedKey: o.persisted?.votedKey ?? null,
    persistVersion: 0,
    syncedVersion: 0,
    role: { kind: 'unattached', electionAtMs: Number.POSITIVE_INFINITY, askAtMs: Number.POSITIVE_INFINITY },
    leaderEndpoint: null,
    history: o.history,
    highWatermark: -1,
    logWork: null,
    isClosing: false,
    electionsLost: 0,
    peers: new Map(),
    requestIds: 0,
    wakeAtMs: Number.POSITIVE_INFINITY,
  }
}

export function quorumState(s: RaftState): QuorumStateData {
  return { leaderId: s.leaderId ?? -1, leaderEpoch: s.epoch, votedKey: s.votedKey }
}

export function isSameReplica(a: ReplicaKey, b: ReplicaKey): boolean {
  return a.id === b.id && (a.directoryId === null || b.directoryId === null || a.directoryId === b.directoryId)
}

export function isLocal(s: RaftState, voter: Voter): boolean {
  return isSameReplica(voter.key, s.local.key)
}

export function isVoter(s: RaftState): boolean {
  return s.history.voters.some((v) => isLocal(s, v))
}

export function isSoleVoter(s: RaftState): boolean {
  const { voters } = s.history
  return voters.length === 1 && isLocal(s, voters[0]!)
}

/**
 * May ask for votes. Also who is no voter any more by a record that is not known to be committed: the others may need
 * its longer log to elect anybody, as when one of two removes itself.
 */
export function mayStand(s: RaftState): boolean {
  if (isVoter(s)) return true
  const { history, highWatermark } = s
  return history.votersOffset >= highWatermark && history.votersBefore.some((v) => isLocal(s, v))
}

/** Who leads, to be told to others: not this node once it has resigned. */
export function knownLeader(s: RaftState): number | null {
  return s.leaderId === s.local.key.id && s.role.kind !== 'leader' ? null : s.leaderId
}

export function endpointOf(s: RaftState, endpoints: readonly VoterEndpoint[]): VoterEndpoint | null {
  return endpoints.find((e) => e.name === s.listener) ?? null
}

export function destinationOf(s: RaftState, voter: Voter): Destination | null {
  const endpoint = endpointOf(s, voter.endpoints)
  return endpoint === null ? null : { id: voter.key.id, host: endpoint.host, port: endpoint.port }
}
