const pageBytes = 64 * 1024
const pageBytesMin = 256

interface Page {
  bytes: Uint8Array
  /** Also part of the synced content: copied before it is written. */
  isShared: boolean
}

/**
 * The bytes of one file, now and as of its last sync. Pages are shared between the two until written, so a sync costs a
 * list of pages and not a copy.
 */
export class Content {
  size = 0
  #pages: Page[] = []
  #syncedPages: readonly Page[] = []
  #syncedSize = 0

  get syncedSize(): number {
    return this.#syncedSize
  }

  write(part: Uint8Array, at: number): void {
    const end = at + part.byteLength
    for (let from = at; from < end; ) {
      const index = Math.floor(from / pageBytes)
      const start = from - index * pageBytes
      const length = Math.min(pageBytes - start, end - from)
      const page = this.#writable(index, start + length)
      page.set(part.subarray(from - at, from - at + length), start)
      from += length
    }
    this.size = Math.max(this.size, end)
  }

  read(into: Uint8Array, at: number): number {
    const end = Math.min(at + into.byteLength, this.size)
    if (end <= at) return 0
    for (let from = at; from < end; ) {
      const index = Math.floor(from / pageBytes)
      const start = from - index * pageBytes
      const length = Math.min(pageBytes - start, end - from)
      const page = this.#pages[index]?.bytes
      const there = page === undefined ? 0 : Math.max(0, Math.min(length, page.byteLength - start))
      if (there > 0) into.set(page!.subarray(start, start + there), from - at)
      // A hole, or the part of a page that was never written.
      if (there < length) into.fill(0, from - at + there, from - at + length)
      from += length
    }
    return end - at
  }

  truncate(size: number): void {
    if (size < this.size) {
      this.#pages.length = Math.min(this.#pages.length, Math.ceil(size / pageBytes))
      const last = Math.floor(size / pageBytes)
      const start = size - last * pageBytes
      // What is cut must read as zeros if the file grows over it again.
      const page = this.#pages[last]
      if (page !== undefined && start < page.bytes.byteLength) this.#writable(last, start).fill(0, start)
    }
    this.size = size
  }

  sync(): void {
    for (const page of this.#pages) if (page !== undefined) page.isShared = true
    this.#syncedPages = this.#pages.slice()
    this.#syncedSize = this.size
  }

  /** What a power cut leaves: the synced bytes and, of an unsynced tail, its first `tailBytes`. */
  afterCrash(tailBytes: number): Content {
    const left = new Content()
    left.size = this.#syncedSize
    left.#pages = this.#syncedPages.map((page) => page && { bytes: page.bytes.slice(), isShared: false })
    if (tailBytes > 0) {
      const tail = new Uint8Array(Math.min(tailBytes, Math.max(0, this.size - this.#syncedSize)))
      this.read(tail, this.#syncedSize)
      left.write(tail, this.#syncedSize)
    }
    left.sync()
    return left
  }

  /** The page's bytes, private to the current content and at least `length` long. */
  #writable(index: number, length: number): Uint8Array {
    const page = this.#pages[index]
    if (page !== undefined && !page.isShared && page.bytes.byteLength >= length) return page.bytes
    let capacity = Math.max(pageBytesMin, page?.bytes.byteLength ?? 0)
    while (capacity < length) capacity *= 2
    const bytes = new Uint8Array(capacity)
    if (page !== undefined) bytes.set(page.bytes)
    this.#pages[index] = { bytes, isShared: false }
    return bytes
  }
}
