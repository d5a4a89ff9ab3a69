import { BATCH_HEADER_BYTES, batchBytes, batchLastOffset } from '../records/index.ts'
import type { ReadAsk, ReadInto } from './types.ts'

/** Batches up to this size are gathered into one buffer, so that a fetch of many small ones is few slices. */
const GATHERED_BYTES_MAX = 4096
const GATHER_BYTES_MIN = 1024
const GATHER_BYTES_MAX = 65_536

/** Adjoining batches in memory. What is appended behind `to` does not disturb who reads or writes before it. */
interface Chunk {
  readonly bytes: Uint8Array
  readonly from: number
  to: number
  readonly baseOffset: number
  nextOffset: number
  /** What it costs to keep. */
  readonly heldBytes: number
  /** A buffer of our own with room for more, not the producer's frame. */
  readonly isGathered: boolean
  /** Null when it was dropped. */
  tail: Tail | null
}

/**
 * The newest batches of all logs, in memory and bounded together: what was appended first goes first, as soon as it is
 * written. A fetch of the tail reads no disk.
 */
export class TailCache {
  readonly #bytesMax: number
  #bytes = 0
  #queue: Chunk[] = []
  #head = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  add(chunk: Chunk): void {
    this.#queue.push(chunk)
    this.#bytes += chunk.heldBytes
    if (this.#bytes > this.#bytesMax) this.#shrinkTo(this.#bytesMax)
  }

  forget(chunk: Chunk): void {
    chunk.tail = null
    this.#bytes -= chunk.heldBytes
  }

  /** Gives memory back while nothing is going on. */
  clear(): void {
    this.#shrinkTo(0)
  }

  #shrinkTo(bytes: number): void {
    while (this.#bytes > bytes && this.#head < this.#queue.length) {
      const chunk = this.#queue[this.#head]!
      if (chunk.tail !== null) {
        if (!chunk.tail.dropFirst(chunk)) break
        this.forget(chunk)
      }
      this.#head++
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }
}

/** The newest batches of one log. Chunks adjoin; the last one ends at the log's end. */
export class Tail {
  readonly #cache: TailCache
  #chunks: Chunk[] = []
  /** Index of the first chunk still held. */
  #head = 0
  /** Chunks that end at or below are in the file and may go. */
  writtenOffset: number
  #gatherBytes = GATHER_BYTES_MIN

  constructor(cache: TailCache, endOffset: number) {
    this.#cache = cache
    this.writtenOffset = endOffset
  }

  /** First offset that can be read from here; Infinity when there is none. */
  get baseOffset(): number {
    return this.#head < this.#chunks.length ? this.#chunks[this.#head]!.baseOffset : Number.POSITIVE_INFINITY
  }

  /** Takes one batch whose offsets are stamped. Returns the bytes to write to the file. */
  append(bytes: Uint8Array, from: number, to: number, baseOffset: number, nextOffset: number): Uint8Array {
    const size = to - from
    if (size > GATHERED_BYTES_MAX) {
      const chunk = { bytes, from, to, baseOffset, nextOffset, heldBytes: size, isGathered: false, tail: this }
      this.#chunks.push(chunk)
      this.#cache.add(chunk)
      return bytes.subarray(from, to)
    }
    let last = this.#chunks[this.#chunks.length - 1]
    if (
      last === undefined ||
      this.#head === this.#chunks.length ||
      !last.isGathered ||
      last.bytes.length - last.to < size
    ) {
      if (last?.isGathered === true) this.#gatherBytes = Math.min(GATHER_BYTES_MAX, this.#gatherBytes * 2)
      const buffer = new Uint8Array(Math.max(this.#gatherBytes, size))
      last = {
        bytes: buffer,
        from: 0,
        to: 0,
        baseOffset,
        nextOffset,
        heldBytes: buffer.length,
        isGathered: true,
        tail: this,
      }
      this.#chunks.push(last)
      this.#cache.add(last)
    }
    const at = last.to
    last.bytes.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at)
    last.to = at + size
    last.nextOffset = nextOffset
    return last.bytes.subarray(at, at + size)
  }

  /** Called by the cache, oldest first. False while the chunk is not written. */
  dropFirst(chunk: Chunk): boolean {
    if (chunk.nextOffset > this.writtenOffset) return false
    if (this.#chunks[this.#head] !== chunk) throw new Error('tail chunks are dropped in order')
    this.#head++
    if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head)
      this.#head = 0
    }
    return true
  }

  /** Forgets what lies wholly below `offset`: it was deleted or compacted. */
  dropBelow(offset: number): void {
    while (this.#head < this.#chunks.length) {
      const chunk = this.#chunks[this.#head]!
      if (chunk.nextOffset > offset || !this.dropFirst(chunk)) return
      this.#cache.forget(chunk)
    }
  }

  clear(): void {
    for (let i = this.#head; i < this.#chunks.length; i++) this.#cache.forget(this.#chunks[i]!)
    this.#chunks = []
    this.#head = 0
  }

  /** Fills `into` with whole batches from `ask.from` on; false when they do not begin here. */
  read(ask: ReadAsk, into: ReadInto): boolean {
    if (ask.from < this.baseOffset) return false
    let low = this.#head
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#chunks[middle]!.baseOffset <= ask.from) low = middle
      else high = middle - 1
    }
    let left = ask.bytesMax
    let mustGive = ask.atLeastOne
    for (let i = low; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      let at = chunk.from
      if (i === low)
        while (at < chunk.to && batchLastOffset(chunk.bytes, at) < ask.from) at += batchBytes(chunk.bytes, at)
      const from = at
      if (chunk.nextOffset <= ask.upTo && chunk.to - at <= left) at = chunk.to
      else {
        while (chunk.to - at >= BATCH_HEADER_BYTES) {
          const size = batchBytes(chunk.bytes, at)
          if (batchLastOffset(chunk.bytes, at) >= ask.upTo || (at + size - from > left && !mustGive)) break
          at += size
          mustGive = false
          if (at - from > left) break
        }
      }
      if (at > from) {
        into.slices.push({ bytes: chunk.bytes, from, to: at })
        left -= at - from
        mustGive = false
      }
      if (at < chunk.to || left <= 0) break
    }
    return true
  }
}
