import { type BufferPool, Slab } from '../bytes/index.ts'

/** Smaller runs of frames are cut from a slab; larger ones live in pooled buffers. */
const POOLED_BYTES_MIN = 4096
/** Larger frames are too rare to keep their buffers. */
const POOLED_BYTES_MAX = 1 << 20
/** Whoever keeps one small frame keeps its slab, so slabs are small. */
const SLAB_BYTES = 8192

/** Where the frames of many connections are put together. */
export class FrameMemory {
  /** How many times what has arrived of a frame may be taken for it; the pool rounds up by as much as two. */
  readonly growth: number
  readonly #buffers: BufferPool | null
  readonly #slab = new Slab(SLAB_BYTES)

  /** @param buffers for receivers that give frames back. */
  constructor(buffers: BufferPool | null = null) {
    this.#buffers = buffers
    this.growth = buffers === null ? 4 : 2
  }

  /** At least `length` bytes with anything in them. */
  take(length: number): Uint8Array {
    return this.#buffers !== null && isPooled(length) ? this.#buffers.take(length) : new Uint8Array(length)
  }

  /** Nobody looks at what {@link take} gave any more. */
  give(buffer: Uint8Array): void {
    if (this.#buffers !== null && isPooled(buffer.length)) this.#buffers.give(buffer)
  }

  /** A copy of whole frames. */
  copy(chunk: Uint8Array, from: number, to: number): Run {
    const length = to - from
    if (length >= POOLED_BYTES_MIN) {
      const bytes = this.take(length)
      bytes.set(chunk.subarray(from, to))
      return new Run(this, bytes, 0, length, true)
    }
    const at = this.#slab.take(length)
    const { bytes } = this.#slab
    bytes.set(chunk.subarray(from, to), at)
    return new Run(this, bytes, at, at + length, false)
  }
}

function isPooled(length: number): boolean {
  return length >= POOLED_BYTES_MIN && length <= POOLED_BYTES_MAX
}

/** Whole frames, one behind the other, in one buffer that returns to the pool when each of them was returned. */
export class Run {
  readonly bytes: Uint8Array
  readonly to: number
  /** First byte that was not handed out. */
  at: number
  readonly #memory: FrameMemory
  readonly #ownsBuffer: boolean
  #held = 0

  constructor(memory: FrameMemory, bytes: Uint8Array, from: number, to: number, ownsBuffer: boolean) {
    this.#memory = memory
    this.bytes = bytes
    this.at = from
    this.to = to
    this.#ownsBuffer = ownsBuffer
  }

  /** The next frame is `bytes[from..to)`. */
  cut(from: number, to: number): Frame {
    this.at = to
    this.#held++
    return new Frame(this, this.bytes, from, to)
  }

  giveBack(): void {
    this.#held--
    if (this.#ownsBuffer && this.#held === 0 && this.at === this.to) this.#memory.give(this.bytes)
  }
}

/** A frame without its size. Its bytes stay as they are until it is given back, which nobody has to do. */
export class Frame {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  #run: Run | null

  constructor(run: Run, bytes: Uint8Array, from: number, to: number) {
    this.#run = run
    this.bytes = bytes
    this.from = from
    this.to = to
  }

  giveBack(): void {
    this.#run?.giveBack()
    this.#run = null
  }
}
