import { BufferPool, type Crc32c, crc32c, type Uuid } from '../bytes/index.ts'
import {
  type Clock,
  type Disk,
  type Done,
  type Failure,
  type Heavy,
  type Logger,
  overTurns,
  type Random,
} from '../env/index.ts'
import { BatchFacts, type ProduceRules } from '../records/index.ts'
import { Asides, uniqueName } from './asides.ts'
import { type CleanerPort, defaultCleaner, LogCleaner } from './cleaner.ts'
import { CommitLog } from './commit-log.ts'
import type { LogConfig } from './config.ts'
import { Descriptors } from './descriptors.ts'
import { closing, Futures } from './futures.ts'
import { CORRUPT, type Loaded, loadLog, nothingLoaded } from './load.ts'
import { Directory, METADATA_DIRECTORY } from './log-dir.ts'
import { writePartitionMetadata } from './log-writer.ts'
import { misplacedAtWork, ofOneLog } from './misplaced.ts'
import { dirName, fileName } from './names.ts'
import { Newcomers } from './newcomers.ts'
import { pacedDisk } from './paced-disk.ts'
import { eachInTurn, IndexCache, inParallel, type LogShared } from './shared.ts'
import { type FoundIn, startDirectories } from './start-dirs.ts'
import { type LogSummary, parseSummary, revive, summarize } from './summary.ts'
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
import { Upkeep } from './upkeep.ts'

const TAIL_BYTES = 32 * 1024 * 1024
const READ_BUFFER_BYTES = 16 * 1024 * 1024
const INDEX_BYTES = 16 * 1024 * 1024
const LOADS_AT_ONCE = 16
/** Disk operations by path under way at once, over all directories. */
const OPERATIONS_AT_ONCE = 32

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
  readonly #futures: Futures
  readonly #opening = new Map<string, { readonly topicId: Uuid | null; readonly waiting: Done<Log>[] }>()
  readonly #found = new Map<string, FoundIn>()
  readonly #shared = new Map<Directory, LogShared>()
  readonly #reports: RecoveryReport[] = []
  readonly #cleaner: LogCleaner
  readonly #upkeep: Upkeep
  readonly #newcomers: Newcomers
  readonly #asides: Asides
  /** From here on nothing is opened: it would not be closed. */
  #isClosing = false
  #isClosed = false

  constructor(env: LogEnv, options: LogStoreOptions) {
    this.#clock = env.clock
    this.#random = env.random
    this.#disk = pacedDisk(env.disk, OPERATIONS_AT_ONCE)
    this.#logger = env.logger
    this.#crc32c = env.crc32c ?? crc32c
    this.#options = options
    const directoryEnv = { clock: this.#clock, disk: this.#disk, logger: this.#logger, crc32c: this.#crc32c }
    this.dirs = options.dirs.map((path) => new Directory(directoryEnv, path))
    const buffers = new BufferPool(READ_BUFFER_BYTES)
    const tails = new TailCache(options.tailCacheBytes ?? TAIL_BYTES, buffers)
    const common = {
      clock: this.#clock,
      disk: this.#disk,
      random: this.#random,
      logger: this.#logger,
      heavy: env.heavy ?? null,
      crc32c: this.#crc32c,
      facts: new BatchFacts(),
      rules: new WeakMap<LogConfig, ProduceRules>(),
      descriptors: new Descriptors(this.#disk, options.descriptorsMax ?? env.disk.filesMax ?? 4096),
      tails,
      indexes: new IndexCache(options.indexCacheBytes ?? INDEX_BYTES),
      buffers,
    }
    for (const directory of this.dirs) {
      this.#shared.set(directory, {
        ...common,
        root: directory.path,
        syncRoot: (done) => directory.syncNames(done),
        failDirectory: (failure) => this.#failedIn(directory, failure),
      })
    }
    this.#cleaner = new LogCleaner(this.#cleanerPort(env.heavy ?? null), options.cleaner ?? defaultCleaner)
    this.#newcomers = new Newcomers(this.#clock)
    this.#futures = new Futures({
      clock: this.#clock,
      disk: this.#disk,
      logs: this.#logs,
      isClosing: () => this.#isClosing,
      directoryById: (id) => this.#directoryById(id),
      directoryForNew: (ask) => this.#directoryForNew(ask),
      failDirectory: (directory, failure) => this.#failDirectory(directory, failure),
      read: (ask, at, read) => this.#read(ask, at, read),
      make: (ask, directory, name, isNew, loaded) => this.#make(ask, directory, name, isNew, loaded),
      unique: () => uniqueName(this.#random),
      setAside: (directory, name, topic, partition, gone) =>
        this.#asides.setAside(directory, name, topic, partition, 'delete', 0, gone),
      deleteCurrent: (topic, partition, gone) => this.delete(topic, partition, gone),
    })
    this.#asides = new Asides({
      ...{ disk: this.#disk, random: this.#random, logger: this.#logger },
      after: (delayMs, run) => this.#upkeep.after(delayMs, run),
      failDirectory: (directory, failure) => this.#failDirectory(directory, failure),
    })
    this.#upkeep = new Upkeep({
      clock: this.#clock,
      tails,
      buffers,
      logs: () => this.#logs.values(),
      directoryOf: (log) => this.#directoryById(log.directoryId)!,
      failDirectory: (directory, failure) => this.#failDirectory(directory, failure),
    })
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

  get found(): readonly FoundLog[] {
    return [...this.#found.values(), ...this.#futures.found.values()].map(({ found }) => found)
  }

  get wasCleanShutdown(): boolean {
    return this.dirs.every((directory) => directory.failure !== null || directory.isClean)
  }

  get previousBrokerEpoch(): number {
    const epochs = new Set(this.dirs.map((directory) => directory.brokerEpoch))
    return epochs.size === 1 ? this.dirs[0]!.brokerEpoch : -1
  }

  start(done: Done): void {
    const env = { disk: this.#disk, random: this.#random, clock: this.#clock }
    startDirectories(env, this.dirs, this.#options, (failure, started) => {
      if (failure !== null) {
        for (const directory of this.dirs) directory.release()
        this.#isClosed = true
        return done(failure)
      }
      for (const path of started.toRemove) this.#asides.removeLater(path, 0)
      // Of two directories of one log the one that went on is the log.
      const logs = [...started.logs].sort((a, b) => b.found.highWatermark - a.found.highWatermark)
      const doubles: FoundIn[] = []
      const note = (found: FoundIn): void => {
        if (!this.#noteFound(found) && found.isDirectory) doubles.push(found)
      }
      overTurns(this.#clock, logs, note, () => this.#started(doubles, done))
    })
  }

  #started(doubles: readonly FoundIn[], done: Done): void {
    this.#upkeep.start(this.#options)
    this.#cleaner.start()
    eachInTurn(
      doubles,
      ({ directory, name, found }, next) => {
        this.#logger.warn('Setting aside the second directory of a log', { directory: directory.path, name })
        this.#asides.setAside(directory, name, found.topic, found.partition, 'stray', 0, next)
      },
      done,
    )
  }

  /** False when the log is in another directory too: a move that a crash interrupted, after its copy was whole. */
  #noteFound(item: FoundIn): boolean {
    const key = dirName(item.found.topic, item.found.partition)
    const others = item.found.isFuture ? this.#futures.found : this.#found
    if (others.has(key)) return false
    others.set(key, item)
    if (!item.found.isFuture) item.directory.logCount++
    return true
  }

  open(ask: OpenLog, done: Done<Log>): void {
    const key = dirName(ask.topic, ask.partition)
    if (this.#asides.isLeaving(key, () => this.open(ask, done))) return
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
    const copy = this.#futures.found.get(key)
    if (copy !== undefined && copy.directory.id === ask.directoryId) return this.#openAbandoned(ask, key, copy)
    const target = this.#directoryForNew(ask)
    if (target === null) {
      const message = `no online log directory for ${key}${ask.directoryId === undefined ? '' : ` (asked for ${ask.directoryId})`}`
      return this.#opened(key, { code: 'EOFFLINE', message, retry: 'later' }, null)
    }
    const log = this.#make(ask, target, key, true, nothingLoaded())
    target.logCount++
    this.#logs.set(key, log)
    this.#opened(key, null, log)
    this.#newcomers.add(log)
  }

  /** The metadata counts on a copy whose original went with its directory, before the copy could take its name. */
  #openAbandoned(ask: OpenLog, key: string, { directory, name, found }: FoundIn): void {
    this.#logger.warn('Taking the copy of a log that is gone', { directory: directory.path, name })
    this.#disk.rename(`${directory.path}/${name}`, `${directory.path}/${key}`, (failure) => {
      if (failure !== null) {
        this.#failDirectory(directory, failure)
        return this.#opened(key, failure, null)
      }
      this.#futures.found.delete(key)
      this.#found.set(key, { found: { ...found, isFuture: false }, directory, name: key, isDirectory: true })
      directory.logCount++
      this.#load(ask, key, directory, true)
    })
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

  /** `isCopy`: no marker and no checkpoint speaks for it. */
  #load(ask: OpenLog, key: string, directory: Directory, isCopy = false): void {
    if (directory.failure !== null) return this.#opened(key, offline(directory), null)
    const known = this.#found.get(key)?.found.topicId ?? null
    if (known !== null && ask.topicId !== null && known !== ask.topicId) {
      const path = `${directory.path}/${key}`
      const message =
        `${path} belongs to topic id ${known}, not to ${ask.topicId}. If its records are this topic's all the same, ` +
        `remove ${path}/${fileName.partitionMetadata} while the broker is stopped: it is written anew`
      return this.#opened(key, { code: 'ETOPICID', message, retry: 'never' }, null)
    }
    const hasOwnPoint = key !== METADATA_DIRECTORY || directory.recoveryPoints.has(key)
    // Apache keeps no checkpoint of the metadata log: without one of ours it is always looked at.
    const isClean = directory.isClean && hasOwnPoint && !isCopy
    const at = { directory, name: key, isClean, needsTopicId: known === null }
    this.#read(ask, at, (failure, loaded) => {
      if (failure !== null || this.#isClosing) return this.#opened(key, failure ?? closing(key), null)
      this.#found.delete(key)
      const log = this.#make(ask, directory, key, false, loaded)
      log.highWatermark = Math.min(Math.max(directory.highWatermarks.get(key) ?? 0, log.startOffset), log.endOffset)
      log.producers.onHighWatermark(log.highWatermark)
      log.isPristine = isClean && loaded.report === null
      this.#logs.set(key, log)
      this.#opened(key, null, log)
    })
  }

  /** Brings one directory from disk, or from what the last clean shutdown knew of it. */
  #read(
    ask: OpenLog,
    at: { directory: Directory; name: string; isClean: boolean; needsTopicId: boolean },
    done: Done<Loaded>,
  ): void {
    const { directory, name, isClean } = at
    const { topic, partition, config } = ask
    const isCurrent = name === dirName(topic, partition)
    const offset = (offsets: ReadonlyMap<string, number>): number => (isCurrent ? (offsets.get(name) ?? 0) : 0)
    const shared = this.#shared.get(directory)!
    const jitter = Math.min(config.segmentJitterMs, config.segmentMs, 0x7fff_ffff)
    const loadAsk = {
      dir: `${directory.path}/${name}`,
      topic,
      partition,
      isClean,
      recoveryPoint: offset(directory.recoveryPoints),
      startOffset: offset(directory.logStarts),
      // With flush=os it is what was written: a power cut may take that.
      highWatermark: (ask.flush ?? this.#options.flush) === 'sync' ? offset(directory.highWatermarks) : 0,
      isEndRequired: ask.isEndRequired === true,
      indexIntervalBytes: config.indexIntervalBytes,
      isSynced: this.#options.flush !== 'ephemeral',
      isCompacted: config.cleanupPolicy.has('compact'),
      wasCompacted: directory.cleanerOffsets.has(name),
      jitterMs: () => (jitter > 0 ? this.#random.below(jitter) : 0),
    }
    const loaded = (failure: Failure | null, log: Loaded): void => {
      if (failure === null) {
        if (log.report !== null) this.#noteReport(log.report)
        return done(null, log)
      }
      const own = ofOneLog(failure)
      if (own === null) this.#failDirectory(directory, failure)
      else this.#logger.error('Log is damaged and stays offline', { topic, partition, reason: own.message })
      done(own ?? failure, log)
    }
    const load = (failure: Failure | null): void => {
      if (failure !== null) return loaded(failure, undefined as never)
      // Who needs the end to be there has the files looked at.
      const line = isCurrent && !loadAsk.isEndRequired ? directory.summaries.get(name) : undefined
      const nowMs = this.#clock.wallMs()
      const revived =
        line === undefined ? null : revive(parseSummary(line), loadAsk.dir, nowMs, loadAsk.jitterMs, this.#crc32c)
      if (revived !== null) loaded(null, revived)
      else loadLog(shared, loadAsk, loaded)
    }
    if (!at.needsTopicId || ask.topicId === null) load(null)
    else writePartitionMetadata(shared, loadAsk.dir, ask.topicId, load)
  }

  #noteReport(report: RecoveryReport): void {
    this.#reports.push(report)
    const { topic, partition, bytesCut, segmentsDropped, endOffset, segmentsScanned, bytesScanned, reason } = report
    const fields = { topic, partition, endOffset, segmentsScanned, bytesScanned, bytesCut, segmentsDropped, reason }
    if (bytesCut > 0) this.#logger.warn('Recovered log and cut its torn end', fields)
    else this.#logger.info('Recovered log', fields)
  }

  #make(ask: OpenLog, directory: Directory, name: string, isNew: boolean, loaded: Loaded): CommitLog {
    const { topic, partition, topicId, config } = ask
    const isEphemeral = this.#options.flush === 'ephemeral'
    const log = new CommitLog(
      this.#shared.get(directory)!,
      {
        topic,
        partition,
        flush: isEphemeral ? 'ephemeral' : (ask.flush ?? this.#options.flush),
        producerIdExpirationMs: this.#options.producerIdExpirationMs ?? 86_400_000,
      },
      { dir: `${directory.path}/${name}`, directoryId: directory.id, topicId, isNew },
      config,
      loaded,
    )
    log.lowerCheckpoints = (offset, done) => this.#upkeep.lowerCheckpoints(log, offset, done)
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

  openFuture(ask: OpenLog, done: Done<Log>): void {
    this.#futures.open(ask, done)
  }

  future(topic: string, partition: number): Log | null {
    return this.#futures.byKey.get(dirName(topic, partition)) ?? null
  }

  promoteFuture(topic: string, partition: number, swap: (log: Log) => void, done: Done<Log>): void {
    this.#futures.promote(topic, partition, swap, done)
  }

  deleteFuture(topic: string, partition: number, done: Done): void {
    this.#futures.delete(topic, partition, done)
  }

  delete(topic: string, partition: number, done: Done): void {
    const key = dirName(topic, partition)
    const log = this.#logs.get(key)
    const directory = log === undefined ? this.#directoryOf(key) : this.#directoryById(log.directoryId)
    if (directory === null) return this.#clock.atTurnEnd(() => done(null))
    this.#logs.delete(key)
    this.#found.delete(key)
    this.#asides.leave(directory, key)
    const delayMs = log?.config.fileDeleteDelayMs ?? this.#options.defaults.fileDeleteDelayMs
    const gone: Done = (failure) => this.#asides.left(directory, key, failure, done)
    const rename = (): void => this.#asides.setAside(directory, key, topic, partition, 'delete', delayMs, gone)
    if (log === undefined) rename()
    else log.retire(rename)
  }

  #directoryById(id: Uuid): Directory | null {
    return this.dirs.find((directory) => directory.id === id) ?? null
  }

  removeStrays(isWanted: (found: FoundLog) => boolean, done: Done<number>): void {
    const strays = Array.from(this.#found).filter(([, { found, isDirectory }]) => isDirectory && !isWanted(found))
    eachInTurn(
      strays,
      ([key, { found, directory }], next) => {
        this.#logger.warn('Setting aside a log that belongs to no topic of this node', {
          topic: found.topic,
          partition: found.partition,
        })
        this.#found.delete(key)
        this.#asides.leave(directory, key)
        this.#asides.setAside(directory, key, found.topic, found.partition, 'stray', 0, (failure) =>
          this.#asides.left(directory, key, failure, next),
        )
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

  saveLogStarts(logs: readonly Log[], done: () => void): void {
    const own = new Set<CommitLog>()
    const note = (log: Log): void => {
      const mine = this.#logs.get(dirName(log.topic, log.partition))
      if (mine !== undefined && mine === log && mine.flush !== 'ephemeral') own.add(mine)
    }
    overTurns(this.#clock, logs, note, () => this.#upkeep.saveLogStartsOf(own, done))
  }

  applyRetention(wallMs: number): void {
    this.#upkeep.applyRetention(wallMs)
  }

  /** Of a log at work. */
  #failedIn(directory: Directory, failure: Failure): void {
    if (!misplacedAtWork.has(failure.code)) return this.#failDirectory(directory, failure)
    this.#logger.error('Log cannot be written and stays offline', {
      reason: ofOneLog(failure)?.message ?? failure.message,
    })
  }

  #failDirectory(directory: Directory, failure: Failure): void {
    if (directory.failure !== null || this.#isClosed || failure.code === CORRUPT) return
    directory.failure = failure
    this.#logger.error('Log directory is offline', {
      directory: directory.path,
      code: failure.code,
      reason: failure.message,
    })
    for (const log of [...this.#logs.values(), ...this.#futures.byKey.values()]) {
      if (log.directoryId === directory.id) log.fail(failure)
    }
    this.#clock.atTurnEnd(() => this.onDirectoryFailure(directory, failure))
  }

  close(brokerEpoch: number, done: Done): void {
    this.#isClosing = true
    this.#cleaner.stop()
    this.#upkeep.stop()
    this.#newcomers.stop()
    const failed = new Set<Uuid>()
    inParallel(
      [...this.#logs.values(), ...this.#futures.byKey.values()],
      LOADS_AT_ONCE,
      (log, next) => {
        log.close((failure) => {
          if (failure !== null) failed.add(log.directoryId)
          next(null)
        })
      },
      () => this.#upkeep.saveAll(() => this.#finish(brokerEpoch, failed, done)),
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
    const unopened = [...this.#found.values(), ...this.#futures.found.values()].filter((item) => item.isDirectory)
    const waiting = new Set(unopened.map(({ directory }) => directory))
    const metadata = this.#logs.has(METADATA_DIRECTORY) ? null : this.#directoryOf(METADATA_DIRECTORY)
    if (metadata !== null) waiting.add(metadata)
    const sound = this.dirs.filter(
      (directory) =>
        directory.failure === null && !failed.has(directory.id) && (directory.isClean || !waiting.has(directory)),
    )
    const token = uniqueName(this.#random)
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

function offline(directory: Directory): Failure {
  return { code: 'EOFFLINE', message: `${directory.path} is offline: ${directory.failure!.message}`, retry: 'later' }
}
