import { type Slice, utf8Decode } from '../bytes/index.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchBaseOffset,
  batchBaseTimestamp,
  batchBytes,
  batchMagic,
  batchMaxTimestamp,
  batchRecordCount,
  hasDeleteHorizon,
  isLogAppendTime,
} from './header.ts'
import { varintAt, varintLengthAt } from './varint.ts'
import { RecordWalk } from './walk.ts'

/** Steps over whole batches in a slice; a partial one at the end (as a Fetch may carry) is left out. */
export class BatchCursor {
  readonly bytes: Uint8Array
  readonly #to: number
  #next: number
  /** First byte of the current batch. */
  from = 0
  /** End of the current batch, exclusive. */
  to = 0

  constructor(slice: Slice) {
    this.bytes = slice.bytes
    this.#next = slice.from
    this.#to = slice.to
  }

  /** False at the end, at a partial batch, and at bytes that are none ({@link BatchCursor.isBroken}). */
  next(): boolean {
    if (this.#to - this.#next < BATCH_PREFIX_BYTES) return false
    const size = batchBytes(this.bytes, this.#next)
    if (size < BATCH_HEADER_BYTES || size > this.#to - this.#next || batchMagic(this.bytes, this.#next) !== 2)
      return false
    this.from = this.#next
    this.to = this.#next += size
    return true
  }

  /** After next() said false: whether what stands there can never become a batch of magic 2. */
  get isBroken(): boolean {
    if (this.#to - this.#next < BATCH_PREFIX_BYTES) return false
    return batchBytes(this.bytes, this.#next) < BATCH_HEADER_BYTES || batchMagic(this.bytes, this.#next) !== 2
  }

  /** First byte behind the last whole batch. */
  get end(): number {
    return this.#next
  }
}

export interface Header {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * Steps over the records of one batch; the cursor is its own current record. Keys and values are views into the bytes,
 * which the caller owns; headers are decoded only when asked for. For a compressed batch pass its decompressed records.
 */
export class RecordCursor {
  readonly #walk = new RecordWalk()
  readonly #bytes: Uint8Array
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  /** The record's own delta is taken from this unless the whole batch has one time. */
  readonly #fixedTimestamp: number | null
  #left: number

  constructor(
    batch: Slice,
    records: Slice = { bytes: batch.bytes, from: batch.from + BATCH_HEADER_BYTES, to: batch.to },
  ) {
    const { bytes, from } = batch
    this.#bytes = records.bytes
    this.#baseOffset = batchBaseOffset(bytes, from)
    this.#baseTimestamp = batchBaseTimestamp(bytes, from)
    this.#fixedTimestamp = isLogAppendTime(bytes, from) ? batchMaxTimestamp(bytes, from) : null
    this.#left = batchRecordCount(bytes, from)
    this.deleteHorizonMs = hasDeleteHorizon(bytes, from) ? this.#baseTimestamp : null
    this.#walk.start(records.bytes, records.from, records.to)
  }

  /** Wall time after which the cleaner may drop this batch's tombstones; null = not set. */
  readonly deleteHorizonMs: number | null

  /** False when all announced records were stepped over or the next is malformed ({@link RecordCursor.isBroken}). */
  next(): boolean {
    if (this.#left <= 0 || !this.#walk.step()) return false
    this.#left--
    return true
  }

  /** After next() said false: records that the header announced are missing or malformed. */
  get isBroken(): boolean {
    return this.#left > 0
  }

  get offset(): number {
    return this.#baseOffset + this.#walk.offsetDelta
  }

  get offsetDelta(): number {
    return this.#walk.offsetDelta
  }

  get timestamp(): number {
    return this.#fixedTimestamp ?? this.#baseTimestamp + this.#walk.timestampDelta
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get hasKey(): boolean {
    return this.#walk.keyLength >= 0
  }

  get keyFrom(): number {
    return this.#walk.keyFrom
  }

  /** -1 = null. */
  get keyLength(): number {
    return this.#walk.keyLength
  }

  get valueFrom(): number {
    return this.#walk.valueFrom
  }

  /** -1 = null. */
  get valueLength(): number {
    return this.#walk.valueLength
  }

  /** A view. */
  get key(): Uint8Array | null {
    const { keyLength, keyFrom } = this.#walk
    return keyLength < 0 ? null : this.#bytes.subarray(keyFrom, keyFrom + keyLength)
  }

  /** A view. */
  get value(): Uint8Array | null {
    const { valueLength, valueFrom } = this.#walk
    return valueLength < 0 ? null : this.#bytes.subarray(valueFrom, valueFrom + valueLength)
  }

  get headerCount(): number {
    return this.#walk.headerCount
  }

  /** End of the record, exclusive: where the next one's length stands. */
  get to(): number {
    return this.#walk.at
  }

  headers(): Header[] {
    const headers: Header[] = []
    const bytes = this.#bytes
    let at = this.#walk.headersFrom
    for (let i = 0; i < this.#walk.headerCount; i++) {
      const keyLength = varintAt(bytes, at)
      at += varintLengthAt(bytes, at)
      const key = utf8Decode(bytes, at, at + keyLength)
      at += keyLength
      const valueLength = varintAt(bytes, at)
      at += varintLengthAt(bytes, at)
      const value = valueLength < 0 ? null : bytes.subarray(at, (at += valueLength))
      headers.push({ key, value })
    }
    return headers
  }
}
