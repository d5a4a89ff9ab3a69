import { utf8Decode } from '../bytes/index.ts'
import type { DirEntry, Done, Failure, File } from '../env/index.ts'
import { batchBaseOffset, batchLastOffset, batchLeaderEpoch, batchMaxTimestamp, isCrcRight } from '../records/index.ts'
import { LeaderEpochs } from './epochs.ts'
import { readAborted, readIndex } from './index-files.ts'
import { finishInterrupted } from './interrupted.ts'
import { fileName, offsetName, offsetOfName, suffix } from './names.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { Producers } from './producers.ts'
import { scanBatches } from './scan.ts'
import { Segment } from './segment.ts'
import { eachInTurn, type LogShared } from './shared.ts'
import { SparseIndex } from './sparse-index.ts'
import type { RecoveryReport } from './types.ts'

export interface LoadAsk {
  readonly dir: string
  readonly topic: string
  readonly partition: number
  /** The directory was shut down in order: the files are as they were left. */
  readonly isClean: boolean
  /** From the checkpoints; 0 when they do not know. */
  readonly recoveryPoint: number
  readonly startOffset: number
  /** 0 when the log may be shorter without damage: a high watermark that was never synced. */
  readonly highWatermark: number
  /** Ending before what is certain is a reason to refuse it; else it is only told. */
  readonly isEndRequired: boolean
  readonly indexIntervalBytes: number
  /** Not ephemeral storage. */
  readonly isSynced: boolean
  /** cleanup.policy has compact: gaps between offsets are in order. */
  readonly isCompacted: boolean
  /** It was compacted here before its policy changed: segments may have been emptied and dropped. */
  readonly wasCompacted: boolean
  readonly jitterMs: () => number
}

export interface Loaded {
  readonly segments: Segment[]
  readonly startOffset: number
  readonly endOffset: number
  readonly epochs: LeaderEpochs
  readonly producers: Producers
  readonly snapshotOffsets: number[]
  /** Null when nothing had to be looked at batch by batch. */
  readonly report: RecoveryReport | null
}

/** A log that is new. */
export function nothingLoaded(): Loaded {
  return {
    segments: [],
    startOffset: 0,
    endOffset: 0,
    epochs: new LeaderEpochs(),
    producers: new Producers(),
    snapshotOffsets: [],
    report: null,
  }
}

const SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024
const EPOCHS_BYTES_MAX = 64 * 1024 * 1024

const RELATIVE_OFFSET_MAX = 0x7fff_ffff

/** Batches that are certain (below recovery point or high watermark) do not become uncertain: the log goes offline. */
export const CORRUPT = 'ECORRUPTLOG'

/**
 * Brings one partition directory from disk: finishes what a crash interrupted, and, unless the shutdown was clean, checks
 * every batch from the recovery point on, cuts a torn tail, and rebuilds indexes, epochs and producer state.
 */
export function loadLog(shared: LogShared, ask: LoadAsk, done: Done<Loaded>): void {
  new Loading(shared, ask, done).start()
}

class Loading {
  readonly #shared: LogShared
  readonly #ask: LoadAsk
  readonly #done: Done<Loaded>
  #segments: Segment[] = []
  #snapshots: number[] = []
  #epochs = new LeaderEpochs()
  readonly #producers = new Producers()
  #endOffset = 0
  #segmentsScanned = 0
  #bytesScanned = 0
  #file: File | null = null
  #bytesCut = 0
  #segmentsDropped = 0
  #indexesRebuilt = 0
  #reason: string | null = null
  /** A segment was swapped in: it and all behind it are looked at again. */
  #rescanFrom = Number.POSITIVE_INFINITY

  constructor(shared: LogShared, ask: LoadAsk, done: Done<Loaded>) {
    this.#shared = shared
    this.#ask = ask
    this.#done = done
  }

  #fail(failure: Failure): void {
    this.#closeFile()
    this.#done(failure, undefined as never)
  }

  start(): void {
    this.#shared.disk.list(this.#ask.dir, (failure, entries) => {
      if (failure !== null) return this.#fail(failure)
      finishInterrupted(this.#shared.disk, this.#ask.dir, entries, (interruptedFailure, finished) => {
        if (interruptedFailure !== null) return this.#fail(interruptedFailure)
        this.#rescanFrom = finished.rescanFrom
        this.#findSegments(finished.entries)
      })
    })
  }

  #findSegments(entries: readonly DirEntry[]): void {
    const { dir, jitterMs } = this.#ask
    const bases = new Set<number>()
    const nowMs = this.#shared.clock.wallMs()
    for (const { name, size, kind } of entries) {
      const baseOffset = offsetOfName(name, suffix.log)
      if (baseOffset >= 0) {
        if (kind !== 'file') {
          const what = kind === 'directory' ? 'a directory' : 'a link or something else'
          const message = `${dir}/${name} is ${what} and not the file of a segment. ${wayOut}`
          return this.#fail({ code: CORRUPT, message, retry: 'never' })
        }
        const segment = new Segment(dir, baseOffset, nowMs, jitterMs())
        segment.sizeBytes = segment.writtenBytes = size
        segment.maxTimestamp = null
        segment.isCreated = true
        this.#segments.push(segment)
        bases.add(baseOffset)
      }
      const snapshot = offsetOfName(name, suffix.snapshot)
      if (snapshot >= 0) this.#snapshots.push(snapshot)
    }
    this.#segments.sort((a, b) => a.baseOffset - b.baseOffset)
    this.#snapshots.sort((a, b) => a - b)
    const orphans = entries.filter(({ name }) =>
      [suffix.index, suffix.timeIndex, suffix.txnIndex].some((ending) => {
        const offset = offsetOfName(name, ending)
        return offset >= 0 && !bases.has(offset)
      }),
    )
    eachInTurn(
      orphans,
      ({ name }, next) => this.#shared.disk.remove(`${dir}/${name}`, next),
      (failure) => (failure === null ? this.#readEpochs() : this.#fail(failure)),
    )
  }

  #readEpochs(): void {
    this.#shared.disk.readAll(`${this.#ask.dir}/${fileName.leaderEpochs}`, EPOCHS_BYTES_MAX, (failure, bytes) => {
      if (failure !== null && failure.code !== 'ENOENT') return this.#fail(failure)
      // An end between making the file and filling it leaves it empty: as good as missing, and no damage.
      const isThere = failure === null && bytes.length > 0
      const epochs = isThere ? LeaderEpochs.fromText(utf8Decode(bytes, 0, bytes.length)) : new LeaderEpochs()
      if (epochs === null) {
        // What an older crash may have left; the batches know their epochs, so the whole log is asked.
        this.#shared.logger.warn('Leader epoch checkpoint is damaged and will be rebuilt from the log', {
          directory: this.#ask.dir,
        })
      }
      this.#epochs = epochs ?? new LeaderEpochs()
      // A log with records has epochs; where the file is missing or damaged, the batches are asked.
      const isKnown = this.#epochs.size > 0 || this.#segments.every((segment) => segment.sizeBytes === 0)
      this.#readProducers(isKnown ? this.#scanFrom() : 0)
    })
  }

  /** Offset from which batches must be looked at one by one. */
  #scanFrom(): number {
    if (this.#segments.length === 0) return 0
    const certain = this.#ask.isClean ? Number.POSITIVE_INFINITY : this.#ask.recoveryPoint
    if (certain === Number.POSITIVE_INFINITY) return this.#rescanFrom
    let from = this.#segments[0]!.baseOffset
    for (const { baseOffset } of this.#segments) if (baseOffset <= certain) from = baseOffset
    return Math.min(from, this.#rescanFrom)
  }

  /** Loads the newest readable snapshot that does not lie beyond what is certain. */
  #readProducers(scanFrom: number): void {
    const newest = this.#snapshots.at(-1)
    if (newest === undefined) {
      // A close leaves a snapshot wherever a producer was known: nothing to replay.
      const hasNone = this.#ask.isClean && this.#segments.length === 1
      return this.#scan(scanFrom, hasNone ? Number.POSITIVE_INFINITY : (this.#segments[0]?.baseOffset ?? 0))
    }
    const path = `${this.#ask.dir}/${offsetName(newest)}${suffix.snapshot}`
    const dropNewest = (): void => {
      this.#shared.disk.remove(path, (failure) => {
        if (failure !== null) return this.#fail(failure)
        this.#snapshots.pop()
        this.#readProducers(scanFrom)
      })
    }
    if (newest > scanFrom) return dropNewest()
    this.#shared.disk.readAll(path, SNAPSHOT_BYTES_MAX, (failure, bytes) => {
      if (failure !== null) return this.#fail(failure)
      const entries = decodeProducerSnapshot(bytes, this.#shared.crc32c)
      if (entries === null) {
        this.#shared.logger.warn('Producer snapshot is damaged and was removed', { path })
        return dropNewest()
      }
      for (const entry of entries) this.#producers.load(entry)
      this.#scan(scanFrom, newest)
    })
  }

  /**
   * Everything from `scanFrom` on is checked; from `replayFrom` on, producers are replayed. The last segment is always
   * looked at from its last index entry on, to find the end.
   */
  #scan(scanFrom: number, replayFrom: number): void {
    if (this.#segments.length === 0) return this.#finish()
    let at = 0
    const step = (): void => {
      const segment = this.#segments[at]
      if (segment === undefined) return this.#finish()
      const isLast = at === this.#segments.length - 1
      const end = isLast ? Number.POSITIVE_INFINITY : this.#segments[at + 1]!.baseOffset
      at++
      const goOn = (): void => this.#checkJoint(segment, this.#segments[at], step)
      if (segment.baseOffset >= scanFrom) this.#recover(segment, goOn)
      else if (isLast) this.#findEnd(segment, replayFrom, step)
      else if (end > replayFrom) this.#replay(segment, replayFrom, goOn)
      else goOn()
    }
    step()
  }

  /**
   * A segment ends where the next one begins, unless compaction left gaps. Where it ends earlier and the records between
   * were certain, files are missing: a reader would pass over them without a word.
   */
  #checkJoint(segment: Segment, following: Segment | undefined, next: () => void): void {
    if (following === undefined || this.#ask.isCompacted || this.#ask.wasCompacted) return next()
    const check = (end: number): void => {
      if (end >= following.baseOffset || end >= this.#certain) return next()
      const files = `${segment.path(suffix.log)} and ${offsetName(following.baseOffset)}${suffix.log}`
      const message = `offsets ${end} to ${following.baseOffset - 1} are missing between ${files}. ${wayOut}`
      this.#fail({ code: CORRUPT, message, retry: 'never' })
    }
    if (segment.index !== null) return check(this.#endOffset)
    readIndex(this.#shared, segment, (failure, index) => {
      if (failure !== null) return this.#fail(failure)
      this.#open(segment, (file) => {
        let end = segment.baseOffset
        const onBatch = (bytes: Uint8Array, from: number): boolean => {
          end = Math.max(end, batchLastOffset(bytes, from) + 1)
          return false
        }
        const from = index?.lastPosition ?? 0
        scanBatches(file, from, file.size(), onBatch, ({ failure: scanFailure, position, why }) => {
          if (scanFailure !== null) return this.#fail(scanFailure)
          if (why === 'end') check(end)
          else if (end < this.#certain) this.#fail(corrupt(segment, position, `no batch of magic 2. ${wayOut}`))
          else next()
        })
      })
    })
  }

  /** A file of its own, until the next is opened: a scan may outlast the time that a shared descriptor stays open. */
  #open(segment: Segment, then: (file: File) => void): void {
    this.#closeFile()
    this.#shared.disk.open(segment.slot.path, 'write', (failure, file) => {
      if (failure !== null) return this.#fail(failure)
      this.#file = file
      then(file)
    })
  }

  #closeFile(): void {
    this.#file?.close()
    this.#file = null
  }

  /** The last segment after a clean shutdown: trusts its index, and scans behind the last entry. */
  #findEnd(segment: Segment, replayFrom: number, next: () => void): void {
    this.#open(segment, (file) => {
      segment.sizeBytes = segment.writtenBytes = file.size()
      readIndex(this.#shared, segment, (failure, index) => {
        if (failure !== null) return this.#fail(failure)
        if (index === null) {
          this.#reason ??= 'missing or damaged index of the last segment'
          return this.#recover(segment, next)
        }
        const from = replayFrom > segment.baseOffset ? Math.min(index.positionFor(replayFrom), index.lastPosition) : 0
        const start = replayFrom >= index.lastOffset ? index.lastPosition : from
        segment.index = index
        segment.maxTimestamp = index.lastTime
        segment.maxTimestampOffset = index.lastTimeOffset
        this.#endOffset = segment.baseOffset
        const onBatch = (bytes: Uint8Array, batchFrom: number, batchTo: number, position: number): boolean => {
          if (position === 0) segment.firstTimestamp = batchMaxTimestamp(bytes, batchFrom)
          const lastOffset = batchLastOffset(bytes, batchFrom)
          if (lastOffset < this.#endOffset - 1 || batchBaseOffset(bytes, batchFrom) < segment.baseOffset) return true
          if (batchMaxTimestamp(bytes, batchFrom) > segment.maxTimestamp!) {
            segment.maxTimestamp = batchMaxTimestamp(bytes, batchFrom)
            segment.maxTimestampOffset = lastOffset
          }
          this.#endOffset = lastOffset + 1
          if (lastOffset >= replayFrom) this.#applyProducer(segment, bytes, batchFrom, batchTo)
          this.#epochs.assign(batchLeaderEpoch(bytes, batchFrom), batchBaseOffset(bytes, batchFrom))
          return false
        }
        scanBatches(file, start, segment.sizeBytes, onBatch, ({ failure: scanFailure, position, why }) => {
          if (scanFailure !== null) return this.#fail(scanFailure)
          segment.bytesSinceIndexEntry = position - index.lastPosition
          if (why === 'end') return this.#readFirst(segment, file, () => this.#readTxnIndex(segment, next))
          // A clean shutdown does not leave a torn tail; look at the whole segment with care.
          this.#reason ??= 'torn tail although the shutdown was clean'
          this.#recover(segment, next)
        })
      })
    })
  }

  #readFirst(segment: Segment, file: File, next: () => void): void {
    if (segment.sizeBytes === 0 || segment.firstTimestamp !== -1) return next()
    const header = new Uint8Array(61)
    file.read(header, 0, (failure) => {
      if (failure !== null) return this.#fail(failure)
      segment.firstTimestamp = batchMaxTimestamp(header, 0)
      next()
    })
  }

  #readTxnIndex(segment: Segment, next: () => void): void {
    readAborted(this.#shared, segment, (failure, aborted) => {
      if (failure !== null) return this.#fail(failure)
      segment.aborted = aborted
      if (aborted !== null) return next()
      this.#reason ??= 'damaged transaction index of the last segment'
      this.#recover(segment, next)
    })
  }

  /** Producers only, in a segment whose batches are certain. */
  #replay(segment: Segment, replayFrom: number, next: () => void): void {
    this.#open(segment, (file) => {
      const onBatch = (bytes: Uint8Array, from: number, to: number): boolean => {
        if (batchLastOffset(bytes, from) >= replayFrom) this.#applyProducer(segment, bytes, from, to)
        return false
      }
      scanBatches(file, 0, file.size(), onBatch, ({ failure, why, position }) => {
        if (failure !== null) return this.#fail(failure)
        if (why === 'end') return next()
        this.#fail(corrupt(segment, position, 'no batch of magic 2'))
      })
    })
  }

  #applyProducer(segment: Segment, bytes: Uint8Array, from: number, to: number): void {
    const ended = this.#producers.apply(bytes, from, to)
    if (ended?.isAborted === true && segment.aborted !== null) {
      segment.aborted.push(ended)
      segment.isAbortedDirty = true
    }
  }

  get #certain(): number {
    return Math.max(this.#ask.recoveryPoint, this.#ask.highWatermark)
  }

  /** Checks every batch of a segment, rebuilds its indexes, and cuts what is behind the last good batch. */
  #recover(segment: Segment, next: () => void): void {
    const certain = this.#certain
    this.#open(segment, (file) => {
      const size = file.size()
      const index = new SparseIndex(segment.baseOffset)
      segment.index = index
      segment.aborted = []
      segment.isAbortedDirty = true
      segment.isIndexDirty = true
      segment.sizeBytes = 0
      segment.maxTimestamp = -1
      segment.bytesSinceIndexEntry = 0
      let expected = Math.max(segment.baseOffset, this.#endOffset)
      let why = 'no batch of magic 2'
      let certainEnd = Number.POSITIVE_INFINITY
      const lastMax = segment.baseOffset + RELATIVE_OFFSET_MAX
      const onBatch = (bytes: Uint8Array, from: number, to: number): boolean => {
        const baseOffset = batchBaseOffset(bytes, from)
        const lastOffset = batchLastOffset(bytes, from)
        // The checksum does not cover the offset. Only compaction leaves gaps, so elsewhere one is a damaged offset,
        // unless the records behind it are known to be committed (a follower of a log that once was compacted).
        const isGap = baseOffset > expected && !this.#ask.isCompacted && expected >= certain
        if (baseOffset < expected || lastOffset < baseOffset || lastOffset > lastMax || isGap) {
          why = `offset ${baseOffset} where ${expected} or more was expected`
          // An offset that leaps back: the one before it may have been damaged, and this one be certain.
          certainEnd = Math.min(expected, baseOffset)
          return true
        }
        if (!isCrcRight(bytes, from, to, this.#shared.crc32c)) {
          why = `wrong checksum of the batch at offset ${baseOffset}`
          return true
        }
        expected = lastOffset + 1
        segment.noteBatch(bytes, from, to, this.#ask.indexIntervalBytes)
        this.#epochs.assign(batchLeaderEpoch(bytes, from), baseOffset)
        this.#applyProducer(segment, bytes, from, to)
        return false
      }
      scanBatches(file, 0, size, onBatch, ({ failure, position, why: end }) => {
        if (failure !== null) return this.#fail(failure)
        this.#segmentsScanned++
        this.#indexesRebuilt++
        this.#bytesScanned += position
        this.#endOffset = expected
        segment.writtenBytes = position
        if (end === 'end') return this.#settle(file, next)
        if (Math.min(expected, certainEnd) < certain)
          return this.#fail(corrupt(segment, position, `${why}; offsets below ${certain} are certain. ${wayOut}`))
        this.#reason = `${why} at byte ${position} of ${segment.path(suffix.log)}`
        this.#cut(segment, file, position, size, next)
      })
    })
  }

  /**
   * After a crash of the process alone, the page cache has what the disk may not. It counts as flushed from here on, so
   * it is synced first.
   */
  #settle(file: File, next: () => void): void {
    if (!this.#isUncertain) return next()
    file.sync((failure) => (failure === null ? next() : this.#fail(failure)))
  }

  get #isUncertain(): boolean {
    return this.#ask.isSynced && this.#segmentsScanned > 0 && this.#endOffset > this.#ask.recoveryPoint
  }

  #cut(segment: Segment, file: File, position: number, size: number, next: () => void): void {
    this.#bytesCut += size - position
    const behind = this.#segments.splice(this.#segments.indexOf(segment) + 1)
    this.#segmentsDropped += behind.length
    for (const dropped of behind) this.#bytesCut += dropped.sizeBytes
    file.truncate(position, (failure) => {
      if (failure !== null) return this.#fail(failure)
      file.sync((syncFailure) => {
        if (syncFailure !== null) return this.#fail(syncFailure)
        this.#removeSegments(behind, next)
      })
    })
  }

  #removeSegments(segments: readonly Segment[], next: () => void): void {
    const paths: string[] = []
    for (const segment of segments) {
      for (const ending of [suffix.log, suffix.index, suffix.timeIndex, suffix.txnIndex])
        paths.push(segment.path(ending))
    }
    eachInTurn(
      paths,
      (path, removed) => this.#shared.disk.remove(path, removed),
      (failure) => (failure === null ? next() : this.#fail(failure)),
    )
  }

  #finish(): void {
    const certain = this.#certain
    if (this.#endOffset < certain) {
      const message = `${this.#ask.dir} ends at offset ${this.#endOffset}; offsets below ${certain} are certain`
      if (this.#ask.isEndRequired) {
        return this.#fail({ code: CORRUPT, message: `${message}. ${wayOut}`, retry: 'never' })
      }
      this.#shared.logger.error('Log ends before what was known to be on disk: the records between are lost', {
        directory: this.#ask.dir,
        endOffset: this.#endOffset,
        known: certain,
      })
    }
    const checkpointed = this.#ask.startOffset
    const first = this.#segments[0]?.baseOffset
    if (first === undefined || this.#endOffset >= checkpointed) {
      const answer = (): void =>
        this.#answer(Math.max(checkpointed, first ?? 0), first === undefined ? checkpointed : this.#endOffset)
      return this.#isUncertain ? this.#settleNames(answer) : answer()
    }
    // Records below the log start had been deleted, and the cut left none above it: the log begins anew there.
    const dropped = this.#segments.splice(0)
    this.#segmentsDropped += dropped.length
    this.#producers.clear()
    this.#removeSegments(dropped, () => this.#answer(checkpointed, checkpointed))
  }

  #settleNames(next: () => void): void {
    this.#shared.disk.syncDir(this.#ask.dir, (failure) => {
      if (failure !== null) return this.#fail(failure)
      this.#shared.syncRoot((rootFailure) => (rootFailure === null ? next() : this.#fail(rootFailure)))
    })
  }

  #answer(startOffset: number, endOffset: number): void {
    const { topic, partition } = this.#ask
    this.#closeFile()
    this.#epochs.truncateFromEnd(endOffset)
    this.#epochs.truncateFromStart(startOffset)
    const report: RecoveryReport = {
      topic,
      partition,
      segmentsScanned: this.#segmentsScanned,
      bytesScanned: this.#bytesScanned,
      bytesCut: this.#bytesCut,
      segmentsDropped: this.#segmentsDropped,
      endOffset,
      indexesRebuilt: this.#indexesRebuilt,
      reason: this.#reason,
    }
    this.#removeStraySnapshots(() => {
      this.#done(null, {
        segments: this.#segments,
        startOffset,
        endOffset,
        epochs: this.#epochs,
        producers: this.#producers,
        snapshotOffsets: this.#snapshots,
        report: this.#segmentsScanned > 0 ? report : null,
      })
    })
  }

  /** Kept are those at the start of a segment, and the newest. */
  #removeStraySnapshots(next: () => void): void {
    const bases = new Set(this.#segments.map(({ baseOffset }) => baseOffset))
    const newest = this.#snapshots.at(-1)
    const strays = this.#snapshots.filter((offset) => offset !== newest && !bases.has(offset))
    this.#snapshots = this.#snapshots.filter((offset) => !strays.includes(offset))
    eachInTurn(
      strays,
      (offset, removed) =>
        this.#shared.disk.remove(`${this.#ask.dir}/${offsetName(offset)}${suffix.snapshot}`, removed),
      (failure) => (failure === null ? next() : this.#fail(failure)),
    )
  }
}

/** What a person can do about a log that is refused. */
const wayOut =
  `Put its files back from a copy; or, to go on without what is lost, remove ${fileName.recoveryPoints} and ` +
  `${fileName.highWatermarks} from its log directory while the broker is stopped: its next start cuts the log there`

function corrupt(segment: Segment, position: number, why: string): Failure {
  const message = `${segment.path(suffix.log)} is damaged at byte ${position}: ${why}`
  return { code: CORRUPT, message, retry: 'never' }
}
