import type { Crc32c, Slice } from '../bytes/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchCodec,
  batchCrc,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMagic,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
  isControlBatch,
  isLogAppendTime,
  LOG_OVERHEAD_BYTES,
} from './header.ts'
import { PlainRun, RecordWalk } from './walk.ts'

/** What a topic demands of a batch that a client produced. */
export interface ProduceRules {
  readonly crc32c: Crc32c
  /** max.message.bytes. */
  readonly maxMessageBytes: number
  /** Records without a key are refused. */
  readonly isCompacted: boolean
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
}

export interface RecordError {
  /** Index of the record within the batch. */
  readonly batchIndex: number
  readonly message: string
}

/** Filled by {@link validateProduceBatch}; one per log, reused. */
export class BatchFacts {
  /** End of the batch, exclusive; bytes behind it are no batch and are dropped. */
  to = 0
  /** Largest record timestamp: walked for uncompressed batches, the header's claim for compressed ones. */
  maxTimestamp = -1
  recordCount = 0
  /** Why it was refused, in Apache's words where clients show them. */
  message = ''
  recordErrors: RecordError[] = []
  readonly walk: RecordWalk = new RecordWalk()
  readonly run: PlainRun = new PlainRun()
}

/** Record errors kept per refusal; a batch of a million bad records is not worth a million messages. */
const RECORD_ERRORS_MAX = 100
/** Length, attributes, two deltas, two lengths and a header count take a byte each. */
const RECORD_BYTES_MIN = 7

/**
 * Checks one partition's records of a Produce request as Apache's request validation, log analysis and LogValidator do
 * together; 0 (NONE) when they may be appended. Walks the records of uncompressed batches without allocating; those of
 * compressed ones are not opened here (see `prepareProduceBatch`).
 *
 * Answers CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE.
 */
export function validateProduceBatch(batch: Slice, rules: ProduceRules, nowMs: number, facts: BatchFacts): ErrorCode {
  const { bytes, from } = batch
  facts.message = ''
  if (facts.recordErrors.length > 0) facts.recordErrors = []

  const structure = checkStructure(batch, facts)
  if (structure !== errors.NONE) return structure
  const to = facts.to

  if (batchBaseOffset(bytes, from) !== 0) {
    return refuse(
      facts,
      errors.INVALID_RECORD,
      `The baseOffset of the record batch should be 0, but it is ${batchBaseOffset(bytes, from)}`,
    )
  }
  if (to - from > rules.maxMessageBytes) {
    return refuse(
      facts,
      errors.MESSAGE_TOO_LARGE,
      `The record batch size is ${to - from} bytes which exceeds the maximum configured value of ${rules.maxMessageBytes}.`,
    )
  }
  const crc = rules.crc32c(bytes, from + 21, to)
  if (crc !== batchCrc(bytes, from)) {
    return refuse(
      facts,
      errors.CORRUPT_MESSAGE,
      `Record is corrupt (stored crc = ${batchCrc(bytes, from)}, computed crc = ${crc})`,
    )
  }
  const header = checkHeader(bytes, from, facts)
  if (header !== errors.NONE) return header

  return batchCodec(bytes, from) === 0
    ? walkRecords(bytes, from, bytes, from + BATCH_HEADER_BYTES, to, rules, nowMs, facts)
    : checkCompressedTimestamps(bytes, from, rules, nowMs, facts)
}

function refuse(facts: BatchFacts, code: ErrorCode, message: string): ErrorCode {
  facts.message = message
  return code
}

/** One whole batch of magic 2, and no second one behind it. */
function checkStructure({ bytes, from, to }: Slice, facts: BatchFacts): ErrorCode {
  const available = to - from
  if (available < BATCH_PREFIX_BYTES)
    return refuse(facts, errors.INVALID_RECORD, 'Produce requests must have at least one record batch')
  const size = batchBytes(bytes, from)
  if (size - LOG_OVERHEAD_BYTES < 14) {
    return refuse(
      facts,
      errors.CORRUPT_MESSAGE,
      `Record size ${size - LOG_OVERHEAD_BYTES} is less than the minimum record overhead (14)`,
    )
  }
  const magic = batchMagic(bytes, from)
  if (magic < 0 || magic > 2) return refuse(facts, errors.CORRUPT_MESSAGE, `Invalid magic found in record: ${magic}`)
  if (size > available)
    return refuse(facts, errors.INVALID_RECORD, 'Produce requests must have at least one record batch')
  if (magic !== 2) {
    return refuse(
      facts,
      errors.INVALID_RECORD,
      'Produce requests are only allowed to contain record batches with magic version 2',
    )
  }
  if (size < BATCH_HEADER_BYTES)
    return refuse(facts, errors.CORRUPT_MESSAGE, `Record batch of ${size} bytes is shorter than its header`)
  const behind = available - size
  if (behind >= BATCH_PREFIX_BYTES) {
    const second = batchBytes(bytes, from + size)
    if (second - LOG_OVERHEAD_BYTES < 14)
      return refuse(facts, errors.CORRUPT_MESSAGE, 'Bytes behind the record batch are no record batch')
    if (second <= behind) {
      return refuse(
        facts,
        errors.INVALID_RECORD,
        'Produce requests are only allowed to contain exactly one record batch per partition',
      )
    }
  }
  facts.to = from + size
  return errors.NONE
}

function checkHeader(bytes: Uint8Array, from: number, facts: BatchFacts): ErrorCode {
  const count = batchRecordCount(bytes, from)
  const delta = batchLastOffsetDelta(bytes, from)
  facts.recordCount = count
  if (delta < 0) {
    return refuse(
      facts,
      errors.INVALID_RECORD,
      `Batch has an invalid offset range: [0, ${batchLastOffset(bytes, from)}]`,
    )
  }
  if (count <= 0) return refuse(facts, errors.INVALID_RECORD, `Invalid reported count for record batch: ${count}`)
  if (count !== delta + 1) {
    return refuse(
      facts,
      errors.INVALID_RECORD,
      `Inconsistent batch offset range [0, ${delta}] and count of records ${count}`,
    )
  }
  if (isControlBatch(bytes, from))
    return refuse(facts, errors.INVALID_RECORD, 'Clients are not allowed to write control records')
  if (batchProducerId(bytes, from) !== -1 && batchBaseSequence(bytes, from) < 0) {
    return refuse(
      facts,
      errors.INVALID_RECORD,
      `Invalid sequence number ${batchBaseSequence(bytes, from)} in record batch with producerId ${batchProducerId(bytes, from)}`,
    )
  }
  if (batchCodec(bytes, from) > 4) {
    return refuse(facts, errors.UNSUPPORTED_COMPRESSION_TYPE, `Unknown compression type id: ${batchCodec(bytes, from)}`)
  }
  return errors.NONE
}

/** The records of a compressed batch whose header validateProduceBatch has passed, after decompression. */
export function validateRecords(
  batch: Slice,
  records: Slice,
  rules: ProduceRules,
  nowMs: number,
  facts: BatchFacts,
): ErrorCode {
  facts.recordCount = batchRecordCount(batch.bytes, batch.from)
  return walkRecords(batch.bytes, batch.from, records.bytes, records.from, records.to, rules, nowMs, facts)
}

/** Every byte accounted for, offset deltas 0, 1, 2, …; keys and times as demanded. */
function walkRecords(
  bytes: Uint8Array,
  from: number,
  recordBytes: Uint8Array,
  records: number,
  to: number,
  rules: ProduceRules,
  nowMs: number,
  facts: BatchFacts,
): ErrorCode {
  const count = facts.recordCount
  if (count * RECORD_BYTES_MIN > to - records) {
    return refuse(facts, errors.INVALID_RECORD, `Record batch claims ${count} records in ${to - records} bytes`)
  }
  const walk = facts.walk
  const { isCompacted } = rules
  const isCreateTime = rules.messageTimestampType === 'CreateTime'
  const isStampedByClient = isLogAppendTime(bytes, from)
  const base = batchBaseTimestamp(bytes, from)
  const least = isCreateTime ? nowMs - rules.messageTimestampBeforeMaxMs : Number.NEGATIVE_INFINITY
  const most = isCreateTime ? nowMs + rules.messageTimestampAfterMaxMs : Number.POSITIVE_INFINITY
  const run = facts.run
  run.start(records)
  let maxTimestamp = isStampedByClient ? batchMaxTimestamp(bytes, from) : -1
  for (;;) {
    if (!isStampedByClient) run.go(recordBytes, to, count, least - base, most - base, isCompacted)
    if (run.index === count) break
    // One that needs a closer look: headers, a defect, or a length out of the ordinary.
    const i = run.index
    walk.start(recordBytes, run.at, to)
    if (!walk.step()) return refuse(facts, errors.INVALID_RECORD, `Found invalid record structure at record ${i}`)
    if (walk.offsetDelta !== i) {
      return refuse(
        facts,
        errors.INVALID_RECORD,
        `Record ${i} has offset delta ${walk.offsetDelta}; deltas must count up from 0`,
      )
    }
    const timestamp = isStampedByClient ? maxTimestamp : base + walk.timestampDelta
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    if (isCompacted && walk.keyLength < 0) {
      noteRecordError(facts, i, 'Compacted topic cannot accept message without key')
    } else if ((timestamp < least || timestamp > most) && timestamp !== -1) {
      facts.message = INVALID_TIMESTAMP_TEXT
      noteRecordError(facts, i, outOfRange(timestamp, i, least, most))
    } else if (isStampedByClient && !isCreateTime) {
      facts.message = INVALID_TIMESTAMP_TEXT
      noteRecordError(
        facts,
        i,
        'Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.',
      )
    }
    run.index++
    run.at = walk.at
  }
  if (run.at !== to) {
    return refuse(facts, errors.INVALID_RECORD, 'Incorrect declared batch size, records still remaining in file')
  }
  facts.maxTimestamp = Math.max(maxTimestamp, base + run.maxDelta)
  return facts.recordErrors.length === 0 ? errors.NONE : refuseRecords(facts)
}

const INVALID_TIMESTAMP_TEXT = 'One or more records have been rejected due to invalid timestamp'

function outOfRange(timestamp: number, offset: number, least: number, most: number): string {
  return `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within [${least}, ${most}]`
}

function noteRecordError(facts: BatchFacts, batchIndex: number, message: string): void {
  if (facts.recordErrors.length < RECORD_ERRORS_MAX) facts.recordErrors.push({ batchIndex, message })
}

function refuseRecords(facts: BatchFacts): ErrorCode {
  if (facts.message !== '') return errors.INVALID_TIMESTAMP
  return refuse(
    facts,
    errors.INVALID_RECORD,
    `One or more records have been rejected due to ${facts.recordErrors.length} record errors`,
  )
}

/** The header's claims stand for records that are not opened. */
function checkCompressedTimestamps(
  bytes: Uint8Array,
  from: number,
  rules: ProduceRules,
  nowMs: number,
  facts: BatchFacts,
): ErrorCode {
  const max = batchMaxTimestamp(bytes, from)
  facts.maxTimestamp = max
  if (rules.messageTimestampType === 'LogAppendTime') {
    if (!isLogAppendTime(bytes, from)) return errors.NONE
    noteRecordError(
      facts,
      0,
      'Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.',
    )
    return refuse(facts, errors.INVALID_TIMESTAMP, INVALID_TIMESTAMP_TEXT)
  }
  const base = batchBaseTimestamp(bytes, from)
  const least = nowMs - rules.messageTimestampBeforeMaxMs
  const most = nowMs + rules.messageTimestampAfterMaxMs
  if (max !== -1 && (max > most || max < least)) noteRecordError(facts, 0, outOfRange(max, 0, least, most))
  else if (base !== -1 && (base < least || base > most)) noteRecordError(facts, 0, outOfRange(base, 0, least, most))
  else return errors.NONE
  return refuse(facts, errors.INVALID_TIMESTAMP, INVALID_TIMESTAMP_TEXT)
}
