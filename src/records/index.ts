/** Record batches, magic 2: read, checked, stamped, built, opened. Bytes in, bytes out; knows no log and no disk. */
export { BatchBuilder, type BatchOptions, buildEmptyBatch, type RecordHeader } from './builder.ts'
export {
  codecId,
  codecNames,
  decompressRecords,
  needsPreparation,
  type Preparation,
  type Prepared,
  plainRecords,
  prepareProduceBatch,
  rebuild,
} from './compression.ts'
export {
  buildControlBatch,
  buildTransactionMarker,
  controlKey,
  controlType,
  controlTypeOf,
  markerCoordinatorEpoch,
} from './control.ts'
export { BatchCursor, type Header, RecordCursor } from './cursor.ts'
export {
  addSequence,
  attributeBits,
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchCodec,
  batchCrc,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLastSequence,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  hasDeleteHorizon,
  isControlBatch,
  isCrcRight,
  isLogAppendTime,
  isTransactionalBatch,
  LOG_OVERHEAD_BYTES,
  stampCrc,
  stampOffsetAndEpoch,
  stampTimestamp,
} from './header.ts'
export { BatchFacts, type ProduceRules, type RecordError, validateProduceBatch } from './validate.ts'
export { RecordWalk } from './walk.ts'
