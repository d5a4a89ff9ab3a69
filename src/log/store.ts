import { BufferPool, type Crc32c, crc32c, type Uuid, uuidFromBytes } from '../bytes/index.ts'
import type { Clock, Disk, Done, Failure, Heavy, Logger, Random, Timer } from '../env/index.ts'
import { BatchFacts, type ProduceRules } from '../records/index.ts'
import { type CleanerPort, LogCleaner } from './cleaner.ts'
import { CommitLog } from './commit-log.ts'
import type { LogConfig } from './config.ts'
import { Descriptors } from './descriptors.ts'
import { LeaderEpochs } from './epochs.ts'
import { CORRUPT, type Loaded, loadLog } from './load.ts'
import { Directory, readTopicId } from './log-dir.ts'
import { writePartitionMetadata } from './log-writer.ts'
import { type MetaProperties, writeMetaProperties } from './meta-properties.ts'
import { dirName, dirNameInState, fileName } from './names.ts'
import { pacedDisk } from './paced-disk.ts'
import { Producers } from './producers.ts'
import { deleteOldSegments } from './retention.ts'
import { afterAll, eachInTurn, IndexCache, type LogShared } from './shared.ts'
import { type LogSummary, parseSummary, revive, summarize, topicIdIn } from './summary.ts'
import { TailCache } from './tail.ts'
import type {
  CleanerOptions,
  FoundLog,
  Log,
  LogDir,
  LogEnv,
  LogStore,
  LogStoreOptions,
  OpenLog,
  RecoveryReport,
} from './types.ts'

/** The metadata log lives in a log directory but is raft's: never a stray. */
const METADATA_DIRECTORY = '__cluster_metadata-0'

const LOADS_AT_ONCE = 16
/** Disk operations by path under way at once, over all directories. */
const OPERATIONS_AT_ONCE = 32
/** Without a new chunk in any tail. */
const QUIET_SECONDS = 10
/** New logs whose directories are made at once; nobody waits for them. */
const MATERIALIZED_AT_ONCE = 4

/**
 * Opens all log directories of a node. Fails when none can be used: EUNFORMATTED, EMETA (another cluster's or node's
 * directory), ELOCKED, or an errno. A directory that fails alone is offline and the others go on.
 */
export function openLogStore(env: LogEnv, options: LogStoreOptions, done: Done<LogStore>): void {
  const store = new DiskLogStore(env, options)
  store.start((failure) => done(failure, store))
}

class DiskLogStore implements LogStore {
  readonly dirs: Directory[]
  onDirectoryFailure: (dir: LogDir, failure: Failure) => void = () => {}
  readonly #clock: Clock
  readonly #random: Random
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #crc32c: Crc32c
  readonly #options: LogStoreOptions
  readonly #logs = new Map<string, CommitLog>()
  readonly #opening = new Map<string, { readonly topicId: Uuid | null; readonly waiting: Done<Log>[] }>()
  readonly #found = new Map<string, { found: FoundLog; directory: Directory }>()
  readonly #shared = new Map<Directory, LogShared>()
  readonly #reports: RecoveryReport[] = []
  readonly #timers = new Set<Timer>()
  readonly #descriptors: Descriptors
  readonly #tails: TailCache
  readonly #buffers: BufferPool
  readonly #indexes: IndexCache
  readonly #cleaner: LogCleaner
  readonly #facts = new BatchFacts()
  readonly #rules = new WeakMap<LogConfig, ProduceRules>()
  readonly #toMaterialize: CommitLog[] = []
  /** Logs on their way to `-delete`, and who waits to open one of the same name. */
  readonly #leaving = new Map<string, (() => void)[]>()
  #materializing = 0
  #chunksSeen = 0
  #quietSeconds = 0
  #isClosed = false

  constructor(env: LogEnv, options: LogStoreOptions) {
    this.#clock = env.clock
    this.#random = env.random
    this.#disk = pacedDisk(env.disk, OPERATIONS_AT_ONCE)
    this.#logger = env.logger
    this.#crc32c = env.crc32c ?? crc32c
    this.#options = options
    this.dirs = options.dirs.map((path) => new Directory(this.#disk, path))
    this.#descriptors = new Descriptors(this.#disk, options.descriptorsMax ?? 4096)
    this.#buffers = new BufferPool(16 * 1024 * 1024)
    this.#tails = new TailCache(options.tailCacheBytes ?? 32 * 1024 * 1024, this.#buffers)
    this.#indexes = new IndexCache(options.indexCacheBytes ?? 16 * 1024 * 1024)
    for (const directory of this.dirs) this.#shared.set(directory, this.#shareFor(directory))
    this.#cleaner = new LogCleaner(this.#cleanerPort(env.heavy ?? null), options.cleaner ?? defaultCleaner)
  }

  #cleanerPort(heavy: Heavy | null): CleanerPort {
    const offsetsOf = (log: CommitLog): Map<string, number> => this.#directoryById(log.directoryId)!.cleanerOffsets
    return {
      clock: this.#clock,
      logger: this.#logger,
      heavy,
      logs: () => this.#logs.values(),
      cleanedUpTo: (log) => offsetsOf(log).get(dirName(log.topic, log.partition)),
      noteCleaned: (log, offset, done) => {
        const directory = this.#directoryById(log.directoryId)!
        const key = dirName(log.topic, log.partition)
        if (this.#logs.get(key) !== log) return done(null)
        directory.cleanerOffsets.set(key, offset)
        directory.saveOffsets(fileName.cleanerOffsets, directory.cleanerOffsets, (failure) => {
          if (failure !== null) this.#failDirectory(directory, failure)
          done(null)
        })
      },
    }
  }

  configureCleaner(options: CleanerOptions): void {
    this.#cleaner.configure(options)
  }

  #shareFor(directory: Directory): LogShared {
    return {
      clock: this.#clock,
      disk: this.#disk,
      random: this.#random,
      logger: this.#logger,
      crc32c: this.#crc32c,
      facts: this.#facts,
      rules: this.#rules,
      descriptors: this.#descriptors,
      tails: this.#tails,
      indexes: this.#indexes,
      buffers: this.#buffers,
      root: directory.path,
      syncRoot: (done) => directory.syncNames(done),
      failDirectory: (failure) => this.#failDirectory(directory, failure),
    }
  }

  get found(): readonly FoundLog[] {
    return Array.from(this.#found.values(), ({ found }) => found)
  }

  get wasCleanShutdown(): boolean {
    return this.dirs.every((directory) => directory.failure !== null || directory.isClean)
  }

  get previousBrokerEpoch(): number {
    const epochs = new Set(this.dirs.map((directory) => directory.brokerEpoch))
    return epochs.size === 1 ? this.dirs[0]!.brokerEpoch : -1
  }

  start(done: Done): void {
    const opened = afterAll(this.dirs.length, () => this.#checkIdentity(done))
    for (const directory of this.dirs) {
      directory.open((failure) => {
        if (failure !== null) directory.failure = failure
        opened(null)
      })
    }
  }

  /** All directories are of one cluster and one node; those that were never formatted join them. */
  #checkIdentity(done: Done): void {
    const { nodeId } = this.#options
    const fatal = this.dirs.find(({ failure }) => failure?.code === 'ELOCKED' || failure?.code === 'EMETA')?.failure
    if (fatal !== undefined && fatal !== null) return this.#giveUp(fatal, done)
    const usable = this.dirs.filter(({ failure }) => failure === null)
    if (usable.length === 0) return this.#giveUp(this.dirs[0]?.failure ?? nothingGiven(), done)
    const metas = usable.flatMap(({ meta }) => (meta === null ? [] : [meta]))
    const clusterId = this.#options.clusterId ?? metas[0]?.clusterId
    if (metas.length === 0 || clusterId === undefined) {
      const message = `No meta.properties found in ${usable[0]!.path} (have you run kafka-storage.sh to format the directory?)`
      return this.#giveUp({ code: 'EUNFORMATTED', message, retry: 'never' }, done)
    }
    for (const { meta, path } of usable) {
      const problem = meta === null ? null : mismatch(meta, clusterId, nodeId)
      if (problem !== null)
        return this.#giveUp(
          { code: 'EMETA', message: `${path}/${fileName.metaProperties}: ${problem}`, retry: 'never' },
          done,
        )
    }
    eachInTurn(
      usable.filter(({ meta }) => meta === null),
      (directory, next) => {
        directory.id = this.#newDirectoryId()
        directory.meta = { clusterId, nodeId, directoryId: directory.id }
        writeMetaProperties(this.#disk, directory.path, directory.meta, next)
      },
      (failure) => (failure === null ? this.#index(usable, done) : this.#giveUp(failure, done)),
    )
  }

  #giveUp(failure: Failure, done: Done): void {
    for (const directory of this.dirs) directory.release()
    this.#isClosed = true
    done(failure)
  }

  /** Not reserved (the first 100) and not beginning with a dash, as Apache makes them. */
  #newDirectoryId(): Uuid {
    for (;;) {
      const bytes = this.#random.bytes(new Uint8Array(16))
      bytes[6] = (bytes[6]! & 0x0f) | 0x40
      bytes[8] = (bytes[8]! & 0x3f) | 0x80
      const id = uuidFromBytes(bytes)
      if (!id.startsWith('-')) return id
    }
  }

  #index(directories: readonly Directory[], done: Done): void {
    const items: { directory: Directory; name: string; topic: string; partition: number; isFuture: boolean }[] = []
    for (const directory of directories) {
      for (const { name, parsed } of directory.found) {
        const { topic, partition, state } = parsed
        if (state === 'delete' && name.endsWith('-delete')) this.#removeLater(`${directory.path}/${name}`, 0)
        else if ((state === 'current' || state === 'future') && name !== METADATA_DIRECTORY) {
          items.push({ directory, name, topic, partition, isFuture: state === 'future' })
        }
      }
    }
    inParallel(
      items,
      LOADS_AT_ONCE,
      ({ directory, name, topic, partition, isFuture }, next) => {
        const summary = directory.summaries.get(name)
        const readId = (idRead: Done<Uuid | null>): void => {
          if (summary === undefined) readTopicId(this.#disk, `${directory.path}/${name}`, idRead)
          else idRead(null, topicIdIn(summary))
        }
        readId((failure, topicId) => {
          if (failure !== null) return next(failure)
          const key = dirName(topic, partition)
          const found: FoundLog = {
            topic,
            partition,
            topicId,
            directoryId: directory.id,
            startOffset: directory.logStarts.get(key) ?? 0,
            recoveryPoint: directory.recoveryPoints.get(key) ?? 0,
            highWatermark: directory.highWatermarks.get(key) ?? 0,
            isFuture,
          }
          if (!isFuture) {
            this.#found.set(key, { found, directory })
            directory.logCount++
          }
          next(null)
        })
      },
      (failure) => {
        if (failure !== null) return done(failure)
        this.#startTimers()
        done(null)
      },
    )
  }

  #startTimers(): void {
    const { retentionCheckIntervalMs = 300_000, recoveryPointCheckpointIntervalMs = 60_000 } = this.#options
    const { startOffsetCheckpointIntervalMs = 60_000, highWatermarkCheckpointIntervalMs = 5000 } = this.#options
    this.#every(retentionCheckIntervalMs, () => this.applyRetention(this.#clock.wallMs()))
    this.#every(recoveryPointCheckpointIntervalMs, () => this.#saveRecoveryPoints(ignore))
    this.#every(startOffsetCheckpointIntervalMs, () => this.#saveLogStarts(ignore))
    this.#every(highWatermarkCheckpointIntervalMs, () => this.#saveHighWatermarks(ignore))
    this.#every(600_000, () => this.#expireProducers())
    this.#cleaner.start()
    this.#every(1000, () => this.#everySecond())
  }

  #every(intervalMs: number, run: () => void): void {
    const arm = (): void => {
      const timer = this.#clock.at(this.#clock.monoMs() + intervalMs, () => {
        this.#timers.delete(timer)
        if (this.#isClosed) return
        run()
        arm()
      })
      this.#timers.add(timer)
    }
    arm()
  }

  open(ask: OpenLog, done: Done<Log>): void {
    const key = dirName(ask.topic, ask.partition)
    const leaving = this.#leaving.get(key)
    if (leaving !== undefined) {
      leaving.push(() => this.open(ask, done))
      return
    }
    const opening = this.#opening.get(key)
    if (opening !== undefined) {
      // Of an earlier topic of that name: its owner, who hears first, deletes it, and then this one is made.
      const isSame = opening.topicId === ask.topicId
      opening.waiting.push(isSame ? done : () => this.open(ask, done))
      return
    }
    const open = this.#logs.get(key)
    if (open !== undefined) return this.#clock.atTurnEnd(() => done(open.failure, open))
    this.#opening.set(key, { topicId: ask.topicId, waiting: [done] })
    const directory = this.#directoryOf(key)
    if (directory !== null) return this.#load(ask, key, directory)
    const target = this.#directoryForNew(ask)
    if (target === null) {
      const message = `no online log directory for ${key}${ask.directoryId === undefined ? '' : ` (asked for ${ask.directoryId})`}`
      return this.#opened(key, { code: 'EOFFLINE', message, retry: 'later' }, null)
    }
    const loaded: Loaded = {
      segments: [],
      startOffset: 0,
      endOffset: 0,
      epochs: new LeaderEpochs(),
      producers: new Producers(),
      snapshotOffsets: [],
      report: null,
    }
    const log = this.#make(ask, target, true, loaded)
    target.logCount++
    this.#opened(key, null, log)
    this.#toMaterialize.push(log)
    this.#materializeNext()
  }

  /** Makes the directories of new logs, a few at a time. A log that is written to before its turn does not wait. */
  #materializeNext(): void {
    while (this.#materializing < MATERIALIZED_AT_ONCE && this.#toMaterialize.length > 0) {
      this.#materializing++
      this.#toMaterialize.shift()!.writer.materialize(() => {
        this.#materializing--
        this.#clock.atTurnEnd(() => this.#materializeNext())
      })
    }
  }

  #directoryOf(key: string): Directory | null {
    const found = this.#found.get(key)
    if (found !== undefined) return found.directory
    if (key !== METADATA_DIRECTORY) return null
    return this.dirs.find(({ failure, found }) => failure === null && found.some(({ name }) => name === key)) ?? null
  }

  #directoryForNew({ directoryId }: OpenLog): Directory | null {
    const online = this.dirs.filter(({ failure }) => failure === null)
    if (directoryId !== undefined) return online.find(({ id }) => id === directoryId) ?? null
    let best: Directory | null = null
    for (const directory of online) if (best === null || directory.logCount < best.logCount) best = directory
    return best
  }

  #load(ask: OpenLog, key: string, directory: Directory): void {
    if (directory.failure !== null) return this.#opened(key, offline(directory), null)
    const known = this.#found.get(key)?.found.topicId ?? null
    if (known !== null && ask.topicId !== null && known !== ask.topicId) {
      const message = `${directory.path}/${key} belongs to topic id ${known}, not to ${ask.topicId}`
      return this.#opened(key, { code: 'ETOPICID', message, retry: 'never' }, null)
    }
    const dir = `${directory.path}/${key}`
    const shared = this.#shared.get(directory)!
    const load = (): void => {
      const { segmentJitterMs, segmentMs, indexIntervalBytes } = ask.config
      const jitter = Math.min(segmentJitterMs, segmentMs, 0x7fff_ffff)
      const loadAsk = {
        dir,
        topic: ask.topic,
        partition: ask.partition,
        // Apache keeps no checkpoint of the metadata log: without one of ours it is always looked at.
        isClean: directory.isClean && (key !== METADATA_DIRECTORY || directory.recoveryPoints.has(key)),
        recoveryPoint: directory.recoveryPoints.get(key) ?? 0,
        startOffset: directory.logStarts.get(key) ?? 0,
        highWatermark: directory.highWatermarks.get(key) ?? 0,
        indexIntervalBytes,
        isSynced: this.#options.flush !== 'ephemeral',
        isCompacted: ask.config.cleanupPolicy.has('compact'),
        jitterMs: () => (jitter > 0 ? this.#random.below(jitter) : 0),
      }
      const line = directory.summaries.get(key)
      const revived =
        line === undefined
          ? null
          : revive(parseSummary(line), dir, this.#clock.wallMs(), loadAsk.jitterMs, this.#crc32c)
      if (revived !== null) return loadedLog(null, revived)
      loadLog(shared, loadAsk, loadedLog)
    }
    const loadedLog = (failure: Failure | null, loaded: Loaded): void => {
      if (failure !== null) {
        if (failure.code !== CORRUPT) this.#failDirectory(directory, failure)
        else
          this.#logger.error('Log is damaged and stays offline', {
            topic: ask.topic,
            partition: ask.partition,
            reason: failure.message,
          })
        return this.#opened(key, failure, null)
      }
      this.#found.delete(key)
      if (loaded.report !== null) this.#noteReport(loaded.report)
      const log = this.#make(ask, directory, false, loaded)
      log.highWatermark = Math.min(Math.max(directory.highWatermarks.get(key) ?? 0, log.startOffset), log.endOffset)
      log.producers.onHighWatermark(log.highWatermark)
      log.isPristine = directory.isClean && loaded.report === null
      this.#opened(key, null, log)
    }
    if (known !== null || ask.topicId === null) return load()
    writePartitionMetadata(shared, dir, ask.topicId, (failure) => {
      if (failure === null) return load()
      this.#failDirectory(directory, failure)
      this.#opened(key, failure, null)
    })
  }

  #noteReport(report: RecoveryReport): void {
    this.#reports.push(report)
    const { topic, partition, bytesCut, segmentsDropped, endOffset, segmentsScanned, bytesScanned, reason } = report
    const fields = { topic, partition, endOffset, segmentsScanned, bytesScanned, bytesCut, segmentsDropped, reason }
    if (bytesCut > 0) this.#logger.warn('Recovered log and cut its torn end', fields)
    else this.#logger.info('Recovered log', fields)
  }

  #make(ask: OpenLog, directory: Directory, isNew: boolean, loaded: Loaded): CommitLog {
    const { topic, partition, topicId, config } = ask
    const key = dirName(topic, partition)
    const ephemeral = this.#options.flush === 'ephemeral'
    const log = new CommitLog(
      this.#shared.get(directory)!,
      {
        topic,
        partition,
        flush: ephemeral ? 'ephemeral' : (ask.flush ?? this.#options.flush),
        producerIdExpirationMs: this.#options.producerIdExpirationMs ?? 86_400_000,
      },
      { dir: `${directory.path}/${key}`, directoryId: directory.id, topicId, isNew },
      config,
      loaded,
    )
    this.#logs.set(key, log)
    return log
  }

  #opened(key: string, failure: Failure | null, log: CommitLog | null): void {
    this.#clock.atTurnEnd(() => {
      const waiting = this.#opening.get(key)?.waiting ?? []
      this.#opening.delete(key)
      for (const done of waiting) done(failure, log as CommitLog)
    })
  }

  get(topic: string, partition: number): Log | null {
    return this.#logs.get(dirName(topic, partition)) ?? null
  }

  logs(): Iterable<Log> {
    return this.#logs.values()
  }

  delete(topic: string, partition: number, done: Done): void {
    const key = dirName(topic, partition)
    const log = this.#logs.get(key)
    const directory = log === undefined ? this.#directoryOf(key) : this.#directoryById(log.directoryId)
    if (directory === null) return this.#clock.atTurnEnd(() => done(null))
    this.#logs.delete(key)
    this.#found.delete(key)
    this.#leave(directory, key)
    for (const offsets of [
      directory.recoveryPoints,
      directory.logStarts,
      directory.highWatermarks,
      directory.cleanerOffsets,
    ])
      offsets.delete(key)
    const delayMs = log?.config.fileDeleteDelayMs ?? this.#options.defaults.fileDeleteDelayMs
    const gone: Done = (failure) => {
      this.#left(key)
      done(failure)
    }
    const rename = (): void => this.#setAside(directory, key, topic, partition, 'delete', delayMs, gone)
    if (log === undefined) rename()
    else log.retire(rename)
  }

  /** Until the directory has its other name, a log of the same name must not be made. */
  #leave(directory: Directory, key: string): void {
    directory.logCount--
    directory.summaries.delete(key)
    this.#leaving.set(key, [])
  }

  #left(key: string): void {
    const waiting = this.#leaving.get(key) ?? []
    this.#leaving.delete(key)
    for (const open of waiting) open()
  }

  #directoryById(id: Uuid): Directory | null {
    return this.dirs.find((directory) => directory.id === id) ?? null
  }

  #setAside(
    directory: Directory,
    key: string,
    topic: string,
    partition: number,
    state: 'delete' | 'stray',
    delayMs: number,
    done: Done,
  ): void {
    const unique = hexOf(this.#random.bytes(new Uint8Array(16)))
    const to = `${directory.path}/${dirNameInState(topic, partition, unique, state)}`
    this.#disk.rename(`${directory.path}/${key}`, to, (failure) => {
      if (failure?.code === 'ENOENT') return done(null)
      if (failure !== null) {
        this.#failDirectory(directory, failure)
        return done(failure)
      }
      directory.syncNames((syncFailure) => {
        if (syncFailure !== null) this.#failDirectory(directory, syncFailure)
        else if (state === 'delete') this.#removeLater(to, delayMs)
        done(syncFailure)
      })
    })
  }

  #removeLater(path: string, delayMs: number): void {
    const timer = this.#clock.at(this.#clock.monoMs() + delayMs, () => {
      this.#timers.delete(timer)
      this.#disk.remove(path, (failure) => {
        if (failure !== null) this.#logger.warn('Could not remove a deleted log', { path, reason: failure.message })
      })
    })
    this.#timers.add(timer)
  }

  removeStrays(isWanted: (found: FoundLog) => boolean, done: Done<number>): void {
    const strays = Array.from(this.#found).filter(([, { found }]) => !isWanted(found))
    eachInTurn(
      strays,
      ([key, { found, directory }], next) => {
        this.#logger.warn('Setting aside a log that belongs to no topic of this node', {
          topic: found.topic,
          partition: found.partition,
        })
        this.#found.delete(key)
        this.#leave(directory, key)
        this.#setAside(directory, key, found.topic, found.partition, 'stray', 0, (failure) => {
          this.#left(key)
          next(failure)
        })
      },
      (failure) => done(failure, strays.length),
    )
  }

  reports(): readonly RecoveryReport[] {
    return this.#reports
  }

  space(directoryId: Uuid, done: Done<{ free: number; total: number }>): void {
    const directory = this.#directoryById(directoryId)
    if (directory !== null) return this.#disk.space(directory.path, done)
    this.#clock.atTurnEnd(() =>
      done({ code: 'ENOENT', message: `no log directory ${directoryId}`, retry: 'never' }, { free: 0, total: 0 }),
    )
  }

  applyRetention(wallMs: number): void {
    // The metadata log too: its retention is off, so only what a snapshot has made superfluous goes.
    for (const log of this.#logs.values()) deleteOldSegments(log, wallMs)
  }

  #expireProducers(): void {
    const wallMs = this.#clock.wallMs()
    for (const log of this.#logs.values()) log.producers.expire(wallMs, log.producerIdExpirationMs)
  }

  /** flush.ms; and when nothing was written for a while, memory is given back. */
  #everySecond(): void {
    const nowMs = this.#clock.monoMs()
    for (const log of this.#logs.values()) if (log.writer.isFlushDue(nowMs)) log.requestFlush()
    const { chunksAdded } = this.#tails
    if (chunksAdded !== this.#chunksSeen) this.#quietSeconds = 0
    else if (++this.#quietSeconds === QUIET_SECONDS) {
      this.#tails.clear()
      this.#buffers.clear()
    }
    this.#chunksSeen = chunksAdded
  }

  /** Recovery rebuilds epochs only from the recovery point on, so those before it must be saved first. */
  #saveRecoveryPoints(done: Done): void {
    const points = new Map<CommitLog, number>()
    for (const log of this.#logs.values()) points.set(log, log.recoveryPoint)
    inParallel(
      Array.from(points.keys()).filter((log) => log.epochs.isDirty && log.failure === null),
      LOADS_AT_ONCE,
      (log, next) => log.writer.saveEpochs(next),
      () => {
        this.#save(
          fileName.recoveryPoints,
          (directory) => directory.recoveryPoints,
          (log) => (log.epochs.isDirty ? -1 : Math.min(points.get(log) ?? 0, log.recoveryPoint)),
          done,
        )
      },
    )
  }

  #saveLogStarts(done: Done): void {
    const start = (log: CommitLog): number => (log.startOffset > log.segments[0]!.baseOffset ? log.startOffset : -1)
    this.#save(fileName.logStarts, (directory) => directory.logStarts, start, done)
  }

  #saveHighWatermarks(done: Done): void {
    this.#save(
      fileName.highWatermarks,
      (directory) => directory.highWatermarks,
      (log) => log.highWatermark,
      done,
    )
  }

  /** Brings one kind of checkpoint up to date in every directory where something moved. -1 = no entry. */
  #save(
    name: string,
    offsetsOf: (directory: Directory) => Map<string, number>,
    offsetIn: (log: CommitLog) => number,
    done: Done,
  ): void {
    const changed = new Set<Directory>()
    for (const [key, log] of this.#logs) {
      const directory = this.#directoryById(log.directoryId)!
      if (directory.failure !== null || log.failure !== null) continue
      const offsets = offsetsOf(directory)
      const value = offsetIn(log)
      if (value === (offsets.get(key) ?? -1)) continue
      if (value < 0) offsets.delete(key)
      else offsets.set(key, value)
      changed.add(directory)
    }
    eachInTurn(
      [...changed],
      (directory, next) =>
        directory.saveOffsets(name, offsetsOf(directory), (failure) => {
          if (failure !== null) this.#failDirectory(directory, failure)
          next(null)
        }),
      done,
    )
  }

  #failDirectory(directory: Directory, failure: Failure): void {
    if (directory.failure !== null || this.#isClosed || failure.code === CORRUPT) return
    directory.failure = failure
    this.#logger.error('Log directory is offline', {
      directory: directory.path,
      code: failure.code,
      reason: failure.message,
    })
    for (const log of this.#logs.values()) if (log.directoryId === directory.id) log.fail(failure)
    this.#clock.atTurnEnd(() => this.onDirectoryFailure(directory, failure))
  }

  close(brokerEpoch: number, done: Done): void {
    this.#cleaner.stop()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    const failed = new Set<Uuid>()
    inParallel(
      [...this.#logs.values()],
      LOADS_AT_ONCE,
      (log, next) => {
        log.close((failure) => {
          if (failure !== null) failed.add(log.directoryId)
          next(null)
        })
      },
      () => {
        this.#saveRecoveryPoints(() => {
          this.#saveLogStarts(() => {
            this.#saveHighWatermarks(() => this.#finish(brokerEpoch, failed, done))
          })
        })
      },
    )
  }

  /** Of the logs that were open, and of those that were not even asked for since the last clean shutdown. */
  #summariesOf(directory: Directory): Map<string, LogSummary> {
    const summaries = new Map<string, LogSummary>()
    for (const [key, { directory: holder }] of this.#found) {
      const line = holder === directory ? directory.summaries.get(key) : undefined
      if (line !== undefined) summaries.set(key, parseSummary(line))
    }
    for (const [key, log] of this.#logs) {
      const summary = log.directoryId === directory.id ? summarize(log, this.#crc32c) : null
      if (summary !== null) summaries.set(key, summary)
    }
    return summaries
  }

  /** The marker says that no log needs recovery, so a log that waited for it and was never opened forbids it. */
  #finish(brokerEpoch: number, failed: ReadonlySet<Uuid>, done: Done): void {
    const waiting = new Set(Array.from(this.#found.values(), ({ directory }) => directory))
    const sound = this.dirs.filter(
      (directory) =>
        directory.failure === null && !failed.has(directory.id) && (directory.isClean || !waiting.has(directory)),
    )
    const token = hexOf(this.#random.bytes(new Uint8Array(16)))
    eachInTurn(
      sound,
      (directory, next) => directory.writeMarker(brokerEpoch, token, this.#summariesOf(directory), next),
      (failure) => {
        this.#isClosed = true
        for (const directory of this.dirs) directory.release()
        done(failure)
      },
    )
  }
}

function ignore(): void {}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const defaultCleaner: CleanerOptions = Object.freeze({
  enable: true,
  dedupeBufferBytes: 134_217_728,
  backoffMs: 15_000,
  ioMaxBytesPerSecond: Number.MAX_VALUE,
})

function nothingGiven(): Failure {
  return { code: 'EINVAL', message: 'no log directory is configured', retry: 'never' }
}

function offline(directory: Directory): Failure {
  return { code: 'EOFFLINE', message: `${directory.path} is offline: ${directory.failure!.message}`, retry: 'later' }
}

function mismatch(meta: MetaProperties, clusterId: string, nodeId: number): string | null {
  if (meta.clusterId !== clusterId) return `cluster.id is ${meta.clusterId}, expected ${clusterId}`
  if (meta.nodeId !== nodeId) return `node.id is ${meta.nodeId}, but this node is configured as ${nodeId}`
  return null
}

/** `each` for every item, at most `atOnce` at a time; all are done even when some fail. Answers may come inline. */
function inParallel<T>(items: readonly T[], atOnce: number, each: (item: T, done: Done) => void, done: Done): void {
  let next = 0
  let running = 0
  let first: Failure | null = null
  let isFilling = false
  const fill = (): void => {
    if (isFilling) return
    isFilling = true
    while (running < atOnce && next < items.length) {
      running++
      each(items[next++]!, (failure) => {
        running--
        first ??= failure
        fill()
      })
    }
    isFilling = false
    if (running === 0 && next === items.length) {
      next++
      done(first)
    }
  }
  fill()
}
