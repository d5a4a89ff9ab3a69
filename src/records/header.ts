import { type Crc32c, int16At, int32At, int64At, putInt32, putInt64 } from '../bytes/index.ts'

/**
 * The header of a record batch, magic 2, read and stamped in place: functions over (bytes, from) so that the hot path
 * allocates nothing. `from` is the first byte of the batch; the caller has checked that 61 bytes are there.
 *
 *      0 baseOffset i64        21 attributes i16          43 producerId i64
 *      8 batchLength i32       23 lastOffsetDelta i32     51 producerEpoch i16
 *     12 leaderEpoch i32       27 baseTimestamp i64       53 baseSequence i32
 *     16 magic i8              35 maxTimestamp i64        57 recordCount i32
 *     17 crc u32, over 21..end                            61 records
 */
export const BATCH_HEADER_BYTES = 61
/** baseOffset and batchLength, which batchLength does not count. */
export const LOG_OVERHEAD_BYTES = 12
/** Bytes that tell length and magic, so the least a reader must have before it can go on. */
export const BATCH_PREFIX_BYTES = 17

/** Attribute bits. */
export const attributeBits = {
  codec: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  /** baseTimestamp is the delete horizon (set by the cleaner). */
  deleteHorizon: 0x40,
} as const

export function batchBaseOffset(b: Uint8Array, from: number): number {
  return int64At(b, from)
}

/** The whole batch, header included. May be anything when the bytes were not checked. */
export function batchBytes(b: Uint8Array, from: number): number {
  return int32At(b, from + 8) + LOG_OVERHEAD_BYTES
}

export function batchLeaderEpoch(b: Uint8Array, from: number): number {
  return int32At(b, from + 12)
}

export function batchMagic(b: Uint8Array, from: number): number {
  return (b[from + 16]! << 24) >> 24
}

export function batchCrc(b: Uint8Array, from: number): number {
  return int32At(b, from + 17) >>> 0
}

export function batchAttributes(b: Uint8Array, from: number): number {
  return int16At(b, from + 21)
}

/** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5..7 are none of Kafka's. */
export function batchCodec(b: Uint8Array, from: number): number {
  return b[from + 22]! & attributeBits.codec
}

export function isLogAppendTime(b: Uint8Array, from: number): boolean {
  return (b[from + 22]! & attributeBits.logAppendTime) !== 0
}

export function isTransactionalBatch(b: Uint8Array, from: number): boolean {
  return (b[from + 22]! & attributeBits.transactional) !== 0
}

export function isControlBatch(b: Uint8Array, from: number): boolean {
  return (b[from + 22]! & attributeBits.control) !== 0
}

export function hasDeleteHorizon(b: Uint8Array, from: number): boolean {
  return (b[from + 22]! & attributeBits.deleteHorizon) !== 0
}

export function batchLastOffsetDelta(b: Uint8Array, from: number): number {
  return int32At(b, from + 23)
}

/** Inclusive. */
export function batchLastOffset(b: Uint8Array, from: number): number {
  return int64At(b, from) + int32At(b, from + 23)
}

/** The first record's timestamp, or the delete horizon when {@link hasDeleteHorizon}. */
export function batchBaseTimestamp(b: Uint8Array, from: number): number {
  return int64At(b, from + 27)
}

export function batchMaxTimestamp(b: Uint8Array, from: number): number {
  return int64At(b, from + 35)
}

/** -1 = none. */
export function batchProducerId(b: Uint8Array, from: number): number {
  return int64At(b, from + 43)
}

export function batchProducerEpoch(b: Uint8Array, from: number): number {
  return int16At(b, from + 51)
}

/** -1 = none. */
export function batchBaseSequence(b: Uint8Array, from: number): number {
  return int32At(b, from + 53)
}

/** baseSequence + lastOffsetDelta; sequences wrap from 2^31 - 1 to 0. -1 when the batch has none. */
export function batchLastSequence(b: Uint8Array, from: number): number {
  const base = batchBaseSequence(b, from)
  return base === -1 ? -1 : addSequence(base, batchLastOffsetDelta(b, from))
}

export function addSequence(sequence: number, increment: number): number {
  const sum = sequence + increment
  return sum > 0x7fffffff ? sum - 0x80000000 : sum
}

export function batchRecordCount(b: Uint8Array, from: number): number {
  return int32At(b, from + 57)
}

/** Whether the checksum is right. `to` is the end of the batch. */
export function isCrcRight(b: Uint8Array, from: number, to: number, crc32c: Crc32c): boolean {
  return crc32c(b, from + 21, to) === batchCrc(b, from)
}

/** Base offset and leader epoch lie before what the checksum covers. */
export function stampOffsetAndEpoch(b: Uint8Array, from: number, baseOffset: number, leaderEpoch: number): void {
  putInt64(b, from, baseOffset)
  putInt32(b, from + 12, leaderEpoch)
}

/** Sets maxTimestamp and the timestamp type, and takes the checksum anew when either changed. */
export function stampTimestamp(
  b: Uint8Array,
  from: number,
  to: number,
  isAppendTime: boolean,
  maxTimestamp: number,
  crc32c: Crc32c,
): void {
  if (isLogAppendTime(b, from) === isAppendTime && batchMaxTimestamp(b, from) === maxTimestamp) return
  const attributes = b[from + 22]!
  b[from + 22] = isAppendTime ? attributes | attributeBits.logAppendTime : attributes & ~attributeBits.logAppendTime
  putInt64(b, from + 35, maxTimestamp)
  stampCrc(b, from, to, crc32c)
}

export function stampCrc(b: Uint8Array, from: number, to: number, crc32c: Crc32c): void {
  putInt32(b, from + 17, crc32c(b, from + 21, to))
}
