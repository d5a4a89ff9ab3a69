import { type Crc32c, int16At, int32At, putInt16, putInt32 } from '../bytes/index.ts'
import { BatchBuilder, type BatchOptions } from './builder.ts'

/** Types of control records: the second int16 of their keys. */
export const controlType = {
  abort: 0,
  commit: 1,
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const

/** The 4-byte key: int16 version 0, int16 type. */
export function controlKey(type: number): Uint8Array {
  const key = new Uint8Array(4)
  putInt16(key, 2, type)
  return key
}

/** The type in a control record's key; -1 when it is none that this version understands. */
export function controlTypeOf(key: Uint8Array, from = 0, length: number = key.length): number {
  if (length < 4 || int16At(key, from) < 0) return -1
  return int16At(key, from + 2)
}

/** One control batch of the given records (KRaft's begin an epoch or frame a snapshot). Values are already encoded. */
export function buildControlBatch(
  records: readonly { readonly type: number; readonly value: Uint8Array }[],
  timestampMs: number,
  options: BatchOptions,
  crc32c: Crc32c,
): Uint8Array {
  const builder = new BatchBuilder({ ...options, isControl: true }, 128)
  for (const { type, value } of records) builder.append(timestampMs, controlKey(type), value)
  return builder.build(crc32c)
}

/** The marker that ends a producer's transaction in one partition. */
export function buildTransactionMarker(
  outcome: 'commit' | 'abort',
  at: { producerId: number; producerEpoch: number; coordinatorEpoch: number; timestampMs: number },
  crc32c: Crc32c,
): Uint8Array {
  const value = new Uint8Array(6)
  putInt32(value, 2, at.coordinatorEpoch)
  return buildControlBatch(
    [{ type: controlType[outcome], value }],
    at.timestampMs,
    { producerId: at.producerId, producerEpoch: at.producerEpoch, isTransactional: true },
    crc32c,
  )
}

/** Coordinator epoch in a transaction marker's value; -1 when the value is not one. */
export function markerCoordinatorEpoch(value: Uint8Array, from = 0, length: number = value.length): number {
  return length >= 6 ? int32At(value, from + 2) : -1
}
