import type { Slice } from '../bytes/index.ts'
import type { Clock, Done } from '../env/index.ts'
import type { Log, LogStore, ReadAsk, ReadInto } from '../log/index.ts'
import {
  batchBaseOffset,
  batchBytes,
  batchLastOffset,
  batchLeaderEpoch,
  stampOffsetAndEpoch,
} from '../records/index.ts'

/** As much of a log as the quorum uses, in memory, for tests: what is appended is durable at the end of the turn. */
export class MemoryLog {
  readonly batches: Slice[] = []
  startOffset = 0
  endOffset = 0
  writtenOffset = 0
  flushedOffset = 0
  highWatermark = 0
  latestEpoch = -1
  sizeBytes = 0
  /** Reads answer in a later turn. */
  isCold = false
  onProgress: (log: Log) => void = () => undefined
  onFailure: (failure: never) => void = () => undefined
  readonly #clock: Clock
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get durableOffset(): number {
    return this.flushedOffset
  }

  append(batch: Slice, leaderEpoch: number): { firstOffset: number; lastOffset: number } {
    stampOffsetAndEpoch(batch.bytes, batch.from, this.endOffset, leaderEpoch)
    const firstOffset = batchBaseOffset(batch.bytes, batch.from)
    const lastOffset = batchLastOffset(batch.bytes, batch.from)
    this.batches.push(batch)
    this.endOffset = lastOffset + 1
    this.latestEpoch = batchLeaderEpoch(batch.bytes, batch.from)
    this.sizeBytes += batchBytes(batch.bytes, batch.from)
    return { firstOffset, lastOffset }
  }

  requestFlush(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.atTurnEnd(() => {
      this.#isScheduled = false
      this.writtenOffset = this.flushedOffset = this.endOffset
      this.onProgress(this as unknown as Log)
    })
  }

  read(ask: ReadAsk, into: ReadInto, done: Done): boolean {
    const fill = (): void => {
      let bytes = 0
      for (const batch of this.batches) {
        const size = batch.to - batch.from
        const last = batchLastOffset(batch.bytes, batch.from)
        if (last < ask.from || last >= ask.upTo) continue
        if (into.slices.length > 0 && bytes + size > ask.bytesMax) break
        into.slices.push(batch)
        bytes += size
      }
    }
    if (this.isCold) {
      this.#clock.atTurnEnd(() => {
        fill()
        done(null)
      })
      return false
    }
    fill()
    return true
  }

  setHighWatermark(offset: number): void {
    this.highWatermark = offset
  }

  deleteRecordsBefore(offset: number): number {
    this.startOffset = offset
    return 0
  }
}

/** Opens the one log it was given. */
export function memoryStore(log: MemoryLog, clock: Clock): LogStore {
  const open: LogStore['open'] = (_ask, done) => clock.atTurnEnd(() => done(null, log as unknown as Log))
  return { open } as unknown as LogStore
}
