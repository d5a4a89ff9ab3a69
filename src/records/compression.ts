import { type Crc32c, putInt32, type Slice } from '../bytes/index.ts'
import type { CodecName, Done, Failure, Heavy } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { attributeBits, BATCH_HEADER_BYTES, batchCodec, LOG_OVERHEAD_BYTES, stampCrc } from './header.ts'
import { type BatchFacts, type ProduceRules, validateProduceBatch, validateRecords } from './validate.ts'

/** By the codec id in a batch's attributes; index 0 is "not compressed". */
export const codecNames: readonly (CodecName | null)[] = Object.freeze([null, 'gzip', 'snappy', 'lz4', 'zstd'])

export function codecId(codec: CodecName | null): number {
  return codecNames.indexOf(codec)
}

/** The records area of a batch that is not compressed; null when it is. */
export function plainRecords({ bytes, from, to }: Slice): Slice | null {
  return batchCodec(bytes, from) === 0 ? { bytes, from: from + BATCH_HEADER_BYTES, to } : null
}

/**
 * The records area of a compressed batch, decompressed off the main turn and never larger than `bytesMax` (failure
 * EBOMB; ECORRUPT for bytes that are not the codec's, or a codec id that is none). The batch is lent until done.
 */
export function decompressRecords(
  heavy: Heavy,
  batch: Slice,
  bytesMax: number,
  done: Done<Slice>,
  lane?: string,
): void {
  const { bytes, from, to } = batch
  const codec = codecNames[batchCodec(bytes, from)] ?? 'gzip'
  const packed = bytes.subarray(from + BATCH_HEADER_BYTES, to)
  heavy.run(
    'decompress',
    { codec, bytes: packed, bytesMax },
    (failure, records) => {
      if (failure !== null) done(failure, NO_SLICE)
      else done(null, { bytes: records, from: 0, to: records.length })
    },
    lane,
  )
}

/** What a topic may demand beyond {@link validateProduceBatch}: its own codec, or keys in compressed batches. */
export interface Preparation {
  /** compression.type; null = none ("uncompressed"). */
  readonly codec: CodecName | 'producer' | null
  /** Codec level; null = the codec's default. */
  readonly level: number | null
  readonly rules: ProduceRules
  /** Open every compressed batch, as Apache does (`millrace.validate.compressed`). */
  readonly isCompressedOpened: boolean
  /** Limit of what one batch may hold decompressed. */
  readonly bytesMax: number
}

/** Whether {@link prepareProduceBatch} must run before the batch (already checked to be one) may be appended. */
export function needsPreparation(
  { bytes, from }: Slice,
  codec: Preparation['codec'],
  isCompressedOpened: boolean,
  isCompacted: boolean,
): boolean {
  const source = codecNames[batchCodec(bytes, from)]
  if (source === undefined) return false
  if (codec !== 'producer' && codec !== source) return true
  return source !== null && (isCompressedOpened || isCompacted)
}

export interface Prepared {
  readonly code: ErrorCode
  /** The batch to append instead (the same one when it only had to be looked into). */
  readonly batch: Slice
}

/**
 * Opens a produced batch, checks its records as those of an uncompressed one, and recompresses it when the topic's codec
 * is another. `facts` explains a refusal. Answers what validateProduceBatch does; INVALID_RECORD for records that do not
 * decompress, MESSAGE_TOO_LARGE when they pass bytesMax. A failure is one of the machine, not of the batch.
 */
export function prepareProduceBatch(
  heavy: Heavy,
  batch: Slice,
  ask: Preparation,
  nowMs: number,
  facts: BatchFacts,
  done: Done<Prepared>,
  lane?: string,
): void {
  const code = validateProduceBatch(batch, ask.rules, nowMs, facts)
  const whole = { bytes: batch.bytes, from: batch.from, to: facts.to }
  const plain = code === errors.NONE ? plainRecords(whole) : null
  if (code !== errors.NONE) {
    // The refusal waits for a turn: a Done never comes inline.
    heavy.run(
      'decompress',
      { codec: 'gzip', bytes: whole.bytes.subarray(0, 0), bytesMax: 0 },
      () => done(null, { code, batch: whole }),
      lane,
    )
  } else if (plain !== null) {
    recompress(heavy, whole, plain, ask, done, lane)
  } else {
    decompressRecords(
      heavy,
      whole,
      ask.bytesMax,
      (failure, records) => {
        if (failure !== null) return refuseUnreadable(failure, whole, facts, done)
        const inner = validateRecords(whole, records, ask.rules, nowMs, facts)
        if (inner !== errors.NONE) done(null, { code: inner, batch: whole })
        else recompress(heavy, whole, records, ask, done, lane)
      },
      lane,
    )
  }
}

function refuseUnreadable(failure: Failure, batch: Slice, facts: BatchFacts, done: Done<Prepared>): void {
  if (failure.code === 'EBOMB') {
    facts.message = 'The records of the batch are too large when decompressed'
    done(null, { code: errors.MESSAGE_TOO_LARGE, batch })
  } else if (failure.code === 'ECORRUPT') {
    facts.message = 'The records of the batch cannot be decompressed'
    done(null, { code: errors.INVALID_RECORD, batch })
  } else done(failure, { code: errors.NONE, batch })
}

function recompress(
  heavy: Heavy,
  batch: Slice,
  records: Slice,
  ask: Preparation,
  done: Done<Prepared>,
  lane?: string,
): void {
  const source = codecNames[batchCodec(batch.bytes, batch.from)]
  const target = ask.codec === 'producer' ? source : ask.codec
  if (target === source || target === undefined) return done(null, { code: errors.NONE, batch })
  const plain = records.bytes.subarray(records.from, records.to)
  if (target === null) return done(null, { code: errors.NONE, batch: rebuild(batch, plain, 0, ask.rules.crc32c) })
  heavy.run(
    'compress',
    { codec: target, level: ask.level, bytes: plain },
    (failure, packed) => {
      if (failure !== null) done(failure, { code: errors.NONE, batch })
      else done(null, { code: errors.NONE, batch: rebuild(batch, packed, codecId(target), ask.rules.crc32c) })
    },
    lane,
  )
}

/** The same batch with another records area. */
export function rebuild({ bytes, from }: Slice, records: Uint8Array, codec: number, crc32c: Crc32c): Slice {
  const to = BATCH_HEADER_BYTES + records.length
  const out = new Uint8Array(to)
  out.set(bytes.subarray(from, from + BATCH_HEADER_BYTES))
  out.set(records, BATCH_HEADER_BYTES)
  putInt32(out, 8, to - LOG_OVERHEAD_BYTES)
  out[22] = (out[22]! & ~attributeBits.codec) | codec
  stampCrc(out, 0, to, crc32c)
  return { bytes: out, from: 0, to }
}

const NO_SLICE: Slice = Object.freeze({ bytes: new Uint8Array(0), from: 0, to: 0 })
