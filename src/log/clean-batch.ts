import type { Crc32c, Slice } from '../bytes/index.ts'
import type { CodecName, Done, Heavy } from '../env/index.ts'
import {
  BatchBuilder,
  type BatchOptions,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCodec,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  buildEmptyBatch,
  codecNames,
  hasDeleteHorizon,
  isControlBatch,
  isLogAppendTime,
  isTransactionalBatch,
  RecordCursor,
} from '../records/index.ts'
import type { CleanedTransactions } from './clean-transactions.ts'
import type { OffsetMap } from './offset-map.ts'

/** The last thing that an active producer wrote: kept, so that its sequence and epoch are not forgotten. */
export interface LastRecord {
  /** -1 = only a marker is known. */
  readonly lastDataOffset: number
  readonly epoch: number
}

export interface CleanRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  readonly lastRecords: ReadonlyMap<number, LastRecord>
  /** End of this round, exclusive: the batch that ends there is kept, even when empty. */
  readonly upperBound: number
  readonly nowMs: number
  readonly deleteRetentionMs: number
  readonly crc32c: Crc32c
  readonly heavy: Heavy | null
}

/** Null: the batch goes. A Slice: these bytes take its place. */
export type Kept = Slice | null

/**
 * What is left of one batch. Newest value per key; tombstones until their delete horizon; nothing of aborted
 * transactions; markers until their records are gone and their horizon has passed. Calls `done` inline unless the batch
 * must be compressed again.
 */
export function cleanBatch(batch: Slice, records: Slice, rules: CleanRules, done: Done<Kept>): void {
  const { bytes, from, to } = batch
  const isControl = isControlBatch(bytes, from)
  const canDiscard = isControl
    ? rules.transactions.onControlBatch(bytes, from, to)
    : rules.transactions.onBatch(bytes, from)
  const horizon = hasDeleteHorizon(bytes, from) ? batchBaseTimestamp(bytes, from) : null
  const isDiscarded = canDiscard && (!isControl || (horizon !== null && horizon <= rules.nowMs))
  const mustStay =
    isLastOfProducer(bytes, from, isControl, rules) || batchLastOffset(bytes, from) + 1 === rules.upperBound
  if (isDiscarded) return done(null, mustStay ? emptied(batch, rules) : null)

  const cursor = new RecordCursor(batch, records)
  const isKept = (): boolean => isControl || keepsRecord(cursor, horizon, rules)
  let read = 0
  let kept = 0
  let hasTombstones = false
  while (cursor.next()) {
    read++
    if (!isKept()) continue
    kept++
    if (cursor.valueLength < 0) hasTombstones = true
  }
  if (cursor.isBroken) {
    const message = `record ${read} of the batch at offset ${batchBaseOffset(bytes, from)} is malformed`
    return done({ code: 'ECORRUPTLOG', message, retry: 'never' }, null)
  }
  if (kept === 0) return done(null, mustStay ? emptied(batch, rules) : null)
  const needsHorizon = horizon === null && (hasTombstones || (canDiscard && isControl))
  if (kept === read && !needsHorizon) return done(null, batch)
  const newHorizon = needsHorizon ? rules.nowMs + rules.deleteRetentionMs : horizon
  rewrite(batch, records, newHorizon, (record) => isControl || keepsRecord(record, horizon, rules), rules, done)
}

function isLastOfProducer(bytes: Uint8Array, from: number, isControl: boolean, rules: CleanRules): boolean {
  const last = rules.lastRecords.get(batchProducerId(bytes, from))
  if (last === undefined) return false
  if (last.lastDataOffset >= 0) return batchLastOffset(bytes, from) === last.lastDataOffset
  return isControl && batchProducerEpoch(bytes, from) === last.epoch
}

function keepsRecord(record: RecordCursor, horizon: number | null, { map, nowMs }: CleanRules): boolean {
  if (record.offset > map.latestOffset) return true
  if (!record.hasKey) return false
  if (record.offset < map.get(record.bytes, record.keyFrom, record.keyLength)) return false
  return record.valueLength >= 0 || horizon === null || nowMs < horizon
}

function headerOf({ bytes, from }: Slice, horizon: number | null): BatchOptions {
  return {
    baseOffset: batchBaseOffset(bytes, from),
    leaderEpoch: batchLeaderEpoch(bytes, from),
    producerId: batchProducerId(bytes, from),
    producerEpoch: batchProducerEpoch(bytes, from),
    baseSequence: batchBaseSequence(bytes, from),
    isTransactional: isTransactionalBatch(bytes, from),
    isControl: isControlBatch(bytes, from),
    ...(isLogAppendTime(bytes, from) ? { logAppendTimeMs: batchMaxTimestamp(bytes, from) } : {}),
    ...(horizon === null ? {} : { deleteHorizonMs: horizon }),
  }
}

function emptied(batch: Slice, { crc32c }: CleanRules): Slice {
  const { bytes, from } = batch
  const maxTimestamp = batchMaxTimestamp(bytes, from)
  const empty = buildEmptyBatch(
    { ...headerOf(batch, null), lastOffsetDelta: batchLastOffsetDelta(bytes, from), maxTimestamp },
    crc32c,
  )
  return { bytes: empty, from: 0, to: empty.length }
}

function rewrite(
  batch: Slice,
  records: Slice,
  horizon: number | null,
  isKept: (record: RecordCursor) => boolean,
  { crc32c, heavy }: CleanRules,
  done: Done<Kept>,
): void {
  const { bytes, from } = batch
  const builder = new BatchBuilder(headerOf(batch, horizon), records.to - records.from + 64)
  const cursor = new RecordCursor(batch, records)
  while (cursor.next()) if (isKept(cursor)) builder.appendCopy(cursor)
  builder.keepLastOffsetDelta(batchLastOffsetDelta(bytes, from))
  const codec: CodecName | null = codecNames[batchCodec(bytes, from)] ?? null
  if (codec === null || heavy === null) {
    const built = builder.build(crc32c)
    return done(null, { bytes: built, from: 0, to: built.length })
  }
  builder.buildCompressed(codec, null, heavy, crc32c, (failure, built) => {
    if (failure !== null) done(failure, null)
    else done(null, { bytes: built, from: 0, to: built.length })
  })
}
