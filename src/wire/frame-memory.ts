import { type BufferPool, Slab } from '../bytes/index.ts'

/** Smaller runs of frames are cut from a slab; larger ones live in pooled buffers. */
const POOLED_BYTES_MIN = 4096
/** Larger frames are too rare to keep their buffers. */
const POOLED_BYTES_MAX = 1 << 20
/** Without a pool, as in a client that chose its server, so much is believed: memory that nobody wrote to costs nothing. */
const BELIEVED_BYTES = 8 << 20
/** Enough for the size and the header of any request. */
const PEEK_BYTES = 4096
/** Whoever keeps one small frame keeps its slab, so slabs are small. */
const SLAB_BYTES = 8192

/** Where the frames of many connections are put together. */
export class FrameMemory {
  readonly #buffers: BufferPool | null
  readonly #slab = new Slab(SLAB_BYTES)
  #peek: Uint8Array | null = null

  /** @param buffers for receivers that give frames back. */
  constructor(buffers: BufferPool | null = null) {
    this.#buffers = buffers
  }

  /** Where the beginnings of frames may be read, by whoever reads now: what is lent for a call needs no more than one. */
  get peek(): Uint8Array {
    return (this.#peek ??= new Uint8Array(PEEK_BYTES))
  }

  /** At least `length` bytes with anything in them. */
  take(length: number): Uint8Array {
    return this.#buffers !== null && isPooled(length) ? this.#buffers.take(length) : new Uint8Array(length)
  }

  /** For a frame of which `have` bytes have arrived, and which is `total` bytes long: never much more than has arrived. */
  takeFor(have: number, total: number): Uint8Array {
    if (this.#buffers === null) return new Uint8Array(Math.min(total, Math.max(BELIEVED_BYTES, have * 4)))
    // What lies ready costs nothing, so it may be as large as announced.
    const ready = isPooled(total) ? this.#buffers.takeReady(total) : null
    return ready ?? this.take(Math.min(total, have * 2))
  }

  /** Nobody looks at what {@link take} gave any more. */
  give(buffer: Uint8Array): void {
    if (this.#buffers === null) return
    if (isPooled(buffer.length)) this.#buffers.give(buffer)
    // Freed at once: what is left to the garbage collector stays until something else needs memory.
    else if (buffer.length > POOLED_BYTES_MAX) (buffer.buffer as ArrayBuffer).transfer(0)
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
