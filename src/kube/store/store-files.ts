import type { Crc32c } from '../../bytes/index.ts'
import type { Clock, DirEntry, Disk, File } from '../../env/index.ts'
import type { Obj } from '../../kube-client/index.ts'
import { encodeFrame, readFrames } from './frames.ts'
import { promised } from './promised.ts'
import type { Entry, Key, Rev } from './store.ts'

/**
 *     objects-REV.snap    all objects at REV: {format, rev}, [key, object]…, {end: how many}
 *     changes-REV.log     the commits after REV: {format, from}, {rev, put, del}…
 *
 * A log is begun only when all before it is synced, so only the last one can have a torn tail. A snapshot is complete when
 * it has its name; what it replaces is removed afterwards.
 */
const format = 1
const fileBytesMax = 1024 * 1024 * 1024

/** One commit as the log has it. */
export interface Logged {
  readonly rev: Rev
  readonly put?: readonly (readonly [Key, Obj])[]
  readonly del?: readonly Key[]
}

/** Bytes of the log that were read, for the size of the commit just visited. */
export interface Visitor {
  object(key: Key, value: Obj): void
  commit(commit: Logged, bytes: number): void
}

export interface OpenLog {
  readonly file: File
  /** Where the next frame goes. */
  bytes: number
}

export class StoreFiles {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #crc32c: Crc32c
  readonly #directory: string

  constructor(env: { disk: Disk; clock: Clock; crc32c: Crc32c }, directory: string) {
    this.#disk = env.disk
    this.#clock = env.clock
    this.#crc32c = env.crc32c
    this.#directory = directory
  }

  frame(value: unknown): Uint8Array {
    return encodeFrame(value, this.#crc32c)
  }

  async lock(): Promise<{ release(): void }> {
    await promised((done) => this.#disk.mkdir(this.#directory, done))
    const parent = this.#directory.slice(0, this.#directory.lastIndexOf('/'))
    await promised((done) => this.#disk.syncDir(parent === '' ? '/' : parent, done))
    return promised((done) => this.#disk.lock(this.#path('.lock'), done))
  }

  /** Everything that is there, and the log that goes on; a torn tail is cut off. */
  async load(visitor: Visitor): Promise<{ rev: Rev; log: OpenLog; cutBytes: number }> {
    const names = await this.#names()
    const snapshots = revsOf(names, /^objects-(\d{16})\.snap$/)
    const base = snapshots.at(-1) ?? null
    let rev: Rev = 1
    if (base !== null) {
      rev = base
      await this.#loadSnapshot(base, visitor)
    }
    const logs = revsOf(names, /^changes-(\d{16})\.log$/).filter((from) => from >= rev)
    let cutBytes = 0
    let last: OpenLog | null = null
    for (const from of logs) {
      const isLast = from === logs.at(-1)
      const name = logName(from)
      if (from !== rev)
        throw new Error(`${this.#path(name)} begins after revision ${from}, but ${rev} is the last known`)
      const bytes = await this.#read(name)
      const whole = this.#replay(name, bytes, (commit, size) => {
        if (commit.rev !== rev + 1) throw new Error(`${this.#path(name)}: revision ${commit.rev} follows ${rev}`)
        rev = commit.rev
        visitor.commit(commit, size)
      })
      if (whole < bytes.length && !isLast) throw new Error(`${this.#path(name)} is damaged at byte ${whole}`)
      if (!isLast) continue
      cutBytes = bytes.length - whole
      last = await this.#reopen(name, whole, cutBytes > 0, from)
    }
    await this.#removeOthers(names, base)
    return { rev, log: last ?? (await this.beginLog(rev)), cutBytes }
  }

  async beginLog(from: Rev): Promise<OpenLog> {
    const file = await promised<File>((done) => this.#disk.open(this.#path(logName(from)), 'create', done))
    const header = this.frame({ format, from })
    await promised((done) => file.truncate(0, done))
    await promised((done) => file.write([header], 0, done))
    await promised((done) => file.sync(done))
    await promised((done) => this.#disk.syncDir(this.#directory, done))
    return { file, bytes: header.length }
  }

  /** Entries as they stood at `rev`. Afterwards logs and snapshots before it are gone. Returns its size. */
  async writeSnapshot(rev: Rev, entries: readonly Entry[]): Promise<number> {
    const temporary = this.#path(`${snapshotName(rev)}.tmp`)
    await promised((done) => this.#disk.remove(temporary, done))
    const file = await promised<File>((done) => this.#disk.open(temporary, 'create', done))
    let at = 0
    const append = async (parts: Uint8Array[]): Promise<void> => {
      const from = at
      for (const part of parts) at += part.length
      await promised((done) => file.write(parts, from, done))
    }
    try {
      await append([this.frame({ format, rev })])
      for (let next = 0; next < entries.length; ) {
        const parts: Uint8Array[] = []
        await new Promise<void>((resolve) =>
          this.#clock.slice(() => {
            const { key, value } = entries[next]!
            parts.push(this.frame([key, value]))
            next++
            const isFull = next === entries.length || parts.length === 256
            if (isFull) resolve()
            return isFull
          }),
        )
        await append(parts)
      }
      await append([this.frame({ end: entries.length })])
      await promised((done) => file.sync(done))
    } finally {
      file.close()
    }
    await promised((done) => this.#disk.rename(temporary, this.#path(snapshotName(rev)), done))
    await promised((done) => this.#disk.syncDir(this.#directory, done))
    const names = await this.#names()
    await this.#removeOthers(names, rev)
    return at
  }

  async #loadSnapshot(rev: Rev, visitor: Visitor): Promise<void> {
    const name = snapshotName(rev)
    const bytes = await this.#read(name)
    let count = -1
    let isComplete = false
    const whole = readFrames(bytes, this.#crc32c, (value) => {
      if (count < 0) checkFormat(value, this.#path(name))
      else if (Array.isArray(value)) visitor.object(value[0] as Key, value[1] as Obj)
      else isComplete = (value as { end?: unknown }).end === count
      count++
    })
    if (!isComplete || whole < bytes.length) throw new Error(`${this.#path(name)} is damaged at byte ${whole}`)
  }

  #replay(name: string, bytes: Uint8Array, visit: (commit: Logged, size: number) => void): number {
    let isFirst = true
    return readFrames(bytes, this.#crc32c, (value, size) => {
      if (isFirst) checkFormat(value, this.#path(name))
      else visit(value as Logged, size)
      isFirst = false
    })
  }

  async #reopen(name: string, whole: number, isTorn: boolean, from: Rev): Promise<OpenLog> {
    // Not even its header is whole: it was being begun.
    if (whole === 0) return this.beginLog(from)
    const file = await promised<File>((done) => this.#disk.open(this.#path(name), 'write', done))
    if (isTorn) {
      await promised((done) => file.truncate(whole, done))
      await promised((done) => file.sync(done))
    }
    return { file, bytes: whole }
  }

  /** What a snapshot has replaced, and files that were being written. */
  async #removeOthers(names: readonly string[], base: Rev | null): Promise<void> {
    for (const name of names) {
      const [, rev, kind] = /^(?:objects|changes)-(\d{16})\.(snap|log|snap\.tmp)$/.exec(name) ?? []
      if (rev === undefined) continue
      if (kind === 'snap.tmp' || (base !== null && Number(rev) < base)) {
        await promised((done) => this.#disk.remove(this.#path(name), done))
      }
    }
  }

  async #names(): Promise<string[]> {
    const entries = await promised<readonly DirEntry[]>((done) => this.#disk.list(this.#directory, done))
    return entries.map(({ name }) => name)
  }

  #read(name: string): Promise<Uint8Array> {
    return promised((done) => this.#disk.readAll(this.#path(name), fileBytesMax, done))
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`
  }
}

const digits = (rev: Rev): string => String(rev).padStart(16, '0')
const logName = (from: Rev): string => `changes-${digits(from)}.log`
const snapshotName = (rev: Rev): string => `objects-${digits(rev)}.snap`

function revsOf(names: readonly string[], pattern: RegExp): Rev[] {
  const revs: Rev[] = []
  for (const name of names) {
    const found = pattern.exec(name)
    if (found !== null) revs.push(Number(found[1]))
  }
  return revs.sort((a, b) => a - b)
}

function checkFormat(header: unknown, path: string): void {
  const found = (header as { format?: unknown }).format
  if (found !== format) throw new Error(`${path} has format ${String(found)}; this version reads ${format}`)
}
