import type { Done, Failure } from '../env/index.ts'
import { batchLastOffset, batchMaxTimestamp } from '../records/index.ts'
import { segmentAt, withIndex } from './cold-read.ts'
import type { CommitLog } from './commit-log.ts'
import { withAborted } from './lookup.ts'
import { offsetName, suffix } from './names.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { type ScanEnd, scanFile } from './scan.ts'
import { Segment } from './segment.ts'
import { eachInTurn } from './shared.ts'
import { SparseIndex } from './sparse-index.ts'

const SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024

/** Drops everything from `offset` on; batches are kept or dropped whole. */
export function truncateLog(log: CommitLog, offset: number, done: Done): void {
  if (log.failure !== null) return log.shared.clock.atTurnEnd(() => done(log.failure))
  if (offset >= log.endOffset) {
    // A leader that never wrote anything noted an epoch at its end: no other leader knows it.
    log.epochs.truncateFromEnd(offset)
    return log.shared.clock.atTurnEnd(() => done(null))
  }
  if (offset <= log.segments[0]!.baseOffset) return startAnew(log, offset, done)
  begin(log, offset, done, (finish) => {
    const at = segmentAt(log, offset)
    const segment = log.segments[at]!
    removeSegments(log, log.segments.splice(at + 1), (removeFailure) => {
      if (removeFailure !== null) return finish(removeFailure, 0)
      withIndex(log, segment, (failure, index) => {
        if (failure !== null) return finish(failure, 0)
        cut(log, segment, index, offset, finish)
      })
    })
  })
}

function cut(log: CommitLog, segment: Segment, index: SparseIndex, offset: number, finish: Done<number>): void {
  const { disk } = log.shared
  const path = segment.slot.path
  let start = index.positionFor(offset)
  let endOffset = Math.max(log.startOffset, segment.baseOffset)
  let maxTimestamp = -1
  let maxTimestampOffset = -1
  const keep = (bytes: Uint8Array, from: number): boolean => {
    if (batchLastOffset(bytes, from) >= offset) return true
    endOffset = batchLastOffset(bytes, from) + 1
    if (batchMaxTimestamp(bytes, from) > maxTimestamp) {
      maxTimestamp = batchMaxTimestamp(bytes, from)
      maxTimestampOffset = endOffset - 1
    }
    return false
  }
  const scanned = ({ failure, position }: ScanEnd): void => {
    if (failure !== null) return finish(failure, 0)
    // The entry's own batch is the one that goes: then the end is known only from the start.
    if (position === start && start > 0) {
      const end = start
      start = 0
      return scanFile(disk, path, 0, end, keep, scanned)
    }
    withAborted(log, segment, (abortedFailure, aborted) => {
      if (abortedFailure !== null) return finish(abortedFailure, 0)
      segment.aborted = aborted.filter(({ lastOffset }) => lastOffset < endOffset)
      segment.isAbortedDirty ||= segment.aborted.length < aborted.length
      shorten(position)
    })
  }
  const shorten = (position: number): void => {
    index.truncate(position, endOffset)
    segment.index = index
    segment.sizeBytes = segment.writtenBytes = position
    segment.isIndexDirty = true
    segment.bytesSinceIndexEntry = position - index.lastPosition
    const isIndexLater = index.lastTime >= maxTimestamp
    segment.maxTimestamp = isIndexLater ? index.lastTime : maxTimestamp
    segment.maxTimestampOffset = isIndexLater ? index.lastTimeOffset : maxTimestampOffset
    if (position === 0) segment.firstTimestamp = -1
    log.shared.indexes.forget(segment)
    log.writer.noteCut(segment)
    log.shared.descriptors.use(segment.slot, 'create', (failure, file) => {
      if (failure !== null) return finish(failure, 0)
      segment.isPreallocated = false
      file.truncate(position, (truncateFailure) => finish(truncateFailure, endOffset))
    })
  }
  scanFile(disk, path, start, segment.writtenBytes, keep, scanned)
}

/** Drops everything and begins at `offset`. */
export function startAnew(log: CommitLog, offset: number, done: Done): void {
  if (log.failure !== null) return log.shared.clock.atTurnEnd(() => done(log.failure))
  // Until the new segment has its name there is no file at all: nothing is certain in between.
  begin(log, 0, done, (finish) => {
    removeSegments(log, log.segments.splice(0), (failure) => {
      const segment = new Segment(log.dir, offset, log.shared.clock.wallMs(), log.throwJitter())
      segment.index = new SparseIndex(offset)
      segment.aborted = []
      log.segments.push(segment)
      log.startOffset = offset
      log.epochs.clear()
      log.flushedOffset = log.recoveryPoint = offset
      if (failure !== null) return finish(failure, offset)
      name(log, (nameFailure) => finish(nameFailure, offset))
    })
  })
}

/** The empty file tells where the log begins. */
function name(log: CommitLog, done: Done): void {
  log.writer.materialize((failure) => {
    if (failure !== null || log.flush === 'ephemeral') return done(failure)
    log.shared.disk.syncDir(log.dir, done)
  })
}

/** Stops appends and flushes, waits for what is on its way, and afterwards rebuilds epochs and producers. */
function begin(log: CommitLog, offset: number, done: Done, work: (finish: Done<number>) => void): void {
  log.whenNotCleaning(() => beginAtRest(log, offset, done, work))
}

function beginAtRest(log: CommitLog, offset: number, done: Done, work: (finish: Done<number>) => void): void {
  const fail = (failure: Failure): void => {
    log.fail(failure)
    done(failure)
  }
  log.writer.whenIdle((idleFailure) => {
    if (idleFailure !== null) return done(idleFailure)
    log.isTruncating = true
    log.tail.clear()
    log.readHints.length = 0
    log.recoveryPoint = Math.min(log.recoveryPoint, offset)
    log.lowerCheckpoints(offset, (checkpointFailure) => {
      if (checkpointFailure !== null) return fail(checkpointFailure)
      work((failure, endOffset) => {
        if (failure !== null) return fail(failure)
        log.epochs.truncateFromEnd(endOffset)
        reloadProducers(log, endOffset, (reloadFailure) => {
          if (reloadFailure !== null) return fail(reloadFailure)
          log.resumeAt(endOffset)
          log.writer.takeSnapshot(done)
        })
      })
    })
  })
}

/** Producer state as of `endOffset`: the newest snapshot at or below it, and the batches behind that. */
function reloadProducers(log: CommitLog, endOffset: number, done: Done): void {
  const gone = log.snapshotOffsets.filter((offset) => offset > endOffset)
  log.snapshotOffsets.length -= gone.length
  log.producers.clear()
  const removed = (failure: Failure | null): void => {
    if (failure !== null) return done(failure)
    const newest = log.snapshotOffsets.at(-1)
    if (newest === undefined) return replay(log, log.segments[0]!.baseOffset, done)
    log.shared.disk.readAll(snapshotPath(log, newest), SNAPSHOT_BYTES_MAX, (readFailure, bytes) => {
      if (readFailure !== null) return done(readFailure)
      const entries = decodeProducerSnapshot(bytes, log.shared.crc32c)
      if (entries === null) {
        log.snapshotOffsets.pop()
        return log.shared.disk.remove(snapshotPath(log, newest), removed)
      }
      for (const entry of entries) log.producers.load(entry)
      replay(log, newest, done)
    })
  }
  eachInTurn(gone, (offset, next) => log.shared.disk.remove(snapshotPath(log, offset), next), removed)
}

function snapshotPath(log: CommitLog, offset: number): string {
  return `${log.dir}/${offsetName(offset)}${suffix.snapshot}`
}

function replay(log: CommitLog, from: number, done: Done): void {
  const segments = log.segments.slice(segmentAt(log, from))
  eachInTurn(
    segments,
    (segment, next) => {
      if (segment.sizeBytes === 0) return next(null)
      const apply = (bytes: Uint8Array, at: number, to: number): boolean => {
        if (batchLastOffset(bytes, at) >= from) log.producers.apply(bytes, at, to)
        return false
      }
      scanFile(log.shared.disk, segment.slot.path, 0, segment.writtenBytes, apply, (end) => next(end.failure))
    },
    (failure) => {
      if (failure === null) log.producers.onHighWatermark(log.highWatermark)
      done(failure)
    },
  )
}

/** Deletes the files of segments that are no longer in the log. */
export function removeSegments(log: CommitLog, segments: readonly Segment[], done: Done): void {
  const paths: string[] = []
  for (const segment of segments) {
    segment.isDeleted = true
    log.writer.forget(segment)
    log.shared.indexes.forget(segment)
    log.shared.descriptors.close(segment.slot)
    for (const ending of [suffix.log, suffix.index, suffix.timeIndex, suffix.txnIndex]) paths.push(segment.path(ending))
  }
  eachInTurn(paths, (path, next) => log.shared.disk.remove(path, next), done)
}
