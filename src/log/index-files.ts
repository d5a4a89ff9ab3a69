import type { Done } from '../env/index.ts'
import { suffix } from './names.ts'
import { type AbortedEntry, decodeAborted, encodeAborted, type Segment } from './segment.ts'
import { afterAll, type LogShared, putFile } from './shared.ts'
import { SparseIndex } from './sparse-index.ts'

/** No index passes segment.index.bytes, whose limit is an int32. */
const INDEX_BYTES_MAX = 0x7fff_ffff

/** Reads `.index` and `.timeindex`; null when one is missing or cannot belong to this segment (it is rebuilt then). */
export function readIndex(shared: LogShared, segment: Segment, done: Done<SparseIndex | null>): void {
  shared.disk.readAll(segment.path(suffix.index), INDEX_BYTES_MAX, (failure, offsets) => {
    if (failure !== null) return done(failure.code === 'ENOENT' ? null : failure, null)
    shared.disk.readAll(segment.path(suffix.timeIndex), INDEX_BYTES_MAX, (timeFailure, times) => {
      if (timeFailure !== null) return done(timeFailure.code === 'ENOENT' ? null : timeFailure, null)
      done(null, SparseIndex.decode(segment.baseOffset, offsets, times, segment.sizeBytes))
    })
  })
}

/** Reads `.txnindex`; a missing one is empty (it is made with its first entry), a damaged one null. */
export function readAborted(shared: LogShared, segment: Segment, done: Done<AbortedEntry[] | null>): void {
  shared.disk.readAll(segment.path(suffix.txnIndex), INDEX_BYTES_MAX, (failure, bytes) => {
    if (failure !== null) return failure.code === 'ENOENT' ? done(null, []) : done(failure, null)
    done(null, decodeAborted(bytes, segment.baseOffset))
  })
}

/** Writes what is dirty. `isSynced`: so that it survives a power cut (for segments that recovery will not look at). */
export function saveIndexes(shared: LogShared, segment: Segment, isSynced: boolean, done: Done): void {
  const { index, aborted } = segment
  const put = (path: string, bytes: Uint8Array, saved: Done): void => {
    if (isSynced) shared.disk.replace(path, bytes, saved)
    else putFile(shared.disk, path, bytes, saved)
  }
  const saveTxn = (failure: Parameters<Done>[0]): void => {
    if (failure !== null) return done(failure)
    if (aborted === null || !segment.isAbortedDirty) return done(null)
    segment.isAbortedDirty = false
    if (aborted.length > 0) put(segment.path(suffix.txnIndex), encodeAborted(aborted), done)
    else shared.disk.remove(segment.path(suffix.txnIndex), done)
  }
  if (index === null || !segment.isIndexDirty) {
    if (aborted !== null && segment.isAbortedDirty) return saveTxn(null)
    return shared.clock.atTurnEnd(() => done(null))
  }
  segment.isIndexDirty = false
  const both = afterAll(2, saveTxn)
  put(segment.path(suffix.index), index.encodeOffsets(), both)
  put(segment.path(suffix.timeIndex), index.encodeTimes(), both)
}
