import type { Slice } from '../bytes/index.ts'
import type { Done, Failure, File, Heavy } from '../env/index.ts'
import {
  BATCH_HEADER_BYTES,
  batchBytes,
  batchLastOffset,
  batchMagic,
  decompressRecords,
  isControlBatch,
  plainRecords,
  RecordCursor,
} from '../records/index.ts'
import { type CleanRules, cleanBatch, type Kept, type LastRecord } from './clean-batch.ts'
import { CleanedTransactions } from './clean-transactions.ts'
import { segmentAt, withIndex } from './cold-read.ts'
import type { CommitLog } from './commit-log.ts'
import { collectAborted } from './lookup.ts'
import { suffix } from './names.ts'
import { OffsetMap } from './offset-map.ts'
import { discard } from './retention.ts'
import { type AbortedEntry, encodeAborted, Segment } from './segment.ts'
import { eachInTurn } from './shared.ts'
import { SparseIndex } from './sparse-index.ts'

/** Read at a time. */
const CHUNK_BYTES = 256 * 1024
/** Cleaning gives other work its turn after so long, or so many batches. */
const TURN_MS = 2
const BATCHES_PER_TURN = 256
/** One batch may hold this much decompressed. */
const RECORDS_BYTES_MAX = 512 * 1024 * 1024

export interface CleanAsk {
  readonly firstDirtyOffset: number
  /** Base offset of the first segment that must not be touched. */
  readonly firstUncleanableOffset: number
  readonly nowMs: number
  readonly mapBytesMax: number
  /** Null: a compressed batch stops the round. */
  readonly heavy: Heavy | null
  /** Asked between steps; true gives up without a trace. */
  readonly isAborted: () => boolean
  /** Calls `go`, later when as many bytes are too many for now. */
  readonly pace?: (bytes: number, go: () => void) => void
}

export interface CleanResult {
  /** Everything below is clean. */
  readonly endOffset: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/**
 * One round of compaction: builds the map of newest offsets over the dirty part, then rewrites the segments below its
 * end, group by group. Each group is replaced in one step that a crash leaves done or undone.
 */
export function cleanLog(log: CommitLog, ask: CleanAsk, done: Done<CleanResult>): void {
  const range = ask.firstUncleanableOffset - ask.firstDirtyOffset
  const map = new OffsetMap(log.shared.random, ask.mapBytesMax, range)
  buildMap(log, ask, map, (failure) => {
    if (failure !== null) return done(failure, undefined as never)
    const endOffset = map.latestOffset + 1
    const groups = groupBySize(log, endOffset, ask.firstUncleanableOffset)
    const before = log.sizeBytes
    const kept: AbortedEntry[] = []
    const transactions = new CleanedTransactions((entry) => kept.push(entry))
    const lastRecords = new Map<number, LastRecord>()
    for (const { producerId, epoch, batches } of log.producers.entries()) {
      lastRecords.set(producerId, { lastDataOffset: batches.at(-1)?.lastOffset ?? -1, epoch })
    }
    const rules: CleanRules = {
      map,
      transactions,
      lastRecords,
      upperBound: ask.firstUncleanableOffset,
      nowMs: ask.nowMs,
      deleteRetentionMs: log.config.deleteRetentionMs,
      crc32c: log.shared.crc32c,
      heavy: ask.heavy,
    }
    eachInTurn(
      groups,
      (group, next) => cleanGroup(log, group, rules, kept, ask, next),
      (groupFailure) => done(groupFailure, { endOffset, bytesBefore: before, bytesAfter: log.sizeBytes }),
    )
  })
}

const ABORTED: Failure = Object.freeze({ code: 'EABORTED', message: 'cleaning was called off', retry: 'later' })

function buildMap(log: CommitLog, ask: CleanAsk, map: OffsetMap, done: Done): void {
  const { firstDirtyOffset, firstUncleanableOffset } = ask
  const dirty = log.segments
    .slice(segmentAt(log, firstDirtyOffset))
    .filter(({ baseOffset }) => baseOffset < firstUncleanableOffset)
  const transactions = new CleanedTransactions(() => {})
  let isFull = false
  map.latestOffset = firstDirtyOffset - 1
  eachInTurn(
    dirty,
    (segment, next) => {
      if (isFull) return next(null)
      const end = log.segments[log.segments.indexOf(segment) + 1]?.baseOffset ?? firstUncleanableOffset
      withAbortedIn(log, segment, end, (failure, aborted) => {
        if (failure !== null) return next(failure)
        transactions.add(aborted)
        withIndex(log, segment, (indexFailure, index) => {
          if (indexFailure !== null) return next(indexFailure)
          const visit = (batch: Slice, records: Slice, goOn: Done<boolean>): void => {
            const { bytes, from, to } = batch
            const isSkipped = isControlBatch(bytes, from)
              ? transactions.onControlBatch(bytes, from, to) || true
              : transactions.onBatch(bytes, from)
            if (!isSkipped) {
              const record = new RecordCursor(batch, records)
              while (record.next()) {
                if (!record.hasKey || record.offset < firstDirtyOffset) continue
                if (map.isFull) {
                  isFull = true
                  return goOn(null, true)
                }
                map.put(record.bytes, record.keyFrom, record.keyLength, record.offset)
              }
            }
            if (batchLastOffset(bytes, from) >= firstDirtyOffset) map.latestOffset = batchLastOffset(bytes, from)
            goOn(null, false)
          }
          eachBatch(log, segment, index.positionFor(firstDirtyOffset), ask, visit, (walkFailure) => {
            if (walkFailure === null && !isFull) map.latestOffset = Math.max(map.latestOffset, end - 1)
            next(walkFailure)
          })
        })
      })
    },
    done,
  )
}

/** Aborted transactions with anything in a segment: their markers may stand in a later one. */
function withAbortedIn(log: CommitLog, segment: Segment, end: number, then: Done<readonly AbortedEntry[]>): void {
  const entries: AbortedEntry[] = []
  if (collectAborted(log, segment.baseOffset, end, entries, (failure) => then(failure, entries))) then(null, entries)
}

/** Visits the batches of a segment in order with their records opened; `goOn(null, true)` stops. */
function eachBatch(
  log: CommitLog,
  segment: Segment,
  start: number,
  ask: CleanAsk,
  visit: (batch: Slice, records: Slice, goOn: Done<boolean>) => void,
  done: Done,
): void {
  let position = start
  let buffer = new Uint8Array(CHUNK_BYTES)
  let ended = done
  const readOn = (file: File): void => {
    if (ask.isAborted()) return ended(ABORTED)
    const length = Math.min(buffer.length, segment.sizeBytes - position)
    if (length <= 0) return ended(null)
    const read = (): void => {
      file.read(buffer.subarray(0, length), position, (failure, got) => {
        if (failure !== null) return ended(failure)
        visitFrom(file, 0, got)
      })
    }
    if (ask.pace === undefined) read()
    else ask.pace(length, read)
  }
  const { clock } = log.shared
  const visitFrom = (file: File, first: number, got: number): void => {
    let at = first
    const untilMs = clock.monoMs() + TURN_MS
    // Answers that come inline go on in this loop, others in a new one: the stack does not grow with the batches.
    for (let isInline = true, count = 0; isInline; count++) {
      if (count === BATCHES_PER_TURN || (count > 0 && clock.monoMs() > untilMs)) {
        const from = at
        clock.slice(() => {
          visitFrom(file, from, got)
          return true
        })
        return
      }
      const size = got - at < BATCH_HEADER_BYTES ? 0 : batchBytes(buffer, at)
      if (size !== 0 && (size < BATCH_HEADER_BYTES || batchMagic(buffer, at) !== 2))
        return ended(damaged(segment, position))
      if (size === 0 || size > got - at) {
        if (at === 0 && got < buffer.length) return ended(damaged(segment, position))
        if (size > buffer.length) buffer = new Uint8Array(size)
        return readOn(file)
      }
      const batch = { bytes: buffer, from: at, to: at + size }
      let answered = false
      isInline = false
      open(log, batch, ask, (openFailure, records) => {
        if (openFailure !== null) return ended(openFailure)
        visit(batch, records, (failure, isLast) => {
          if (failure !== null || isLast) return ended(failure)
          position += size
          if (answered) visitFrom(file, at + size, got)
          else {
            isInline = true
            at += size
          }
        })
      })
      answered = true
    }
  }
  log.shared.disk.open(segment.slot.path, 'read', (failure, file) => {
    if (failure !== null) return done(failure)
    ended = (end) => {
      file.close()
      done(end)
    }
    readOn(file)
  })
}

function open(log: CommitLog, batch: Slice, { heavy }: CleanAsk, done: Done<Slice>): void {
  const plain = plainRecords(batch)
  if (plain !== null) return done(null, plain)
  if (heavy !== null) return decompressRecords(heavy, batch, RECORDS_BYTES_MAX, done)
  const message = `${log.topic}-${log.partition} has compressed batches and nothing to open them with`
  done({ code: 'EUNSUPPORTED', message, retry: 'never' }, batch)
}

/** Neighbours that together fit one segment are merged, so that compaction does not leave many small ones. */
function groupBySize(log: CommitLog, endOffset: number, firstUncleanableOffset: number): Segment[][] {
  const { segmentBytes, segmentIndexBytes } = log.config
  const segments = log.segments.filter(({ baseOffset }) => baseOffset < Math.min(endOffset, firstUncleanableOffset))
  const groups: Segment[][] = []
  let group: Segment[] = []
  let bytes = 0
  let indexBytes = 0
  segments.forEach((segment, i) => {
    const indexed = (segment.sizeBytes / log.config.indexIntervalBytes) * 12
    const last = (segments[i + 1]?.baseOffset ?? firstUncleanableOffset) - 1
    const isFitting =
      group.length > 0 &&
      bytes + segment.sizeBytes <= segmentBytes &&
      indexBytes + indexed <= segmentIndexBytes &&
      (segment.sizeBytes === 0 || last - group[0]!.baseOffset <= 0x7fff_ffff)
    if (!isFitting) {
      group = []
      groups.push(group)
      bytes = 0
      indexBytes = 0
    }
    group.push(segment)
    bytes += segment.sizeBytes
    indexBytes += indexed
  })
  return groups
}

function cleanGroup(
  log: CommitLog,
  group: Segment[],
  rules: CleanRules,
  kept: AbortedEntry[],
  ask: CleanAsk,
  done: Done,
): void {
  const { disk } = log.shared
  const first = group[0]!
  const cleaned = new Segment(log.dir, first.baseOffset, first.createdMs, first.jitterMs)
  cleaned.index = new SparseIndex(first.baseOffset)
  cleaned.isCreated = true
  kept.length = 0
  const path = cleaned.path(suffix.log) + suffix.cleaned
  disk.open(path, 'create', (failure, file) => {
    if (failure !== null) return done(failure)
    const giveUp = (why: Failure): void => {
      file.close()
      disk.remove(path, () => done(why))
    }
    // A crash may have left an older attempt under this name, but loading has removed it.
    eachInTurn(
      group,
      (segment, next) => copyKept(log, segment, cleaned, file, rules, ask, next),
      (copyFailure) => {
        if (copyFailure !== null) return giveUp(copyFailure)
        cleaned.closeTimeIndex()
        cleaned.aborted = [...kept]
        file.sync((syncFailure) => {
          if (syncFailure !== null) return giveUp(syncFailure)
          file.close()
          saveCleanedIndexes(log, cleaned, (indexFailure) => {
            if (indexFailure !== null) return done(indexFailure)
            swapIn(log, group, cleaned, done)
          })
        })
      },
    )
  })
}

function copyKept(
  log: CommitLog,
  segment: Segment,
  cleaned: Segment,
  file: File,
  rules: CleanRules,
  ask: CleanAsk,
  done: Done,
): void {
  let parts: Uint8Array[] = []
  let bytes = 0
  let at = cleaned.sizeBytes
  const flush = (then: Done): void => {
    if (parts.length === 0) return then(null)
    const writing = parts
    const from = at
    at += bytes
    parts = []
    bytes = 0
    file.write(writing, from, then)
  }
  const take = (kept: Kept, goOn: Done<boolean>): void => {
    if (kept === null) return goOn(null, false)
    // The source buffer is reused for the next chunk, so what stays is copied.
    const copy = kept.bytes.slice(kept.from, kept.to)
    cleaned.noteBatch(copy, 0, copy.length, log.config.indexIntervalBytes)
    parts.push(copy)
    bytes += copy.length
    if (bytes < CHUNK_BYTES) return goOn(null, false)
    flush((failure) => goOn(failure, false))
  }
  const end = log.segments[log.segments.indexOf(segment) + 1]?.baseOffset ?? log.endOffset
  withAbortedIn(log, segment, end, (abortedFailure, aborted) => {
    if (abortedFailure !== null) return done(abortedFailure)
    rules.transactions.add(aborted)
    eachBatch(
      log,
      segment,
      0,
      ask,
      (batch, records, goOn) => {
        cleanBatch(batch, records, rules, (failure, kept) => {
          if (failure !== null) goOn(failure, true)
          else take(kept, goOn)
        })
      },
      (failure) => (failure === null ? flush(done) : done(failure)),
    )
  })
}

const INDEXES = [suffix.index, suffix.timeIndex, suffix.txnIndex]

function saveCleanedIndexes(log: CommitLog, cleaned: Segment, done: Done): void {
  const contents = [cleaned.index!.encodeOffsets(), cleaned.index!.encodeTimes(), encodeAborted(cleaned.aborted!)]
  eachInTurn(
    INDEXES,
    (ending, next) =>
      log.shared.disk.replace(cleaned.path(ending) + suffix.cleaned, contents[INDEXES.indexOf(ending)]!, next),
    done,
  )
}

/**
 * `.cleaned` becomes `.swap` (from here on a restart completes the step), the old segments go, `.swap` becomes the
 * segment; the log file first one way and last the other, because its name decides what a restart does.
 */
function swapIn(log: CommitLog, group: Segment[], cleaned: Segment, done: Done): void {
  const { disk } = log.shared
  const stop = (failure: Failure): void => {
    log.fail(failure)
    done(failure)
  }
  const renameAll = (endings: readonly string[], from: string, to: string, then: () => void): void => {
    eachInTurn(
      endings,
      (ending, next) => disk.rename(cleaned.path(ending) + from, cleaned.path(ending) + to, next),
      (failure) =>
        failure === null
          ? disk.syncDir(log.dir, (syncFailure) => (syncFailure === null ? then() : stop(syncFailure)))
          : stop(failure),
    )
  }
  renameAll([...INDEXES, suffix.log], suffix.cleaned, suffix.swap, () => {
    const at = log.segments.indexOf(group[0]!)
    discard(log, group, cleaned.baseOffset, (discardFailure) => {
      if (discardFailure !== null) return done(discardFailure)
      renameAll([...INDEXES, suffix.log], suffix.swap, '', () => {
        cleaned.writtenBytes = cleaned.sizeBytes
        log.segments.splice(at, group.length, cleaned)
        log.readHints.length = 0
        log.tail.dropBelow(log.segments[at + 1]?.baseOffset ?? cleaned.baseOffset)
        log.shared.indexes.touch(cleaned)
        if (cleaned.aborted!.length > 0) return done(null)
        disk.remove(cleaned.path(suffix.txnIndex), done)
      })
    })
  })
}

function damaged(segment: Segment, position: number): Failure {
  return { code: 'ECORRUPTLOG', message: `${segment.slot.path} is damaged at byte ${position}`, retry: 'never' }
}
