import type { Crc32c, Lease, Slice, Uuid } from '../bytes/index.ts'
import type { Clock, Disk, Done, Failure, Heavy, Logger, Random } from '../env/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { LogConfig } from './config.ts'

/** Who made the batch, as Apache's AppendOrigin. Only `client` batches are validated record by record. */
export type Origin = 'client' | 'coordinator' | 'raft'

/**
 * How durable an offset must be before it counts. `sync`: after fdatasync, many batches per sync; `os`: when written to
 * the page cache, as Apache does; `ephemeral`: as `os`, and nothing is ever synced.
 */
export type FlushMode = 'sync' | 'os' | 'ephemeral'

export interface Appended {
  readonly firstOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  /** What LogAppendTime stamped, -1 under CreateTime. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** The batch had been appended before (idempotent retry): the offsets are the original ones, nothing was written. */
  readonly isDuplicate: boolean
}

/** Why the last append was refused, for error_message and record_errors of Produce 8+. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  /** Index within the batch, -1 when the batch as a whole is refused. */
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string | null }[]
}

export interface ReadAsk {
  readonly from: number
  /** Exclusive: a batch is given only when its last offset is below. High watermark, last stable offset or end. */
  readonly upTo: number
  readonly bytesMax: number
  /** The first batch is given even when it is larger than bytesMax. */
  readonly atLeastOne: boolean
}

export interface TimestampAndOffset {
  readonly timestamp: number
  readonly offset: number
  /** Leader epoch of the batch; -1 unknown. */
  readonly leaderEpoch: number
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the ABORT marker. */
  readonly lastOffset: number
}

/** One row of DescribeProducers. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  /** -1 = none seen. */
  readonly coordinatorEpoch: number
  /** -1 = no open transaction. */
  readonly currentTransactionStartOffset: number
}

/**
 * The commit log of one partition: a plain synchronous object; disk work goes on behind it and is reported by
 * {@link Log.onProgress} once per turn.
 *
 * startOffset ≤ flushedOffset ≤ writtenOffset ≤ endOffset; highWatermark ≤ endOffset; lastStableOffset ≤ highWatermark.
 */
export interface Log {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | null
  /** directory.id of the log directory that holds it. */
  readonly directoryId: Uuid
  readonly config: LogConfig
  /** First offset that may be read (log start). */
  readonly startOffset: number
  /** The offset the next batch gets. */
  readonly endOffset: number
  /** Below: in the file. */
  readonly writtenOffset: number
  /** Below: survives a power cut (ephemeral: same as written). */
  readonly flushedOffset: number
  /** What this replica may contribute to the high watermark: flushedOffset under sync, else writtenOffset. */
  readonly durableOffset: number
  readonly highWatermark: number
  /** min(highWatermark, first offset of the oldest open or not yet replicated transaction). */
  readonly lastStableOffset: number
  /** Leader epoch of the last batch or of the last {@link Log.assignEpoch}; -1 = none. */
  readonly latestEpoch: number
  /** Bytes of all segments. */
  readonly sizeBytes: number
  /** Set when the log is offline; every call then answers KAFKA_STORAGE_ERROR. */
  readonly failure: Failure | null
  /** Details of the last ErrorCode that append answered. */
  readonly refusal: Refusal | null

  /**
   * Validates (origin client), checks producer epoch and sequence, stamps base offset and leader epoch in place, and
   * copies the bytes: they are the caller's again when it returns. Written at the end of the turn.
   *
   * Answers CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE,
   * UNSUPPORTED_FOR_MESSAGE_FORMAT, UNSUPPORTED_COMPRESSION_TYPE, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
   * INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED, KAFKA_STORAGE_ERROR.
   */
  append(batch: Slice, leaderEpoch: number, origin: Origin, wallMs: number, ask?: AppendAsk): Appended | ErrorCode
  /** Whole batches with offsets and epochs already assigned; the first must start at endOffset or later. Copies them. */
  appendAsFollower(batches: Slice): Appended | ErrorCode
  /**
   * True: the whole batches asked for are in `into` now. False: `done` will tell. Offsets outside
   * [startOffset, endOffset] fail with code OFFSET_OUT_OF_RANGE. The slices stay valid until `into` is released.
   */
  read(ask: ReadAsk, into: ReadInto, done: Done): boolean
  /** Makes all written bytes survive a power cut (one fdatasync for all who asked). No effect on ephemeral storage. */
  requestFlush(): void
  /** Drops everything from `offset` on. Producer state and epochs go back with it. */
  truncateTo(offset: number, done: Done): void
  /** Drops everything and starts anew at `offset`. */
  truncateFullyAndStartAt(offset: number, done: Done): void
  /** Deletes records below `offset` (≤ highWatermark for DeleteRecords; a follower passes its leader's log start). */
  deleteRecordsBefore(offset: number): ErrorCode
  /** Never moves back except by truncation below it. */
  setHighWatermark(offset: number): void

  /** The largest known epoch ≤ `leaderEpoch` and where it ends; epoch -1 and offset -1 when unknown (KIP-101, KIP-279). */
  epochEnd(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number }
  /** The epoch an offset belongs to; -1 unknown. */
  epochFor(offset: number): number
  /** A new leader notes where its epoch starts before its first append. */
  assignEpoch(leaderEpoch: number): void
  /** First offset of the earliest epoch still held, for EARLIEST; null when empty. */
  earliestEpoch(): { readonly epoch: number; readonly startOffset: number } | null

  /** First record with a timestamp ≥ `timestampMs`; null value when none. */
  offsetForTimestamp(timestampMs: number, done: Done<TimestampAndOffset | null>): void
  /** The record with the largest timestamp (ListOffsets MAX_TIMESTAMP); null when the log is empty. */
  offsetOfMaxTimestamp(done: Done<TimestampAndOffset | null>): void
  /** Aborted transactions overlapping [from, upTo), ascending by first offset. True: filled now. */
  abortedTransactions(from: number, upTo: number, into: AbortedTransaction[], done: Done): boolean

  activeProducers(): readonly ActiveProducer[]
  /** True when the producer has an open transaction in this log under this epoch. */
  hasOngoingTransaction(producerId: number, producerEpoch: number): boolean
  /**
   * KIP-890: a transactional batch of a client needs a guard unless its transaction is already open here. Ask for one,
   * verify at the transaction coordinator, then append with it. Null: nothing to verify. Answers OUT_OF_ORDER_SEQUENCE_NUMBER
   * or INVALID_PRODUCER_EPOCH as soon as they are certain.
   */
  beginVerification(batch: Slice, supportsEpochBump: boolean): VerificationGuard | null | ErrorCode
  /** As {@link beginVerification}, for a coordinator's write on behalf of a producer, which has no sequence. */
  beginVerificationOf(
    producerId: number,
    producerEpoch: number,
    supportsEpochBump: boolean,
  ): VerificationGuard | null | ErrorCode
  /** What append would say of a coordinator's transactional write: NONE, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE. */
  checkTransactionalWrite(
    producerId: number,
    producerEpoch: number,
    guard: VerificationGuard | null | undefined,
  ): ErrorCode

  /** Takes effect at once for rolling, retention and cleaning. */
  configure(config: LogConfig): void
  /** Called at the end of a turn in which writtenOffset, flushedOffset, or startOffset moved. One owner sets it. */
  onProgress: (log: Log) => void
  /** Called once, at the end of a turn: the log or its directory is offline. */
  onFailure: (failure: Failure) => void
}

/** Opaque; made by {@link Log.beginVerification}. */
export interface VerificationGuard {
  readonly producerId: number
  readonly token: number
}

export interface AppendAsk {
  /** Null: the transaction was open when asked, and must be still. Left out: not asked at all. */
  readonly guard?: VerificationGuard | null
  /** 2 = TV2 (KIP-890 part 2): markers carry a bumped epoch, a first sequence must be 0. Default 1. */
  readonly transactionVersion?: number
  /** False refuses internal-topic misuse by clients; default false. */
  readonly isInternalTopic?: boolean
}

/** What read fills. `release` is set by the log; call it once when the last socket write that uses the slices is done. */
export interface ReadInto extends Lease {
  release: () => void
}

export interface LogDir {
  readonly path: string
  /** directory.id of its meta.properties. */
  readonly id: Uuid
  readonly failure: Failure | null
}

/** A partition directory seen at start, before it is opened. */
export interface FoundLog {
  readonly topic: string
  readonly partition: number
  /** Null when partition.metadata is missing. */
  readonly topicId: Uuid | null
  readonly directoryId: Uuid
  /** From the checkpoints; after a clean shutdown recoveryPoint is the end offset. */
  readonly startOffset: number
  readonly recoveryPoint: number
  readonly highWatermark: number
  /** True for `-future` directories. */
  readonly isFuture: boolean
}

/** What recovery did to one log; logged, and kept until asked for. */
export interface RecoveryReport {
  readonly topic: string
  readonly partition: number
  readonly segmentsScanned: number
  readonly bytesScanned: number
  /** Bytes cut from torn tails, and segments dropped behind them. */
  readonly bytesCut: number
  readonly segmentsDropped: number
  /** End offset after the cut. */
  readonly endOffset: number
  readonly indexesRebuilt: number
  readonly reason: string | null
}

export interface LogStoreOptions {
  readonly dirs: readonly string[]
  readonly nodeId: number
  /** Null = take it from meta.properties. */
  readonly clusterId: string | null
  readonly flush: FlushMode
  readonly defaults: LogConfig
  /** Default 32 MiB over all logs. */
  readonly tailCacheBytes?: number
  /** Open descriptors over all logs; default 4096. */
  readonly descriptorsMax?: number
  /** Index tables in memory over all logs; default 16 MiB. */
  readonly indexCacheBytes?: number
  readonly producerIdExpirationMs?: number
  readonly retentionCheckIntervalMs?: number
  readonly recoveryPointCheckpointIntervalMs?: number
  readonly startOffsetCheckpointIntervalMs?: number
  readonly highWatermarkCheckpointIntervalMs?: number
  /** Default: enabled, 128 MiB, 15 s, unlimited. */
  readonly cleaner?: CleanerOptions
}

export interface CleanerOptions {
  readonly enable: boolean
  /** log.cleaner.dedupe.buffer.size: the offset map's bytes (24 a key). */
  readonly dedupeBufferBytes: number
  readonly backoffMs: number
  /** log.cleaner.io.max.bytes.per.second. */
  readonly ioMaxBytesPerSecond: number
}

export interface OpenLog {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid | null
  readonly config: LogConfig
  /** Where a new log goes; default: the online directory with the fewest logs. Ignored when the log exists. */
  readonly directoryId?: Uuid
  /** Overrides the store's mode (metadata, offsets and transaction state are always synced unless ephemeral). */
  readonly flush?: FlushMode
  /** A log that ends before what its checkpoints know is refused (ECORRUPTLOG); default: it is opened, with an error in the log. */
  readonly isEndRequired?: boolean
}

/** All log directories of a node and the logs in them. */
export interface LogStore {
  readonly dirs: readonly LogDir[]
  /** What was on disk when the store was opened, minus what has been opened or deleted since. */
  readonly found: readonly FoundLog[]
  /** All directories carried the clean-shutdown marker. */
  readonly wasCleanShutdown: boolean
  /** Broker epoch in the marker; -1 = none or unclean. */
  readonly previousBrokerEpoch: number
  /** Opens (recovering first when the shutdown was not clean) or makes a log. Fails with code EOFFLINE, ETOPICID or an errno. */
  open(ask: OpenLog, done: Done<Log>): void
  get(topic: string, partition: number): Log | null
  logs(): Iterable<Log>
  /** Renames the directory to `-delete` at once; its files go after file.delete.delay.ms. */
  delete(topic: string, partition: number, done: Done): void
  /**
   * Opens or makes a copy of an open log in another directory (`-future`), to be filled by appendAsFollower. Fails with
   * EOFFLINE when that directory is not online or holds the log already.
   */
  openFuture(ask: OpenLog & { readonly directoryId: Uuid }, done: Done<Log>): void
  future(topic: string, partition: number): Log | null
  /**
   * The copy takes the log's place: `swap` gets it, to be read from at once, and then the old one is deleted. Only when
   * that is done may appends go on; the caller has stopped them, and the copy reaches the end (else EINVAL).
   */
  promoteFuture(topic: string, partition: number, swap: (log: Log) => void, done: Done<Log>): void
  deleteFuture(topic: string, partition: number, done: Done): void
  /** Renames what was found but is not wanted any more to `-stray`. Answers how many. */
  removeStrays(isWanted: (found: FoundLog) => boolean, done: Done<number>): void
  /** On disk: what deleteRecordsBefore of these logs did. Many who ask at once are served by one write. */
  saveLogStarts(logs: readonly Log[], done: () => void): void
  reports(): readonly RecoveryReport[]
  onDirectoryFailure: (dir: LogDir, failure: Failure) => void
  /** Bytes free and in all of a directory's file system, for DescribeLogDirs. */
  space(directoryId: Uuid, done: Done<{ free: number; total: number }>): void
  /** Flushes, checkpoints and, when every log was flushed, writes `.kafka_cleanshutdown` with this broker epoch. */
  close(brokerEpoch: number, done: Done): void
  /** log.cleaner.* changed. */
  configureCleaner(options: CleanerOptions): void
  /** Runs retention now (also runs every retentionCheckIntervalMs). */
  applyRetention(wallMs: number): void
}

/** What a store needs of the world. */
export interface LogEnv {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly logger: Logger
  /** Opens compressed batches for compaction and look-ups by time; without it a log that has some is not compacted. */
  readonly heavy?: Heavy
  /** The environment's native one; default: the portable one. */
  readonly crc32c?: Crc32c
}
