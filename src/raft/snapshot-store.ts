import { type Crc32c, crc32c as pureCrc32c } from '../bytes/index.ts'
import type { Clock, DirEntry, Disk, Done, File, Logger, Timer } from '../env/index.ts'
import type { Log } from '../log/index.ts'
import { BatchBuilder } from '../records/index.ts'
import { encodeControlBatch } from './control-records.ts'
import type { ControlRecord } from './messages.ts'
import {
  compareSnapshots,
  isBootstrapSnapshot,
  isSnapshotLeftover,
  snapshotFileName,
  snapshotIdOf,
} from './snapshot-name.ts'
import type { SnapshotId, SnapshotSource, Voter } from './types.ts'

export interface SnapshotOptions {
  /** metadata.log.max.record.bytes.between.snapshots */
  readonly bytesBetween: number
  /** metadata.log.max.snapshot.interval.ms; 0 = never by time. */
  readonly intervalMs: number
  /** metadata.max.retention.bytes: log and snapshots together; -1 = no bound. */
  readonly retentionBytes: number
  /** metadata.max.retention.ms: age of the oldest snapshot; -1 = no bound. */
  readonly retentionMs: number
  readonly isSynced: boolean
}

export const defaultSnapshotOptions: SnapshotOptions = Object.freeze({
  bytesBetween: 20 * 1024 * 1024,
  intervalMs: 3_600_000,
  retentionBytes: 100 * 1024 * 1024,
  retentionMs: 604_800_000,
  isSynced: true,
})

interface Env {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  readonly crc32c?: Crc32c
}

/** The voters that a snapshot holds. */
export type VoterFacts = (id: SnapshotId) => { readonly kraftVersion: number; readonly voters: readonly Voter[] }

interface Held {
  readonly id: SnapshotId
  readonly bytes: number
  /** Wall time of its writing as far as this process knows; its start for those that were there. */
  readonly sinceMs: number
}

/** A snapshot larger than this is refused rather than read into memory. */
const snapshotBytesMax = 4 * 1024 ** 3
/** As Kafka's snapshot writer. */
const recordsPerBatch = 1024
const bytesPerWrite = 1 << 20

/**
 * The `.checkpoint` files beside the metadata log: names those that are there, reads the newest, writes new ones when
 * enough was appended or enough time has gone by, and deletes old ones with the log before them.
 */
export class SnapshotStore {
  readonly #env: Env
  readonly #directory: string
  readonly #options: SnapshotOptions
  readonly #log: Log
  #held: Held[]
  #source: SnapshotSource | null = null
  #voterFacts: VoterFacts = () => ({ kraftVersion: 0, voters: [] })
  #appendedBytes = 0
  #timer: Timer | null = null
  #isTaking = false
  #isClosed = false
  #waiting: ((failure: string | null, id: SnapshotId | null) => void)[] = []
  #closing: (() => void) | null = null

  constructor(env: Env, directory: string, options: SnapshotOptions, log: Log, found: readonly DirEntry[]) {
    this.#env = env
    this.#directory = directory
    this.#options = options
    this.#log = log
    const sinceMs = env.clock.wallMs()
    this.#held = found
      .flatMap((entry) => {
        const id = snapshotIdOf(entry.name)
        return id === null ? [] : [{ id, bytes: entry.size, sinceMs }]
      })
      .sort((a, b) => compareSnapshots(a.id, b.id))
    for (const { name } of found) if (isSnapshotLeftover(name)) env.disk.remove(`${directory}/${name}`, () => undefined)
  }

  /** The newest; null when there is none. The 0-0 checkpoint of formatting counts. */
  get latest(): SnapshotId | null {
    return this.#held.at(-1)?.id ?? null
  }

  get ids(): readonly SnapshotId[] {
    return this.#held.map((h) => h.id)
  }

  /** The newest one's bytes; null when there is none with metadata in it (0-0 holds voters only). */
  readLatest(done: Done<{ readonly id: SnapshotId; readonly bytes: Uint8Array } | null>): void {
    const id = this.latest
    if (id === null || isBootstrapSnapshot(id)) {
      this.#env.clock.slice(() => {
        done(null, null)
        return true
      })
      return
    }
    this.read(id, (failure, bytes) => done(failure, failure === null ? { id, bytes } : null))
  }

  read(id: SnapshotId, done: Done<Uint8Array>): void {
    this.#env.disk.readAll(`${this.#directory}/${snapshotFileName(id)}`, snapshotBytesMax, done)
  }

  /** A piece of one of them, from `position` on; null bytes when that snapshot is not there (any more). */
  readPiece(
    id: SnapshotId,
    position: number,
    bytesMax: number,
    done: Done<{ readonly bytes: Uint8Array; readonly size: number } | null>,
  ): void {
    const { disk } = this.#env
    const isHeld = this.#held.some((h) => compareSnapshots(h.id, id) === 0) && !isBootstrapSnapshot(id)
    const path = `${this.#directory}/${isHeld ? snapshotFileName(id) : ''}`
    if (!isHeld) return this.#env.clock.atTurnEnd(() => done(null, null))
    disk.open(path, 'read', (failure, file) => {
      if (failure?.code === 'ENOENT') return done(null, null)
      if (failure !== null) return done(failure, null)
      const size = file.size()
      const bytes = new Uint8Array(Math.max(0, Math.min(bytesMax, size - position)))
      if (bytes.length === 0) {
        file.close()
        return done(null, { bytes, size })
      }
      file.read(bytes, position, (readFailure, count) => {
        file.close()
        if (readFailure !== null) return done(readFailure, null)
        done(null, { bytes: bytes.subarray(0, count), size })
      })
    })
  }

  /** A piece that another node sent; the first begins the file anew. The bytes are lent until done. */
  storePiece(id: SnapshotId, position: number, bytes: Uint8Array, done: Done): void {
    const { disk } = this.#env
    const part = `${this.#directory}/${snapshotFileName(id)}.part`
    const write = (): void =>
      disk.open(part, 'create', (failure, file) => {
        if (failure !== null) return done(failure)
        file.write([bytes], position, (writeFailure) => {
          file.close()
          done(writeFailure)
        })
      })
    if (position === 0) disk.remove(part, write)
    else write()
  }

  /** All pieces are there: what they are together. */
  readReceived(id: SnapshotId, done: Done<Uint8Array>): void {
    this.#env.disk.readAll(`${this.#directory}/${snapshotFileName(id)}.part`, snapshotBytesMax, done)
  }

  dropReceived(id: SnapshotId, done: Done): void {
    this.#env.disk.remove(`${this.#directory}/${snapshotFileName(id)}.part`, done)
  }

  /**
   * It was checked: it gets its name, and the log begins anew behind it. Should the process end in between, the next
   * start sees a snapshot of a later epoch than the log's, and does the same.
   */
  adoptReceived(id: SnapshotId, size: number, done: Done): void {
    const { disk } = this.#env
    const path = `${this.#directory}/${snapshotFileName(id)}`
    const part = `${path}.part`
    const begin = (): void =>
      this.#log.truncateFullyAndStartAt(id.offset, (failure) => {
        if (failure !== null) return done(failure)
        for (const old of this.#held) {
          if (compareSnapshots(old.id, id) === 0) continue
          disk.remove(`${this.#directory}/${snapshotFileName(old.id)}`, () => undefined)
        }
        this.#held = [{ id, bytes: size, sinceMs: this.#env.clock.wallMs() }]
        this.#appendedBytes = 0
        done(null)
      })
    const rename = (): void =>
      disk.rename(part, path, (failure) => {
        if (failure !== null) return done(failure)
        if (!this.#options.isSynced) return begin()
        disk.syncDir(this.#directory, (f) => (f === null ? begin() : done(f)))
      })
    if (!this.#options.isSynced) return rename()
    disk.open(part, 'write', (failure, file) => {
      if (failure !== null) return done(failure)
      file.sync((syncFailure) => {
        file.close()
        if (syncFailure === null) rename()
        else done(syncFailure)
      })
    })
  }

  takeFrom(source: SnapshotSource, voterFacts: VoterFacts): void {
    this.#source = source
    this.#voterFacts = voterFacts
  }

  noteAppended(bytes: number): void {
    if (bytes === 0) return
    this.#appendedBytes += bytes
    if (this.#timer === null && this.#options.intervalMs > 0 && !this.#isClosed) {
      const { clock } = this.#env
      this.#timer = clock.at(clock.monoMs() + this.#options.intervalMs, () => {
        this.#timer = null
        if (this.#appendedBytes > 0) this.take(() => undefined)
      })
    }
  }

  /** Called after each publication of the image: the moment when a snapshot of it makes sense. */
  takeWhenDue(): void {
    if (this.#appendedBytes >= this.#options.bytesBetween) this.take(() => undefined)
  }

  take(done: (failure: string | null, id: SnapshotId | null) => void): void {
    if (this.#isClosed) return done('the raft node is closed', null)
    const asked = this.#isTaking ? null : (this.#source?.snapshot() ?? null)
    if (this.#isTaking) {
      this.#waiting.push(done)
      return
    }
    const latest = this.latest
    if (asked === null || (latest !== null && compareSnapshots(asked.id, latest) <= 0)) return done(null, latest)
    this.#isTaking = true
    this.#waiting.push(done)
    this.#appendedBytes = 0
    this.#write(asked, (failure, bytes) => {
      this.#isTaking = false
      if (failure === null) {
        this.#held.push({ id: asked.id, bytes, sinceMs: this.#env.clock.wallMs() })
        this.#held.sort((a, b) => compareSnapshots(a.id, b.id))
        this.#env.logger.info('Wrote a metadata snapshot', { name: snapshotFileName(asked.id), bytes })
        this.#retain()
      } else {
        this.#env.logger.error('A metadata snapshot could not be written', {
          name: snapshotFileName(asked.id),
          reason: failure,
        })
      }
      for (const waiting of this.#waiting.splice(0)) waiting(failure, failure === null ? asked.id : null)
      this.#closing?.()
    })
  }

  #write(
    asked: NonNullable<ReturnType<SnapshotSource['snapshot']>>,
    done: (failure: string | null, bytes: number) => void,
  ): void {
    const { disk } = this.#env
    const path = `${this.#directory}/${snapshotFileName(asked.id)}`
    const part = `${path}.part`
    const batches = snapshotBatches(
      asked,
      this.#voterFacts(asked.id),
      this.#env.clock.wallMs(),
      this.#env.crc32c ?? pureCrc32c,
    )
    const fail = (file: File | null, message: string): void => {
      file?.close()
      disk.remove(part, () => done(message, 0))
    }
    disk.remove(part, () =>
      disk.open(part, 'create', (failure, file) => {
        if (failure !== null) return fail(null, failure.message)
        this.#writeAll(file, batches, (reason, bytes) => {
          if (reason !== null) return fail(file, reason)
          const rename = (): void => {
            file.close()
            disk.rename(part, path, (renameFailure) => {
              if (renameFailure !== null) return fail(null, renameFailure.message)
              if (!this.#options.isSynced) return done(null, bytes)
              disk.syncDir(this.#directory, (f) => done(f?.message ?? null, bytes))
            })
          }
          if (!this.#options.isSynced) return rename()
          file.sync((f) => (f === null ? rename() : fail(file, f.message)))
        })
      }),
    )
  }

  /** About 2 ms of encoding a turn, one write a turn. */
  #writeAll(file: File, batches: Iterator<Uint8Array>, done: (failure: string | null, bytes: number) => void): void {
    let at = 0
    let isEnd = false
    const next = (): void => {
      const parts: Uint8Array[] = []
      let size = 0
      this.#env.clock.slice(() => {
        if (size < bytesPerWrite) {
          const batch = batches.next()
          if (batch.done !== true) {
            parts.push(batch.value)
            size += batch.value.length
            return false
          }
          isEnd = true
        }
        file.write(parts, at, (failure) => {
          if (failure !== null) return done(failure.message, at)
          at += size
          if (isEnd) done(null, at)
          else next()
        })
        return true
      })
    }
    next()
  }

  /** Always keeps the newest. The log's start moves up to the oldest that is kept. */
  #retain(): void {
    const { retentionBytes, retentionMs } = this.#options
    const nowMs = this.#env.clock.wallMs()
    while (this.#held.length > 1) {
      const oldest = this.#held[0]!
      const bytes = this.#log.sizeBytes + this.#held.reduce((sum, h) => sum + h.bytes, 0)
      const isOver = retentionBytes >= 0 && bytes > retentionBytes
      const isOld = retentionMs >= 0 && nowMs - oldest.sinceMs > retentionMs
      if (!isOver && !isOld) break
      this.#held.shift()
      this.#env.disk.remove(`${this.#directory}/${snapshotFileName(oldest.id)}`, () => undefined)
      const start = this.#held[0]!.id.offset
      if (start > this.#log.startOffset) this.#log.deleteRecordsBefore(start)
    }
  }

  close(done: () => void): void {
    this.#isClosed = true
    this.#timer?.cancel()
    if (this.#isTaking) this.#closing = done
    else done()
  }
}

/** Header batch, data batches, footer batch: offsets count from 0, the epoch is the snapshot's. */
export function* snapshotBatches(
  asked: { readonly id: SnapshotId; readonly appendMs: number; readonly records: Iterator<Uint8Array> },
  facts: { readonly kraftVersion: number; readonly voters: readonly Voter[] },
  wallMs: number,
  crc32c: Crc32c,
): Generator<Uint8Array> {
  const leaderEpoch = asked.id.epoch
  const header: ControlRecord[] = [{ type: 'snapshotHeader', lastContainedLogTimestamp: asked.appendMs }]
  if (facts.kraftVersion > 0) {
    header.push({ type: 'kraftVersion', level: facts.kraftVersion }, { type: 'voters', voters: facts.voters })
  }
  yield encodeControlBatch(header, wallMs, { baseOffset: 0, leaderEpoch }, crc32c)
  let offset = header.length
  for (let next = asked.records.next(); next.done !== true; ) {
    const builder = new BatchBuilder({ baseOffset: offset, leaderEpoch }, 64 * 1024)
    let count = 0
    for (; next.done !== true && count < recordsPerBatch; next = asked.records.next()) {
      builder.append(wallMs, null, next.value)
      count++
    }
    offset += count
    yield builder.build(crc32c)
  }
  yield encodeControlBatch([{ type: 'snapshotFooter' }], wallMs, { baseOffset: offset, leaderEpoch }, crc32c)
}
