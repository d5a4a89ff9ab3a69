import type { Slice } from '../bytes/index.ts'
import { foreignProtocol } from './foreign.ts'

const sizeBytes = 4
/** Chunks below this are packed together, so that a peer cannot make us hold an object for every byte it sends. */
const packedBelow = 2048
const packBytesMin = 512
const packBytesMax = 16 * 1024

/**
 * Turns the chunks of one direction into frames: an int32 size, then that many bytes. Memory follows what has arrived and
 * never the size that was announced. A frame that lies in one chunk is passed as a part of it; one that spans chunks is
 * copied once, when its last byte is there.
 */
export class FrameReader {
  /** Larger frames are refused. May change between frames (before and after authentication). */
  frameBytesMax: number
  readonly #frameBytesMin: number
  readonly #chunks: Uint8Array[] = []
  /** First byte of the first chunk that is not consumed. */
  #at = 0
  /** Bytes in the chunks that are not consumed. */
  #buffered = 0
  /** Size of the frame under way, once it has been read off; −1 before. */
  #size = -1
  #refusal: string | null = null
  /** The buffer that the last chunk is a part of, while it has room for more. */
  #pack: Uint8Array | null = null
  #packed = 0
  #isFirst = true

  /** @param frameBytesMin what the shortest header takes: a smaller frame is none of Kafka's. */
  constructor(frameBytesMax: number, frameBytesMin: number) {
    this.frameBytesMax = frameBytesMax
    this.#frameBytesMin = frameBytesMin
  }

  /** Bytes that arrived and are in no frame yet, size fields included. */
  get pendingBytes(): number {
    return this.#buffered + (this.#size < 0 && this.#refusal === null ? 0 : sizeBytes)
  }

  /** Bytes still missing of the frame under way; 0 when none is, or when it is whole. */
  get missingBytes(): number {
    if (this.#size >= 0) return Math.max(0, this.#size - this.#buffered)
    return this.#buffered === 0 ? 0 : Math.max(0, sizeBytes - this.#buffered)
  }

  /** Takes over a chunk. */
  push(chunk: Uint8Array): void {
    const length = chunk.byteLength
    this.#buffered += length
    if (length >= packedBelow || this.#chunks.length === 0) {
      this.#chunks.push(chunk)
      this.#pack = null
      return
    }
    if (this.#pack === null || this.#pack.byteLength - this.#packed < length) {
      const twice = this.#pack === null ? packBytesMin : this.#pack.byteLength * 2
      this.#pack = new Uint8Array(Math.max(length, Math.min(packBytesMax, twice)))
      this.#packed = 0
      this.#chunks.push(this.#pack.subarray(0, 0))
    }
    const from = this.#packed - this.#chunks.at(-1)!.byteLength
    this.#pack.set(chunk, this.#packed)
    this.#packed += length
    this.#chunks[this.#chunks.length - 1] = this.#pack.subarray(from, this.#packed)
  }

  /** The next whole frame (without its size), null when it is not there yet, or what is wrong with the stream. */
  next(): Slice | null | string {
    if (this.#refusal !== null) return this.#refusal
    if (this.#size < 0) {
      if (this.#buffered < sizeBytes) return null
      const size = (this.#byte() << 24) | (this.#byte() << 16) | (this.#byte() << 8) | this.#byte()
      if (size < this.#frameBytesMin || size > this.frameBytesMax) return (this.#refusal = this.#refuse(size))
      this.#size = size
      this.#isFirst = false
    }
    const size = this.#size
    if (this.#buffered < size) return null
    this.#size = -1
    const first = this.#chunks[0]!
    const from = this.#at
    if (first.byteLength - from >= size) {
      this.#skip(size)
      return { bytes: first, from, to: from + size }
    }
    const bytes = new Uint8Array(size)
    for (let filled = 0; filled < size; ) {
      const chunk = this.#chunks[0]!
      const length = Math.min(chunk.byteLength - this.#at, size - filled)
      bytes.set(length === chunk.byteLength ? chunk : chunk.subarray(this.#at, this.#at + length), filled)
      filled += length
      this.#skip(length)
    }
    return { bytes, from: 0, to: size }
  }

  #byte(): number {
    const byte = this.#chunks[0]![this.#at]!
    this.#skip(1)
    return byte
  }

  /** Consumes bytes of the first chunk. */
  #skip(length: number): void {
    this.#buffered -= length
    this.#at += length
    if (this.#at < this.#chunks[0]!.byteLength) return
    this.#chunks.shift()
    this.#at = 0
    if (this.#chunks.length === 0) this.#pack = null
  }

  #refuse(size: number): string {
    const hint = this.#isFirst ? foreignProtocol(size) : null
    if (hint !== null) return hint
    if (size < this.#frameBytesMin) return `a frame of ${size} bytes was announced, which is too short for a header`
    return `a frame of ${size} bytes was announced, more than the ${this.frameBytesMax} allowed`
  }
}
