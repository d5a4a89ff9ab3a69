import type { Disk, Failure, File } from '../env/index.ts'
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, batchBytes, batchMagic } from '../records/index.ts'

const CHUNK_BYTES = 1 << 20

/** Sees one whole batch, `bytes[from..to)`, that stands at `position` in the file. True stops the scan before it. */
export type OnBatch = (bytes: Uint8Array, from: number, to: number, position: number) => boolean

export interface ScanEnd {
  readonly failure: Failure | null
  /** Position behind the last batch that onBatch took. */
  readonly position: number
  /** onBatch asked to stop, `end` was reached, or what stands at `position` is no batch. */
  readonly why: 'stopped' | 'end' | 'broken'
}

/**
 * Walks the batches of a segment file from `position` (the start of one) to `end`, a chunk at a time, so that a scan of
 * any length keeps turns short. Looks at length and magic only: checksums are the caller's.
 */
export function scanBatches(
  file: File,
  position: number,
  end: number,
  onBatch: OnBatch,
  done: (end: ScanEnd) => void,
  chunkBytes: number = CHUNK_BYTES,
): void {
  let buffer = new Uint8Array(Math.max(BATCH_HEADER_BYTES, Math.min(chunkBytes, end - position)))
  const readOn = (): void => {
    if (end - position < BATCH_PREFIX_BYTES) {
      return done({ failure: null, position, why: position === end ? 'end' : 'broken' })
    }
    const length = Math.min(buffer.length, end - position)
    file.read(buffer.subarray(0, length), position, (failure, got) => {
      if (failure !== null) return done({ failure, position, why: 'broken' })
      let at = 0
      while (got - at >= BATCH_PREFIX_BYTES) {
        const size = batchBytes(buffer, at)
        if (size < BATCH_HEADER_BYTES || size > end - position || batchMagic(buffer, at) !== 2) {
          return done({ failure: null, position, why: 'broken' })
        }
        if (size > got - at) {
          if (size > buffer.length) buffer = new Uint8Array(size)
          break
        }
        if (onBatch(buffer, at, at + size, position)) return done({ failure: null, position, why: 'stopped' })
        at += size
        position += size
      }
      // Fewer bytes than the file is said to have: somebody else cut it.
      if (at === 0 && got < length) return done({ failure: null, position, why: 'broken' })
      readOn()
    })
  }
  readOn()
}

/** The same over a file of its own: a scan may outlast the time that a shared descriptor stays open. */
export function scanFile(
  disk: Disk,
  path: string,
  position: number,
  end: number,
  onBatch: OnBatch,
  done: (end: ScanEnd) => void,
): void {
  if (position >= end) return done({ failure: null, position, why: position === end ? 'end' : 'broken' })
  disk.open(path, 'read', (failure, file) => {
    if (failure !== null) return done({ failure, position, why: 'broken' })
    scanBatches(file, position, end, onBatch, (scanned) => {
      file.close()
      done(scanned)
    })
  })
}
