import { type Uuid, utf8Encode } from '../bytes/index.ts'
import type { Done, Failure, File } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'
import { noLimit } from './config.ts'
import { saveIndexes } from './index-files.ts'
import { fileName, offsetName, suffix } from './names.ts'
import { encodeProducerSnapshot } from './producer-snapshot.ts'
import type { Segment } from './segment.ts'
import { afterAll, eachInTurn, type LogShared, putFile } from './shared.ts'

/** A write on its way to a file. Writes of one file end in order; those of two files may not. */
interface Write {
  readonly endOffset: number
  readonly segment: Segment
  readonly bytes: number
  isDone: boolean
}

/**
 * Brings a log to its files: what queued in a turn leaves in one write a segment, a sync serves all who wait for it, and
 * a rolled segment is sealed (synced with its indexes) so that recovery need not look at it again.
 *
 *   queued → submitted → written (log.writtenOffset) → synced (log.flushedOffset) → sealed (log.recoveryPoint)
 */
export class LogWriter {
  readonly #log: CommitLog
  readonly #shared: LogShared
  /** Segments with something queued, ascending. */
  #queued: Segment[] = []
  #inFlight: Write[] = []
  /** Segments with something submitted since their last sync. */
  readonly #unsynced: Segment[] = []
  #isSyncing = false
  #isSyncWanted = false
  /** Files were made whose names a power cut would take away. */
  #areNamesUnsynced = false
  /** Null unless the directory is being made. */
  #directoryWaiters: ((failure: Failure | null) => void)[] | null = null
  #isDirectoryThere: boolean
  #hasEpochFile: boolean
  /** Small files on their way that an acknowledgement waits for. */
  #filesPending = 0
  /** Small files on their way that nothing waits for, but the log must come to rest with them. */
  #companionsPending = 0
  /** Rolled and not sealed yet, ascending. */
  readonly #unsealed: Segment[] = []
  #isSealing = false
  #sealWaiters: { readonly offset: number; readonly done: Done }[] = []
  #idleWaiters: Done[] = []
  #flushDueMs = Number.POSITIVE_INFINITY

  constructor(log: CommitLog, isDirectoryThere: boolean, hasEpochFile: boolean) {
    this.#log = log
    this.#shared = log.shared
    this.#isDirectoryThere = isDirectoryThere
    this.#hasEpochFile = hasEpochFile
  }

  enqueue(segment: Segment, part: Uint8Array, position: number, startOffset: number, endOffset: number): void {
    const { queued } = segment
    if (queued === null) {
      segment.queued = { parts: [part], position, bytes: part.length, startOffset, endOffset }
      this.#queued.push(segment)
    } else {
      addPart(queued.parts, part)
      queued.bytes += part.length
      queued.endOffset = endOffset
    }
  }

  /** The segment takes no more; it is to be sealed. */
  noteRolled(segment: Segment): void {
    this.#unsealed.push(segment)
  }

  /** The segment was cut, and is the active one again. */
  noteCut(segment: Segment): void {
    this.forget(segment)
    this.#unsynced.push(segment)
  }

  /** The segment is no longer in the log. Nothing of it is queued or on its way. */
  forget(segment: Segment): void {
    remove(this.#unsealed, segment)
    remove(this.#unsynced, segment)
  }

  /** The end of a turn in which something was asked. */
  atTurnEnd(): void {
    if (this.#queued.length > 0) this.#submit()
    if (this.#unsealed.length > 0) this.#seal()
  }

  #submit(): void {
    const { flush } = this.#log
    const waiting: Segment[] = []
    let hasWrites = false
    for (const segment of this.#queued) {
      // Nothing of a segment may outlive a power cut that the end of the one before does not: it would leave a gap.
      if (waiting.length > 0 || (flush === 'sync' && segment.baseOffset > this.#log.flushedOffset))
        waiting.push(segment)
      else if (segment.slot.file !== null && this.#isDirectoryThere) {
        if (segment.isUnseen) this.#see(segment, segment.slot.file)
        if (this.#log.failure !== null) return
        this.#write(segment, segment.slot.file)
        hasWrites = true
      } else {
        waiting.push(segment)
        this.#withFile(segment, () => this.#log.askTurnEnd())
      }
    }
    this.#queued = waiting
    if (!hasWrites || flush === 'ephemeral') return
    if (flush === 'sync' || this.#log.endOffset - this.#log.flushedOffset >= this.#log.config.flushMessages)
      this.requestFlush()
  }

  #write(segment: Segment, file: File): void {
    const queued = segment.queued!
    segment.queued = null
    if (!this.#unsynced.includes(segment)) this.#unsynced.push(segment)
    const { flushMs } = this.#log.config
    if (this.#flushDueMs === Number.POSITIVE_INFINITY && flushMs < noLimit)
      this.#flushDueMs = this.#shared.clock.monoMs() + flushMs
    const write: Write = { endOffset: queued.endOffset, segment, bytes: queued.bytes, isDone: false }
    this.#inFlight.push(write)
    file.write(queued.parts, queued.position, (failure) => {
      if (failure !== null) return this.#log.fail(failure)
      write.isDone = true
      this.#noteWritten()
    })
  }

  #noteWritten(): void {
    const log = this.#log
    let done = 0
    while (done < this.#inFlight.length && this.#inFlight[done]!.isDone) {
      const { endOffset, segment, bytes } = this.#inFlight[done++]!
      segment.writtenBytes += bytes
      log.writtenOffset = endOffset
    }
    if (done === 0) return
    this.#inFlight.splice(0, done)
    log.tail.noteWritten(log.writtenOffset)
    if (log.flush === 'ephemeral') log.flushedOffset = log.recoveryPoint = log.writtenOffset
    log.noteProgress()
  }

  requestFlush(): void {
    if (this.#log.flush === 'ephemeral' || this.#log.failure !== null) return
    this.#isSyncWanted = true
    this.#syncIfWanted()
  }

  /** flush.ms: something has waited that long for a sync. */
  isFlushDue(nowMs: number): boolean {
    return this.#log.flush === 'os' && nowMs >= this.#flushDueMs
  }

  #syncIfWanted(): void {
    if (this.#isSyncWanted && !this.#isSyncing && this.#filesPending === 0 && !this.#log.isTruncating) this.#startSync()
  }

  #startSync(): void {
    this.#isSyncWanted = false
    this.#flushDueMs = Number.POSITIVE_INFINITY
    const target = this.#queued[0]?.queued?.startOffset ?? this.#log.endOffset
    const segments = this.#unsynced.splice(0)
    const areNamesSynced = !this.#areNamesUnsynced
    if (segments.length === 0 && areNamesSynced) return this.#noteFlushed(target)
    this.#isSyncing = true
    const synced = afterAll(segments.length + (areNamesSynced ? 0 : 1), (failure) => {
      this.#isSyncing = false
      this.#log.askTurnEnd()
      if (failure !== null) return this.#log.fail(failure)
      this.#noteFlushed(target)
      this.#syncIfWanted()
    })
    for (const segment of segments) this.#withFile(segment, (file) => file.sync(synced))
    if (!areNamesSynced) this.#syncNames(synced)
  }

  #syncNames(done: Done): void {
    this.#areNamesUnsynced = false
    this.#shared.disk.syncDir(this.#log.dir, (failure) => {
      if (failure !== null) return done(failure)
      this.#shared.syncRoot(done)
    })
  }

  #noteFlushed(target: number): void {
    if (target <= this.#log.flushedOffset) return
    this.#log.flushedOffset = target
    this.#moveRecoveryPoint()
    // Also lets a new segment begin that waited for the end of the one before.
    this.#log.noteProgress()
  }

  #moveRecoveryPoint(): void {
    const first = this.#unsealed[0]
    const { flushedOffset } = this.#log
    this.#log.recoveryPoint = first === undefined ? flushedOffset : Math.min(flushedOffset, first.baseOffset)
  }

  /** Syncs rolled segments and their indexes, oldest first, so that the recovery point can pass them. */
  #seal(): void {
    const segment = this.#unsealed[0]
    if (this.#isSealing || segment === undefined || this.#log.failure !== null) return
    if (segment.queued !== null || segment.areCompanionsPending) return
    if (this.#inFlight.some((write) => write.segment === segment)) return
    this.#isSealing = true
    const isSynced = this.#log.flush !== 'ephemeral'
    const done = (failure: Failure | null): void => {
      this.#isSealing = false
      this.#log.askTurnEnd()
      if (failure !== null) return this.#log.fail(failure)
      this.#noteSealed(segment)
      this.#seal()
    }
    const save = (failure: Failure | null): void => {
      if (failure !== null || segment.isDeleted) return done(failure)
      saveIndexes(this.#shared, segment, isSynced, done)
    }
    if (!isSynced && !segment.isPreallocated) return save(null)
    this.#withFile(segment, (file) => {
      trim(segment, file, (failure) => {
        if (failure !== null || !isSynced) return save(failure)
        file.sync((syncFailure) => {
          if (syncFailure === null && this.#areNamesUnsynced) this.#syncNames(save)
          else save(syncFailure)
        })
      })
    })
  }

  #noteSealed(segment: Segment): void {
    remove(this.#unsealed, segment)
    const at = this.#log.segments.indexOf(segment)
    if (at < 0) return
    this.#shared.indexes.touch(segment)
    // Everything before the next segment is synced now, whoever asked.
    const next = this.#log.segments[at + 1]
    if (next !== undefined) this.#noteFlushed(next.baseOffset)
    this.#moveRecoveryPoint()
    const waiters = this.#sealWaiters
    this.#sealWaiters = []
    for (const { offset, done } of waiters) this.whenSealed(offset, done)
  }

  /** Done when all segments below `offset` are sealed, however much is appended meanwhile. Inline when they are. */
  whenSealed(offset: number, done: Done): void {
    const first = this.#unsealed[0]
    const isSealed = first === undefined || first.baseOffset >= offset
    if (this.#log.failure !== null || isSealed) return done(this.#log.failure)
    this.#sealWaiters.push({ offset, done })
    this.#log.askTurnEnd()
  }

  #withFile(segment: Segment, then: (file: File) => void): void {
    this.#whenDirectory((directoryFailure) => {
      if (directoryFailure !== null) return
      this.#shared.descriptors.use(segment.slot, 'create', (failure, file) => {
        if (failure !== null) return this.#log.fail(failure)
        if (!segment.isCreated) this.#noteCreated(segment, file)
        else if (segment.isUnseen) this.#see(segment, file)
        if (this.#log.failure === null) then(file)
      })
    })
  }

  /** A write behind the end of a file that was cut while nobody ran would leave a hole in it. */
  #see(segment: Segment, file: File): void {
    segment.isUnseen = false
    const size = file.size()
    if (size === segment.writtenBytes) return
    const message = `${segment.slot.path} has ${size} bytes; the last clean shutdown left ${segment.writtenBytes}`
    this.#shared.logger.error('Log was changed while no broker ran and is offline', {
      topic: this.#log.topic,
      partition: this.#log.partition,
      reason: message,
    })
    this.#log.fail({ code: 'ECORRUPTLOG', message, retry: 'never' })
  }

  /** A new file's name is to be synced before what it holds is acknowledged. */
  #noteCreated(segment: Segment, file: File): void {
    segment.isCreated = true
    this.#areNamesUnsynced = true
    this.#makeCompanions(segment)
    if (!this.#log.config.preallocate) return
    segment.isPreallocated = true
    file.truncate(this.#log.config.segmentBytes, (failure) => {
      if (failure !== null) this.#log.fail(failure)
    })
  }

  /**
   * A segment has its indexes from the first day, for those who look; what they hold is written when it is sealed, and a
   * start that finds them behind their segment makes them anew. So has a log its epochs.
   */
  #makeCompanions(segment: Segment): void {
    const { disk } = this.#shared
    segment.areCompanionsPending = true
    this.#companionsPending++
    const made = afterAll(2, (failure) => {
      segment.areCompanionsPending = false
      this.#companionsPending--
      this.#log.askTurnEnd()
      if (failure !== null) this.#log.fail(failure)
    })
    for (const ending of [suffix.index, suffix.timeIndex]) {
      disk.open(segment.path(ending), 'create', (failure, file) => {
        if (failure === null) file.close()
        made(failure)
      })
    }
    if (this.#hasEpochFile || this.#log.epochs.size === 0) return
    this.#companionsPending++
    this.saveEpochs(() => {
      this.#companionsPending--
      this.#log.askTurnEnd()
    })
  }

  /** Runs `then` when the partition's directory exists; inline when it does already. */
  #whenDirectory(then: (failure: Failure | null) => void): void {
    if (this.#isDirectoryThere) return then(this.#log.failure)
    if (this.#directoryWaiters !== null) {
      this.#directoryWaiters.push(then)
      return
    }
    this.#directoryWaiters = [then]
    const ready = (failure: Failure | null): void => {
      const waiters = this.#directoryWaiters ?? []
      this.#directoryWaiters = null
      if (failure !== null) this.#log.fail(failure)
      else this.#isDirectoryThere = true
      this.#log.askTurnEnd()
      for (const waiter of waiters) waiter(this.#log.failure)
    }
    const { dir, topicId } = this.#log
    this.#shared.disk.mkdir(dir, (failure) => {
      if (failure !== null || topicId === null) ready(failure)
      else writePartitionMetadata(this.#shared, dir, topicId, ready)
    })
  }

  /** Makes the file of the active segment, which tells where the log ends when all before it is gone. */
  materialize(done: Done): void {
    if (this.#log.failure !== null) return done(this.#log.failure)
    this.#whenDirectory((directoryFailure) => {
      if (directoryFailure !== null) return done(directoryFailure)
      this.#withFile(this.#log.active, () => {
        if (!this.#areNamesUnsynced || this.#log.flush === 'ephemeral') return done(null)
        this.#syncNames((failure) => {
          if (failure !== null) this.#log.fail(failure)
          done(failure)
        })
      })
    })
  }

  /** Writes `<end>.snapshot` unless there is one; flushes wait for it. Its checksum tells whether it is whole. */
  takeSnapshot(done: Done, isSynced: boolean = this.#log.flush !== 'ephemeral'): void {
    const { endOffset: offset, snapshotOffsets, producers } = this.#log
    if (snapshotOffsets.at(-1) === offset || (snapshotOffsets.length === 0 && offset === 0)) {
      return this.#shared.clock.atTurnEnd(() => done(null))
    }
    const bytes = encodeProducerSnapshot(producers.entries(), producers.size, this.#shared.crc32c)
    snapshotOffsets.push(offset)
    this.#filesPending++
    this.#whenDirectory((directoryFailure) => {
      if (directoryFailure !== null) return done(directoryFailure)
      this.#saveFile(offsetName(offset) + suffix.snapshot, bytes, isSynced, (failure) => {
        this.#filesPending--
        this.#syncIfWanted()
        done(failure)
      })
    })
  }

  /** Writes the epoch checkpoint: before a recovery point beyond what changed is saved, and at the close. */
  saveEpochs(done: Done): void {
    const { epochs, flush } = this.#log
    this.#whenDirectory((directoryFailure) => {
      if (directoryFailure !== null) return done(directoryFailure)
      epochs.isDirty = false
      // A first file that a power cut leaves in pieces is noticed when it is read, and made anew from the batches.
      const isSynced = flush !== 'ephemeral' && this.#hasEpochFile
      this.#hasEpochFile = true
      this.#saveFile(fileName.leaderEpochs, utf8Encode(epochs.toText()), isSynced, done)
    })
  }

  #saveFile(name: string, bytes: Uint8Array, isSynced: boolean, done: Done): void {
    const path = `${this.#log.dir}/${name}`
    const saved = (failure: Failure | null): void => {
      this.#log.askTurnEnd()
      if (failure !== null) this.#log.fail(failure)
      done(failure)
    }
    if (isSynced) this.#shared.disk.replace(path, bytes, saved)
    else putFile(this.#shared.disk, path, bytes, saved)
  }

  /** Nothing is queued or on its way to a file. */
  get isWritten(): boolean {
    return this.#inFlight.length === 0 && this.#queued.length === 0
  }

  /** Nothing was ever put on disk. */
  get isUntouched(): boolean {
    return !this.#isDirectoryThere && this.#directoryWaiters === null && this.isWritten
  }

  /** Done when nothing is queued, being written, or waiting to be sealed. Inline when that is so already. */
  whenIdle(done: Done): void {
    if (this.#log.failure !== null || this.#isAtRest) return done(this.#log.failure)
    this.#idleWaiters.push(done)
    this.#log.askTurnEnd()
  }

  /** Done when everything appended so far is at rest and, unless the storage is ephemeral, synced. */
  whenFlushed(done: Done): void {
    this.whenIdle((failure) => {
      if (failure !== null || this.#log.flush === 'ephemeral') return done(failure)
      if (this.#log.flushedOffset === this.#log.endOffset && !this.#areNamesUnsynced) return done(null)
      this.requestFlush()
      this.whenFlushed(done)
    })
  }

  get #isAtRest(): boolean {
    return (
      this.isWritten &&
      this.#unsealed.length === 0 &&
      this.#filesPending === 0 &&
      this.#companionsPending === 0 &&
      !this.#isSyncing &&
      !this.#isSealing &&
      this.#directoryWaiters === null
    )
  }

  tellIdle(): void {
    if (this.#log.failure !== null && this.#sealWaiters.length > 0) {
      for (const { done } of this.#sealWaiters.splice(0)) done(this.#log.failure)
    }
    if (this.#idleWaiters.length === 0 || (this.#log.failure === null && !this.#isAtRest)) return
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const done of waiters) this.whenIdle(done)
  }

  /** At the close: cuts what was preallocated, and syncs everything when the mode demands it. */
  finish(done: Done): void {
    const log = this.#log
    const { active } = log
    const syncAll = (failure: Failure | null): void => {
      if (failure !== null || log.flush === 'ephemeral') return done(failure)
      eachInTurn(
        this.#unsynced.splice(0),
        (segment, next) => this.#withFile(segment, (file) => file.sync(next)),
        (syncFailure) => {
          if (syncFailure !== null) return done(syncFailure)
          log.flushedOffset = log.recoveryPoint = log.writtenOffset
          done(null)
        },
      )
    }
    if (active.isPreallocated) this.#withFile(active, (file) => trim(active, file, syncAll))
    else syncAll(null)
  }
}

/** Cuts the room that was set aside behind the last batch. */
function trim(segment: Segment, file: File, done: Done): void {
  if (!segment.isPreallocated) return done(null)
  segment.isPreallocated = false
  file.truncate(segment.sizeBytes, done)
}

/** What adjoins in memory goes to the file as one part. */
function addPart(parts: Uint8Array[], part: Uint8Array): void {
  const last = parts[parts.length - 1]
  if (last !== undefined && last.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset) {
    parts[parts.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + part.length)
  } else parts.push(part)
}

function remove<T>(items: T[], item: T): void {
  const at = items.indexOf(item)
  if (at >= 0) items.splice(at, 1)
}

export function writePartitionMetadata(shared: LogShared, dir: string, topicId: Uuid, done: Done): void {
  putFile(shared.disk, `${dir}/${fileName.partitionMetadata}`, utf8Encode(`version: 0\ntopic_id: ${topicId}`), done)
}
