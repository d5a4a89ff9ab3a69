import type { Crc32c } from '../../bytes/index.ts'
import type { Clock, Disk, Failure, Logger } from '../../env/index.ts'
import type { Closer, Obj } from '../../kube-client/index.ts'
import { History } from './history.ts'
import { bucketOf, ObjectIndex } from './object-index.ts'
import { StorageError } from './promised.ts'
import {
  type Change,
  type Commit,
  ConflictError,
  type Entry,
  type Key,
  type Page,
  type Rev,
  type Store,
} from './store.ts'
import { type OpenLog, StoreFiles } from './store-files.ts'

export interface StoreEnv {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly crc32c: Crc32c
}

export interface StoreOptions {
  /** A snapshot is taken when the log is longer than this and than twice the last snapshot. 4 MiB by default. */
  readonly logBytesMax?: number
  /** How much of the past is kept for watches and pages, in bytes of its objects. 8 MiB by default. */
  readonly historyBytesMax?: number
}

/** Finds what is in the directory, or begins there. Rejects when somebody else has it open, or when it is damaged. */
export async function openStore(env: StoreEnv, directory: string, options: StoreOptions = {}): Promise<Store> {
  const files = new StoreFiles(env, directory)
  const lock = await files.lock()
  try {
    const index = new ObjectIndex()
    let history: History | null = null
    const { rev, log, cutBytes } = await files.load({
      object: (key, value) => index.put({ key, rev: Number(value.metadata.resourceVersion), value }),
      commit: ({ rev, put = [], del = [] }, bytes) => {
        history ??= new History(rev - 1, options.historyBytesMax ?? historyBytesDefault)
        for (const change of changesOf(rev, put, del, (key) => index.get(key))) {
          applyTo(index, change)
          history.add(change, bytes)
        }
      },
    })
    if (cutBytes > 0) env.logger.warn('Cut off what was not synced at the last end', { logger: 'kube.store', cutBytes })
    history ??= new History(rev, options.historyBytesMax ?? historyBytesDefault)
    return new DurableStore(env, files, { rev, log, index, history, lock, options })
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

const historyBytesDefault = 8 * 1024 * 1024
const logBytesDefault = 4 * 1024 * 1024

interface Loaded {
  readonly rev: Rev
  readonly log: OpenLog
  readonly index: ObjectIndex
  readonly history: History
  readonly lock: { release(): void }
  readonly options: StoreOptions
}

interface Watcher {
  readonly prefix: Key
  readonly sink: (changes: readonly Change[], rev: Rev) => void
  /** What it has to hear first; null when it hears as things happen. */
  backlog: Change[] | null
}

/** A commit on its way to the disk. */
interface Pending {
  readonly rev: Rev
  readonly frame: Uint8Array
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

class DurableStore implements Store {
  readonly #env: StoreEnv
  readonly #files: StoreFiles
  readonly #index: ObjectIndex
  readonly #history: History
  readonly #lock: { release(): void }
  readonly #options: StoreOptions
  readonly #watchers = new Map<string, Set<Watcher>>()
  /** What is committed and not synced, and by which commit. */
  readonly #ahead = new Map<Key, { readonly rev: Rev; readonly entry: Entry | null }>()
  #log: OpenLog
  #rev: Rev
  #aheadRev: Rev
  #queue: Pending[] = []
  #isFlushing = false
  #isFlushAsked = false
  #snapshotBytes = 0
  /** Non-null while one is being written. */
  #snapshot: Promise<void> | null = null
  #failed: Failure | null = null
  #lastSynced: Promise<void> = Promise.resolve()
  #whenIdle: (() => void)[] = []

  constructor(env: StoreEnv, files: StoreFiles, loaded: Loaded) {
    this.#env = env
    this.#files = files
    this.#rev = loaded.rev
    this.#aheadRev = loaded.rev
    this.#log = loaded.log
    this.#index = loaded.index
    this.#history = loaded.history
    this.#lock = loaded.lock
    this.#options = loaded.options
  }

  get rev(): Rev {
    return this.#rev
  }

  get(key: Key): Entry | null {
    return this.#index.get(key)
  }

  latest(key: Key): Entry | null {
    const ahead = this.#ahead.get(key)
    return ahead === undefined ? this.#index.get(key) : ahead.entry
  }

  *latestAll(prefix: Key): Generator<Entry> {
    for (const entry of this.#index.below(prefix)) if (!this.#ahead.has(entry.key)) yield entry
    for (const [key, { entry }] of this.#ahead) if (entry !== null && key.startsWith(prefix)) yield entry
  }

  list(prefix: Key, { after, limit, at }: { after?: Key; limit?: number; at?: Rev } = {}): Page {
    const rev = at ?? this.#rev
    const found = rev === this.#rev ? this.#index.below(prefix, after) : this.#past(prefix, rev, after ?? null)
    const entries: Entry[] = []
    let remaining = 0
    for (const entry of found) {
      if (limit !== undefined && limit > 0 && entries.length === limit) remaining++
      else entries.push(entry)
    }
    return { rev, entries, more: remaining > 0, remaining }
  }

  #past(prefix: Key, at: Rev, after: Key | null): Entry[] {
    const old = this.#history.before(at, prefix)
    const entries: Entry[] = []
    for (const entry of this.#index.below(prefix, after)) if (!old.has(entry.key)) entries.push(entry)
    for (const [key, entry] of old) if (entry !== null && (after === null || key > after)) entries.push(entry)
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  commit({ expect, put = [], del = [] }: Commit): { rev: Rev; synced: Promise<void>; values: readonly Obj[] } {
    if (this.#failed !== null) throw new StorageError(this.#failed)
    for (const [key, expected] of expect) {
      const found = this.latest(key)?.rev ?? 0
      if (found !== expected) throw new ConflictError(key, found)
    }
    const rev = this.#aheadRev + 1
    const stamped = put.map(([key, value]): readonly [Key, Obj] => [key, stampedWith(value, rev)])
    // First, as it throws when the value is not JSON.
    const frame = this.#files.frame({ rev, put: stamped, del })
    const changes = changesOf(rev, stamped, del, (key) => this.latest(key))
    this.#aheadRev = rev
    for (const { type, key, value } of changes) {
      this.#ahead.set(key, { rev, entry: type === 'put' ? { key, rev, value } : null })
    }
    const synced = new Promise<void>((resolve, reject) => {
      this.#queue.push({ rev, frame, changes, resolve, reject })
    })
    // Those who do not wait for this one hear of the failure with the next.
    synced.catch(() => {})
    this.#lastSynced = synced
    this.#askFlush()
    return { rev, synced, values: stamped.map(([, value]) => value) }
  }

  synced(): Promise<void> {
    return this.#lastSynced
  }

  watch(prefix: Key, from: Rev, sink: (changes: readonly Change[], rev: Rev) => void): Closer {
    const backlog = from >= this.#rev ? [] : this.#history.since(from, prefix)
    const watcher: Watcher = { prefix, sink, backlog }
    const name = bucketOf(prefix)
    let watchers = this.#watchers.get(name)
    if (watchers === undefined) this.#watchers.set(name, (watchers = new Set()))
    watchers.add(watcher)
    this.#env.clock.atTurnEnd(() => {
      const first = watcher.backlog ?? []
      watcher.backlog = null
      if (first.length > 0 && watchers.has(watcher)) sink(first, this.#rev)
    })
    return { close: () => void watchers.delete(watcher) }
  }

  compact(before: Rev): void {
    this.#history.compact(Math.min(before, this.#rev + 1))
  }

  async close(): Promise<void> {
    await this.#lastSynced.catch(() => {})
    await this.#snapshot
    if (this.#isFlushing) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    this.#failed ??= { code: 'ECLOSED', message: 'the store is closed', retry: 'never' }
    this.#watchers.clear()
    this.#log.file.close()
    this.#lock.release()
  }

  #askFlush(): void {
    if (this.#isFlushAsked || this.#isFlushing) return
    this.#isFlushAsked = true
    this.#env.clock.atTurnEnd(() => {
      this.#isFlushAsked = false
      this.#flush()
    })
  }

  /** All that waits goes in one write and one sync. */
  #flush(): void {
    if (this.#isFlushing || this.#queue.length === 0 || this.#failed !== null) return
    this.#isFlushing = true
    const batch = this.#queue
    this.#queue = []
    const log = this.#log
    const parts = batch.map(({ frame }) => frame)
    const settle = (failure: Failure | null): void => {
      this.#isFlushing = false
      if (failure !== null) return this.#fail(failure, batch)
      this.#publish(batch)
      if (this.#isLogFull()) this.#rotate()
      else this.#flush()
      this.#tellIdle()
    }
    const at = log.bytes
    for (const part of parts) log.bytes += part.length
    let written: Failure | null = null
    log.file.write(parts, at, (failure) => {
      written = failure
    })
    // It covers the write asked before it, and fails when that did.
    log.file.sync((failure) => settle(written ?? failure))
  }

  #publish(batch: readonly Pending[]): void {
    const heard = new Map<Watcher, Change[]>()
    for (const { rev, changes, frame } of batch) {
      this.#rev = rev
      for (const change of changes) {
        applyTo(this.#index, change)
        this.#history.add(change, frame.length)
        if (this.#ahead.get(change.key)?.rev === rev) this.#ahead.delete(change.key)
        for (const watcher of this.#watchers.get(bucketOf(change.key)) ?? []) {
          if (!change.key.startsWith(watcher.prefix)) continue
          if (watcher.backlog !== null) watcher.backlog.push(change)
          else {
            const changesHeard = heard.get(watcher)
            if (changesHeard === undefined) heard.set(watcher, [change])
            else changesHeard.push(change)
          }
        }
      }
    }
    for (const { resolve } of batch) resolve()
    for (const [watcher, changes] of heard) watcher.sink(changes, this.#rev)
  }

  #fail(failure: Failure, batch: readonly Pending[]): void {
    this.#failed = failure
    this.#env.logger.error('Nothing is stored any more: the disk failed', {
      logger: 'kube.store',
      reason: failure.message,
    })
    const error = new StorageError(failure)
    for (const { reject } of [...batch, ...this.#queue]) reject(error)
    this.#queue = []
    this.#tellIdle()
  }

  #isLogFull(): boolean {
    const most = Math.max(this.#options.logBytesMax ?? logBytesDefault, 2 * this.#snapshotBytes)
    return this.#snapshot === null && this.#log.bytes > most
  }

  /** A new log from here on; then a snapshot of what was before it, in slices, while commits go on. */
  #rotate(): void {
    this.#isFlushing = true
    const rev = this.#rev
    const entries = this.#index.all()
    const old = this.#log
    const begun = this.#files.beginLog(rev).then(
      (log) => {
        this.#log = log
        old.file.close()
        this.#isFlushing = false
        this.#flush()
        this.#tellIdle()
      },
      (thrown: unknown) => {
        this.#isFlushing = false
        this.#fail(failureOf(thrown), [])
      },
    )
    this.#snapshot = begun
      .then(async () => {
        if (this.#failed === null) this.#snapshotBytes = await this.#files.writeSnapshot(rev, entries)
      })
      .catch((thrown: unknown) => {
        // The logs go on and hold everything; the next rotation tries again.
        this.#env.logger.warn('A snapshot could not be written', { logger: 'kube.store', reason: String(thrown) })
      })
      .finally(() => {
        this.#snapshot = null
      })
  }

  #tellIdle(): void {
    if (this.#isFlushing) return
    const waiting = this.#whenIdle
    this.#whenIdle = []
    for (const tell of waiting) tell()
  }
}

function changesOf(
  rev: Rev,
  put: readonly (readonly [Key, Obj])[],
  del: readonly Key[],
  standing: (key: Key) => Entry | null,
): Change[] {
  const changes: Change[] = []
  for (const [key, value] of put) changes.push({ type: 'put', key, rev, value, prev: standing(key)?.value ?? null })
  for (const key of del) {
    const prev = standing(key)?.value
    if (prev !== undefined) changes.push({ type: 'delete', key, rev, value: stampedWith(prev, rev), prev })
  }
  return changes
}

function applyTo(index: ObjectIndex, { type, key, rev, value }: Change): void {
  if (type === 'put') index.put({ key, rev, value })
  else index.delete(key)
}

const stampedWith = (value: Obj, rev: Rev): Obj => ({
  ...value,
  metadata: { ...value.metadata, resourceVersion: String(rev) },
})

function failureOf(thrown: unknown): Failure {
  const { failure } = thrown as { failure?: Failure }
  return failure ?? { code: 'EUNKNOWN', message: String(thrown), retry: 'never', cause: thrown }
}
