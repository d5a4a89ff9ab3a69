const SMALLEST_BYTES = 4096

/** Large buffers that are used again and again, so that neither zeroed pages nor the collector are paid for each time. */
export class BufferPool {
  readonly #bytesMax: number
  readonly #poison: boolean
  /** By power of two, those last asked for behind. */
  readonly #free = new Map<number, Uint8Array[]>()
  #newest: Uint8Array[] | null = null
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
    return this.takeReady(length) ?? new Uint8Array(sizeFor(length))
  }

  /** The same, or null when no buffer of that size lies ready: what is taken so costs no more memory than is held. */
  takeReady(length: number): Uint8Array | null {
    const size = sizeFor(length)
    const free = this.#free.get(size)
    if (free === undefined) {
      this.#free.set(size, [])
      return null
    }
    if (this.#newest !== free) {
      this.#newest = free
      this.#free.delete(size)
      this.#free.set(size, free)
    }
    const buffer = free.pop()
    if (buffer === undefined) return null
    this.#bytes -= size
    return buffer
  }

  /** What {@link take} gave, once nobody looks at it any more. */
  give(buffer: Uint8Array): void {
    if (this.#poison) buffer.fill(0xdb)
    const free = this.#free.get(buffer.length)
    if (free === undefined || !this.#makeRoom(buffer.length, free)) return
    free.push(buffer)
    this.#bytes += buffer.length
  }

  /** Lets go of sizes that were asked for before this one was. */
  #makeRoom(length: number, ours: Uint8Array[]): boolean {
    for (const [size, free] of this.#free) {
      while (this.#bytes + length > this.#bytesMax) {
        if (free === ours) return false
        if (free.pop() === undefined) break
        this.#bytes -= size
      }
    }
    return this.#bytes + length <= this.#bytesMax
  }

  clear(): void {
    this.#free.clear()
    this.#newest = null
    this.#bytes = 0
  }
}

function sizeFor(length: number): number {
  let size = SMALLEST_BYTES
  while (size < length) size *= 2
  return size
}
