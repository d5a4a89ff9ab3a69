import type { Slice, Uuid } from '../bytes/index.ts'
import type { Done, Failure } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import {
  BATCH_HEADER_BYTES,
  batchBaseOffset,
  batchBaseSequence,
  batchBytes,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  isControlBatch,
  isCrcRight,
  isTransactionalBatch,
  type ProduceRules,
  stampOffsetAndEpoch,
  stampTimestamp,
  validateProduceBatch,
} from '../records/index.ts'
import { closeAtRest } from './close-log.ts'
import { outOfRange, readColdBatches } from './cold-read.ts'
import type { LogConfig } from './config.ts'
import type { LeaderEpochs } from './epochs.ts'
import type { Loaded } from './load.ts'
import { LogWriter } from './log-writer.ts'
import { abortedForFetch, findMaxTimestamp, findTimestamp } from './lookup.ts'
import { rulesOf } from './produce-rules.ts'
import { type Producers, readMarker } from './producers.ts'
import { Removals } from './removals.ts'
import { Segment } from './segment.ts'
import type { LogIdentity, LogShared } from './shared.ts'
import { OFFSET_ENTRY_BYTES, SparseIndex, TIME_ENTRY_BYTES } from './sparse-index.ts'
import { Tail } from './tail.ts'
import { startAnew, truncateLog } from './truncate.ts'
import type {
  AbortedTransaction,
  ActiveProducer,
  AppendAsk,
  Appended,
  FlushMode,
  Log,
  Origin,
  ReadAsk,
  ReadInto,
  Refusal,
  TimestampAndOffset,
  VerificationGuard,
} from './types.ts'

const { KAFKA_STORAGE_ERROR, NONE } = errors
const RELATIVE_OFFSET_MAX = 0x7fff_ffff
/** Between two lines about reads that fail. */
const READ_FAILURE_TOLD_MS = 60_000

/**
 * The log of one partition. Its fields below the door's are for the other files of this room: reading, truncation,
 * retention and cleaning act on them.
 */
export class CommitLog implements Log {
  readonly topic: string
  readonly partition: number
  topicId: Uuid | null
  readonly directoryId: Uuid
  readonly shared: LogShared
  readonly flush: FlushMode
  readonly producerIdExpirationMs: number
  dir: string
  config: LogConfig
  startOffset: number
  endOffset: number
  writtenOffset: number
  flushedOffset: number
  highWatermark = 0
  failure: Failure | null = null
  refusal: Refusal | null = null
  onProgress: (log: Log) => void = doNothing
  onFailure: (failure: Failure) => void = doNothing

  /** Ascending; the last one is the active segment. Never empty. */
  readonly segments: Segment[]
  readonly epochs: LeaderEpochs
  readonly producers: Producers
  readonly tail: Tail
  readonly removals: Removals
  readonly writer: LogWriter
  /** Offsets of the producer snapshots on disk, ascending. */
  readonly snapshotOffsets: number[]
  /** Below: every segment is sealed, its data and indexes synced; recovery may start here. */
  recoveryPoint: number
  /** A truncation is going on: no append, no flush. */
  isTruncating = false
  /**
   * Before a truncation: what the checkpoints on disk hold certain must not lie beyond it, or the next start after a crash
   * takes what was cut for lost. Set by the store.
   */
  lowerCheckpoints: (offset: number, done: Done) => void = (_offset, done) => done(null)
  /** As a clean shutdown left it: a close has nothing to save. */
  isPristine = false
  /** Retention is looking at the segments. */
  isDeleting = false
  /** The cleaner is rewriting segments. */
  isCleaning = false
  /** It is to stop as soon as it can. */
  isCleaningAborted = false

  #rules: ProduceRules
  #isTurnEndAsked = false
  #hasProgress = false
  #cleaningWaiters: (() => void)[] = []
  #readFailureToldMs = Number.NEGATIVE_INFINITY
  /** Being deleted: takes nothing more, so that it comes to rest. */
  #isLeaving = false
  #retired = false
  /** Positions where recent cold reads ended: offset to continue from, segment, position. */
  readonly readHints: { offset: number; segment: Segment; position: number }[] = []

  constructor(
    shared: LogShared,
    identity: LogIdentity,
    at: { dir: string; directoryId: Uuid; topicId: Uuid | null; isNew: boolean },
    config: LogConfig,
    loaded: Loaded,
  ) {
    this.shared = shared
    this.topic = identity.topic
    this.partition = identity.partition
    this.flush = identity.flush
    this.producerIdExpirationMs = identity.producerIdExpirationMs
    this.dir = at.dir
    this.directoryId = at.directoryId
    this.topicId = at.topicId
    this.config = config
    this.#rules = rulesOf(config, shared)
    this.segments = loaded.segments
    this.epochs = loaded.epochs
    this.producers = loaded.producers
    this.snapshotOffsets = loaded.snapshotOffsets
    this.startOffset = loaded.startOffset
    this.endOffset = this.writtenOffset = this.flushedOffset = loaded.endOffset
    this.recoveryPoint = loaded.endOffset
    this.tail = new Tail(shared.tails, loaded.endOffset)
    this.removals = new Removals(shared)
    this.writer = new LogWriter(this, !at.isNew, loaded.epochs.size > 0)
    if (this.segments.length === 0) this.#addSegment(this.endOffset)
    const last = this.active
    if (last.index === null) last.index = new SparseIndex(last.baseOffset)
    last.aborted ??= []
  }

  get active(): Segment {
    return this.segments[this.segments.length - 1]!
  }

  get durableOffset(): number {
    return this.flush === 'sync' ? this.flushedOffset : this.writtenOffset
  }

  get lastStableOffset(): number {
    const unstable = this.producers.firstUnstableOffset
    return unstable >= 0 && unstable < this.highWatermark ? unstable : this.highWatermark
  }

  get latestEpoch(): number {
    return this.epochs.latest
  }

  get sizeBytes(): number {
    let bytes = 0
    for (const segment of this.segments) bytes += segment.sizeBytes
    return bytes
  }

  append(batch: Slice, leaderEpoch: number, origin: Origin, wallMs: number, ask?: AppendAsk): Appended | ErrorCode {
    if (this.failure !== null || this.#isLeaving) return KAFKA_STORAGE_ERROR
    const { bytes, from } = batch
    let to = batch.to
    let maxTimestamp: number
    if (origin === 'client') {
      const code = validateProduceBatch(batch, this.#rules, wallMs, this.shared.facts)
      if (code !== NONE) return this.#refuse(code, this.shared.facts.message)
      to = this.shared.facts.to
      maxTimestamp = this.shared.facts.maxTimestamp
    } else maxTimestamp = batchMaxTimestamp(bytes, from)
    if (to - from > this.config.segmentBytes) {
      return this.#refuse(
        errors.RECORD_LIST_TOO_LARGE,
        `Message batch size is ${to - from} bytes in append, which exceeds the maximum configured segment size of ${this.config.segmentBytes}.`,
      )
    }
    const producerId = batchProducerId(bytes, from)
    if (producerId >= 0) {
      const duplicate = origin === 'client' ? this.producers.findDuplicate(bytes, from) : undefined
      if (duplicate !== undefined) {
        const firstOffset = duplicate.lastOffset - duplicate.offsetDelta
        return this.#appended(firstOffset, duplicate.lastOffset, duplicate.timestamp, true)
      }
      const code = this.#checkProducer(bytes, from, to, origin, ask)
      if (code !== NONE) return code
    }
    const baseOffset = this.endOffset
    const nextOffset = baseOffset + batchLastOffsetDelta(bytes, from) + 1
    const isAppendTime = origin === 'client' && this.#isAppendTime
    if (isAppendTime) maxTimestamp = wallMs
    this.#rollIfNeeded(to - from, nextOffset - 1, maxTimestamp, wallMs)
    if (origin === 'client') stampTimestamp(bytes, from, to, isAppendTime, maxTimestamp, this.shared.crc32c)
    stampOffsetAndEpoch(bytes, from, baseOffset, leaderEpoch)
    this.epochs.assign(leaderEpoch, baseOffset)
    this.#put(bytes, from, to, baseOffset, nextOffset)
    return this.#appended(baseOffset, nextOffset - 1, isAppendTime ? wallMs : -1, false)
  }

  get #isAppendTime(): boolean {
    return this.config.messageTimestampType === 'LogAppendTime'
  }

  #appended(firstOffset: number, lastOffset: number, logAppendTimeMs: number, isDuplicate: boolean): Appended {
    return { firstOffset, lastOffset, logAppendTimeMs, logStartOffset: this.startOffset, isDuplicate }
  }

  #refuse(code: ErrorCode, message: string): ErrorCode {
    this.refusal = { code, message, recordErrors: this.shared.facts.recordErrors }
    return code
  }

  #checkProducer(bytes: Uint8Array, from: number, to: number, origin: Origin, ask?: AppendAsk): ErrorCode {
    let code: ErrorCode
    if (isControlBatch(bytes, from)) {
      const marker = readMarker(bytes, from, to)
      code = marker === null ? NONE : this.producers.checkMarker(bytes, from, marker, ask?.transactionVersion ?? 1)
    } else {
      code = this.producers.check(bytes, from, origin === 'client')
      if (code === NONE && isTransactionalBatch(bytes, from)) {
        code = this.producers.checkVerified(batchProducerId(bytes, from), batchProducerEpoch(bytes, from), ask?.guard)
      }
    }
    return code === NONE ? NONE : this.#refuse(code, this.producers.refusal)
  }

  appendAsFollower(batches: Slice): Appended | ErrorCode {
    if (this.failure !== null || this.#isLeaving) return KAFKA_STORAGE_ERROR
    const { bytes, to } = batches
    let at = batches.from
    let expected = this.endOffset
    while (at < to) {
      const size = to - at < BATCH_HEADER_BYTES ? -1 : batchBytes(bytes, at)
      if (
        size < BATCH_HEADER_BYTES ||
        size > to - at ||
        batchMagic(bytes, at) !== 2 ||
        !isCrcRight(bytes, at, at + size, this.shared.crc32c)
      ) {
        return this.#refuse(errors.CORRUPT_MESSAGE, `Damaged batch behind offset ${expected - 1} from the leader`)
      }
      if (batchBaseOffset(bytes, at) < expected || batchLastOffset(bytes, at) < batchBaseOffset(bytes, at)) {
        return this.#refuse(
          errors.OFFSET_OUT_OF_RANGE,
          `Batch at offset ${batchBaseOffset(bytes, at)} from the leader, ${expected} or more expected`,
        )
      }
      expected = batchLastOffset(bytes, at) + 1
      at += size
    }
    const firstOffset = batches.from < to ? batchBaseOffset(bytes, batches.from) : expected
    const wallMs = this.shared.clock.wallMs()
    for (at = batches.from; at < to; ) {
      const end = at + batchBytes(bytes, at)
      const baseOffset = batchBaseOffset(bytes, at)
      const lastOffset = batchLastOffset(bytes, at)
      this.#rollIfNeeded(end - at, lastOffset, batchMaxTimestamp(bytes, at), wallMs)
      this.epochs.assign(batchLeaderEpoch(bytes, at), baseOffset)
      this.#put(bytes, at, end, baseOffset, lastOffset + 1)
      at = end
    }
    return this.#appended(firstOffset, expected - 1, -1, false)
  }

  /** The batch is stamped and checked; it is in the log from here on. */
  #put(bytes: Uint8Array, from: number, to: number, baseOffset: number, nextOffset: number): void {
    const segment = this.active
    const position = segment.sizeBytes
    this.isPristine = false
    segment.noteBatch(bytes, from, to, this.config.indexIntervalBytes)
    const ended = this.producers.apply(bytes, from, to)
    if (ended?.isAborted === true) {
      segment.aborted!.push(ended)
      segment.isAbortedDirty = true
    }
    this.endOffset = nextOffset
    const part = this.tail.append(bytes, from, to, baseOffset, nextOffset)
    this.writer.enqueue(segment, part, position, baseOffset, nextOffset)
    this.askTurnEnd()
  }

  #rollIfNeeded(bytes: number, lastOffset: number, maxTimestamp: number, wallMs: number): void {
    const segment = this.active
    const { config } = this
    if (segment.sizeBytes === 0) {
      if (lastOffset - segment.baseOffset > RELATIVE_OFFSET_MAX) this.roll()
      return
    }
    const waitedMs = segment.firstTimestamp >= 0 ? maxTimestamp - segment.firstTimestamp : wallMs - segment.createdMs
    if (
      segment.sizeBytes + bytes > config.segmentBytes ||
      waitedMs > this.#segmentMs - segment.jitterMs ||
      segment.index!.count >= Math.floor(config.segmentIndexBytes / OFFSET_ENTRY_BYTES) ||
      segment.index!.timeCount >= Math.floor(config.segmentIndexBytes / TIME_ENTRY_BYTES) - 1 ||
      lastOffset - segment.baseOffset > RELATIVE_OFFSET_MAX
    ) {
      this.roll()
    }
  }

  /** A compacted log rolls in time for max.compaction.lag.ms. */
  get #segmentMs(): number {
    const { segmentMs, maxCompactionLagMs, cleanupPolicy } = this.config
    return cleanupPolicy.has('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs
  }

  /** Starts a new segment at the end offset. No effect when the active one is empty and starts there. */
  roll(): void {
    const old = this.active
    if (old.baseOffset === this.endOffset) return
    this.isPristine = false
    old.closeTimeIndex()
    this.writer.takeSnapshot(doNothing)
    this.#addSegment(this.endOffset)
    this.writer.noteRolled(old)
    this.askTurnEnd()
  }

  #addSegment(baseOffset: number): void {
    const segment = new Segment(this.dir, baseOffset, this.shared.clock.wallMs(), this.throwJitter())
    segment.index = new SparseIndex(baseOffset)
    segment.aborted = []
    this.segments.push(segment)
  }

  throwJitter(): number {
    const { segmentJitterMs, segmentMs } = this.config
    const most = Math.min(segmentJitterMs, segmentMs)
    return most > 0 ? this.shared.random.below(Math.min(most, RELATIVE_OFFSET_MAX)) : 0
  }

  /** At the end of this turn: what queued is written, and progress is told. */
  askTurnEnd(): void {
    if (this.#isTurnEndAsked) return
    this.#isTurnEndAsked = true
    this.shared.clock.atTurnEnd(this.#onTurnEnd)
  }

  readonly #onTurnEnd = (): void => {
    this.#isTurnEndAsked = false
    if (this.failure !== null) return this.writer.tellIdle()
    if (!this.isTruncating) this.writer.atTurnEnd()
    if (this.#hasProgress) {
      this.#hasProgress = false
      this.onProgress(this)
    }
    this.writer.tellIdle()
  }

  /** An offset of the door moved. */
  noteProgress(): void {
    this.#hasProgress = true
    this.askTurnEnd()
  }

  requestFlush(): void {
    this.writer.requestFlush()
  }

  read(ask: ReadAsk, into: ReadInto, done: Done): boolean {
    into.release = doNothing
    if (this.failure !== null || ask.from < this.startOffset || ask.from > this.endOffset) {
      const failure = this.failure ?? outOfRange(ask.from, this.startOffset, this.endOffset)
      this.shared.clock.atTurnEnd(() => done(failure))
      return false
    }
    if (ask.from >= ask.upTo || this.tail.read(ask, into)) return true
    readColdBatches(this, ask, into, done)
    return false
  }

  /** Whoever asked is told by an error code; the operator by a line, however often it is asked again. */
  tellReadFailure({ code, message }: Failure): void {
    const nowMs = this.shared.clock.monoMs()
    if (code === 'OFFSET_OUT_OF_RANGE' || this.#retired || nowMs - this.#readFailureToldMs < READ_FAILURE_TOLD_MS)
      return
    this.#readFailureToldMs = nowMs
    const { topic, partition } = this
    this.shared.logger.error('Records cannot be read', { topic, partition, code, reason: message })
  }

  truncateTo(offset: number, done: Done): void {
    truncateLog(this, offset, done)
  }

  truncateFullyAndStartAt(offset: number, done: Done): void {
    startAnew(this, offset, done)
  }

  /** After a truncation: the file ends where the log does, and all of it counts as written. */
  resumeAt(endOffset: number): void {
    this.endOffset = this.writtenOffset = endOffset
    this.flushedOffset = Math.min(this.flushedOffset, endOffset)
    this.recoveryPoint = Math.min(this.recoveryPoint, endOffset)
    this.highWatermark = Math.min(this.highWatermark, endOffset)
    this.tail.noteWritten(endOffset)
    this.isTruncating = false
    this.isPristine = false
    if (this.flush !== 'os') this.requestFlush()
    this.noteProgress()
  }

  deleteRecordsBefore(offset: number): ErrorCode {
    if (this.failure !== null) return KAFKA_STORAGE_ERROR
    if (offset > this.endOffset || offset < 0) return errors.OFFSET_OUT_OF_RANGE
    if (offset <= this.startOffset) return NONE
    this.startOffset = offset
    if (offset > this.highWatermark) this.setHighWatermark(offset)
    this.epochs.truncateFromStart(offset)
    this.producers.onHighWatermark(offset)
    this.noteProgress()
    return NONE
  }

  setHighWatermark(offset: number): void {
    if (offset <= this.highWatermark) return
    this.highWatermark = Math.min(offset, this.endOffset)
    this.producers.onHighWatermark(this.highWatermark)
  }

  epochEnd(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.epochs.endFor(leaderEpoch, this.endOffset)
  }

  epochFor(offset: number): number {
    return this.epochs.epochAt(offset)
  }

  assignEpoch(leaderEpoch: number): void {
    this.epochs.assign(leaderEpoch, this.endOffset)
  }

  earliestEpoch(): { readonly epoch: number; readonly startOffset: number } | null {
    return this.epochs.earliest()
  }

  offsetForTimestamp(timestampMs: number, done: Done<TimestampAndOffset | null>): void {
    findTimestamp(this, timestampMs, done)
  }

  offsetOfMaxTimestamp(done: Done<TimestampAndOffset | null>): void {
    findMaxTimestamp(this, done)
  }

  abortedTransactions(from: number, upTo: number, into: AbortedTransaction[], done: Done): boolean {
    return abortedForFetch(this, from, upTo, into, done)
  }

  activeProducers(): readonly ActiveProducer[] {
    return this.producers.active()
  }

  hasOngoingTransaction(producerId: number, producerEpoch: number): boolean {
    return this.producers.hasOngoingTransaction(producerId, producerEpoch)
  }

  beginVerification(batch: Slice, supportsEpochBump: boolean): VerificationGuard | null | ErrorCode {
    const { bytes, from, to } = batch
    if (to - from < BATCH_HEADER_BYTES || !isTransactionalBatch(bytes, from)) return null
    const producerId = batchProducerId(bytes, from)
    const epoch = batchProducerEpoch(bytes, from)
    if (this.producers.hasOngoingTransaction(producerId, epoch)) return null
    const code = this.producers.checkEpoch(producerId, epoch)
    if (code !== NONE) return this.#refuse(code, this.producers.refusal)
    if (this.producers.findDuplicate(bytes, from) !== undefined) return null
    const token = this.producers.beginVerification(
      producerId,
      epoch,
      batchBaseSequence(bytes, from),
      supportsEpochBump,
      this.shared.clock.wallMs(),
    )
    return { producerId, token }
  }

  beginVerificationOf(
    producerId: number,
    producerEpoch: number,
    supportsEpochBump: boolean,
  ): VerificationGuard | null | ErrorCode {
    if (this.producers.hasOngoingTransaction(producerId, producerEpoch)) return null
    const code = this.producers.checkEpoch(producerId, producerEpoch)
    if (code !== NONE) return this.#refuse(code, this.producers.refusal)
    const nowMs = this.shared.clock.wallMs()
    return {
      producerId,
      token: this.producers.beginVerification(producerId, producerEpoch, -1, supportsEpochBump, nowMs),
    }
  }

  checkTransactionalWrite(
    producerId: number,
    producerEpoch: number,
    guard: VerificationGuard | null | undefined,
  ): ErrorCode {
    const code = this.producers.checkEpoch(producerId, producerEpoch)
    return code === NONE ? this.producers.checkVerified(producerId, producerEpoch, guard) : code
  }

  configure(config: LogConfig): void {
    this.config = config
    this.#rules = rulesOf(config, this.shared)
  }

  beginCleaning(): void {
    this.isCleaning = true
    this.isCleaningAborted = false
  }

  endCleaning(): void {
    this.isCleaning = false
    const waiters = this.#cleaningWaiters
    this.#cleaningWaiters = []
    for (const then of waiters) then()
  }

  /** Calls the cleaner off; `then` when it has let go. Inline when it does nothing here. */
  whenNotCleaning(then: () => void): void {
    if (!this.isCleaning) return then()
    this.isCleaningAborted = true
    this.#cleaningWaiters.push(then)
  }

  /** The directory has another name now. */
  moveTo(dir: string): void {
    this.dir = dir
    for (const segment of this.segments) segment.moveTo(dir)
  }

  /** The log is deleted: nothing more is written, and what fails on its way no longer matters. */
  retire(then: () => void): void {
    this.#isLeaving = true
    const finish = (): void => {
      this.#retired = true
      this.failure ??= { code: 'EDELETED', message: `${this.topic}-${this.partition} was deleted`, retry: 'never' }
      this.tail.clear()
      this.removals.cancel()
      for (const segment of this.segments) this.shared.descriptors.close(segment.slot)
      then()
    }
    this.whenNotCleaning(() => this.writer.whenIdle(finish))
  }

  /** Takes this log offline. A failure of the disk takes the whole directory with it. */
  fail(failure: Failure): void {
    if (this.failure !== null || this.#retired) return
    this.failure = failure
    this.tail.clear()
    this.askTurnEnd()
    this.shared.clock.atTurnEnd(() => this.onFailure(failure))
    this.shared.failDirectory(failure)
  }

  /** Nothing was ever appended nor put on disk: there is nothing to find, nor to lose. */
  get isUnmade(): boolean {
    return this.writer.isUntouched && this.endOffset === this.active.baseOffset
  }

  /** Saves what a clean start wants to find. */
  close(done: Done): void {
    if (this.failure !== null || this.isUnmade) {
      return this.shared.clock.atTurnEnd(() => done(this.failure))
    }
    this.removals.cancel()
    this.whenNotCleaning(() => {
      this.writer.whenIdle((failure) => (failure === null ? closeAtRest(this, done) : done(failure)))
    })
  }
}

function doNothing(): void {}
