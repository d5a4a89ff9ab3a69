import type { BufferPool } from '../bytes/index.ts'
import { BATCH_HEADER_BYTES, batchBytes, batchLastOffset } from '../records/index.ts'
import type { ReadAsk, ReadInto } from './types.ts'

/** A log's first chunk is small, since most logs stay so; each that is filled doubles the next. */
const CHUNK_BYTES_MIN = 1024
const CHUNK_BYTES_MAX = 512 * 1024
/** Smaller ones are cheaper made than kept. */
const POOLED_BYTES_MIN = 4096

/** Adjoining batches in memory. What is appended behind `to` does not disturb who reads or writes before it. */
interface Chunk {
  readonly bytes: Uint8Array
  to: number
  readonly baseOffset: number
  nextOffset: number
  /** Reads that have not released it. */
  readers: number
  /** Null when it was dropped. */
  tail: Tail | null
}

/**
 * The newest batches of all logs, in memory and bounded together: what was appended first goes first, as soon as it is
 * written. A fetch of the tail reads no disk. Chunks are cut from pooled buffers and return to the pool when they are
 * dropped, written and read by nobody.
 */
export class TailCache {
  readonly #bytesMax: number
  readonly #buffers: BufferPool
  #bytes = 0
  #queue: Chunk[] = []
  #head = 0
  /** Chunks made so far: grows while anything is written. */
  chunksAdded = 0

  constructor(bytesMax: number, buffers: BufferPool) {
    this.#bytesMax = bytesMax
    this.#buffers = buffers
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A chunk for at least `size` bytes that belongs to `tail`. */
  add(tail: Tail, size: number, baseOffset: number): Chunk {
    const bytes = size < POOLED_BYTES_MIN ? new Uint8Array(size) : this.#buffers.take(size)
    const chunk: Chunk = { bytes, to: 0, baseOffset, nextOffset: baseOffset, readers: 0, tail }
    this.#shrinkTo(this.#bytesMax - bytes.length)
    this.#queue.push(chunk)
    this.chunksAdded++
    this.#bytes += bytes.length
    return chunk
  }

  /** Something was written: it may go if there is too much. */
  trim(): void {
    if (this.#bytes > this.#bytesMax) this.#shrinkTo(this.#bytesMax)
  }

  /** The chunk left its tail. Its buffer may be used again unless a write of it may be under way. */
  forget(chunk: Chunk, isWritten: boolean): void {
    chunk.tail = null
    this.#bytes -= chunk.bytes.length
    // A buffer that is never given back is collected like any other.
    if (!isWritten) chunk.readers++
    this.#reuse(chunk)
  }

  readDone(chunk: Chunk): void {
    chunk.readers--
    this.#reuse(chunk)
  }

  /** Gives memory back while nothing is going on. */
  clear(): void {
    this.#shrinkTo(0)
  }

  #reuse(chunk: Chunk): void {
    if (chunk.tail === null && chunk.readers === 0 && chunk.bytes.length >= POOLED_BYTES_MIN) {
      this.#buffers.give(chunk.bytes)
    }
  }

  #shrinkTo(bytes: number): void {
    while (this.#bytes > bytes && this.#head < this.#queue.length) {
      const chunk = this.#queue[this.#head]!
      if (chunk.tail !== null) {
        if (!chunk.tail.dropFirst(chunk)) break
        this.forget(chunk, true)
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
  #writtenOffset: number
  #chunkBytes = CHUNK_BYTES_MIN

  constructor(cache: TailCache, endOffset: number) {
    this.#cache = cache
    this.#writtenOffset = endOffset
  }

  noteWritten(offset: number): void {
    this.#writtenOffset = offset
    this.#cache.trim()
  }

  /** First offset that can be read from here; Infinity when there is none. */
  get baseOffset(): number {
    return this.#head < this.#chunks.length ? this.#chunks[this.#head]!.baseOffset : Number.POSITIVE_INFINITY
  }

  /** Copies one batch whose offsets are stamped. Returns the copy, which is what goes to the file. */
  append(bytes: Uint8Array, from: number, to: number, baseOffset: number, nextOffset: number): Uint8Array {
    const size = to - from
    let last = this.#chunks[this.#chunks.length - 1]
    if (last === undefined || this.#head === this.#chunks.length || last.bytes.length - last.to < size) {
      if (last !== undefined) this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 2)
      last = this.#cache.add(this, Math.max(this.#chunkBytes, size), baseOffset)
      this.#chunks.push(last)
    }
    const at = last.to
    last.bytes.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at)
    last.to = at + size
    last.nextOffset = nextOffset
    return last.bytes.subarray(at, at + size)
  }

  /** Called by the cache, oldest first. False while the chunk is not written. */
  dropFirst(chunk: Chunk): boolean {
    if (chunk.nextOffset > this.#writtenOffset) return false
    if (this.#chunks[this.#head] !== chunk) throw new Error('tail chunks are dropped in order')
    // Its turn came before it was full: there are more logs than the cache has room for such chunks.
    if (this.#head === this.#chunks.length - 1) this.#chunkBytes = Math.max(CHUNK_BYTES_MIN, this.#chunkBytes >> 2)
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
      this.#cache.forget(chunk, true)
    }
  }

  clear(): void {
    for (let i = this.#head; i < this.#chunks.length; i++) this.#cache.forget(this.#chunks[i]!, false)
    this.#chunks = []
    this.#head = 0
  }

  /** Fills `into` with whole batches from `ask.from` on, until it is released; false when they do not begin here. */
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
    const read: Chunk[] = []
    for (let i = low; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      let at = 0
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
        chunk.readers++
        read.push(chunk)
        left -= at - from
        mustGive = false
      }
      if (at < chunk.to || left <= 0) break
    }
    if (read.length > 0) into.release = () => this.#release(read)
    return true
  }

  #release(read: Chunk[]): void {
    for (const chunk of read.splice(0)) this.#cache.readDone(chunk)
  }
}
