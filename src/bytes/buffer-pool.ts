const SMALLEST_BYTES = 4096

/** Large buffers that are used again and again, so that neither zeroed pages nor the collector are paid for each time. */
export class BufferPool {
  readonly #bytesMax: number
  readonly #poison: boolean
  /** By power of two. */
  readonly #free = new Map<number, Uint8Array[]>()
  #bytes = 0

  /** @param poison for tests: overwrites what is given back, so that late readers are found. */
  constructor(bytesMax: number, poison = false) {
    this.#bytesMax = bytesMax
    this.#poison = poison
  }

  /** Bytes that lie ready. */
  get bytes(): number {
    return this.#bytes
  }

  /** At least `length` bytes (a power of two) with anything in them. */
  take(length: number): Uint8Array {
    let size = SMALLEST_BYTES
    while (size < length) size *= 2
    const buffer = this.#free.get(size)?.pop()
    if (buffer === undefined) return new Uint8Array(size)
    this.#bytes -= size
    return buffer
  }

  /** What {@link take} gave, once nobody looks at it any more. */
  give(buffer: Uint8Array): void {
    if (this.#poison) buffer.fill(0xdb)
    if (this.#bytes + buffer.length > this.#bytesMax) return
    const free = this.#free.get(buffer.length)
    if (free === undefined) this.#free.set(buffer.length, [buffer])
    else free.push(buffer)
    this.#bytes += buffer.length
  }

  clear(): void {
    this.#free.clear()
    this.#bytes = 0
  }
}
