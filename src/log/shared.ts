import type { BufferPool, Crc32c } from '../bytes/index.ts'
import type { Clock, Disk, Done, Failure, Heavy, Logger, Random } from '../env/index.ts'
import type { BatchFacts, ProduceRules } from '../records/index.ts'
import type { LogConfig } from './config.ts'
import type { Descriptors } from './descriptors.ts'
import type { Segment } from './segment.ts'
import type { TailCache } from './tail.ts'
import type { FlushMode } from './types.ts'

/** What all logs of one directory have in common. */
export interface LogShared {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  /** Opens compressed batches; null = there is nothing to open them with. */
  readonly heavy: Heavy | null
  readonly crc32c: Crc32c
  /** Scratch of the produce check: one append is checked at a time. */
  readonly facts: BatchFacts
  /** The rules of a configuration, shared by the logs that have it. */
  readonly rules: WeakMap<LogConfig, ProduceRules>
  readonly descriptors: Descriptors
  readonly tails: TailCache
  readonly indexes: IndexCache
  readonly buffers: BufferPool
  /** The directory's path. */
  readonly root: string
  /** Makes the names of partition directories survive a power cut; one sync serves all who ask meanwhile. */
  syncRoot(done: Done): void
  /** The log's failure is one of the disk: every log of this directory goes offline. */
  failDirectory(failure: Failure): void
}

/** Indexes of sealed segments in memory, dropped in the order of last use. */
export class IndexCache {
  readonly #bytesMax: number
  readonly #held = new Map<Segment, number>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The segment's index is in memory, saved, and was used now. */
  touch(segment: Segment): void {
    const before = this.#held.get(segment) ?? 0
    const bytes = segment.index === null ? 0 : segment.index.sizeBytes
    this.#held.delete(segment)
    this.#held.set(segment, bytes)
    this.#bytes += bytes - before
    if (this.#bytes <= this.#bytesMax) return
    for (const [oldest, held] of this.#held) {
      if (this.#bytes <= this.#bytesMax || oldest === segment) return
      this.#held.delete(oldest)
      this.#bytes -= held
      oldest.index = null
    }
  }

  forget(segment: Segment): void {
    this.#bytes -= this.#held.get(segment) ?? 0
    this.#held.delete(segment)
  }
}

/** What a log is made with, besides what was found on disk. */
export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly flush: FlushMode
  readonly producerIdExpirationMs: number
}

/** Writes a whole small file in place, without syncing. For files that are checked when read and can be made anew. */
export function putFile(disk: Disk, path: string, bytes: Uint8Array, done: Done): void {
  disk.open(path, 'create', (failure, file) => {
    if (failure !== null) return done(failure)
    file.write([bytes], 0, (writeFailure) => {
      if (writeFailure !== null || file.size() <= bytes.length) {
        file.close()
        return done(writeFailure)
      }
      file.truncate(bytes.length, (truncateFailure) => {
        file.close()
        done(truncateFailure)
      })
    })
  })
}

/** Calls `each` for every item, one after the other, stopping at the first failure. Answers may come inline. */
export function eachInTurn<T>(items: readonly T[], each: (item: T, done: Done) => void, done: Done): void {
  let next = 0
  let isStepping = false
  let hasAnswer = true
  const step = (failure: Failure | null): void => {
    hasAnswer = true
    if (failure !== null) return done(failure)
    // An answer that came inline goes on in the loop below: the stack does not grow with the items.
    if (isStepping) return
    isStepping = true
    while (hasAnswer && next < items.length) {
      hasAnswer = false
      each(items[next++]!, step)
    }
    isStepping = false
    if (hasAnswer && next === items.length) {
      next++
      done(null)
    }
  }
  step(null)
}

/** A done that waits for `count` answers and passes on the first failure among them. */
export function afterAll(count: number, done: Done): Done {
  let left = count
  let first: Failure | null = null
  return (failure) => {
    first ??= failure
    if (--left === 0) done(first)
  }
}

/** `each` for every item, at most `atOnce` at a time; all are done even when some fail. Answers may come inline. */
export function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  each: (item: T, done: Done) => void,
  done: Done,
): void {
  let next = 0
  let running = 0
  let first: Failure | null = null
  let isFilling = false
  const fill = (): void => {
    if (isFilling) return
    isFilling = true
    while (running < atOnce && next < items.length) {
      running++
      each(items[next++]!, (failure) => {
        running--
        first ??= failure
        fill()
      })
    }
    isFilling = false
    if (running === 0 && next === items.length) {
      next++
      done(first)
    }
  }
  fill()
}
