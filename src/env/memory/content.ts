const pageBytes = 64 * 1024
const pageBytesMin = 256
/** What a disk writes whole or not at all. */
export const sectorBytes = 512

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
  #syncsBegun = 0
  #syncsEnded = 0

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
    this.beginSync()()
  }

  /** What is written now is safe once the answer is called; a power cut before that may still lose it. */
  beginSync(): () => void {
    for (const page of this.#pages) if (page !== undefined) page.isShared = true
    const pages = this.#pages.slice()
    const { size } = this
    const order = ++this.#syncsBegun
    return () => {
      // A later sync that ended first covers this one.
      if (order < this.#syncsEnded) return
      this.#syncsEnded = order
      this.#syncedPages = pages
      this.#syncedSize = size
    }
  }

  /**
   * What a power cut leaves: the synced bytes and, of an unsynced tail, its first `tailBytes`; of all sectors that were
   * written since, those that `survives` (by their number in the file) besides. What was lost before one that survived
   * reads as zeros.
   */
  afterCrash(tailBytes: number, survives: ((sector: number) => boolean) | null = null): Content {
    const left = new Content()
    left.size = this.#syncedSize
    left.#pages = this.#syncedPages.map((page) => page && { bytes: page.bytes.slice(), isShared: false })
    if (tailBytes > 0) {
      const tail = new Uint8Array(Math.min(tailBytes, Math.max(0, this.size - this.#syncedSize)))
      this.read(tail, this.#syncedSize)
      left.write(tail, this.#syncedSize)
    }
    if (survives !== null) {
      for (const sector of this.#unsyncedSectors()) {
        if (!survives(sector)) continue
        const at = sector * sectorBytes
        const bytes = new Uint8Array(Math.min(sectorBytes, this.size - at))
        this.read(bytes, at)
        left.write(bytes, at)
      }
    }
    left.sync()
    return left
  }

  /** Numbers of the sectors whose bytes are not those of the last sync, in order. */
  #unsyncedSectors(): number[] {
    const found: number[] = []
    const perPage = pageBytes / sectorBytes
    for (let index = 0; index * pageBytes < this.size; index++) {
      const page = this.#pages[index]
      const synced = this.#syncedPages[index]
      if (page === undefined || page.bytes === synced?.bytes) continue
      for (let i = 0; i < perPage; i++) {
        const sector = index * perPage + i
        if (sector * sectorBytes >= this.size) break
        if (!isSameSector(page.bytes, synced?.bytes, i * sectorBytes)) found.push(sector)
      }
    }
    return found
  }

  /** Changes bits of one byte in place, synced or not. */
  rot(at: number, mask: number): void {
    const index = Math.floor(at / pageBytes)
    const start = at - index * pageBytes
    const pages = new Set([this.#pages[index]?.bytes, this.#syncedPages[index]?.bytes])
    for (const bytes of pages) if (bytes !== undefined && start < bytes.byteLength) bytes[start]! ^= mask
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

/** Bytes that a page does not hold are zeros. */
function isSameSector(a: Uint8Array, b: Uint8Array | undefined, from: number): boolean {
  for (let at = from; at < from + sectorBytes; at++) if ((a[at] ?? 0) !== (b?.[at] ?? 0)) return false
  return true
}
