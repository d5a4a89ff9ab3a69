import type { Slice, Uuid } from '../bytes/index.ts'
import type { Clock, Failure, Logger, Timer } from '../env/index.ts'
import type { Log, LogStore } from '../log/index.ts'
import { batchBaseOffset } from '../records/index.ts'
import type { Partition } from '../replication/index.ts'
import type { DirectoryAssignments } from './directory-assignments.ts'
import type { Pace } from './pace.ts'

export interface MoveParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: LogStore
  readonly assignments: DirectoryAssignments
  /** Shared by all moves: replica.alter.log.dirs.io.max.bytes.per.second. */
  readonly pace: Pace
}

/** One read of the log that is copied. */
const COPY_BYTES = 1 << 20

/**
 * One replica on its way to another log directory of this broker (KIP-113):
 *
 *   opening ─▶ copying ─▶ (the copy is whole) promoting ─▶ (the controller is told, KIP-858) ended
 *
 * The log goes on meanwhile and the copy follows it. Only while the copy takes the log's name, some renames long, nothing
 * is appended. A crash leaves the copy as it is; the next start goes on with it.
 */
export class ReplicaMove {
  readonly partition: Partition
  readonly targetId: Uuid
  readonly #parts: MoveParts
  readonly #ended: (move: ReplicaMove) => void
  readonly #unwatch: () => void
  #copy: Log | null = null
  #state: 'opening' | 'copying' | 'promoting' | 'ended' = 'opening'
  /** A read, a truncation or a write of the copy is on its way. */
  #isBusy = false
  #isWoken = false
  #isCalledOff = false
  #timer: Timer | null = null

  constructor(partition: Partition, targetId: Uuid, parts: MoveParts, ended: (move: ReplicaMove) => void) {
    this.partition = partition
    this.targetId = targetId
    this.#parts = parts
    this.#ended = ended
    this.#unwatch = partition.watch({ moved: () => this.#wake() })
  }

  start(): void {
    const { store } = this.#parts
    const { topic, index, topicId, log } = this.partition
    const ask = { topic, partition: index, topicId, config: log.config, directoryId: this.targetId }
    store.openFuture(ask, (failure, copy) => {
      if (this.#state === 'ended') return
      if (failure !== null) {
        this.#state = 'copying'
        return this.#fail(failure)
      }
      this.#state = 'copying'
      if (this.#isCalledOff) return this.cancel()
      this.#copy = copy
      copy.onProgress = () => this.#copyProgressed()
      copy.onFailure = (copyFailure) => this.#fail(copyFailure)
      this.#wake()
    })
  }

  /** True while the copy takes the log's name: that cannot be called off. */
  get isPromoting(): boolean {
    return this.#state === 'promoting'
  }

  /** The replica stays where it is; the copy is deleted, after it was opened. No effect while promoting. */
  cancel(): void {
    if (this.#state === 'ended' || this.isPromoting) return
    this.#isCalledOff = true
    if (this.#state === 'opening') return
    this.#end()
    this.#drop()
  }

  /** The node stops: nothing is deleted, the next start goes on. A promotion comes to its end. */
  close(): void {
    if (this.#state !== 'ended' && !this.isPromoting) this.#end()
  }

  #end(): void {
    this.#state = 'ended'
    this.#unwatch()
    this.#timer?.cancel()
    if (this.#copy !== null) {
      this.#copy.onProgress = ignore
      this.#copy.onFailure = ignore
    }
    this.#ended(this)
  }

  #drop(): void {
    const { store, logger } = this.#parts
    const { topic, index } = this.partition
    store.deleteFuture(topic, index, (failure) => {
      if (failure !== null)
        logger.warn('Cannot delete the copy of a log', { topic, partition: index, reason: failure.message })
    })
  }

  #fail(failure: Failure): void {
    if (this.#state === 'ended' || this.isPromoting) return
    const { topic, index } = this.partition
    const fields = { topic, partition: index, code: failure.code, reason: failure.message }
    this.#parts.logger.error('A replica cannot move to another log directory and stays where it is', fields)
    this.cancel()
  }

  #copyProgressed(): void {
    const copy = this.#copy!
    // One chunk is in the file before the next is read: that bounds what waits in memory.
    if (this.#isBusy && copy.writtenOffset === copy.endOffset) this.#isBusy = false
    this.#wake()
  }

  /** At the end of the turn, so that no callback of a log calls back into it. */
  #wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    this.#parts.clock.atTurnEnd(() => {
      this.#isWoken = false
      this.#step()
    })
  }

  #step(): void {
    if (this.#state === 'ended' || this.isPromoting) return
    if (this.partition.isGone) return this.cancel()
    const { log } = this.partition
    const copy = this.#copy
    // A log that is offline is not left behind by its copy: the next start sees which of the two can be read.
    if (log.failure !== null) return this.close()
    if (copy === null || this.#isBusy) return
    if (copy.latestEpoch >= 0) {
      const { epoch, endOffset } = log.epochEnd(copy.latestEpoch)
      const common = epoch === -1 ? log.startOffset : Math.min(endOffset, log.endOffset)
      if (common < copy.endOffset) return this.#truncate(copy, common)
    }
    if (copy.endOffset < log.startOffset && log.startOffset === log.endOffset) {
      return this.#startAt(copy, log.startOffset)
    }
    if (copy.endOffset < log.endOffset) return this.#copyNext(log, copy)
    copy.deleteRecordsBefore(log.startOffset)
    this.#promote()
  }

  #truncate(copy: Log, offset: number): void {
    this.#isBusy = true
    copy.truncateTo(offset, (failure) => this.#went(failure))
  }

  #startAt(copy: Log, offset: number): void {
    this.#isBusy = true
    copy.truncateFullyAndStartAt(offset, (failure) => this.#went(failure))
  }

  #went(failure: Failure | null): void {
    this.#isBusy = false
    if (failure !== null) this.#fail(failure)
    else this.#wake()
  }

  #copyNext(log: Log, copy: Log): void {
    const { clock, pace } = this.#parts
    const nowMs = clock.monoMs()
    const waitMs = pace.waitMs(nowMs)
    if (waitMs >= 1) {
      this.#timer?.cancel()
      this.#timer = clock.at(nowMs + waitMs, () => this.#wake())
      return
    }
    this.#isBusy = true
    const from = Math.max(copy.endOffset, log.startOffset)
    const into = { slices: [] as Slice[], release: ignore }
    const take = (failure: Failure | null): void => {
      // Retention may have taken what was asked for: the next step asks anew.
      if (failure !== null) this.#went(failure.code === 'OFFSET_OUT_OF_RANGE' ? null : failure)
      else {
        this.#append(copy, into.slices)
        into.release()
      }
    }
    const ask = { from, upTo: log.endOffset, bytesMax: COPY_BYTES, atLeastOne: true }
    if (log.read(ask, into, take)) take(null)
  }

  #append(copy: Log, slices: readonly Slice[]): void {
    if (this.#state === 'ended') return
    const [first] = slices
    // A log that was cut at its start begins in the middle of a batch, or behind all that was copied so far.
    if (first !== undefined && copy.endOffset < this.partition.log.startOffset) {
      const base = batchBaseOffset(first.bytes, first.from)
      if (base !== copy.endOffset) return this.#startAt(copy, base)
    }
    for (const slice of slices) {
      const appended = copy.appendAsFollower(slice)
      if (typeof appended === 'number') {
        const message = copy.refusal?.message ?? `the copy answers error ${appended}`
        return this.#went({ code: 'ECOPY', message, retry: 'never' })
      }
      this.#parts.pace.note(slice.to - slice.from, this.#parts.clock.monoMs())
    }
    copy.setHighWatermark(Math.min(this.partition.log.highWatermark, copy.endOffset))
    if (slices.length === 0 || copy.writtenOffset === copy.endOffset) this.#went(null)
  }

  /**
   * The controller is told afterwards: it never counts on a directory that may still refuse the copy, and a crash before
   * it hears is made good by the next start, which tells where it finds each replica.
   */
  #promote(): void {
    const { store, logger, assignments } = this.#parts
    const { partition } = this
    const { topic, index } = partition
    this.#state = 'promoting'
    partition.hold()
    const swap = (log: Log) => {
      this.#copy = null
      partition.exchange(log)
    }
    store.promoteFuture(topic, index, swap, (failure) => {
      this.#end()
      partition.release()
      if (failure === null) {
        assignments.note(partition.topicId, index, partition.log.directoryId)
        logger.info('A replica has moved to another log directory', { topic, partition: index })
      } else if (!partition.isGone) {
        const fields = { topic, partition: index, code: failure.code, reason: failure.message }
        logger.error('A replica cannot move to another log directory and stays where it is', fields)
      }
    })
  }
}

function ignore(): void {}
