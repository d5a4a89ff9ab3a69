import type { ErrorCode } from '../protocol/index.ts'
import type { ReplicaKey, SnapshotId, Voter } from './types.ts'

/**
 * The quorum as this node knows it. Changed by step() alone.
 *
 * Durable (quorum-state file): epoch, leaderId, votedKey. From the log: voters, kraftVersion. The rest is soft.
 */
export interface RaftState {
  readonly clusterId: string
  readonly local: Voter
  readonly timeouts: RaftTimeouts
  epoch: number
  role: RaftRole
  /** Newest voter set of log and snapshots, committed or not (KIP-853: in force from its append). */
  voters: readonly Voter[]
  kraftVersion: number
  /** Offset of the newest VotersRecord in log or snapshot; -1 = only in the 0-0 checkpoint, or static. */
  votersOffset: number
  /** Everything below is committed; -1 until the first is known in this process. */
  highWatermark: number
  /** Highest epoch for which the quorum-state file is on disk. */
  syncedEpoch: number
}

export interface RaftTimeouts {
  readonly electionMs: number
  readonly fetchMs: number
  readonly backoffMaxMs: number
  readonly requestMs: number
}

/**
 * unattached ─ timeout or sole voter → prospective ─ majority of pre-votes → candidate ─ majority of votes → leader
 *     ↑                                                                                                         │
 *     └────────── higher epoch, or resign → resigned ←───────────────────────────────────────────────────────────┘
 * follower: as unattached, with a leader that is fetched from. A sole voter walks from unattached to leader in one step.
 */
export type RaftRole =
  | { readonly kind: 'unattached'; readonly votedKey: ReplicaKey | null; readonly leaderId: number | null }
  | LeaderRole
  | { readonly kind: 'resigned' }

export interface LeaderRole {
  readonly kind: 'leader'
  /** Offset of the LeaderChange record that opens this epoch. */
  readonly epochStartOffset: number
  /** Everyone who fetches, voters and observers, by node id. */
  readonly followers: Map<number, FollowerProgress>
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

/** Messages of the quorum in its own words; the server maps them to and from wire versions. */
export type RaftRequest =
  | {
      readonly api: 'vote'
      readonly clusterId: string | null
      readonly epoch: number
      readonly candidate: ReplicaKey
      readonly intendedVoter: ReplicaKey | null
      readonly lastEpoch: number
      readonly endOffset: number
      readonly isPreVote: boolean
    }
  | {
      readonly api: 'beginQuorumEpoch'
      readonly clusterId: string | null
      readonly epoch: number
      readonly leaderId: number
    }
  | {
      readonly api: 'endQuorumEpoch'
      readonly clusterId: string | null
      readonly epoch: number
      readonly leaderId: number
    }
  | {
      readonly api: 'fetch'
      readonly clusterId: string | null
      /** The leader epoch that the follower knows. */
      readonly epoch: number
      readonly replica: ReplicaKey
      readonly fetchOffset: number
      readonly lastFetchedEpoch: number
    }

export interface RaftResponse {
  readonly api: RaftRequest['api']
  readonly errorCode: ErrorCode
  readonly epoch: number
  readonly leaderId: number | null
  /** vote */
  readonly isVoteGranted?: boolean
  /** fetch: truncate to this and ask again. */
  readonly diverging?: { readonly epoch: number; readonly endOffset: number }
  /** fetch: load this snapshot first. */
  readonly snapshot?: SnapshotId
  /**
   * fetch: the records that may follow, up to the leader's flushed end: what is not on its disk is not given away, since
   * the next fetch offset acknowledges it.
   */
  readonly records?: { readonly from: number; readonly upTo: number; readonly highWatermark: number }
}

export type RaftEvent =
  /** The first: files are read, the log is recovered. */
  | { readonly kind: 'started' }
  | { readonly kind: 'received'; readonly message: RaftRequest; readonly token: number }
  | { readonly kind: 'logFlushed'; readonly offset: number }
  | { readonly kind: 'quorumStateSynced'; readonly epoch: number }
  | { readonly kind: 'propose'; readonly ifEpoch: number }
  | { readonly kind: 'resign' }

export type RaftEffect =
  | { readonly kind: 'answer'; readonly token: number; readonly message: RaftResponse }
  | { readonly kind: 'persistQuorumState'; readonly state: QuorumStateData }
  /** To be appended at once, in this epoch: the batch that was proposed. */
  | { readonly kind: 'appendProposed'; readonly epoch: number }
  | { readonly kind: 'refuseProposed'; readonly code: ErrorCode }
  | { readonly kind: 'appendControl'; readonly epoch: number; readonly records: readonly ControlRecord[] }
  | { readonly kind: 'committed'; readonly offset: number }
  | { readonly kind: 'leadership'; readonly epoch: number; readonly leaderId: number | null }

export interface QuorumStateData {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly votedKey: ReplicaKey | null
}

export type ControlRecord =
  | {
      readonly type: 'leaderChange'
      readonly leaderId: number
      readonly voters: readonly number[]
      readonly grantingVoters: readonly number[]
    }
  | { readonly type: 'kraftVersion'; readonly level: number }
  | { readonly type: 'voters'; readonly voters: readonly Voter[] }
  | { readonly type: 'snapshotHeader'; readonly lastContainedLogTimestamp: number }
  | { readonly type: 'snapshotFooter' }
