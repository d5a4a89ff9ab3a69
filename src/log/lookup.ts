import type { Slice } from '../bytes/index.ts'
import type { Done, Failure } from '../env/index.ts'
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  decompressRecords,
  plainRecords,
  RecordCursor,
} from '../records/index.ts'
import { segmentAt, withIndex } from './cold-read.ts'
import type { CommitLog } from './commit-log.ts'
import { readAborted } from './index-files.ts'
import { scanFile } from './scan.ts'
import type { AbortedEntry, Segment } from './segment.ts'
import type { AbortedTransaction, TimestampAndOffset } from './types.ts'

/** One batch may hold this much decompressed. */
const RECORDS_BYTES_MAX = 512 * 1024 * 1024

/** Finds the largest timestamp of a segment: from memory, or from its time index. */
export function withMaxTimestamp(
  log: CommitLog,
  segment: Segment,
  then: (failure: Failure | null, timestamp: number) => void,
): void {
  if (segment.maxTimestamp !== null) return then(null, segment.maxTimestamp)
  withIndex(log, segment, (failure, index) => {
    if (failure !== null) return then(failure, -1)
    segment.maxTimestamp ??= index.lastTime
    if (segment.maxTimestampOffset < 0) segment.maxTimestampOffset = index.lastTimeOffset
    then(null, segment.maxTimestamp)
  })
}

/** First record at or behind the log start with a timestamp ≥ `timestampMs`. */
export function findTimestamp(log: CommitLog, timestampMs: number, done: Done<TimestampAndOffset | null>): void {
  const next = (at: number): void => {
    const segment = log.segments[at]
    if (segment === undefined) return done(null, null)
    withMaxTimestamp(log, segment, (failure, max) => {
      if (failure !== null) return done(failure, null)
      if (max < timestampMs) return next(at + 1)
      withIndex(log, segment, (indexFailure, index) => {
        if (indexFailure !== null) return done(indexFailure, null)
        const position = index.positionFor(index.offsetBefore(timestampMs))
        scanForTimestamp(log, segment, position, timestampMs, (scanFailure, found) => {
          if (scanFailure !== null || found !== null) return done(scanFailure, found)
          next(at + 1)
        })
      })
    })
  }
  log.shared.clock.atTurnEnd(() => next(segmentAt(log, log.startOffset)))
}

function scanForTimestamp(
  log: CommitLog,
  segment: Segment,
  position: number,
  timestampMs: number,
  done: Done<TimestampAndOffset | null>,
): void {
  let found: TimestampAndOffset | null = null
  /** A compressed batch that may have the record; its own copy. */
  let packed: Slice | null = null
  const look = (bytes: Uint8Array, from: number, to: number): boolean => {
    if (batchMaxTimestamp(bytes, from) < timestampMs || batchLastOffset(bytes, from) < log.startOffset) return false
    const batch = { bytes, from, to }
    const records = plainRecords(batch)
    if (records !== null) found = firstIn(log, batch, records, timestampMs)
    else packed = { bytes: bytes.slice(from, to), from: 0, to: to - from }
    return found !== null || packed !== null
  }
  whenWritten(log, () => {
    scanFile(log.shared.disk, segment.slot.path, position, segment.writtenBytes, look, (end) => {
      if (end.failure !== null || packed === null) return done(end.failure, found)
      const batch: Slice = packed
      openBatch(log, batch, timestampMs, (failure, inside) => {
        if (failure !== null || inside !== null) return done(failure, inside)
        scanForTimestamp(log, segment, end.position + batch.to, timestampMs, done)
      })
    })
  })
}

/** Without the means to open the batch its first offset must do: nothing is missed by who reads from there. */
function openBatch(log: CommitLog, batch: Slice, timestampMs: number, done: Done<TimestampAndOffset | null>): void {
  const { heavy } = log.shared
  if (heavy === null) {
    const offset = Math.max(batchBaseOffset(batch.bytes, 0), log.startOffset)
    return done(null, {
      timestamp: batchMaxTimestamp(batch.bytes, 0),
      offset,
      leaderEpoch: batchLeaderEpoch(batch.bytes, 0),
    })
  }
  decompressRecords(heavy, batch, RECORDS_BYTES_MAX, (failure, records) => {
    if (failure !== null) done(failure, null)
    else done(null, firstIn(log, batch, records, timestampMs))
  })
}

/** The files have all that was appended. */
function whenWritten(log: CommitLog, then: () => void): void {
  if (log.failure !== null || log.writer.isWritten) then()
  else log.shared.clock.atTurnEnd(() => whenWritten(log, then))
}

/** The first record of a batch at or after a time, and at or behind the log start. */
function firstIn(log: CommitLog, batch: Slice, records: Slice, timestampMs: number): TimestampAndOffset | null {
  const leaderEpoch = batchLeaderEpoch(batch.bytes, batch.from)
  const record = new RecordCursor(batch, records)
  while (record.next()) {
    if (record.timestamp >= timestampMs && record.offset >= log.startOffset) {
      return { timestamp: record.timestamp, offset: record.offset, leaderEpoch }
    }
  }
  return null
}

export function findMaxTimestamp(log: CommitLog, done: Done<TimestampAndOffset | null>): void {
  let best: Segment | null = null
  const next = (at: number): void => {
    const segment = log.segments[at]
    if (segment !== undefined) {
      return withMaxTimestamp(log, segment, (failure, max) => {
        if (failure !== null) return done(failure, null)
        if (max >= 0 && (best === null || max > best.maxTimestamp!)) best = segment
        next(at + 1)
      })
    }
    if (best === null) return done(null, null)
    locateMax(log, best, done)
  }
  log.shared.clock.atTurnEnd(() => next(segmentAt(log, log.startOffset)))
}

function locateMax(log: CommitLog, segment: Segment, done: Done<TimestampAndOffset | null>): void {
  const max = segment.maxTimestamp!
  withIndex(log, segment, (failure, index) => {
    if (failure !== null) return done(failure, null)
    scanForTimestamp(log, segment, index.positionFor(index.offsetBefore(max)), max, done)
  })
}

/** Brings the transaction index of a segment into memory. */
export function withAborted(
  log: CommitLog,
  segment: Segment,
  then: (failure: Failure | null, aborted: readonly AbortedEntry[]) => void,
): void {
  if (segment.aborted !== null) return then(null, segment.aborted)
  readAborted(log.shared, segment, (failure, aborted) => {
    if (failure !== null) return then(failure, [])
    if (aborted === null) {
      const message = `${segment.path('.txnindex')} is damaged`
      return then({ code: 'ECORRUPTLOG', message, retry: 'never' }, [])
    }
    segment.aborted = aborted
    then(null, aborted)
  })
}

/**
 * Aborted transactions that overlap [from, upTo), as they stand in the indexes. Looks at later segments until an entry's
 * last stable offset says that no earlier transaction can end there. True: `into` is filled now; else `done` tells.
 */
export function collectAborted(log: CommitLog, from: number, upTo: number, into: AbortedEntry[], done: Done): boolean {
  const next = (at: number): boolean => {
    for (let i = at; i < log.segments.length; i++) {
      const segment = log.segments[i]!
      if (segment.aborted === null) {
        withAborted(log, segment, (failure) => {
          if (failure !== null) done(failure)
          else if (next(i)) done(null)
        })
        return false
      }
      for (const entry of segment.aborted) {
        if (entry.lastOffset >= from && entry.firstOffset < upTo) into.push(entry)
        if (entry.lastStableOffset >= upTo) return true
      }
    }
    return true
  }
  return next(segmentAt(log, from))
}

/** The same for a fetch, ascending by first offset. */
export function abortedForFetch(
  log: CommitLog,
  from: number,
  upTo: number,
  into: AbortedTransaction[],
  done: Done,
): boolean {
  const entries: AbortedEntry[] = []
  const fill = (): void => {
    entries.sort((a, b) => a.firstOffset - b.firstOffset)
    for (const { producerId, firstOffset, lastOffset } of entries) into.push({ producerId, firstOffset, lastOffset })
  }
  const isNow = collectAborted(log, from, upTo, entries, (failure) => {
    if (failure === null) fill()
    done(failure)
  })
  if (isNow) fill()
  return isNow
}
