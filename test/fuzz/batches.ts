/** Record batches as producers send them, and as nobody should. */
import { crc32c } from '../../src/bytes/index.ts'
import { BATCH_HEADER_BYTES, BatchBuilder, stampCrc } from '../../src/records/index.ts'
import type { Luck } from '../faults/seed.ts'
import type { Pools } from './pools.ts'

export function someBatch(luck: Luck, pools: Pools): Uint8Array | null {
  if (luck.chance(0.05)) return null
  if (luck.chance(0.05)) return luck.bytes(luck.below(200))
  const batch = builtBatch(luck, pools)
  if (luck.chance(0.5)) return batch
  if (luck.chance(0.1)) return Buffer.concat([batch, builtBatch(luck, pools)])
  const broken = luck.chance(0.1) ? batch.slice(0, luck.below(batch.length)) : brokenBatch(batch, luck)
  // Most of what is broken is broken inside a right checksum: what gets past the first door.
  if (luck.chance(0.8) && broken.length >= BATCH_HEADER_BYTES) stampCrc(broken, 0, broken.length, crc32c)
  return broken
}

function builtBatch(luck: Luck, pools: Pools): Uint8Array {
  const isIdempotent = luck.chance(0.4)
  const builder = new BatchBuilder({
    ...(isIdempotent
      ? {
          producerId: Number(pools.pick('producerId', luck) ?? luck.pick([0, 1, 2 ** 53, -2])),
          producerEpoch: luck.pick([0, 0, 0, 1, -1, 32_767]),
          baseSequence: luck.pick([0, 0, 1, 2, 5, -1, 2_147_483_647]),
        }
      : {}),
    isTransactional: luck.chance(0.05),
    isControl: luck.chance(0.05),
  })
  const nowMs = Date.now()
  for (let n = luck.chance(0.05) ? 500 : luck.between(1, 5); n > 0; n--) {
    const timestamp = luck.chance(0.9) ? nowMs : luck.pick([0, -1, 2 ** 53, nowMs * 2])
    const key = luck.chance(0.2) ? null : luck.bytes(luck.below(10))
    const value = luck.chance(0.1) ? null : luck.bytes(luck.below(100))
    const headers = luck.chance(0.1) ? [{ key: luck.bytes(3), value: luck.chance(0.5) ? null : luck.bytes(5) }] : []
    builder.append(timestamp, key, value, headers)
  }
  return builder.build(crc32c)
}

/** Where the fields of the header lie, and how wide they are. */
const headerFields: readonly (readonly [at: number, width: number])[] = [
  [0, 8],
  [8, 4],
  [12, 4],
  [16, 1],
  [21, 2],
  [23, 4],
  [27, 8],
  [35, 8],
  [43, 8],
  [51, 2],
  [53, 4],
  [57, 4],
]

function brokenBatch(batch: Uint8Array, luck: Luck): Uint8Array {
  const broken = batch.slice()
  for (let n = luck.between(1, 3); n > 0; n--) {
    if (luck.chance(0.6)) {
      const [at, width] = luck.pick(headerFields)
      const fill = luck.pick([0, 0xff, 0x7f, 0x80, 1])
      if (luck.chance(0.5)) broken.fill(fill, at, at + width)
      else broken[at + width - 1] = luck.below(256)
    } else if (broken.length > BATCH_HEADER_BYTES) {
      broken[luck.between(BATCH_HEADER_BYTES, broken.length - 1)] = luck.below(256)
    }
  }
  return broken
}
