import type { Slice } from '../../bytes/index.ts'
import type { Done, File } from '../../env/index.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchBytes,
  batchMagic,
  decompressRecords,
  plainRecords,
  RecordCursor,
} from '../../records/index.ts'
import { absolute, type CliWorld, ToolFailure } from '../world.ts'

/** What is read ahead; batches larger than this are read whole. */
const WINDOW_BYTES = 1 << 20
/** What one batch may hold decompressed. */
const DECOMPRESSED_BYTES_MAX = 1 << 30

export function promised<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((failure, value) => {
      if (failure === null) resolve(value)
      else reject(new ToolFailure(failure.message))
    })
  })
}

/** A segment, or a snapshot, read from front to back. */
export class LogFile {
  readonly sizeBytes: number
  readonly #file: File
  #window = new Uint8Array(0)
  #windowAt = 0
  /** What of the window was read. */
  #filled = 0

  private constructor(file: File) {
    this.#file = file
    this.sizeBytes = file.size()
  }

  /** A file that is not there fails with its path. */
  static open(world: CliWorld, path: string): Promise<LogFile> {
    return new Promise((resolve, reject) => {
      world.env.disk.open(absolute(world, path), 'read', (failure, file) => {
        if (failure === null) resolve(new LogFile(file))
        else reject(new ToolFailure(failure.code === 'ENOENT' ? `${path}: there is no such file` : failure.message))
      })
    })
  }

  close(): void {
    this.#file.close()
  }

  /** Bytes of the file; lent until the next call. Null: the file ends before. */
  async #bytes(at: number, count: number): Promise<Slice | null> {
    if (at + count > this.sizeBytes) return null
    if (at < this.#windowAt || at + count > this.#windowAt + this.#filled) {
      const size = Math.max(count, Math.min(WINDOW_BYTES, this.sizeBytes - at))
      if (this.#window.length < size) this.#window = new Uint8Array(size)
      this.#windowAt = at
      this.#filled = await promised<number>((done) => this.#file.read(this.#window.subarray(0, size), at, done))
      if (this.#filled < count) return null
    }
    const from = at - this.#windowAt
    return { bytes: this.#window, from, to: from + count }
  }

  /**
   * The batch at `position`, lent until the next call. Null where no whole batch stands: at the end, at `endsAt`, and at a
   * torn tail.
   */
  async batchAt(position: number, endsAt: number = this.sizeBytes): Promise<Slice | null> {
    if (position + BATCH_PREFIX_BYTES > endsAt) return null
    const prefix = await this.#bytes(position, BATCH_PREFIX_BYTES)
    if (prefix === null) return null
    const size = batchBytes(prefix.bytes, prefix.from)
    const magic = batchMagic(prefix.bytes, prefix.from)
    if (position + size > endsAt && size >= BATCH_PREFIX_BYTES) return null
    if (magic < 2) throw new ToolFailure(`At position ${position} stands a batch of magic ${magic}: only 2 is read`)
    if (size < BATCH_HEADER_BYTES) {
      throw new ToolFailure(`At position ${position} stands a batch of ${size} bytes, fewer than any batch has`)
    }
    return this.#bytes(position, size)
  }

  async *batches(from = 0, endsAt = this.sizeBytes): AsyncGenerator<{ batch: Slice; position: number }, void, void> {
    for (let position = from; ; ) {
      const batch = await this.batchAt(position, endsAt)
      if (batch === null) return
      yield { batch, position }
      position += batch.to - batch.from
    }
  }
}

/** Its records, whatever its codec. */
export async function recordsOf(world: CliWorld, batch: Slice): Promise<RecordCursor> {
  const records =
    plainRecords(batch) ??
    (await promised<Slice>((done) => decompressRecords(world.env.heavy, batch, DECOMPRESSED_BYTES_MAX, done)))
  return new RecordCursor(batch, records)
}

/** The offset in the name of a segment's file. */
export function baseOffsetIn(name: string): number {
  const digits = name.split('.')[0] ?? ''
  if (!/^[+-]?\d+$/.test(digits)) throw new ToolFailure(`For input string: "${digits}"`)
  return Number(digits)
}
