import type { Uuid } from '../bytes/index.ts'
import type { Clock, Disk, Done, Failure } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'
import { type Loaded, nothingLoaded } from './load.ts'
import type { Directory } from './log-dir.ts'
import { dirName, dirNameInState } from './names.ts'
import type { FoundIn } from './start-dirs.ts'
import type { Log, OpenLog } from './types.ts'

/** What the copies need of the store. */
export interface FuturesPort {
  readonly clock: Clock
  readonly disk: Disk
  /** The current logs, by the names of their directories. */
  readonly logs: Map<string, CommitLog>
  isClosing(): boolean
  directoryById(id: Uuid): Directory | null
  directoryForNew(ask: OpenLog): Directory | null
  failDirectory(directory: Directory, failure: Failure): void
  read(
    ask: OpenLog,
    at: { directory: Directory; name: string; isClean: boolean; needsTopicId: boolean },
    done: Done<Loaded>,
  ): void
  make(ask: OpenLog, directory: Directory, name: string, isNew: boolean, loaded: Loaded): CommitLog
  unique(): string
  /** Renames a log's directory to `-delete` and removes it at once. */
  setAside(directory: Directory, name: string, topic: string, partition: number, done: Done): void
  deleteCurrent(topic: string, partition: number, done: Done): void
}

/** Copies of logs on their way to another directory of this node (AlterReplicaLogDirs): `topic-partition.uuid-future`. */
export class Futures {
  readonly byKey = new Map<string, CommitLog>()
  /** Found at the start and not opened yet. */
  readonly found = new Map<string, FoundIn>()
  readonly #port: FuturesPort

  constructor(port: FuturesPort) {
    this.#port = port
  }

  open(ask: OpenLog, done: Done<Log>): void {
    const key = dirName(ask.topic, ask.partition)
    const open = this.byKey.get(key)
    if (open?.directoryId === ask.directoryId) return this.#port.clock.atTurnEnd(() => done(open!.failure, open!))
    const found = this.found.get(key)
    const target = this.#port.directoryForNew(ask)
    const current = this.#port.logs.get(key)
    if (target === null || current === undefined || current.directoryId === target.id || open !== undefined) {
      const message = `no other online directory for a copy of ${key}`
      return this.#port.clock.atTurnEnd(() => done({ code: 'EOFFLINE', message, retry: 'later' }, undefined as never))
    }
    const hold = (log: CommitLog): void => {
      this.byKey.set(key, log)
      done(log.failure, log)
    }
    if (found === undefined || found.directory !== target) {
      const name = dirNameInState(ask.topic, ask.partition, this.#port.unique(), 'future')
      return this.#port.clock.atTurnEnd(() => hold(this.#port.make(ask, target, name, true, nothingLoaded())))
    }
    this.#port.read(
      ask,
      { directory: target, name: found.name, isClean: false, needsTopicId: false },
      (failure, loaded) => {
        if (failure !== null || this.#port.isClosing()) return done(failure ?? closing(key), undefined as never)
        // It may have been called off meanwhile.
        if (!this.found.delete(key)) return done(closing(key), undefined as never)
        hold(this.#port.make(ask, target, found.name, false, loaded))
      },
    )
  }

  promote(topic: string, partition: number, swap: (log: Log) => void, done: Done<Log>): void {
    const key = dirName(topic, partition)
    const future = this.byKey.get(key)
    const current = this.#port.logs.get(key)
    if (future === undefined || current === undefined || future.endOffset < current.endOffset) {
      const message = `${key} has no copy that reaches its end`
      return this.#port.clock.atTurnEnd(() => done({ code: 'EINVAL', message, retry: 'never' }, undefined as never))
    }
    const to = this.#port.directoryById(future.directoryId)!
    const stop = (failure: Failure): void => {
      this.byKey.delete(key)
      this.#port.failDirectory(to, failure)
      done(failure, undefined as never)
    }
    future.writer.whenFlushed((flushFailure) => {
      if (flushFailure !== null) return stop(flushFailure)
      if (this.byKey.get(key) !== future || this.#port.logs.get(key) !== current) {
        return done({ code: 'EINVAL', message: `${key} was deleted`, retry: 'never' }, undefined as never)
      }
      // The copy takes the name first: a crash from here on leaves two whole logs, and the start keeps one of them.
      this.#port.disk.rename(future.dir, `${to.path}/${key}`, (renameFailure) => {
        if (renameFailure !== null) return stop(renameFailure)
        to.syncNames((syncFailure) => {
          if (syncFailure !== null) return stop(syncFailure)
          this.byKey.delete(key)
          future.moveTo(`${to.path}/${key}`)
          if (this.#port.logs.get(key) !== current) return this.#promotedTooLate(future, to, key, done)
          future.configure(current.config)
          future.setHighWatermark(current.highWatermark)
          swap(future)
          // A directory that does not let the old log go has failed, and the copy is the log all the same.
          this.#port.deleteCurrent(topic, partition, () => done(null, future))
          to.logCount++
          this.#port.logs.set(key, future)
        })
      })
    })
  }

  /** The topic was deleted while its copy took the name. */
  #promotedTooLate(future: CommitLog, to: Directory, key: string, done: Done<Log>): void {
    const message = `${key} was deleted`
    const { topic, partition } = future
    future.retire(() =>
      this.#port.setAside(to, key, topic, partition, () =>
        done({ code: 'EINVAL', message, retry: 'never' }, undefined as never),
      ),
    )
  }

  delete(topic: string, partition: number, done: Done): void {
    const key = dirName(topic, partition)
    const found = this.found.get(key)
    const log = this.byKey.get(key)
    this.found.delete(key)
    this.byKey.delete(key)
    const directory = found?.directory ?? (log === undefined ? null : this.#port.directoryById(log.directoryId))
    if (directory === null || directory.failure !== null) return this.#port.clock.atTurnEnd(() => done(null))
    const name = found?.name ?? log!.dir.slice(directory.path.length + 1)
    const rename = (): void => this.#port.setAside(directory, name, topic, partition, done)
    if (log === undefined) rename()
    else log.retire(rename)
  }
}

export function closing(key: string): Failure {
  return { code: 'EOFFLINE', message: `${key} is no longer wanted: the store is being closed`, retry: 'never' }
}
