import { int16At, int64At, putInt16, putInt64 } from '../bytes/index.ts'
import { batchLastOffset, batchMaxTimestamp } from '../records/index.ts'
import { FileSlot } from './descriptors.ts'
import { offsetName, suffix } from './names.ts'
import type { SparseIndex } from './sparse-index.ts'

/** One line of the transaction index. */
export interface AbortedEntry {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the ABORT marker. */
  readonly lastOffset: number
  /** The last stable offset right after the marker. */
  readonly lastStableOffset: number
}

const ABORTED_ENTRY_BYTES = 34

/** Bytes waiting for their file. */
export interface QueuedWrite {
  readonly parts: Uint8Array[]
  readonly position: number
  bytes: number
  /** Offset of the first of them. */
  readonly startOffset: number
  /** End offset of the log once they are written. */
  endOffset: number
}

/** One segment of a log: its `.log` file, its indexes and what is known about them. Plain state; the log acts on it. */
export class Segment {
  dir: string
  readonly baseOffset: number
  readonly slot: FileSlot
  /** Bytes in the file. */
  writtenBytes = 0
  /** Bytes assigned, written or not. */
  sizeBytes = 0
  /** Null = not in memory; the files have it. */
  index: SparseIndex | null = null
  /** Entries of the index that are not in the files. Only such an index must stay in memory. */
  isIndexDirty = false
  /** Null = not in memory. */
  aborted: AbortedEntry[] | null = null
  isAbortedDirty = false
  bytesSinceIndexEntry = 0
  /** -1 = none seen yet. For a segment that is not loaded: null. */
  maxTimestamp: number | null = -1
  /** Last offset of the batch with maxTimestamp. */
  maxTimestampOffset = -1
  /** Largest timestamp of the first batch, from which segment.ms counts; -1 = empty. */
  firstTimestamp = -1
  /** Wall time of creation (or of loading), for segments without timestamps. */
  readonly createdMs: number
  /** segment.jitter.ms, thrown once. */
  readonly jitterMs: number
  queued: QueuedWrite | null = null
  /** Its file is there; a new segment's is made with the first write. */
  isCreated = false
  /** Known from what a clean shutdown noted; its file was not looked at yet. */
  isUnseen = false
  /** Its empty indexes are being made: nothing else may write them. */
  areCompanionsPending = false
  /** The file is longer than what was written: room set aside (preallocate). */
  isPreallocated = false
  /** Removed: no more reads start. */
  isDeleted = false

  constructor(dir: string, baseOffset: number, createdMs: number, jitterMs: number) {
    this.dir = dir
    this.baseOffset = baseOffset
    this.createdMs = createdMs
    this.jitterMs = jitterMs
    this.slot = new FileSlot(this.path(suffix.log))
  }

  /** The directory has another name now; open files stay open. */
  moveTo(dir: string): void {
    this.dir = dir
    this.slot.path = this.path(suffix.log)
  }

  path(ending: string): string {
    return `${this.dir}/${offsetName(this.baseOffset)}${ending}`
  }

  /** Accounts for one batch (stamped) that is put at the end. */
  noteBatch(b: Uint8Array, from: number, to: number, indexIntervalBytes: number): void {
    const maxTimestamp = batchMaxTimestamp(b, from)
    const index = this.index!
    if (this.sizeBytes === 0) this.firstTimestamp = maxTimestamp
    if (maxTimestamp > this.maxTimestamp!) {
      this.maxTimestamp = maxTimestamp
      this.maxTimestampOffset = batchLastOffset(b, from)
    }
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      index.add(batchLastOffset(b, from), this.sizeBytes)
      index.addTime(this.maxTimestamp!, this.maxTimestampOffset)
      this.isIndexDirty = true
      this.bytesSinceIndexEntry = 0
    }
    this.sizeBytes += to - from
    this.bytesSinceIndexEntry += to - from
  }

  /** The last entry of the time index, written when a segment is rolled or closed. */
  closeTimeIndex(): void {
    const index = this.index
    if (index === null || this.maxTimestamp === null || this.maxTimestamp < 0) return
    const before = index.timeCount
    index.addTime(this.maxTimestamp, this.maxTimestampOffset)
    if (index.timeCount > before) this.isIndexDirty = true
  }
}

export function encodeAborted(entries: readonly AbortedEntry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * ABORTED_ENTRY_BYTES)
  entries.forEach((entry, i) => {
    const at = i * ABORTED_ENTRY_BYTES
    putInt16(bytes, at, 0)
    putInt64(bytes, at + 2, entry.producerId)
    putInt64(bytes, at + 10, entry.firstOffset)
    putInt64(bytes, at + 18, entry.lastOffset)
    putInt64(bytes, at + 26, entry.lastStableOffset)
  })
  return bytes
}

/** Null when the bytes are no transaction index. */
export function decodeAborted(bytes: Uint8Array, baseOffset: number): AbortedEntry[] | null {
  if (bytes.length % ABORTED_ENTRY_BYTES !== 0) return null
  const entries: AbortedEntry[] = []
  for (let at = 0; at < bytes.length; at += ABORTED_ENTRY_BYTES) {
    if (int16At(bytes, at) !== 0) return null
    const lastOffset = int64At(bytes, at + 18)
    if (lastOffset < baseOffset || lastOffset < (entries.at(-1)?.lastOffset ?? -1)) return null
    entries.push({
      producerId: int64At(bytes, at + 2),
      firstOffset: int64At(bytes, at + 10),
      lastOffset,
      lastStableOffset: int64At(bytes, at + 26),
    })
  }
  return entries
}
