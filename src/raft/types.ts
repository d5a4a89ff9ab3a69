import type { Lease, Uuid } from '../bytes/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { RecordBytes } from '../runtime/index.ts'

/** A voter or observer of the quorum: KIP-853 tells two disks of one node id apart by the directory id. */
export interface ReplicaKey {
  readonly id: number
  /** null = not known (kraft.version 0, or an old request). */
  readonly directoryId: Uuid | null
}

export interface VoterEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** One row of the voter set, as VotersRecord keeps it. */
export interface Voter {
  readonly key: ReplicaKey
  readonly endpoints: readonly VoterEndpoint[]
  readonly kraftVersions: { readonly min: number; readonly max: number }
}

/** `offset` is exclusive: the snapshot holds everything below it. */
export interface SnapshotId {
  readonly offset: number
  readonly epoch: number
}

/** Who leads, as this node knows. */
export interface Leadership {
  readonly epoch: number
  readonly leaderId: number | null
  /** True when this node leads and one record of its own epoch is committed: now it may decide. */
  readonly isActive: boolean
}

/**
 * What is told of the log, at the end of a turn and in offset order. A listener that comes late is first caught up:
 * newest snapshot, then every committed batch.
 */
export interface RaftListener {
  /** Forget what you knew: the state below `id.offset` comes now as batches read from this snapshot. */
  beginSnapshot(id: SnapshotId, lastContainedLogTimestamp: number): void
  /** The snapshot is wholly delivered. */
  endSnapshot(id: SnapshotId): void
  /**
   * One data batch, or a piece of a large one, so that long work is cut at its pieces; lent for the call. A batch is
   * atomic: nothing of it may show before its last piece.
   */
  committed(batch: CommittedBatch): void
  /** The last committed batch of this turn was delivered. `endOffset` also counts control batches. */
  committedTo(endOffset: number, epoch: number): void
  leadership(now: Leadership): void
}

export interface CommittedBatch {
  /** Offset of the first of these records; those of a snapshot all stand at the snapshot's last offset. */
  readonly baseOffset: number
  /** The batch ends with these records. */
  readonly isLast: boolean
  readonly isSnapshot: boolean
  readonly epoch: number
  /** Wall time of the append. */
  readonly appendMs: number
  /** Values in offset order; views into the log's buffer, lent for the call. */
  readonly records: readonly RecordBytes[]
}

/** DescribeQuorum's facts. */
export interface QuorumReport {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly ReplicaReport[]
  readonly observers: readonly ReplicaReport[]
  readonly nodes: readonly { readonly nodeId: number; readonly endpoints: readonly VoterEndpoint[] }[]
}
export interface ReplicaReport {
  readonly replica: ReplicaKey
  readonly logEndOffset: number
  /** Wall ms; -1 = never. */
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
}

/** Where the next snapshot's content comes from; the metadata image is the one that there is. */
export interface SnapshotSource {
  /**
   * The committed state as of its own offset, as the encoded values of records in the order to write them. The
   * iterator stays valid over later turns although the state moves on. Null: not now (an open metadata transaction).
   */
  snapshot(): { readonly id: SnapshotId; readonly appendMs: number; readonly records: Iterator<Uint8Array> } | null
}

/** This node's place in the metadata quorum. */
export interface RaftNode {
  readonly nodeId: number
  readonly directoryId: Uuid
  readonly clusterId: string
  /** 0 static voters, 1 KIP-853. */
  readonly kraftVersion: number
  readonly voters: readonly Voter[]
  readonly leadership: Leadership
  /** Where the leader's controller listener is reached; null while nobody leads, or its address is not known. */
  readonly leaderEndpoint: { readonly id: number; readonly host: string; readonly port: number } | null
  /** Everything below is committed (high watermark); -1 before it is known. */
  readonly committedOffset: number
  readonly endOffset: number
  /**
   * Appends one atomic batch of metadata records (values in frame 1, null keys). Refused, with nothing appended, when
   * this node does not lead in `ifEpoch` (NOT_LEADER_OR_FOLLOWER) or the batch passes 8 MiB (RECORD_LIST_TOO_LARGE).
   * Committed when committedOffset >= end; lost when leadership moves first.
   */
  propose(records: readonly RecordBytes[], ifEpoch: number, wallMs: number): { base: number; end: number } | ErrorCode
  listen(listener: RaftListener): void
  /** From now on snapshots are taken of this: after 20 MiB or an hour of records. */
  snapshotsFrom(source: SnapshotSource): void
  /** Takes one now; for shutdown, tests and tools. */
  takeSnapshot(done: (failure: string | null, id: SnapshotId | null) => void): void
  /** Complete only at the leader: others do not know how far anybody is. */
  describeQuorum(): QuorumReport
  /**
   * The APIs of {@link raftApiKeys} on the controller listener: a decoded request, and where its answer goes, once, now
   * or in a later turn. The lease holds record bytes until they are sent.
   */
  handle(apiKey: number, request: unknown, send: (answer: unknown, lease: Lease | null) => void): void
  /**
   * UpdateFeatures of kraft.version, which stands in the quorum's own records: null when it is appended (`validateOnly`:
   * when it could be), else the error to answer. Only 0 → 1 is known (KIP-853).
   */
  upgradeKraftVersion(level: number, validateOnly: boolean): { code: ErrorCode; message: string | null } | null
  /** NONE once everything below `end` is committed and the listeners know it; NOT_CONTROLLER when this node leads no more. */
  whenCommitted(end: number, settle: (code: ErrorCode) => void): void
  /** The controller cannot go on: another shall lead. */
  resign(): void
  /** Resigns, tells the other voters so, stops. A leader waits up to half a second for them to hear. */
  close(done: (failure: string | null) => void): void
}
