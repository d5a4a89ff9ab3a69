import { foreignProtocol } from './foreign.ts'
import { type Frame, FrameMemory, Run } from './frame-memory.ts'

const sizeBytes = 4
/** The least that is taken for the beginning of a frame. */
const partialBytesMin = 1024
/** Who sends frames this long has the beginning of the next one looked at alone, so that the rest is read in place. */
const longBytesMin = 32 * 1024
/** For less it is not worth a read of its own. */
const roomBytesMin = 4096

/**
 * Turns the chunks of one direction into frames: an int32 size, then that many bytes. Chunks are only lent, so they are
 * copied: the whole frames of a chunk together, a frame that spans chunks into a buffer of its own. That buffer is at
 * most four times as large as what has arrived of the frame, whatever size was announced, unless a larger one lay ready.
 * What is missing of a long frame is read into it ({@link FrameReader.room}), so that its bytes are never copied.
 */
export class FrameReader {
  /** Larger frames are refused when they arrive. May change between frames (before and after authentication). */
  frameBytesMax: number
  readonly #frameBytesMin: number
  readonly #memory: FrameMemory
  /** Copies of whole frames with their sizes, oldest first. */
  readonly #whole: Run[] = []
  #pendingBytes = 0
  /** The frame under way: its size field and what has arrived of its body. */
  #partial: Uint8Array | null = null
  #have = 0
  #refusal: string | null = null
  #isFirst = true
  #isLong = false

  /** @param frameBytesMin what the shortest header takes: a smaller frame is none of Kafka's. */
  constructor(frameBytesMax: number, frameBytesMin: number, memory: FrameMemory = new FrameMemory()) {
    this.#memory = memory
    this.frameBytesMax = frameBytesMax
    this.#frameBytesMin = frameBytesMin
  }

  /** Bytes that arrived and are in no frame yet, size fields included. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Bytes still missing of the frame under way; 0 when none is. */
  get missingBytes(): number {
    if (this.#partial === null || this.#refusal !== null) return 0
    if (this.#have < sizeBytes) return sizeBytes - this.#have
    return sizeBytes + int32(this.#partial, 0) - this.#have
  }

  /** Where the next chunk would best be; null when that is all the same. Asked after each {@link push}. */
  room(): Uint8Array | null {
    const partial = this.#partial
    if (this.#refusal !== null) return null
    if (partial === null) return this.#isLong ? this.#memory.peek : null
    if (this.#have < sizeBytes) return null
    const end = Math.min(partial.byteLength, sizeBytes + int32(partial, 0))
    return end - this.#have < roomBytesMin ? null : partial.subarray(this.#have, end)
  }

  /** Nothing more will come, and nothing reads into {@link room} any more. */
  drop(): void {
    if (this.#partial !== null) this.#memory.give(this.#partial)
    this.#partial = null
    this.#have = 0
  }

  /** For a read that may not bring much. */
  littleRoom(): Uint8Array {
    return this.#memory.peek
  }

  push(chunk: Uint8Array): void {
    this.#pendingBytes += chunk.byteLength
    let at = this.#partial === null ? 0 : this.#fill(chunk, 0)
    const from = at
    while (this.#refusal === null && chunk.byteLength - at >= sizeBytes) {
      const size = int32(chunk, at)
      if (!this.#accepts(size) || chunk.byteLength - at - sizeBytes < size) break
      at += sizeBytes + size
    }
    if (at > from) {
      this.#whole.push(this.#memory.copy(chunk, from, at))
      this.#isLong = at - from >= longBytesMin
    }
    if (at < chunk.byteLength && this.#refusal === null) this.#fill(chunk, at)
  }

  /** The next whole frame (without its size), null when it is not there yet, or what is wrong with the stream. */
  next(): Frame | null | string {
    const run = this.#whole[0]
    if (run === undefined) return this.#refusal
    const from = run.at + sizeBytes
    const to = from + int32(run.bytes, run.at)
    this.#pendingBytes -= to - run.at
    if (to === run.to) this.#whole.shift()
    return run.cut(from, to)
  }

  /** Adds to the frame under way what `chunk[at..)` has of it; returns the place behind. */
  #fill(chunk: Uint8Array, at: number): number {
    let partial = this.#partial ?? new Uint8Array(Math.min(partialBytesMin, Math.max(64, chunk.byteLength - at)))
    while (this.#have < sizeBytes && at < chunk.byteLength) partial[this.#have++] = chunk[at++]!
    this.#partial = partial
    if (this.#have < sizeBytes) return at
    const size = int32(partial, 0)
    if (!this.#accepts(size)) return at
    const take = Math.min(sizeBytes + size - this.#have, chunk.byteLength - at)
    const needed = this.#have + take
    if (needed > partial.byteLength) {
      const grown = this.#memory.takeFor(Math.max(partialBytesMin, needed), sizeBytes + size)
      grown.set(partial.subarray(0, this.#have))
      this.#memory.give(partial)
      partial = grown
      this.#partial = grown
    }
    const isInPlace = chunk.buffer === partial.buffer && chunk.byteOffset + at === partial.byteOffset + this.#have
    if (!isInPlace) partial.set(chunk.subarray(at, at + take), this.#have)
    this.#have = needed
    if (needed === sizeBytes + size) {
      this.#whole.push(new Run(this.#memory, partial, 0, needed, true))
      this.#isLong = needed >= longBytesMin
      this.#partial = null
      this.#have = 0
    }
    return at + take
  }

  #accepts(size: number): boolean {
    if (size >= this.#frameBytesMin && size <= this.frameBytesMax) {
      this.#isFirst = false
      return true
    }
    const foreign = this.#isFirst ? foreignProtocol(size) : null
    const limit =
      size < this.#frameBytesMin ? 'which is too short for a header' : `more than the ${this.frameBytesMax} allowed`
    this.#refusal = foreign ?? `a frame of ${size} bytes was announced, ${limit}`
    return false
  }
}

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
