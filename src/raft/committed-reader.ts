import type { Slice } from '../bytes/index.ts'
import type { Clock } from '../env/index.ts'
import type { Log, ReadInto } from '../log/index.ts'
import {
  BatchCursor,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  isControlBatch,
  RecordCursor,
} from '../records/index.ts'
import type { RecordBytes } from '../runtime/index.ts'
import { decodeControlBatch } from './control-records.ts'
import type { CommittedBatch, SnapshotId } from './types.ts'

/** What a reader tells; a RaftListener is one. */
export interface CommittedSink {
  beginSnapshot(id: SnapshotId, lastContainedLogTimestamp: number): void
  endSnapshot(id: SnapshotId): void
  committed(batch: CommittedBatch): void
  committedTo(endOffset: number, epoch: number): void
}

export interface ReaderParts {
  readonly log: Log
  readonly clock: Clock
  readonly sink: CommittedSink
  /** Where to begin when there is no snapshot. */
  readonly from: number
  /** Bytes of the snapshot that comes first, or null. */
  readonly snapshot: { readonly id: SnapshotId; readonly bytes: Uint8Array } | null
  /** Something could not be read or a sink threw: nothing more will be told. */
  readonly onFault: (reason: string) => void
}

const bytesPerRead = 1 << 20
const recordsPerPiece = 256
/** Work beyond this goes on in a later turn. */
const turnMs = 2

/**
 * Follows the log up to a growing bound and tells its sink of every data batch, in order. What is in the log's memory is
 * told within the same turn; long work is cut into slices.
 */
export class CommittedReader {
  readonly #parts: ReaderParts
  #next: number
  #upTo = -1
  /** A read, or the rest of a slice, is under way. */
  #isBusy = false
  #isStopped = false
  #epoch = 0
  #toldTo = -1

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#next = parts.snapshot?.id.offset ?? parts.from
    if (parts.snapshot === null) return
    this.#isBusy = true
    this.#run(this.#toldSnapshot(parts.snapshot.id, parts.snapshot.bytes), 0)
  }

  /** Everything below was told. */
  get position(): number {
    return this.#next
  }

  /** Everything below `offset` may be told now. */
  advanceTo(offset: number): void {
    if (offset <= this.#upTo) return
    this.#upTo = offset
    if (!this.#isBusy) this.#pump()
  }

  stop(): void {
    this.#isStopped = true
  }

  #fault(what: string, thrown: unknown): void {
    this.#isStopped = true
    const reason =
      typeof thrown === 'object' && thrown !== null ? ((thrown as Error).stack ?? String(thrown)) : String(thrown)
    this.#parts.onFault(`${what}: ${reason}`)
  }

  #pump(): void {
    const { log, clock } = this.#parts
    const deadline = clock.monoMs() + turnMs
    while (!this.#isStopped && this.#next < this.#upTo) {
      if (clock.monoMs() > deadline) return this.#later()
      const into: ReadInto = { slices: [], release: () => undefined }
      this.#isBusy = true
      const ask = { from: this.#next, upTo: this.#upTo, bytesMax: bytesPerRead, atLeastOne: true }
      const isFilled = log.read(ask, into, (failure) => {
        if (this.#isStopped) return into.release()
        if (failure !== null) return this.#fault('the metadata log could not be read', failure.message)
        if (this.#run(this.#told(into), deadline)) this.#pump()
      })
      if (!isFilled || !this.#run(this.#told(into), deadline)) return
    }
    // Not before the high watermark is known: a snapshot alone is the past, and a broker would take what was made since
    // for something that is not there.
    if (this.#isStopped || this.#upTo < 0 || this.#toldTo === this.#next || this.#next < this.#upTo) return
    this.#toldTo = this.#next
    try {
      this.#parts.sink.committedTo(this.#next, this.#epoch)
    } catch (thrown) {
      this.#fault(`publishing metadata up to offset ${this.#next}`, thrown)
    }
  }

  #later(): void {
    this.#isBusy = true
    this.#parts.clock.slice(() => {
      this.#isBusy = false
      this.#pump()
      return true
    })
  }

  /** True when the work came to its end before the deadline; else it goes on in slices, and the pump after it. */
  #run(work: Iterator<void>, deadline: number): boolean {
    const { clock } = this.#parts
    while (work.next().done !== true) {
      if (clock.monoMs() <= deadline) continue
      clock.slice(() => {
        if (work.next().done !== true) return false
        this.#isBusy = false
        this.#pump()
        return true
      })
      return false
    }
    this.#isBusy = false
    return true
  }

  /** Tells what was read, a piece at a step. */
  *#told(into: ReadInto): Generator<void, void> {
    const before = this.#next
    for (const slice of into.slices) {
      const cursor = new BatchCursor(slice)
      while (!this.#isStopped && cursor.next()) {
        const batch = { bytes: cursor.bytes, from: cursor.from, to: cursor.to }
        if (batchBaseOffset(batch.bytes, batch.from) < this.#next) continue
        yield* this.#tellBatch(batch)
        this.#next = batchLastOffset(batch.bytes, batch.from) + 1
      }
    }
    into.release()
    if (this.#next === before && !this.#isStopped) {
      this.#fault('the metadata log', `no batch at offset ${before} below ${this.#upTo}`)
    }
  }

  *#tellBatch(batch: Slice, snapshot: SnapshotId | null = null): Generator<void, void> {
    const { bytes, from } = batch
    this.#epoch = snapshot?.epoch ?? batchLeaderEpoch(bytes, from)
    if (isControlBatch(bytes, from)) return
    const cursor = new RecordCursor(batch)
    let baseOffset = snapshot === null ? batchBaseOffset(bytes, from) : snapshot.offset - 1
    for (let isLast = false; !isLast && !this.#isStopped; ) {
      try {
        const records = nextRecords(cursor, recordsPerPiece)
        isLast = records.length < recordsPerPiece
        this.#parts.sink.committed({
          ...{ baseOffset, isLast, isSnapshot: snapshot !== null, epoch: this.#epoch },
          ...{ appendMs: batchMaxTimestamp(bytes, from), records },
        })
        if (snapshot === null) baseOffset += records.length
      } catch (thrown) {
        this.#fault(`applying metadata at offset ${baseOffset}`, thrown)
      }
      if (!isLast) yield
    }
  }

  *#toldSnapshot(id: SnapshotId, bytes: Uint8Array): Generator<void, void> {
    const { sink } = this.#parts
    const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
    let isBegun = false
    while (!this.#isStopped && cursor.next()) {
      const batch = { bytes, from: cursor.from, to: cursor.to }
      if (!isBegun) {
        isBegun = true
        const header = isControlBatch(bytes, batch.from) ? decodeControlBatch(batch)[0]?.record : undefined
        sink.beginSnapshot(id, header?.type === 'snapshotHeader' ? header.lastContainedLogTimestamp : -1)
      }
      yield* this.#tellBatch(batch, id)
      yield
    }
    if (!this.#isStopped) sink.endSnapshot(id)
  }
}

export function recordsOf(batch: Slice): RecordBytes[] {
  return nextRecords(new RecordCursor(batch), Number.POSITIVE_INFINITY)
}

function nextRecords(cursor: RecordCursor, countMax: number): RecordBytes[] {
  const records: RecordBytes[] = []
  while (records.length < countMax && cursor.next()) records.push({ key: cursor.key, value: cursor.value })
  if (records.length < countMax && cursor.isBroken)
    throw new Error('a metadata batch holds fewer records than it announces')
  return records
}
