import type { Lease, Slice, Uuid } from '../bytes/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { CommittedIsr, IsrChange } from './in-sync-replicas.ts'

/** Something parked until an offset is written or committed. Settled once: at the end of a turn, or at once when it is so already. */
export interface Waiter {
  settle(code: ErrorCode): void
}

/** What a partition with replicas elsewhere needs of its broker. */
export interface ReplicationPorts {
  readonly brokerId: number
  /** replica.lag.time.max.ms */
  readonly lagMaxMs: number
  monoMs(): number
  /** The epoch of a broker's registration while it may be in an ISR: registered, not fenced, not leaving; else null. */
  eligibleEpoch(brokerId: number): number | null
  /** Asks the controller for another ISR (AlterPartition); `now` is what is committed when it granted it. */
  alterIsr(of: PartitionName, change: IsrChange, done: (errorCode: ErrorCode, now: CommittedIsr | null) => void): void
}

/** What moved on a partition. `end`: what is written or durable, of interest to followers only. */
export type Moved = 'end' | 'highWatermark' | 'lastStable' | 'logStart' | 'role'

/** Told at the end of the turn in which something moved; at most once per kind and turn. */
export interface Watcher {
  moved(what: Moved): void
}

/** A read of one partition, from a consumer (bounded by high watermark or last stable offset) or a follower. */
export interface FetchAsk {
  readonly fetchOffset: number
  /** -1 = the asker does not know; else checked: FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH. */
  readonly currentLeaderEpoch: number
  /** -1 = not given; else a diverging log is answered with divergingEpoch (KIP-595, Fetch v12). */
  readonly lastFetchedEpoch: number
  readonly bytesMax: number
  /** The first batch is answered whole even beyond bytesMax (KIP-74). */
  readonly isFirstBatchWhole: boolean
  readonly isReadCommitted: boolean
  /** A follower: it reads to the end of what is written, a consumer to the high watermark. */
  readonly isFollower: boolean
  /** A consumer that knows of replicas near it (Fetch v11, KIP-392): a follower may answer, up to what it knows to be committed. */
  readonly mayReadFollower: boolean
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** One partition's part of a fetch answer. `lease` lends the batches until released; null when there are none. */
export interface FetchResult {
  errorCode: ErrorCode
  highWatermark: number
  lastStableOffset: number
  logStartOffset: number
  divergingEpoch: { epoch: number; endOffset: number } | null
  abortedTransactions: readonly AbortedTransaction[] | null
  /** The replica that the consumer should read from instead; -1 = this one. */
  preferredReadReplica: number
  lease: Lease | null
  bytes: number
}

export interface ProduceAsk {
  /** -1 all, 1 or 0. */
  readonly acks: number
  /** Client appends may not write control batches; coordinators may. */
  readonly origin: 'client' | 'coordinator'
  /** -1 = whatever this leader's epoch is. */
  readonly expectedLeaderEpoch: number
}

export type PartitionName = { readonly topicId: Uuid; readonly topic: string; readonly index: number }
export type { Slice }

export function emptyFetchResult(): FetchResult {
  return {
    errorCode: 0,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: null,
    abortedTransactions: null,
    preferredReadReplica: -1,
    lease: null,
    bytes: 0,
  }
}
