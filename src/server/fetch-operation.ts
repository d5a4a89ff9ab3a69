import type { Clock, Timer } from '../env/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import { errors } from '../protocol/index.ts'
import { emptyFetchResult, type FetchAsk, type FetchResult, type Partition } from '../replication/index.ts'
import type { FetchSession, SessionPartition } from './fetch-session.ts'
import type { ReplicaThrottle } from './replica-throttle.ts'

export interface FetchLimits {
  readonly waitMs: number
  readonly bytesMin: number
  readonly bytesMax: number
  readonly isReadCommitted: boolean
  /** The follower that asks; null for a consumer. */
  readonly follower: { readonly id: number; readonly brokerEpoch: number } | null
  /** A consumer from Fetch v11 on: it may read from followers (KIP-392). */
  readonly mayReadFollower: boolean
  /** The replica that a consumer should read from instead of this leader; null = here. */
  preferred(partition: Partition, fetchOffset: number): number | null
  readonly throttle: Pick<ReplicaThrottle, 'waitMs' | 'note'>
}

/** How the operation finds a partition; an error code when it cannot be read here. */
export type FindPartition = (asked: SessionPartition) => Partition | ErrorCode

/**
 * One fetch: reads the session's dirty partitions, and when that gives fewer than `bytesMin` bytes and no error, waits
 * for one of them to move, or for `waitMs`. Reads that need the disk are done one after another, since how much one
 * gives decides how much the next may; most come from the tail in memory and take no turn at all.
 *
 *   read dirty ──▶ enough, error, or no wait left ──▶ finish
 *        ▲                      │ no
 *        └── a partition moved ─┴─ time is up ──▶ finish
 */
export class FetchOperation {
  readonly answers = new Map<SessionPartition, FetchResult>()
  readonly #session: FetchSession
  readonly #limits: FetchLimits
  readonly #find: FindPartition
  readonly #clock: Clock
  readonly #finish: (op: FetchOperation) => void
  readonly #noted = new Set<SessionPartition>()
  #todo: SessionPartition[] = []
  #bytes = 0
  /** The answer must not wait: an error, or what only an answer can say. */
  #isUrgent = false
  #timer: Timer | null = null
  #isReading = false
  #isOver = false
  #isTimeUp: boolean
  #isMarked = false

  constructor(
    session: FetchSession,
    limits: FetchLimits,
    find: FindPartition,
    clock: Clock,
    finish: (op: FetchOperation) => void,
  ) {
    this.#session = session
    this.#limits = limits
    this.#find = find
    this.#clock = clock
    this.#finish = finish
    this.#isTimeUp = limits.waitMs <= 0 || limits.bytesMin <= 0
  }

  start(): void {
    this.#readDirty()
  }

  /** The client is gone: nothing will be answered. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.cancel()
    this.#session.onDirty = null
    if (!this.#isReading) this.#releaseAll()
  }

  #readDirty(): void {
    this.#isMarked = false
    this.#todo = [...this.#session.dirty].reverse()
    this.#readNext()
  }

  #readNext(): void {
    for (;;) {
      const asked = this.#todo.pop()
      if (asked === undefined) return this.#settle()
      if (this.#readOne(asked)) continue
      return
    }
  }

  /** True when the partition's part is known now; else it goes on in a later turn. */
  #readOne(asked: SessionPartition): boolean {
    this.#drop(asked)
    const found = this.#find(asked)
    const result = emptyFetchResult()
    this.answers.set(asked, result)
    if (typeof found === 'number') {
      result.errorCode = found
      this.#isUrgent = true
      return true
    }
    asked.subscribe((w) => found.watch(w))
    const refusal = this.#noteFollower(asked, found)
    if (refusal !== errors.NONE) {
      result.errorCode = refusal
      this.#isUrgent = true
      return true
    }
    const isHeldBack = this.#isHeldBack(found)
    const ask: FetchAsk = {
      fetchOffset: asked.fetchOffset,
      currentLeaderEpoch: asked.currentLeaderEpoch,
      lastFetchedEpoch: asked.lastFetchedEpoch,
      bytesMax: isHeldBack ? 0 : Math.max(0, Math.min(asked.bytesMax, this.#limits.bytesMax - this.#bytes)),
      isFirstBatchWhole: this.#bytes === 0 && !isHeldBack,
      isReadCommitted: this.#limits.isReadCommitted,
      isFollower: this.#limits.follower !== null,
      mayReadFollower: this.#limits.mayReadFollower,
    }
    if (this.#isSentOn(asked, found, result)) return true
    const isNow = found.fetch(ask, result, () => {
      this.#isReading = false
      if (this.#isOver) return this.#releaseAll()
      this.#took(asked, found, result)
      this.#readNext()
    })
    if (!isNow) {
      this.#isReading = true
      return false
    }
    this.#took(asked, found, result)
    return true
  }

  /** A follower's offset is an acknowledgement, once per fetch, and only under the epochs that the leader is in. */
  #noteFollower(asked: SessionPartition, found: Partition): ErrorCode {
    const { follower } = this.#limits
    if (follower === null || this.#noted.has(asked)) return errors.NONE
    this.#noted.add(asked)
    const { fetchOffset, logStartOffset } = asked
    if (!found.isInHistory(asked)) return errors.NONE
    return found.followerFetched({ ...follower, offset: fetchOffset, logStartOffset })
  }

  /** A throttled replica that is not in sync waits for its turn: it stays dirty, and its next fetch asks again. */
  #isHeldBack(found: Partition): boolean {
    const { follower, throttle } = this.#limits
    if (follower === null || found.isr.includes(follower.id)) return false
    return throttle.waitMs('leader', found.topic, found.index) > 0
  }

  /** True when the consumer is to read from a replica near it. */
  #isSentOn(asked: SessionPartition, found: Partition, result: FetchResult): boolean {
    const { follower, preferred } = this.#limits
    if (follower !== null || found.checkEpoch(asked.currentLeaderEpoch) !== errors.NONE) return false
    const id = preferred(found, asked.fetchOffset)
    if (id === null) return false
    const { log } = found
    result.preferredReadReplica = id
    result.highWatermark = log.highWatermark
    result.lastStableOffset = log.lastStableOffset
    result.logStartOffset = log.startOffset
    this.#isUrgent = true
    return true
  }

  #took(asked: SessionPartition, found: Partition, result: FetchResult): void {
    this.#bytes += result.bytes
    if (this.#limits.follower !== null) this.#limits.throttle.note('leader', found.topic, found.index, result.bytes)
    const { dirty } = this.#session
    if (result.errorCode !== errors.NONE || result.divergingEpoch !== null) {
      this.#isUrgent = true
      return
    }
    // A follower's log is to begin where this one does now, and DeleteRecords waits for that.
    if (this.#limits.follower !== null && asked.toldLogStartOffset >= 0) {
      if (result.logStartOffset > asked.toldLogStartOffset) this.#isUrgent = true
    }
    // Whoever gave data goes to the end of the line; whoever was at its end leaves it until it moves.
    dirty.delete(asked)
    const hasMore =
      result.bytes > 0 ||
      (result.errorCode === errors.NONE && this.#isHeldBack(found)) ||
      asked.fetchOffset < this.#bound(found, result)
    if (hasMore) dirty.add(asked)
  }

  /** Up to where it could have read: nothing of it, when others took the room and its next batch is larger than the rest. */
  #bound(found: Partition, result: FetchResult): number {
    if (this.#limits.follower !== null) return found.log.writtenOffset
    return this.#limits.isReadCommitted ? result.lastStableOffset : result.highWatermark
  }

  #settle(): void {
    if (this.#isOver) return
    if (this.#isUrgent || this.#isTimeUp || this.#bytes >= this.#limits.bytesMin) return this.#end()
    if (this.#isMarked) return this.#readDirty()
    this.#timer ??= this.#clock.at(this.#clock.monoMs() + this.#limits.waitMs, () => {
      this.#isTimeUp = true
      // A follower is told then what moved in silence.
      if (!this.#isReading) this.#readDirty()
    })
    this.#session.onDirty = () => {
      if (this.#isMarked) return
      this.#isMarked = true
      if (!this.#isReading) this.#clock.atTurnEnd(() => this.#wake())
    }
  }

  #wake(): void {
    if (this.#isOver || this.#isReading || !this.#isMarked) return
    this.#readDirty()
  }

  #end(): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#session.onDirty = null
    this.#finish(this)
  }

  #drop(asked: SessionPartition): void {
    const earlier = this.answers.get(asked)
    if (earlier === undefined) return
    this.#bytes -= earlier.bytes
    earlier.lease?.release()
    this.answers.delete(asked)
  }

  #releaseAll(): void {
    for (const result of this.answers.values()) result.lease?.release()
    this.answers.clear()
  }
}
