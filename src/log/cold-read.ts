import type { Done, Failure, File } from '../env/index.ts'
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, batchBytes, batchLastOffset, batchMagic } from '../records/index.ts'
import type { CommitLog } from './commit-log.ts'
import { readIndex, saveIndexes } from './index-files.ts'
import { scanFile } from './scan.ts'
import { Segment } from './segment.ts'
import { SparseIndex } from './sparse-index.ts'
import type { ReadAsk, ReadInto } from './types.ts'

/** Ends of recent reads that a log remembers, so that a consumer who reads on needs no index. */
const HINTS_MAX = 8
/** One read gives no more, however much is asked: a buffer is taken for all of it. A larger batch is still given whole. */
const READ_BYTES_MAX = 16 * 1024 * 1024

/** Index of the segment whose base offset is the greatest ≤ `offset`; 0 when all are greater. */
export function segmentAt(log: CommitLog, offset: number): number {
  let low = 0
  let high = log.segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (log.segments[middle]!.baseOffset <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Brings a segment's index into memory, rebuilding it from the segment when its files are missing or damaged. */
export function withIndex(
  log: CommitLog,
  segment: Segment,
  then: (failure: Failure | null, index: SparseIndex) => void,
): void {
  if (segment.index !== null) {
    if (segment !== log.active) log.shared.indexes.touch(segment)
    return then(null, segment.index)
  }
  readIndex(log.shared, segment, (failure, index) => {
    if (failure !== null) return then(failure, undefined as never)
    if (index === null) return rebuildIndex(log, segment, then)
    if (!segment.isDeleted) {
      segment.index = index
      log.shared.indexes.touch(segment)
    }
    then(null, index)
  })
}

function rebuildIndex(
  log: CommitLog,
  segment: Segment,
  then: (failure: Failure | null, index: SparseIndex) => void,
): void {
  log.shared.logger.warn('Index is missing or damaged and is rebuilt', { path: segment.slot.path })
  // Into a scratch segment: others may use this one, or rebuild it too, meanwhile.
  const scratch = new Segment(log.dir, segment.baseOffset, segment.createdMs, 0)
  const index = new SparseIndex(segment.baseOffset)
  scratch.index = index
  const note = (bytes: Uint8Array, from: number, to: number): boolean => {
    scratch.noteBatch(bytes, from, to, log.config.indexIntervalBytes)
    return false
  }
  scanFile(log.shared.disk, segment.slot.path, 0, segment.writtenBytes, note, (end) => {
    if (end.failure !== null) return then(end.failure, index)
    if (segment.index !== null) return then(null, segment.index)
    scratch.closeTimeIndex()
    segment.maxTimestamp = scratch.maxTimestamp
    segment.maxTimestampOffset = scratch.maxTimestampOffset
    segment.firstTimestamp = scratch.firstTimestamp
    segment.index = index
    if (segment.isDeleted) return then(null, index)
    segment.isIndexDirty = true
    saveIndexes(log.shared, segment, false, (failure) => {
      if (failure === null) log.shared.indexes.touch(segment)
      then(failure, index)
    })
  })
}

/**
 * Reads from the segment files what the tail in memory does not have. One read of the disk in the usual case; a second
 * when the first batch is larger than expected; more when segments hold nothing at or behind the offset (compaction).
 */
export function readColdBatches(log: CommitLog, ask: ReadAsk, into: ReadInto, answer: Done): void {
  const bytesMax = Math.min(ask.bytesMax, READ_BYTES_MAX)
  let looked: Segment | null = null
  const done = (failure: Failure | null): void => {
    // The segment was deleted or replaced by a cleaned one meanwhile: look again.
    if (failure !== null && looked?.isDeleted === true && log.failure === null) {
      if (ask.from >= log.startOffset) return next(segmentAt(log, ask.from))
      return answer({ code: 'OFFSET_OUT_OF_RANGE', message: `offset ${ask.from} was deleted`, retry: 'never' })
    }
    if (failure !== null) log.tellReadFailure(failure)
    answer(failure)
  }
  const next = (at: number): void => {
    const segment = log.segments[at]
    if (segment === undefined) return done(null)
    looked = segment
    const hint = log.readHints.find(({ offset, segment: hinted }) => offset === ask.from && hinted === segment)
    if (hint !== undefined) return readAt(segment, at, hint.position, 0)
    withIndex(log, segment, (failure, index) => {
      if (failure !== null) return done(failure)
      readAt(segment, at, index.positionFor(ask.from), log.config.indexIntervalBytes + 1024)
    })
  }

  const readAt = (segment: Segment, at: number, position: number, slack: number): void => {
    const available = segment.writtenBytes - position
    if (available < BATCH_PREFIX_BYTES) return next(at + 1)
    readFrom(segment, at, position, Math.min(available, bytesMax + slack))
  }

  const readFrom = (segment: Segment, at: number, position: number, wanted: number): void => {
    log.shared.descriptors.use(segment.slot, 'write', (failure, file) => {
      if (failure !== null) done(failure)
      else readWith(segment, at, file, position, wanted)
    })
  }

  const readWith = (segment: Segment, at: number, file: File, position: number, wanted: number): void => {
    const available = segment.writtenBytes - position
    const length = Math.min(available, Math.max(wanted, BATCH_HEADER_BYTES))
    const buffer = log.shared.buffers.take(length)
    const giveBack = (): void => log.shared.buffers.give(buffer)
    file.read(length === buffer.length ? buffer : buffer.subarray(0, length), position, (failure, got) => {
      if (failure !== null) {
        giveBack()
        return done(failure)
      }
      let from = 0
      while (got - from >= BATCH_HEADER_BYTES && isBatch(buffer, from) && batchLastOffset(buffer, from) < ask.from) {
        from += batchBytes(buffer, from)
      }
      if (from >= got || got - from < BATCH_HEADER_BYTES) {
        giveBack()
        // Fewer bytes than were written: somebody else cut the file.
        if (got < length) return done(damaged(segment, position + got))
        if (available - from < BATCH_HEADER_BYTES) return next(at + 1)
        return readFrom(segment, at, position + from, bytesMax)
      }
      if (!isBatch(buffer, from)) {
        giveBack()
        return done(damaged(segment, position + from))
      }
      const first = batchBytes(buffer, from)
      if (first > got - from && ask.atLeastOne && batchLastOffset(buffer, from) < ask.upTo) {
        giveBack()
        if (first > available - from) return done(damaged(segment, position + from))
        return readFrom(segment, at, position + from, Math.max(first, bytesMax))
      }
      const to = endOfWhole(buffer, from, got, ask)
      if (to === from) {
        giveBack()
        return done(null)
      }
      into.slices.push({ bytes: buffer, from, to })
      let isReleased = false
      into.release = () => {
        if (!isReleased) giveBack()
        isReleased = true
      }
      remember(log, segment, position + to, lastOffsetIn(buffer, from, to) + 1)
      done(null)
    })
  }

  next(segmentAt(log, ask.from))
}

function isBatch(bytes: Uint8Array, at: number): boolean {
  return batchMagic(bytes, at) === 2 && batchBytes(bytes, at) >= BATCH_HEADER_BYTES
}

/** End of the last batch that is whole, below `upTo`, and within `bytesMax` (the first excepted if at least one is asked). */
function endOfWhole(bytes: Uint8Array, from: number, got: number, ask: ReadAsk): number {
  let to = from
  while (got - to >= BATCH_HEADER_BYTES && isBatch(bytes, to)) {
    const end = to + batchBytes(bytes, to)
    if (end > got || batchLastOffset(bytes, to) >= ask.upTo) break
    if (end - from > ask.bytesMax && !(to === from && ask.atLeastOne)) break
    to = end
  }
  return to
}

function lastOffsetIn(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  let last = -1
  for (; at < to; at += batchBytes(bytes, at)) last = batchLastOffset(bytes, at)
  return last
}

function remember(log: CommitLog, segment: Segment, position: number, offset: number): void {
  if (log.readHints.length >= HINTS_MAX) log.readHints.shift()
  log.readHints.push({ offset, segment, position })
}

function damaged(segment: Segment, position: number): Failure {
  return { code: 'ECORRUPTLOG', message: `${segment.slot.path} is damaged at byte ${position}`, retry: 'never' }
}

/** What a read outside the log is answered. */
export function outOfRange(offset: number, startOffset: number, endOffset: number): Failure {
  return {
    code: 'OFFSET_OUT_OF_RANGE',
    message: `offset ${offset} is outside [${startOffset}, ${endOffset}]`,
    retry: 'never',
  }
}
