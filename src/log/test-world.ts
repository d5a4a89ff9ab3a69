import assert from 'node:assert/strict'
import { gunzipSync, gzipSync } from 'node:zlib'
import { crc32c, type Slice } from '../bytes/index.ts'
import type { Clock, Failure, Heavy, Logger, Random, Timer } from '../env/index.ts'
import { type CrashOptions, type MemoryDisk, type MemoryDiskOptions, memoryDisk } from '../env/memory/index.ts'
import {
  BatchBuilder,
  BatchCursor,
  type BatchOptions,
  batchBaseOffset,
  batchLastOffset,
  RecordCursor,
} from '../records/index.ts'
import type { CommitLog } from './commit-log.ts'
import { defaultLogConfig, type LogConfig, openLogStore, writeMetaProperties } from './index.ts'
import type { FlushMode, Log, LogStore, LogStoreOptions, ReadInto } from './types.ts'

/** A world for tests: turns run only when told to, time stands still, the disk is in memory and can be cut off. */
export class TestWorld {
  disk: MemoryDisk
  wallMs = 1_700_000_000_000
  /** Set by a test that needs codecs. */
  heavy: Heavy | null = null
  #monoMs = 0
  #ends: (() => void)[] = []
  #slices: (() => boolean)[] = []
  #timers: { dueMs: number; fire: () => void }[] = []
  /** Messages logged at warn and error. */
  readonly complaints: string[] = []
  /** Turns run so far: crash tests stop at each. */
  turns = 0
  turnsMax = Number.POSITIVE_INFINITY

  constructor(diskOptions: MemoryDiskOptions = {}) {
    this.disk = memoryDisk(this.clock, diskOptions)
  }

  readonly clock: Clock = {
    monoMs: () => this.#monoMs,
    wallMs: () => this.wallMs,
    at: (dueMs, fire): Timer => {
      const timer = { dueMs, fire }
      this.#timers.push(timer)
      return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) }
    },
    atTurnEnd: (run) => void this.#ends.push(run),
    slice: (step) => void this.#slices.push(step),
  }

  readonly random: Random = {
    next: () => 0.5,
    below: (bound) => Math.floor(bound / 2),
    bytes: (into) => into.map((_, i) => (i * 37 + this.#ids++) & 255),
  }
  #ids = 1

  readonly logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (message, fields) => void this.complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
    error: (message, fields) => void this.complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
    child: () => this.logger,
  }

  /** One turn; false when there was nothing to do. */
  turn(): boolean {
    if (this.#ends.length === 0 && this.#slices.length === 0) return false
    if (this.turns >= this.turnsMax) return false
    this.turns++
    const ends = this.#ends
    this.#ends = []
    for (const end of ends) end()
    const slices = this.#slices
    this.#slices = []
    for (const step of slices) if (!step()) this.#slices.push(step)
    return true
  }

  /** Turns until nothing is left to do. */
  run(): void {
    for (let i = 0; this.turn(); i++) if (i > 1_000_000) throw new Error('the world does not come to rest')
  }

  /** Lets time pass, firing timers in order. */
  advance(ms: number): void {
    const until = this.#monoMs + ms
    for (;;) {
      this.run()
      const due = this.#timers.filter(({ dueMs }) => dueMs <= until).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.wallMs += due.dueMs - this.#monoMs
      this.#monoMs = Math.max(this.#monoMs, due.dueMs)
      due.fire()
    }
    this.wallMs += until - this.#monoMs
    this.#monoMs = until
    this.run()
  }

  /** Power cut: nothing that waited happens any more, and the disk holds what was synced. */
  crash(options?: CrashOptions): void {
    this.#ends = []
    this.#slices = []
    this.#timers = []
    this.disk = this.disk.crash(options)
    this.turnsMax = Number.POSITIVE_INFINITY
  }

  /** Runs until `start` has called its done; returns the value or throws the failure. */
  wait<T>(start: (done: (failure: Failure | null, value: T) => void) => void): T {
    let answer: { failure: Failure | null; value: T } | null = null
    start((failure, value) => {
      assert.equal(answer, null, 'a done is called once')
      answer = { failure, value }
    })
    this.run()
    const got = answer as { failure: Failure | null; value: T } | null
    if (got === null) throw new Error('no answer came')
    if (got.failure !== null) throw Object.assign(new Error(got.failure.message), { code: got.failure.code })
    return got.value
  }

  options(flush: FlushMode, more: Partial<LogStoreOptions> = {}): LogStoreOptions {
    return { dirs: ['/data'], nodeId: 1, clusterId: 'cluster', flush, defaults: defaultLogConfig, ...more }
  }

  get env() {
    const { clock, random, disk, logger, heavy } = this
    return { clock, random, disk, logger, crc32c, ...(heavy === null ? {} : { heavy }) }
  }

  /** Formats `/data` when it is new, and opens the store. */
  store(flush: FlushMode = 'sync', more: Partial<LogStoreOptions> = {}): LogStore {
    const options = this.options(flush, more)
    for (const dir of options.dirs) {
      this.wait<void>((done) => this.disk.mkdir(dir, done))
      const names = this.wait<readonly { name: string }[]>((done) => this.disk.list(dir, done)).map(({ name }) => name)
      if (names.includes('meta.properties')) continue
      const directoryId = `dir${dir.replaceAll('/', '_').padEnd(18, 'x')}A`
      this.wait<void>((done) =>
        writeMetaProperties(this.disk, dir, { clusterId: 'cluster', nodeId: 1, directoryId }, 0, done),
      )
      this.wait<void>((done) => this.disk.syncDir('/', done))
    }
    return this.wait<LogStore>((done) => openLogStore(this.env, options, done))
  }

  open(store: LogStore, config: Partial<LogConfig> = {}, partition = 0, topic = 'events'): CommitLog {
    const ask = { topic, partition, topicId: 'topicidtopicidtopicidA', config: { ...defaultLogConfig, ...config } }
    return this.wait<Log>((done) => store.open(ask, done)) as CommitLog
  }

  /** Appends one batch of string values; answers its base offset or throws with the code. */
  append(
    log: Log,
    values: readonly string[],
    options: BatchOptions & { epoch?: number; keys?: readonly (string | null)[]; timestamp?: number } = {},
  ): number {
    const batch = makeBatch(values, this.wallMs, options)
    const appended = log.append(batch, options.epoch ?? 0, 'client', this.wallMs)
    if (typeof appended === 'number') throw new Error(`append answered ${appended}: ${log.refusal?.message}`)
    return appended.firstOffset
  }

  /** All values from `from` up to the end, as `offset:value`. */
  readAll(log: Log, from: number = log.startOffset, upTo: number = log.endOffset): string[] {
    const found: string[] = []
    for (let next = from; next < upTo; ) {
      const into = lease()
      this.wait<void>((done) => {
        if (log.read({ from: next, upTo, bytesMax: 1 << 20, atLeastOne: true }, into, done)) done(null)
      })
      const before = next
      for (const slice of into.slices) {
        for (const { offset, value, end } of recordsIn(slice)) {
          if (offset >= from) found.push(`${offset}:${value}`)
          next = end
        }
      }
      into.release()
      if (next === before) break
    }
    return found
  }
}

export function lease(): ReadInto {
  return { slices: [], release: () => {} }
}

export function makeBatch(
  values: readonly string[],
  timestamp: number,
  options: BatchOptions & { keys?: readonly (string | null)[]; timestamp?: number } = {},
): Slice {
  const builder = new BatchBuilder(options)
  values.forEach((value, i) => {
    const key = options.keys?.[i] ?? null
    builder.append(
      options.timestamp ?? timestamp,
      key === null ? null : Buffer.from(key),
      value === '' ? null : Buffer.from(value),
    )
  })
  const bytes = builder.build(crc32c)
  return { bytes, from: 0, to: bytes.length }
}

export function recordsIn(slice: Slice): { offset: number; value: string; end: number }[] {
  const found: { offset: number; value: string; end: number }[] = []
  const batches = new BatchCursor(slice)
  while (batches.next()) {
    const records = new RecordCursor({ bytes: batches.bytes, from: batches.from, to: batches.to })
    const end = batchLastOffset(batches.bytes, batches.from) + 1
    assert.ok(batchBaseOffset(batches.bytes, batches.from) < end)
    while (records.next())
      found.push({ offset: records.offset, value: Buffer.from(records.value ?? []).toString(), end })
  }
  return found
}

/** gzip only, answered in a later turn. */
export function zlibHeavy(clock: Clock): Heavy {
  return {
    run: (job, ask, done) => {
      const bytes = (ask as { bytes: Uint8Array }).bytes
      const answer = job === 'compress' ? gzipSync(bytes) : gunzipSync(bytes)
      // The operating system byte of the gzip header: "unknown", as Java writes it.
      if (job === 'compress') answer[9] = 255
      clock.atTurnEnd(() => done(null, answer as never))
    },
  }
}
