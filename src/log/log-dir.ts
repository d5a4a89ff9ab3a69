import { isUuid, type Uuid, utf8Decode, utf8Encode } from '../bytes/index.ts'
import type { Disk, Done, Failure } from '../env/index.ts'
import { decodeOffsets, encodeOffsets, type Offsets } from './checkpoint.ts'
import { type MetaProperties, readMetaProperties } from './meta-properties.ts'
import { type DirName, fileName, parseDirName } from './names.ts'
import { eachInTurn } from './shared.ts'
import { decodeSummaries, encodeSummaries, type LogSummary } from './summary.ts'
import type { LogDir } from './types.ts'

const CHECKPOINT_BYTES_MAX = 256 * 1024 * 1024
const SMALL_BYTES_MAX = 65_536

/** A partition directory by its name on disk. */
export interface FoundDirectory {
  readonly name: string
  readonly parsed: DirName
}

/** One of the log.dirs: its lock, its identity, its checkpoints, and the partition directories found in it. */
export class Directory implements LogDir {
  readonly path: string
  id: Uuid = ''
  failure: Failure | null = null
  meta: MetaProperties | null = null
  /** The marker was there: every log was closed in order. */
  isClean = false
  /** Broker epoch in the marker; -1 = none. */
  brokerEpoch = -1
  recoveryPoints: Offsets = new Map()
  logStarts: Offsets = new Map()
  highWatermarks: Offsets = new Map()
  cleanerOffsets: Offsets = new Map()
  /** Logs in it, opened or not. */
  logCount = 0
  found: FoundDirectory[] = []
  /** By directory name: logs that need not be looked at, as JSON lines of summary.ts. */
  summaries = new Map<string, string>()
  readonly #disk: Disk
  #lock: { release(): void } | null = null
  #isSyncing = false
  #syncing: Done[] = []
  #syncWaiting: Done[] = []

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.path = path
  }

  /** Takes the lock and reads what is there. Fails with ELOCKED, EMETA, or an errno. */
  open(done: Done): void {
    this.#disk.mkdir(this.path, (failure) => {
      if (failure !== null) return done(failure)
      this.#disk.lock(`${this.path}/${fileName.lock}`, (lockFailure, lock) => {
        if (lockFailure !== null) return done(this.#explainLock(lockFailure))
        this.#lock = lock
        readMetaProperties(this.#disk, this.path, (metaFailure, meta) => {
          if (metaFailure !== null) return done(metaFailure)
          this.meta = meta
          if (meta !== null) this.id = meta.directoryId
          this.#readAll(done)
        })
      })
    })
  }

  #explainLock(failure: Failure): Failure {
    if (failure.code !== 'ELOCKED') return failure
    const message = `Failed to acquire lock on file .lock in ${this.path}. A Kafka instance in another process or thread is using this directory.`
    return { ...failure, message }
  }

  #readAll(done: Done): void {
    const checkpoints: [string, (offsets: Offsets) => void][] = [
      [fileName.recoveryPoints, (offsets) => (this.recoveryPoints = offsets)],
      [fileName.logStarts, (offsets) => (this.logStarts = offsets)],
      [fileName.highWatermarks, (offsets) => (this.highWatermarks = offsets)],
      [fileName.cleanerOffsets, (offsets) => (this.cleanerOffsets = offsets)],
    ]
    eachInTurn(
      checkpoints,
      ([name, take], next) => {
        this.#disk.readAll(`${this.path}/${name}`, CHECKPOINT_BYTES_MAX, (failure, bytes) => {
          if (failure !== null) return next(failure.code === 'ENOENT' ? null : failure)
          const offsets = decodeOffsets(bytes)
          // Without it the logs are read from their beginning: slower, never wrong.
          if (offsets !== null) take(offsets)
          next(null)
        })
      },
      (failure) => (failure === null ? this.#readMarker(done) : done(failure)),
    )
  }

  #readMarker(done: Done): void {
    const path = `${this.path}/${fileName.cleanShutdown}`
    this.#disk.readAll(path, SMALL_BYTES_MAX, (failure, bytes) => {
      if (failure !== null && failure.code !== 'ENOENT') return done(failure)
      this.isClean = failure === null
      const text = failure === null ? utf8Decode(bytes, 0, bytes.length) : ''
      this.brokerEpoch = Number(/"brokerEpoch"\s*:\s*(-?\d+)/.exec(text)?.[1] ?? -1)
      const token = /"millraceLogs"\s*:\s*"([0-9a-f]+)"/.exec(text)?.[1] ?? null
      this.#list(token, done)
    })
  }

  #list(token: string | null, done: Done): void {
    this.#disk.list(this.path, (failure, entries) => {
      if (failure !== null) return done(failure)
      for (const { name, kind } of entries) {
        const parsed = kind === 'directory' ? parseDirName(name) : null
        if (parsed !== null) this.found.push({ name, parsed })
      }
      const hasSummary = entries.some(({ name }) => name === fileName.summary)
      if (token === null || !hasSummary) return this.#removeMarker(hasSummary, done)
      this.#disk.readAll(`${this.path}/${fileName.summary}`, CHECKPOINT_BYTES_MAX, (readFailure, bytes) => {
        if (readFailure !== null) return done(readFailure)
        this.summaries = decodeSummaries(token, bytes)
        this.#removeMarker(true, done)
      })
    })
  }

  /** Gone before the first write: from now on a crash is a crash. */
  #removeMarker(hasSummary: boolean, done: Done): void {
    const names = [...(this.isClean ? [fileName.cleanShutdown] : []), ...(hasSummary ? [fileName.summary] : [])]
    if (names.length === 0) return done(null)
    eachInTurn(
      names,
      (name, next) => this.#disk.remove(`${this.path}/${name}`, next),
      (failure) => (failure === null ? this.#disk.syncDir(this.path, done) : done(failure)),
    )
  }

  /** One sync of the directory serves all who asked before it began. */
  syncNames(done: Done): void {
    this.#syncWaiting.push(done)
    if (!this.#isSyncing) this.#startSync()
  }

  #startSync(): void {
    this.#isSyncing = true
    this.#syncing = this.#syncWaiting
    this.#syncWaiting = []
    this.#disk.syncDir(this.path, (failure) => {
      const served = this.#syncing
      this.#isSyncing = false
      if (this.#syncWaiting.length > 0) this.#startSync()
      for (const done of served) done(failure)
    })
  }

  saveOffsets(name: string, offsets: ReadonlyMap<string, number>, done: Done): void {
    this.#disk.replace(`${this.path}/${name}`, encodeOffsets(offsets), done)
  }

  /** The summaries first: only the marker makes them count. Apache ignores a field that it does not know. */
  writeMarker(brokerEpoch: number, token: string, summaries: ReadonlyMap<string, LogSummary>, done: Done): void {
    const text = JSON.stringify({ version: 0, brokerEpoch, millraceLogs: token })
    this.#disk.replace(`${this.path}/${fileName.summary}`, encodeSummaries(token, summaries), (failure) => {
      if (failure !== null) return done(failure)
      this.#disk.replace(`${this.path}/${fileName.cleanShutdown}`, utf8Encode(text), done)
    })
  }

  release(): void {
    this.#lock?.release()
    this.#lock = null
  }
}

/** The topic id in `partition.metadata`; null when the file is missing or no such file. */
export function readTopicId(disk: Disk, dir: string, done: Done<Uuid | null>): void {
  disk.readAll(`${dir}/${fileName.partitionMetadata}`, SMALL_BYTES_MAX, (failure, bytes) => {
    if (failure !== null) return failure.code === 'ENOENT' ? done(null, null) : done(failure, null)
    const match = /^version: 0\ntopic_id: (\S+)\s*$/.exec(utf8Decode(bytes, 0, bytes.length))
    done(null, match !== null && isUuid(match[1]!) ? match[1]! : null)
  })
}
