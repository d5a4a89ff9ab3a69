import type { Clock, Done, Failure, Heavy, Logger, Timer } from '../env/index.ts'
import { batchMaxTimestamp } from '../records/index.ts'
import { cleanLog } from './clean-log.ts'
import type { CommitLog } from './commit-log.ts'
import { withMaxTimestamp } from './lookup.ts'
import type { Segment } from './segment.ts'
import { eachInTurn } from './shared.ts'
import type { CleanerOptions } from './types.ts'

export const defaultCleaner: CleanerOptions = Object.freeze({
  enable: true,
  dedupeBufferBytes: 134_217_728,
  backoffMs: 15_000,
  ioMaxBytesPerSecond: Number.MAX_VALUE,
})

/** What the cleaner needs of the store. */
export interface CleanerPort {
  readonly clock: Clock
  readonly logger: Logger
  readonly heavy: Heavy | null
  logs(): Iterable<CommitLog>
  /** From the cleaner checkpoint; undefined = never cleaned. */
  cleanedUpTo(log: CommitLog): number | undefined
  noteCleaned(log: CommitLog, offset: number, done: Done): void
}

interface Candidate {
  readonly log: CommitLog
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  readonly dirtyRatio: number
}

/**
 * Compacts the dirtiest log that is dirty enough, one at a time, then the next; waits log.cleaner.backoff.ms when there
 * is none. Works on the main thread in pieces of a chunk, so that nobody waits for it.
 */
export class LogCleaner {
  readonly #port: CleanerPort
  #options: CleanerOptions
  #timer: Timer | null = null
  #isRunning = false
  #isStopped = false
  /** Logs in which cleaning failed; they are left alone until the next start. */
  readonly #uncleanable = new WeakSet<CommitLog>()
  #pacedFromMs = 0
  #pacedBytes = 0

  constructor(port: CleanerPort, options: CleanerOptions) {
    this.#port = port
    this.#options = options
  }

  start(): void {
    this.#wait()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  configure(options: CleanerOptions): void {
    this.#options = options
  }

  #wait(): void {
    if (this.#isStopped) return
    this.#timer = this.#port.clock.at(this.#port.clock.monoMs() + this.#options.backoffMs, () => this.#round())
  }

  #round(): void {
    if (this.#isRunning || this.#isStopped) return
    if (!this.#options.enable) return this.#wait()
    this.#isRunning = true
    this.#pick((candidate) => {
      if (candidate === null || this.#isStopped) {
        this.#isRunning = false
        return this.#wait()
      }
      this.#clean(candidate, () => {
        this.#isRunning = false
        this.#round()
      })
    })
  }

  #pick(then: (candidate: Candidate | null) => void): void {
    const nowMs = this.#port.clock.wallMs()
    const logs = Array.from(this.#port.logs()).filter(
      (log) => log.config.cleanupPolicy.has('compact') && this.#isFree(log),
    )
    let best: Candidate | null = null
    eachInTurn(
      logs,
      (log, next) => {
        judge(log, this.#port.cleanedUpTo(log), nowMs, (failure, candidate) => {
          if (failure !== null) this.#giveUpOn(log, failure)
          else if (candidate !== null && (best === null || candidate.dirtyRatio > best.dirtyRatio)) best = candidate
          next(null)
        })
      },
      () => then(best),
    )
  }

  #isFree(log: CommitLog): boolean {
    return (
      log.failure === null && !log.isTruncating && !log.isDeleting && !log.isCleaning && !this.#uncleanable.has(log)
    )
  }

  #giveUpOn(log: CommitLog, failure: Failure): void {
    this.#uncleanable.add(log)
    const { topic, partition } = log
    this.#port.logger.error('Log cannot be compacted and is left alone until the next start', {
      topic,
      partition,
      reason: failure.message,
    })
  }

  #clean({ log, firstDirtyOffset, firstUncleanableOffset }: Candidate, then: () => void): void {
    if (!this.#isFree(log)) return then()
    const startedMs = this.#port.clock.monoMs()
    log.beginCleaning()
    const ask = {
      firstDirtyOffset,
      firstUncleanableOffset,
      nowMs: this.#port.clock.wallMs(),
      mapBytesMax: this.#options.dedupeBufferBytes,
      heavy: this.#port.heavy,
      isAborted: () => this.#isStopped || log.isCleaningAborted,
      pace: (bytes: number, go: () => void) => this.#pace(bytes, go),
    }
    cleanLog(log, ask, (failure, result) => {
      log.endCleaning()
      if (failure !== null) {
        if (failure.code !== 'EABORTED' && log.failure === null) this.#giveUpOn(log, failure)
        return then()
      }
      const { topic, partition } = log
      const { endOffset, bytesBefore, bytesAfter } = result
      const tookMs = Math.round(this.#port.clock.monoMs() - startedMs)
      this.#port.logger.info('Compacted log', {
        topic,
        partition,
        from: firstDirtyOffset,
        to: endOffset,
        bytesBefore,
        bytesAfter,
        tookMs,
      })
      this.#port.noteCleaned(log, endOffset, then)
    })
  }

  /** log.cleaner.io.max.bytes.per.second over reads. */
  #pace(bytes: number, go: () => void): void {
    const { clock } = this.#port
    const rate = this.#options.ioMaxBytesPerSecond
    const nowMs = clock.monoMs()
    if (nowMs - this.#pacedFromMs > 1000) {
      this.#pacedFromMs = nowMs
      this.#pacedBytes = 0
    }
    this.#pacedBytes += bytes
    const dueMs = this.#pacedFromMs + (this.#pacedBytes / rate) * 1000
    if (dueMs - nowMs < 5) go()
    else this.#timer = clock.at(dueMs, go)
  }
}

/**
 * Whether a log wants cleaning, and from where to where: above the last cleaning, below the last stable offset, the
 * active segment, what is not synced, and what min.compaction.lag.ms protects.
 */
export function judge(
  log: CommitLog,
  cleanedUpTo: number | undefined,
  nowMs: number,
  done: Done<Candidate | null>,
): void {
  const { config } = log
  let firstDirtyOffset = cleanedUpTo ?? log.startOffset
  if (firstDirtyOffset < log.startOffset || firstDirtyOffset > log.endOffset) firstDirtyOffset = log.startOffset
  const certain = log.flush === 'ephemeral' ? log.writtenOffset : log.recoveryPoint
  const bound = Math.min(log.lastStableOffset, log.active.baseOffset, certain)
  firstWithinLag(log, firstDirtyOffset, nowMs - config.minCompactionLagMs, (failure, lagging) => {
    if (failure !== null) return done(failure, null)
    const upTo = Math.max(firstDirtyOffset, Math.min(bound, lagging))
    // Only whole segments are cleaned.
    let firstUncleanableOffset = log.segments[0]!.baseOffset
    for (const { baseOffset } of log.segments) if (baseOffset <= upTo) firstUncleanableOffset = baseOffset
    let clean = 0
    let dirty = 0
    log.segments.forEach((segment, i) => {
      const end = log.segments[i + 1]?.baseOffset ?? log.endOffset
      if (segment.baseOffset >= firstUncleanableOffset) return
      if (end > firstDirtyOffset) dirty += segment.sizeBytes
      else clean += segment.sizeBytes
    })
    if (dirty === 0) return done(null, null)
    const candidate: Candidate = { log, firstDirtyOffset, firstUncleanableOffset, dirtyRatio: dirty / (clean + dirty) }
    if (candidate.dirtyRatio > config.minCleanableDirtyRatio) return done(null, candidate)
    oldestDirtyTime(log, firstDirtyOffset, (timeFailure, oldestMs) => {
      done(timeFailure, oldestMs < nowMs - config.maxCompactionLagMs ? candidate : null)
    })
  })
}

function dirtySegments(log: CommitLog, firstDirtyOffset: number): Segment[] {
  return log.segments.filter(
    (segment, i) => segment !== log.active && log.segments[i + 1]!.baseOffset > firstDirtyOffset,
  )
}

/** Base offset of the first dirty segment with anything younger than `olderThanMs`; Infinity when there is none. */
function firstWithinLag(log: CommitLog, firstDirtyOffset: number, olderThanMs: number, done: Done<number>): void {
  if (log.config.minCompactionLagMs <= 0) return done(null, Number.POSITIVE_INFINITY)
  const segments = dirtySegments(log, firstDirtyOffset)
  const next = (i: number): void => {
    const segment = segments[i]
    if (segment === undefined) return done(null, Number.POSITIVE_INFINITY)
    withMaxTimestamp(log, segment, (failure, max) => {
      if (failure !== null || max > olderThanMs) done(failure, segment.baseOffset)
      else next(i + 1)
    })
  }
  next(0)
}

/** The earliest time that the first batch of a dirty segment tells; Infinity when none does. */
function oldestDirtyTime(log: CommitLog, firstDirtyOffset: number, done: Done<number>): void {
  if (log.config.maxCompactionLagMs >= Number.MAX_SAFE_INTEGER) return done(null, Number.POSITIVE_INFINITY)
  let oldest = Number.POSITIVE_INFINITY
  eachInTurn(
    dirtySegments(log, firstDirtyOffset),
    (segment, next) => {
      const note = (timestamp: number): void => {
        segment.firstTimestamp = timestamp
        if (timestamp > 0) oldest = Math.min(oldest, timestamp)
        next(null)
      }
      if (segment.sizeBytes === 0) return next(null)
      if (segment.firstTimestamp >= 0) return note(segment.firstTimestamp)
      log.shared.descriptors.use(segment.slot, 'write', (failure, file) => {
        if (failure !== null) return next(failure)
        const header = new Uint8Array(61)
        file.read(header, 0, (readFailure) => {
          if (readFailure !== null) next(readFailure)
          else note(batchMaxTimestamp(header, 0))
        })
      })
    },
    (failure) => done(failure, oldest),
  )
}
