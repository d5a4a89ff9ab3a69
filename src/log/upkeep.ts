import type { BufferPool } from '../bytes/index.ts'
import { type Clock, type Done, type Failure, overTurns, type Timer } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'
import type { Directory } from './log-dir.ts'
import { dirName, fileName } from './names.ts'
import { deleteOldSegments } from './retention.ts'
import { eachInTurn, inParallel } from './shared.ts'
import type { TailCache } from './tail.ts'
import type { LogStoreOptions } from './types.ts'

/** Without a new chunk in any tail. */
const QUIET_SECONDS = 10
const SAVES_AT_ONCE = 16
const PRODUCER_EXPIRATION_CHECK_MS = 600_000

/** What upkeep needs of the store. */
export interface UpkeepPort {
  readonly clock: Clock
  readonly tails: TailCache
  readonly buffers: BufferPool
  logs(): Iterable<CommitLog>
  directoryOf(log: CommitLog): Directory
  failDirectory(directory: Directory, failure: Failure): void
}

/** What is done again and again while a store is open: checkpoints in Apache's cadences, retention, expiry, memory. */
export class Upkeep {
  readonly #port: UpkeepPort
  readonly #timers = new Set<Timer>()
  #isStopped = false
  #chunksSeen = 0
  #quietSeconds = 0

  constructor(port: UpkeepPort) {
    this.#port = port
  }

  start(options: LogStoreOptions): void {
    const { retentionCheckIntervalMs = 300_000, recoveryPointCheckpointIntervalMs = 60_000 } = options
    const { startOffsetCheckpointIntervalMs = 60_000, highWatermarkCheckpointIntervalMs = 5000 } = options
    this.#every(retentionCheckIntervalMs, () => this.applyRetention(this.#port.clock.wallMs()))
    this.#every(recoveryPointCheckpointIntervalMs, () => this.#saveRecoveryPoints(ignore))
    this.#every(startOffsetCheckpointIntervalMs, () => this.#saveLogStarts(ignore))
    this.#every(highWatermarkCheckpointIntervalMs, () => this.#saveHighWatermarks(ignore))
    this.#every(PRODUCER_EXPIRATION_CHECK_MS, () => this.#expireProducers())
    this.#every(1000, () => this.#everySecond())
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Runs once; a stop before that calls it off. */
  after(delayMs: number, run: () => void): void {
    const timer = this.#port.clock.at(this.#port.clock.monoMs() + delayMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }

  #every(intervalMs: number, run: () => void): void {
    this.after(intervalMs, () => {
      if (this.#isStopped) return
      run()
      this.#every(intervalMs, run)
    })
  }

  applyRetention(wallMs: number): void {
    // The metadata log too: its retention is off, so only what a snapshot has made superfluous goes.
    this.#eachLog((log) => deleteOldSegments(log, wallMs), ignore)
  }

  #expireProducers(): void {
    const wallMs = this.#port.clock.wallMs()
    this.#eachLog((log) => log.producers.expire(wallMs, log.producerIdExpirationMs), ignore)
  }

  /** flush.ms; and when nothing was written for a while, memory is given back. */
  #everySecond(): void {
    const nowMs = this.#port.clock.monoMs()
    for (const log of this.#port.logs()) if (log.writer.isFlushDue(nowMs)) log.requestFlush()
    const { chunksAdded } = this.#port.tails
    if (chunksAdded !== this.#chunksSeen) this.#quietSeconds = 0
    else if (++this.#quietSeconds === QUIET_SECONDS) {
      this.#port.tails.clear()
      this.#port.buffers.clear()
    }
    this.#chunksSeen = chunksAdded
  }

  /** All checkpoints, for the close. */
  saveAll(done: Done): void {
    this.#saveRecoveryPoints(() => this.#saveLogStarts(() => this.#saveHighWatermarks(done)))
  }

  /** Recovery rebuilds epochs only from the recovery point on, so those before it must be saved first. */
  #saveRecoveryPoints(done: Done): void {
    const points = new Map<CommitLog, number>()
    for (const log of this.#port.logs()) points.set(log, log.recoveryPoint)
    inParallel(
      Array.from(points.keys()).filter((log) => log.epochs.isDirty && log.failure === null && !log.isUnmade),
      SAVES_AT_ONCE,
      (log, next) => log.writer.saveEpochs(next),
      () => {
        const point = (log: CommitLog): number | null =>
          log.epochs.isDirty ? null : Math.min(points.get(log) ?? 0, log.recoveryPoint)
        this.#save(fileName.recoveryPoints, (directory) => directory.recoveryPoints, point, done)
      },
    )
  }

  /** No checkpoint on disk says of this log that offsets from here on are certain. */
  lowerCheckpoints(log: CommitLog, offset: number, done: Done): void {
    const directory = this.#port.directoryOf(log)
    const key = dirName(log.topic, log.partition)
    const lowered = (
      [
        [fileName.recoveryPoints, directory.recoveryPoints],
        [fileName.highWatermarks, directory.highWatermarks],
      ] as const
    ).filter(([, offsets]) => (offsets.get(key) ?? 0) > offset)
    for (const [, offsets] of lowered) offsets.set(key, offset)
    eachInTurn(lowered, ([name, offsets], next) => directory.saveOffsets(name, offsets, next), done)
  }

  #saveLogStarts(done: Done): void {
    this.#save(fileName.logStarts, (directory) => directory.logStarts, startIn, done)
  }

  /** What somebody was promised to be deleted stays deleted. A failure takes the directory offline, and the logs with it. */
  saveLogStartsOf(logs: Iterable<CommitLog>, done: () => void): void {
    const changed = new Set<Directory>()
    const note = (log: CommitLog): void => {
      const directory = this.#port.directoryOf(log)
      const start = startIn(log)
      if (directory.failure !== null || log.failure !== null || start < 0) return
      directory.logStarts.set(dirName(log.topic, log.partition), start)
      changed.add(directory)
    }
    overTurns(this.#port.clock, logs, note, () =>
      inParallel(
        [...changed],
        SAVES_AT_ONCE,
        (directory, next) =>
          directory.saveOffsets(fileName.logStarts, directory.logStarts, (failure) => {
            if (failure !== null) this.#port.failDirectory(directory, failure)
            next(null)
          }),
        () => done(),
      ),
    )
  }

  #saveHighWatermarks(done: Done): void {
    const highWatermark = (log: CommitLog): number => log.highWatermark
    this.#save(fileName.highWatermarks, (directory) => directory.highWatermarks, highWatermark, done)
  }

  /** Brings one kind of checkpoint up to date in every directory where something moved. -1 = no entry, null = as it was. */
  #save(
    name: string,
    offsetsOf: (directory: Directory) => Map<string, number>,
    offsetIn: (log: CommitLog) => number | null,
    done: Done,
  ): void {
    const changed = new Set<Directory>()
    const note = (log: CommitLog): void => {
      const directory = this.#port.directoryOf(log)
      if (directory.failure !== null || log.failure !== null || log.isUnmade) return
      const key = dirName(log.topic, log.partition)
      const offsets = offsetsOf(directory)
      const value = offsetIn(log)
      if (value === null || value === (offsets.get(key) ?? -1)) return
      if (value < 0) offsets.delete(key)
      else offsets.set(key, value)
      changed.add(directory)
    }
    this.#eachLog(note, () =>
      eachInTurn(
        [...changed],
        (directory, next) =>
          directory.saveOffsets(name, offsetsOf(directory), (failure) => {
            if (failure !== null) this.#port.failDirectory(directory, failure)
            next(null)
          }),
        done,
      ),
    )
  }

  #eachLog(each: (log: CommitLog) => void, done: () => void): void {
    overTurns(this.#port.clock, this.#port.logs(), each, done)
  }
}

/** -1: it begins where its first segment does, which needs no saying. */
function startIn(log: CommitLog): number {
  return log.startOffset > log.segments[0]!.baseOffset ? log.startOffset : -1
}

function ignore(): void {}
