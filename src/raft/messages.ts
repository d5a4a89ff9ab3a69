import type { Slice } from '../bytes/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { ReplicaKey, SnapshotId, Voter, VoterEndpoint } from './types.ts'

/**
 * The messages of the quorum in its own words; wire-requests.ts and wire-responses.ts map them to and from Kafka's. The
 * one partition that there is, and the fixed names around it, do not appear here.
 */
export type RaftRequest =
  | VoteRequest
  | BeginQuorumEpochRequest
  | EndQuorumEpochRequest
  | FetchRequest
  | FetchSnapshotRequest
  | AddVoterRequest
  | RemoveVoterRequest
  | UpdateVoterRequest
  | { readonly api: 'apiVersions' }

interface OfCluster {
  /** Null = not said, and then not checked. */
  readonly clusterId: string | null
}

/** KIP-595, KIP-996. A pre-vote asks in the epoch that the asker has, a vote in the one that it makes. */
export interface VoteRequest extends OfCluster {
  readonly api: 'vote'
  readonly epoch: number
  readonly candidate: ReplicaKey
  /** Whom it is meant for; null = not said. */
  readonly intendedVoter: ReplicaKey | null
  readonly lastEpoch: number
  readonly endOffset: number
  readonly isPreVote: boolean
}

export interface BeginQuorumEpochRequest extends OfCluster {
  readonly api: 'beginQuorumEpoch'
  readonly epoch: number
  readonly leaderId: number
  readonly intendedVoter: ReplicaKey | null
  /** Of the leader; empty in version 0. */
  readonly endpoints: readonly VoterEndpoint[]
}

export interface EndQuorumEpochRequest extends OfCluster {
  readonly api: 'endQuorumEpoch'
  readonly epoch: number
  readonly leaderId: number
  /** The longest log first: who should be elected next. */
  readonly preferred: readonly ReplicaKey[]
  readonly endpoints: readonly VoterEndpoint[]
}

export interface FetchRequest extends OfCluster {
  readonly api: 'fetch'
  /** The leader epoch that the follower knows. */
  readonly epoch: number
  readonly replica: ReplicaKey
  /** Everything below is on the disk of a voter: the offset is its acknowledgement. */
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly maxWaitMs: number
  readonly bytesMax: number
  /** The one the follower knows (KIP-1166): the leader answers at once when its own is higher. */
  readonly highWatermark: number
}

/** KIP-630 */
export interface FetchSnapshotRequest extends OfCluster {
  readonly api: 'fetchSnapshot'
  readonly epoch: number
  readonly replica: ReplicaKey
  readonly id: SnapshotId
  readonly position: number
  readonly bytesMax: number
}

/** KIP-853 */
export interface AddVoterRequest extends OfCluster {
  readonly api: 'addVoter'
  readonly voter: ReplicaKey
  readonly endpoints: readonly VoterEndpoint[]
  readonly timeoutMs: number
  readonly ackWhenCommitted: boolean
}

export interface RemoveVoterRequest extends OfCluster {
  readonly api: 'removeVoter'
  readonly voter: ReplicaKey
}

export interface UpdateVoterRequest extends OfCluster {
  readonly api: 'updateVoter'
  readonly epoch: number
  readonly voter: Voter
}

/** What every answer says: an error, and who leads as far as the sender knows. */
export interface RaftResponse {
  readonly api: RaftRequest['api']
  readonly errorCode: ErrorCode
  readonly epoch: number
  readonly leaderId: number | null
  readonly leaderEndpoint?: { readonly host: string; readonly port: number } | null
  /** Of addVoter and removeVoter: why. */
  readonly errorMessage?: string | null
  /** vote */
  readonly isVoteGranted?: boolean
  /** fetch: truncate to this and ask again. */
  readonly diverging?: { readonly epoch: number; readonly endOffset: number } | null
  /** fetch: load this snapshot first. */
  readonly snapshot?: SnapshotId | null
  /** fetch; null when nothing follows yet. */
  readonly records?: FetchedRecords | null
  /** fetch; -1 = not known yet. */
  readonly highWatermark?: number
  /** fetchSnapshot */
  readonly piece?: SnapshotPiece
  /** apiVersions: null = the node does not know kraft.version. */
  readonly kraftVersions?: { readonly min: number; readonly max: number } | null
}

/** Whole batches that follow the follower's log, checked by whoever received them. */
export interface FetchedRecords {
  readonly baseOffset: number
  readonly endOffset: number
  readonly lastEpoch: number
  /** The quorum's own records among them. */
  readonly control: readonly ControlRecordAt[]
  readonly bytes: Slice
}

export interface SnapshotPiece {
  readonly id: SnapshotId
  /** Of the whole snapshot, in bytes. */
  readonly size: number
  readonly position: number
  readonly bytes: Slice
}

export interface ControlRecordAt {
  readonly offset: number
  readonly record: ControlRecord
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
