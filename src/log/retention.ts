import type { Done } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'
import { withMaxTimestamp } from './lookup.ts'
import { offsetName, suffix } from './names.ts'
import type { Segment } from './segment.ts'
import { eachInTurn } from './shared.ts'

/**
 * Deletes segments, oldest first, that are below the log start or, under cleanup.policy=delete, past retention.ms or
 * beyond retention.bytes. Only what is below the high watermark goes. The active segment goes by time too, after a roll.
 */
export function deleteOldSegments(log: CommitLog, wallMs: number): void {
  if (log.failure !== null || log.isTruncating || log.isDeleting || log.isCleaning) return
  log.isDeleting = true
  const finish = (): void => {
    log.isDeleting = false
  }
  countExpired(log, wallMs, (count) => {
    if (count === 0 || log.failure !== null || log.isTruncating) return finish()
    if (count === log.segments.length) log.roll()
    if (log.segments.length === count) return finish()
    const last = log.segments[count - 1]!
    // What is rolled just now goes when it is written and sealed.
    log.writer.whenSealed(log.segments[count]!.baseOffset, (failure) => {
      const at = log.segments.indexOf(last)
      if (failure !== null || log.isTruncating || at < 0 || at === log.segments.length - 1) return finish()
      if (at < log.segments.length - 2) return removeOldest(log, at + 1, finish)
      // Only the active segment is left to tell where the log ends.
      log.writer.materialize((activeFailure) => {
        if (activeFailure === null) removeOldest(log, log.segments.indexOf(last) + 1, finish)
        else finish()
      })
    })
  })
}

function removeOldest(log: CommitLog, count: number, done: () => void): void {
  const gone = log.segments.splice(0, count)
  log.startOffset = Math.max(log.startOffset, log.segments[0]!.baseOffset)
  log.epochs.truncateFromStart(log.startOffset)
  log.noteProgress()
  log.tail.dropBelow(log.startOffset)
  discard(log, gone, -1, done)
}

/** How many of the oldest segments may go. */
function countExpired(log: CommitLog, wallMs: number, then: (count: number) => void): void {
  const isDeleting = log.config.cleanupPolicy.has('delete')
  const retentionBytes = isDeleting ? log.config.retentionBytes : -1
  const retentionMs = isDeleting ? log.config.retentionMs : -1
  let excess = retentionBytes < 0 ? 0 : log.sizeBytes - retentionBytes
  let count = 0
  const next = (): void => {
    const segment = log.segments[count]
    if (segment === undefined) return then(count)
    const isActive = segment === log.active
    const upper = isActive ? log.endOffset : log.segments[count + 1]!.baseOffset
    if (upper > Math.min(log.highWatermark, log.durableOffset) || (isActive && segment.sizeBytes === 0))
      return then(count)
    if (!isActive && upper <= log.startOffset) return take(segment)
    if (!isActive && retentionBytes >= 0 && excess - segment.sizeBytes >= 0) return take(segment)
    if (retentionMs < 0) return then(count)
    withMaxTimestamp(log, segment, (failure, max) => {
      if (failure !== null) return then(count)
      const newestMs = max >= 0 ? max : segment.createdMs
      if (wallMs - newestMs > retentionMs) take(segment)
      else then(count)
    })
  }
  const take = (segment: Segment): void => {
    excess -= segment.sizeBytes
    count++
    next()
  }
  next()
}

/** Files become `.deleted` at once and go after file.delete.delay.ms; so do the snapshots, but the one at `keptSnapshot`. */
export function discard(log: CommitLog, segments: readonly Segment[], keptSnapshot: number, done: Done): void {
  const paths: string[] = []
  for (const segment of segments) {
    segment.isDeleted = true
    log.writer.forget(segment)
    log.shared.indexes.forget(segment)
    log.shared.descriptors.close(segment.slot)
    for (const ending of [suffix.log, suffix.index, suffix.timeIndex, suffix.txnIndex]) paths.push(segment.path(ending))
    const at = log.snapshotOffsets.indexOf(segment.baseOffset)
    if (at >= 0 && segment.baseOffset !== keptSnapshot) {
      log.snapshotOffsets.splice(at, 1)
      paths.push(`${log.dir}/${offsetName(segment.baseOffset)}${suffix.snapshot}`)
    }
  }
  const renamed: string[] = []
  eachInTurn(
    paths,
    (path, next) => {
      log.shared.disk.rename(path, path + suffix.deleted, (failure) => {
        if (failure === null) renamed.push(path + suffix.deleted)
        next(failure?.code === 'ENOENT' ? null : failure)
      })
    },
    (failure) => {
      if (failure !== null) log.fail(failure)
      else log.removals.later(renamed, log.shared.clock.monoMs() + log.config.fileDeleteDelayMs)
      done(failure)
    },
  )
}
