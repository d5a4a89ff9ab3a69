import { type Crc32c, isUuid, type Uuid, utf8Decode, utf8Encode } from '../bytes/index.ts'
import { type Clock, type DirEntry, type Disk, type Done, type Failure, type Logger, overTurns } from '../env/index.ts'
import { decodeOffsets, encodeOffsets, type Offsets } from './checkpoint.ts'
import { type MetaProperties, readMetaProperties } from './meta-properties.ts'
import { type DirName, fileName, parseDirName } from './names.ts'
import { eachInTurn } from './shared.ts'
import { decodeSummaries, encodeSummaries, type LogSummary } from './summary.ts'
import type { LogDir } from './types.ts'

const CHECKPOINT_BYTES_MAX = 256 * 1024 * 1024
const SMALL_BYTES_MAX = 65_536

/** The metadata log lives in a log directory but is raft's: it is opened by name and never a stray. */
export const METADATA_DIRECTORY = '__cluster_metadata-0'

/** A partition directory by its name on disk. */
export interface FoundDirectory {
  readonly name: string
  readonly parsed: DirName
  /** False: a link, or something else that stands where a directory belongs. */
  readonly isDirectory: boolean
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
  readonly recoveryPoints: Offsets = new Map()
  readonly logStarts: Offsets = new Map()
  readonly highWatermarks: Offsets = new Map()
  readonly cleanerOffsets: Offsets = new Map()
  /** Logs in it, opened or not. */
  logCount = 0
  found: FoundDirectory[] = []
  /** By directory name: logs that need not be looked at, as JSON lines of summary.ts. */
  summaries = new Map<string, string>()
  readonly #clock: Clock
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #crc32c: Crc32c
  #lock: { release(): void } | null = null
  #isSyncing = false
  #syncing: Done[] = []
  #syncWaiting: Done[] = []
  /** Checkpoint files that still name a log which is gone. */
  readonly #staleNames = new Set<string>()
  #isForgetting = false
  #forgetWaiting: Done[] = []
  /** By file: checkpoints being written, and who asked since that began. */
  readonly #saving = new Map<string, Done[]>()

  constructor(
    env: { readonly clock: Clock; readonly disk: Disk; readonly logger: Logger; readonly crc32c: Crc32c },
    path: string,
  ) {
    this.#clock = env.clock
    this.#disk = env.disk
    this.#logger = env.logger
    this.#crc32c = env.crc32c
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

  /** The files and what they say. */
  get #checkpoints(): readonly (readonly [string, Map<string, number>])[] {
    return [
      [fileName.recoveryPoints, this.recoveryPoints],
      [fileName.logStarts, this.logStarts],
      [fileName.highWatermarks, this.highWatermarks],
      [fileName.cleanerOffsets, this.cleanerOffsets],
    ]
  }

  #readAll(done: Done): void {
    eachInTurn(
      this.#checkpoints,
      ([name, into], next) => {
        const path = `${this.path}/${name}`
        this.#disk.readAll(path, CHECKPOINT_BYTES_MAX, (failure, bytes) => {
          if (failure !== null) return next(failure.code === 'ENOENT' ? null : failure)
          const offsets = decodeOffsets(bytes)
          if (offsets !== null) for (const [key, offset] of offsets) into.set(key, offset)
          else if (bytes.length > 0) this.#logger.warn('Checkpoint is damaged and will be written anew', { path })
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
    const note = ({ name, kind }: DirEntry): void => {
      const parsed = parseDirName(name)
      const isDirectory = kind === 'directory'
      // Whatever has the name of a log is taken for it: an empty log in its place would hide it.
      if (parsed !== null && (isDirectory || parsed.state === 'current')) {
        this.found.push({ name, parsed, isDirectory })
      }
    }
    this.#disk.list(this.path, (failure, entries) => {
      if (failure !== null) return done(failure)
      const hasSummary = entries.some(({ name }) => name === fileName.summary)
      overTurns(this.#clock, entries, note, () =>
        this.#forgetMissing(() => this.#readSummaries(hasSummary ? token : null, hasSummary, done)),
      )
    })
  }

  #readSummaries(token: string | null, hasSummary: boolean, done: Done): void {
    if (token === null) return this.#removeMarker(hasSummary, done)
    this.#disk.readAll(`${this.path}/${fileName.summary}`, CHECKPOINT_BYTES_MAX, (failure, bytes) => {
      if (failure !== null) return done(failure)
      const summaries = decodeSummaries(token, bytes, this.#crc32c)
      if (summaries !== null) this.summaries = summaries
      else this.#logger.warn('What a clean shutdown noted is damaged; every log is read', { path: this.path })
      this.#removeMarker(true, done)
    })
  }

  /**
   * A log that a checkpoint names and that has no directory: its deletion was cut short, or somebody removed it. The
   * next log of that name owes it nothing.
   */
  #forgetMissing(done: () => void): void {
    const names = new Set<string>()
    const forget = (key: string): void => {
      if (!names.has(key) && key !== METADATA_DIRECTORY) this.forget(key)
    }
    const keys = this.#checkpoints.map(([, offsets]) => offsets)
    overTurns(
      this.#clock,
      this.found,
      ({ name }) => names.add(name),
      () => overTurns(this.#clock, keysOf(keys), forget, done),
    )
  }

  /** Gone before the first write: from now on a crash is a crash. */
  #removeMarker(hasSummary: boolean, done: Done): void {
    const names = [...(this.isClean ? [fileName.cleanShutdown] : []), ...(hasSummary ? [fileName.summary] : [])]
    if (names.length === 0) return this.saveForgotten(done)
    eachInTurn(
      names,
      (name, next) => this.#disk.remove(`${this.path}/${name}`, next),
      (failure) => {
        if (failure !== null) return done(failure)
        this.#disk.syncDir(this.path, (syncFailure) =>
          syncFailure === null ? this.saveForgotten(done) : done(syncFailure),
        )
      },
    )
  }

  /** Drops what the checkpoints say of a log that is gone; on disk by {@link saveForgotten}. */
  forget(key: string): void {
    for (const [name, offsets] of this.#checkpoints) if (offsets.delete(key)) this.#staleNames.add(name)
  }

  /**
   * Must be done before a log takes the name of one that is gone: after a crash it would begin where that one began, and
   * lose what lies below. One save serves all who asked before it.
   */
  saveForgotten(done: Done): void {
    if (this.#staleNames.size === 0 && !this.#isForgetting) return done(null)
    this.#forgetWaiting.push(done)
    if (!this.#isForgetting) this.#saveStale()
  }

  #saveStale(): void {
    this.#isForgetting = true
    const served = this.#forgetWaiting
    this.#forgetWaiting = []
    const stale = this.#checkpoints.filter(([name]) => this.#staleNames.delete(name))
    eachInTurn(
      stale,
      ([name, offsets], next) => this.saveOffsets(name, offsets, next),
      (failure) => {
        this.#isForgetting = false
        if (this.#forgetWaiting.length > 0) this.#saveStale()
        for (const done of served) done(failure)
      },
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

  /** Writes `offsets` as they are when its turn comes: one write serves all who asked before it began. */
  saveOffsets(name: string, offsets: ReadonlyMap<string, number>, done: Done): void {
    const waiting = this.#saving.get(name)
    if (waiting !== undefined) waiting.push(done)
    else this.#save(name, offsets, [done])
  }

  #save(name: string, offsets: ReadonlyMap<string, number>, served: readonly Done[]): void {
    this.#saving.set(name, [])
    this.#disk.replace(`${this.path}/${name}`, encodeOffsets(offsets), (failure) => {
      const waiting = this.#saving.get(name) ?? []
      this.#saving.delete(name)
      if (waiting.length > 0) this.#save(name, offsets, waiting)
      for (const done of served) done(failure)
    })
  }

  /** The summaries first: only the marker makes them count. Apache ignores a field that it does not know. */
  writeMarker(brokerEpoch: number, token: string, summaries: ReadonlyMap<string, LogSummary>, done: Done): void {
    const text = JSON.stringify({ version: 0, brokerEpoch, millraceLogs: token })
    this.#disk.replace(
      `${this.path}/${fileName.summary}`,
      encodeSummaries(token, summaries, this.#crc32c),
      (failure) => {
        if (failure !== null) return done(failure)
        this.#disk.replace(`${this.path}/${fileName.cleanShutdown}`, utf8Encode(text), done)
      },
    )
  }

  release(): void {
    this.#lock?.release()
    this.#lock = null
  }
}

function* keysOf(maps: readonly ReadonlyMap<string, unknown>[]): Generator<string, void> {
  for (const map of maps) yield* map.keys()
}

/** The topic id in `partition.metadata`; null when the file is missing or no such file. */
export function readTopicId(disk: Disk, dir: string, done: Done<Uuid | null>): void {
  disk.readAll(`${dir}/${fileName.partitionMetadata}`, SMALL_BYTES_MAX, (failure, bytes) => {
    if (failure !== null) return failure.code === 'ENOENT' ? done(null, null) : done(failure, null)
    const match = /^version: 0\ntopic_id: (\S+)\s*$/.exec(utf8Decode(bytes, 0, bytes.length))
    done(null, match !== null && isUuid(match[1]!) ? match[1]! : null)
  })
}
