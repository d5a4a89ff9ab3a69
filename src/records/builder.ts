import { type Crc32c, putInt16, putInt32, putInt64, varintSize, varlongSize } from '../bytes/index.ts'
import type { CodecName, Done, Heavy } from '../env/index.ts'
import type { RecordCursor } from './cursor.ts'
import { attributeBits, BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES, stampCrc } from './header.ts'
import { putVarint, putVarlong } from './varint.ts'

export interface RecordHeader {
  /** UTF-8. */
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** Everything of a batch but its records; defaults are a producer's without idempotence. */
export interface BatchOptions {
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Makes it a LogAppendTime batch with this maxTimestamp. */
  readonly logAppendTimeMs?: number
  /** Kept as the base timestamp; set by the cleaner. */
  readonly deleteHorizonMs?: number
}

const CODEC_IDS = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

/**
 * Collects records and gives one batch, byte for byte what Apache's MemoryRecordsBuilder makes. Keys and values are
 * copied on append. The builder owns its buffer until {@link BatchBuilder.build} hands it out; {@link BatchBuilder.reset}
 * starts over.
 */
export class BatchBuilder {
  #bytes: Uint8Array
  #at = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1
  #lastDelta = -1
  #options: BatchOptions

  constructor(options: BatchOptions = {}, bytesInitial = 512) {
    this.#bytes = new Uint8Array(Math.max(bytesInitial, BATCH_HEADER_BYTES))
    this.#options = options
    this.#begin()
  }

  #begin(): void {
    this.#at = BATCH_HEADER_BYTES
    this.#count = 0
    this.#lastDelta = -1
    this.#maxTimestamp = -1
    this.#baseTimestamp = this.#options.deleteHorizonMs ?? -1
  }

  /** Forgets the records; later appends go to a buffer of `bytesInitial` bytes. */
  reset(options: BatchOptions = this.#options, bytesInitial: number = this.#bytes.length): void {
    this.#bytes = new Uint8Array(Math.max(bytesInitial, BATCH_HEADER_BYTES))
    this.#options = options
    this.#begin()
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of the batch before compression. */
  get sizeBytes(): number {
    return this.#at
  }

  /** -1 while empty. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** What {@link BatchBuilder.sizeBytes} would be after this record. */
  sizeWith(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers?: readonly RecordHeader[],
  ): number {
    const delta = this.#hasBase() ? timestamp - this.#baseTimestamp : 0
    const body = recordBodyBytes(delta, this.#lastDelta + 1, key, value, headers)
    return this.#at + varintSize(body) + body
  }

  /** Producer id, epoch and sequence as they are known when the batch is sent (they may come after the records). */
  setProducer(producerId: number, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    this.#options = { ...this.#options, producerId, producerEpoch, baseSequence, isTransactional }
  }

  #hasBase(): boolean {
    return this.#count > 0 || this.#options.deleteHorizonMs !== undefined
  }

  append(timestamp: number, key: Uint8Array | null, value: Uint8Array | null, headers?: readonly RecordHeader[]): void {
    this.appendAt(this.#lastDelta + 1, timestamp, key, value, headers)
  }

  /** With an offset delta of its own (the cleaner leaves gaps); deltas must grow. */
  appendAt(
    offsetDelta: number,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers?: readonly RecordHeader[],
  ): void {
    if (!this.#hasBase()) this.#baseTimestamp = timestamp
    const delta = timestamp - this.#baseTimestamp
    const body = recordBodyBytes(delta, offsetDelta, key, value, headers)
    this.#reserve(body + 5)
    const b = this.#bytes
    let at = putVarint(b, this.#at, body)
    b[at++] = 0
    at = putVarlong(b, at, delta)
    at = putVarint(b, at, offsetDelta)
    at = putNullable(b, at, key)
    at = putNullable(b, at, value)
    at = putVarint(b, at, headers?.length ?? 0)
    if (headers !== undefined) {
      for (const header of headers) at = putNullable(b, putNullable(b, at, header.key), header.value)
    }
    this.#at = at
    this.#noteRecord(offsetDelta, timestamp)
  }

  /** Copies the cursor's current record; it keeps its offset delta, so the batches must begin at the same offset. */
  appendCopy(record: RecordCursor): void {
    const { timestamp, offsetDelta, keyFrom, keyLength, valueFrom, valueLength, bytes } = record
    if (!this.#hasBase()) this.#baseTimestamp = timestamp
    const delta = timestamp - this.#baseTimestamp
    const headersFrom = valueFrom + Math.max(0, valueLength)
    const headersBytes = record.to - headersFrom
    let body = 1 + varlongSize(delta) + varintSize(offsetDelta) + varintSize(keyLength) + varintSize(valueLength)
    body += Math.max(0, keyLength) + Math.max(0, valueLength) + headersBytes
    this.#reserve(body + 5)
    const b = this.#bytes
    let at = putVarint(b, this.#at, body)
    b[at++] = 0
    at = putVarlong(b, at, delta)
    at = putVarint(b, at, offsetDelta)
    at = putVarint(b, at, keyLength)
    if (keyLength > 0) b.set(bytes.subarray(keyFrom, keyFrom + keyLength), at)
    at += Math.max(0, keyLength)
    at = putVarint(b, at, valueLength)
    b.set(bytes.subarray(valueFrom, record.to), at)
    this.#at = at + record.to - valueFrom
    this.#noteRecord(offsetDelta, timestamp)
  }

  /** The batch ends at this delta although its last records are gone (compaction keeps last offset and sequence). */
  keepLastOffsetDelta(delta: number): void {
    this.#lastDelta = delta
  }

  #noteRecord(offsetDelta: number, timestamp: number): void {
    this.#count++
    this.#lastDelta = offsetDelta
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length))
    bytes.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bytes
  }

  /** The batch, uncompressed. The bytes are the caller's; the builder must be reset before it is used again. */
  build(crc32c: Crc32c): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#at)
    this.#putHeader(bytes, 0)
    stampCrc(bytes, 0, bytes.length, crc32c)
    return bytes
  }

  /** The batch with its records compressed off the main turn; the builder must not be used until `done`. */
  buildCompressed(
    codec: CodecName,
    level: number | null,
    heavy: Heavy,
    crc32c: Crc32c,
    done: Done<Uint8Array>,
    lane?: string,
  ): void {
    const records = this.#bytes.subarray(BATCH_HEADER_BYTES, this.#at)
    heavy.run(
      'compress',
      { codec, level, bytes: records },
      (failure, packed) => {
        if (failure !== null) return done(failure, packed)
        const bytes = new Uint8Array(BATCH_HEADER_BYTES + packed.length)
        bytes.set(packed, BATCH_HEADER_BYTES)
        this.#putHeader(bytes, CODEC_IDS[codec])
        stampCrc(bytes, 0, bytes.length, crc32c)
        done(null, bytes)
      },
      lane,
    )
  }

  #putHeader(bytes: Uint8Array, codec: number): void {
    const options = this.#options
    putBatchHeader(bytes, {
      ...options,
      codec,
      lastOffsetDelta: this.#lastDelta,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: options.logAppendTimeMs ?? this.#maxTimestamp,
      recordCount: this.#count,
    })
  }
}

export interface WholeHeader extends BatchOptions {
  readonly codec: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly recordCount: number
}

/** Writes the 61 bytes at the start of `bytes` (one whole batch) except the checksum. */
export function putBatchHeader(bytes: Uint8Array, h: WholeHeader): void {
  let attributes = h.codec
  if (h.logAppendTimeMs !== undefined) attributes |= attributeBits.logAppendTime
  if (h.isTransactional === true) attributes |= attributeBits.transactional
  if (h.isControl === true) attributes |= attributeBits.control
  if (h.deleteHorizonMs !== undefined) attributes |= attributeBits.deleteHorizon
  putInt64(bytes, 0, h.baseOffset ?? 0)
  putInt32(bytes, 8, bytes.length - LOG_OVERHEAD_BYTES)
  putInt32(bytes, 12, h.leaderEpoch ?? -1)
  bytes[16] = 2
  putInt16(bytes, 21, attributes)
  putInt32(bytes, 23, h.lastOffsetDelta)
  putInt64(bytes, 27, h.baseTimestamp)
  putInt64(bytes, 35, h.maxTimestamp)
  putInt64(bytes, 43, h.producerId ?? -1)
  putInt16(bytes, 51, h.producerEpoch ?? -1)
  putInt32(bytes, 53, h.baseSequence ?? -1)
  putInt32(bytes, 57, h.recordCount)
}

/** A batch without records: keeps last offset and sequence of a producer after compaction. */
export function buildEmptyBatch(
  options: BatchOptions & { lastOffsetDelta: number; maxTimestamp: number },
  crc32c: Crc32c,
): Uint8Array {
  const bytes = new Uint8Array(BATCH_HEADER_BYTES)
  putBatchHeader(bytes, { ...options, codec: 0, baseTimestamp: options.deleteHorizonMs ?? -1, recordCount: 0 })
  stampCrc(bytes, 0, BATCH_HEADER_BYTES, crc32c)
  return bytes
}

function recordBodyBytes(
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[] | undefined,
): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + nullableBytes(key) + nullableBytes(value)
  size += varintSize(headers?.length ?? 0)
  if (headers !== undefined)
    for (const header of headers) size += nullableBytes(header.key) + nullableBytes(header.value)
  return size
}

function nullableBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintSize(value.length) + value.length
}

function putNullable(b: Uint8Array, at: number, value: Uint8Array | null): number {
  if (value === null) {
    b[at] = 1
    return at + 1
  }
  at = putVarint(b, at, value.length)
  b.set(value, at)
  return at + value.length
}
