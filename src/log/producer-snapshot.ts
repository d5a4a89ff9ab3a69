import { type Crc32c, int16At, int32At, int64At, putInt16, putInt32, putInt64 } from '../bytes/index.ts'
import type { ProducerEntry } from './producers.ts'

/** int16 version, uint32 crc of everything after it, int32 count. */
const HEADER_BYTES = 10
const ENTRY_BYTES = 46
const VERSION = 1

/** The bytes of a `.snapshot` file (ProducerSnapshot, version 1). Only the newest batch of each producer is kept. */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>, count: number, crc32c: Crc32c): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + count * ENTRY_BYTES)
  putInt16(bytes, 0, VERSION)
  putInt32(bytes, 6, count)
  let at = HEADER_BYTES
  for (const entry of entries) {
    const last = entry.batches.at(-1)
    putInt64(bytes, at, entry.producerId)
    putInt16(bytes, at + 8, entry.epoch)
    putInt32(bytes, at + 10, last?.lastSequence ?? -1)
    putInt64(bytes, at + 14, last?.lastOffset ?? -1)
    putInt32(bytes, at + 22, last?.offsetDelta ?? 0)
    putInt64(bytes, at + 26, entry.lastTimestamp)
    putInt32(bytes, at + 34, entry.coordinatorEpoch)
    putInt64(bytes, at + 38, entry.transactionFirstOffset)
    at += ENTRY_BYTES
  }
  putInt32(bytes, 2, crc32c(bytes, 6, bytes.length))
  return bytes
}

/** Null when the bytes are no whole snapshot. */
export function decodeProducerSnapshot(bytes: Uint8Array, crc32c: Crc32c): ProducerEntry[] | null {
  if (bytes.length < HEADER_BYTES || int16At(bytes, 0) !== VERSION) return null
  const count = int32At(bytes, 6)
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) return null
  if (crc32c(bytes, 6, bytes.length) !== int32At(bytes, 2) >>> 0) return null
  const entries: ProducerEntry[] = []
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const lastOffset = int64At(bytes, at + 14)
    const timestamp = int64At(bytes, at + 26)
    entries.push({
      producerId: int64At(bytes, at),
      epoch: int16At(bytes, at + 8),
      coordinatorEpoch: int32At(bytes, at + 34),
      lastTimestamp: timestamp,
      transactionFirstOffset: int64At(bytes, at + 38),
      batches:
        lastOffset < 0
          ? []
          : [{ lastSequence: int32At(bytes, at + 10), lastOffset, offsetDelta: int32At(bytes, at + 22), timestamp }],
    })
  }
  return entries
}
