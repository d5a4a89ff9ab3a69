import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { failure, failureOf } from '../failure.ts'
import type { DirEntry, Disk, Done, Failure, File } from '../index.ts'
import { type FileOwner, NodeFile } from './file.ts'
import { Holdings } from './holdings.ts'
import { lockFile } from './lock.ts'
import { Pace, Volume } from './pace.ts'
import type { Turns } from './turns.ts'

const { O_CREAT, O_RDONLY, O_RDWR } = fs.constants
const flags = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT }
const fileMode = 0o600
const directoryMode = 0o700
/** `stat` calls given to the pool at once by one listing. */
const statsMax = 64
/** How long an operation waits for a descriptor, and how often it looks. */
const patienceMs = 10_000
const patienceStepMs = 20

type Callback<T> = (error: unknown, value: T) => void

/** The system's file systems. Opening and listing happen on the main thread while they are quick ({@link Pace}). */
export class NodeDisk implements Disk, FileOwner {
  readonly turns: Turns
  readonly filesMax: number
  readonly #syncsMax: number
  readonly #pace = new Pace()
  readonly #volumes = new Map<number, Volume>()
  readonly #files = new Holdings<NodeFile>()
  /** Work in the pool that is not one file's. */
  readonly #asked = new Holdings<object>()
  readonly #locks = new Set<{ release(): void }>()
  readonly #replacing = new Map<string, (() => void)[]>()
  #unflushed: NodeFile[] = []

  constructor(turns: Turns, { poolSize, filesMax }: { readonly poolSize: number; readonly filesMax: number }) {
    this.turns = turns
    this.filesMax = filesMax
    this.#syncsMax = Math.max(1, poolSize - 2)
    turns.addFlusher('files', (untilMs) => this.#flush(untilMs))
  }

  open(path: string, mode: 'read' | 'write' | 'create', done: Done<File>): void {
    if (this.#pace.isQuick()) {
      const startedMs = performance.now()
      let file: NodeFile | null = null
      try {
        const fd = fs.openSync(path, flags[mode], fileMode)
        file = this.#opened(path, fd, statOrClose(fd))
      } catch (thrown) {
        if (!isOutOfDescriptors(thrown)) {
          return this.turns.later(done, failureOf(`opening ${path}`, thrown), undefined as never)
        }
      } finally {
        this.#pace.took(startedMs)
      }
      if (file !== null) return this.turns.later(done, null, file)
    }
    const answer = this.#answer(`opening ${path}`, done)
    const open = (then: Callback<number>): void => fs.open(path, flags[mode], fileMode, then)
    this.#patiently(open, (error, fd) => {
      if (error !== null) return answer(error, undefined as never)
      let file: NodeFile
      try {
        file = this.#opened(path, fd, statOrClose(fd))
      } catch (thrown) {
        return answer(thrown, undefined as never)
      }
      if (this.turns.isClosed) file.abandon()
      answer(null, file)
    })
  }

  replace(path: string, bytes: Uint8Array, done: Done): void {
    const waiting = this.#replacing.get(path)
    const answer = this.#answer<void>(`replacing ${path}`, done)
    const start = (): void => {
      const replace = (then: Callback<void>): void => replaceFile(path, bytes, (error) => then(error, undefined))
      this.#patiently(replace, (error) => {
        const next = this.#replacing.get(path)?.shift()
        if (next === undefined) this.#replacing.delete(path)
        else next()
        answer(error, undefined)
      })
    }
    if (waiting !== undefined) {
      waiting.push(start)
    } else {
      this.#replacing.set(path, [])
      start()
    }
  }

  readAll(path: string, bytesMax: number, done: Done<Uint8Array>): void {
    this.open(path, 'read', (problem, file) => {
      if (problem !== null) return done(problem, undefined as never)
      const size = file.size()
      if (size > bytesMax) {
        file.close()
        return done(
          failure('EFBIG', `reading ${path}: ${size} bytes, at most ${bytesMax} expected`),
          undefined as never,
        )
      }
      const bytes = new Uint8Array(size)
      file.read(bytes, 0, (problem, got) => {
        file.close()
        done(problem, got === size ? bytes : bytes.subarray(0, got))
      })
    })
  }

  rename(from: string, to: string, done: Done): void {
    fs.rename(from, to, this.#nothing(`renaming ${from} to ${to}`, done))
  }

  remove(path: string, done: Done): void {
    fs.rm(path, { recursive: true, force: true }, this.#nothing(`removing ${path}`, done))
  }

  mkdir(path: string, done: Done): void {
    fs.mkdir(path, { recursive: true, mode: directoryMode }, this.#nothing(`creating ${path}`, done))
  }

  list(path: string, done: Done<readonly DirEntry[]>): void {
    if (this.#pace.isQuick()) {
      const startedMs = performance.now()
      try {
        return this.turns.later(done, null, listNow(path))
      } catch (thrown) {
        if (!isOutOfDescriptors(thrown)) return this.turns.later(done, failureOf(`listing ${path}`, thrown), [])
      } finally {
        this.#pace.took(startedMs)
      }
    }
    const list = (then: Callback<readonly DirEntry[]>): void => listInPool(path, then)
    this.#patiently(list, this.#answer(`listing ${path}`, done))
  }

  syncDir(path: string, done: Done): void {
    const sync = (then: Callback<void>): void => syncDirectory(path, (error) => then(error, undefined))
    this.#patiently(sync, this.#nothing(`syncing ${path}`, done))
  }

  lock(path: string, done: Done<{ release(): void }>): void {
    const lock = lockFile(path)
    if ('code' in lock) return this.turns.later(done, lock, undefined as never)
    const held = {
      release: () => {
        this.#locks.delete(held)
        lock.release()
      },
    }
    this.#locks.add(held)
    this.turns.later(done, null, held)
  }

  space(path: string, done: Done<{ free: number; total: number }>): void {
    const answer = this.#answer<{ free: number; total: number }>(`asking the space of ${path}`, done)
    fs.statfs(path, (error, stat) => {
      if (error !== null) answer(error, { free: 0, total: 0 })
      else answer(null, { free: stat.bavail * stat.bsize, total: stat.blocks * stat.bsize })
    })
  }

  flushLater(file: NodeFile): void {
    if (this.#unflushed.at(-1) === file) return
    this.#unflushed.push(file)
    this.turns.wake()
  }

  closed(file: NodeFile): void {
    this.#files.delete(file)
  }

  /** `gone` hears when every descriptor is closed and nothing is changed any more. */
  close(gone: () => void): void {
    for (const file of this.#files.list()) file.abandon()
    for (const lock of [...this.#locks]) lock.release()
    this.#asked.whenNone(() => this.#files.whenNone(gone))
  }

  #flush(untilMs: number): boolean {
    const files = this.#unflushed
    if (files.length === 0) return false
    this.#unflushed = []
    let next = 0
    do files[next++]!.flush()
    while (next < files.length && performance.now() < untilMs)
    if (next < files.length) this.#unflushed = [...files.slice(next), ...this.#unflushed]
    return this.#unflushed.length > 0
  }

  #opened(path: string, fd: number, stat: fs.Stats): NodeFile {
    let volume = this.#volumes.get(stat.dev)
    if (volume === undefined) {
      volume = new Volume(this.#syncsMax)
      this.#volumes.set(stat.dev, volume)
    }
    const file = new NodeFile(this, volume, path, fd, stat.size)
    this.#files.add(file)
    return file
  }

  /** That the process is out of descriptors is no fault of the disk: asked again until it has one, for a while. */
  #patiently<T>(ask: (then: Callback<T>) => void, done: Callback<T>, untilMs = performance.now() + patienceMs): void {
    ask((error, value) => {
      if (!isOutOfDescriptors(error) || this.turns.isClosed || performance.now() > untilMs) return done(error, value)
      setTimeout(() => this.#patiently(ask, done, untilMs), patienceStepMs)
    })
  }

  #answer<T>(doing: string, done: Done<T>): Callback<T> {
    const asked = {}
    this.#asked.add(asked)
    return (error, value) => {
      this.#asked.delete(asked)
      if (this.turns.isClosed) return
      let problem: Failure | null = null
      if (error !== null && error !== undefined) problem = failureOf(doing, error)
      done(problem, value)
    }
  }

  #nothing(doing: string, done: Done): (error: unknown) => void {
    const answer = this.#answer<void>(doing, done)
    return (error) => answer(error, undefined)
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return code === 'EMFILE' || code === 'ENFILE'
}

function statOrClose(fd: number): fs.Stats {
  const stat = fs.fstatSync(fd)
  if (!stat.isDirectory()) return stat
  fs.closeSync(fd)
  throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
}

function kindOf(entry: fs.Dirent): DirEntry['kind'] {
  if (entry.isFile()) return 'file'
  return entry.isDirectory() ? 'directory' : 'other'
}

/** An entry that went away between the listing and its `stat` is left out. */
function listNow(path: string): DirEntry[] {
  const entries: DirEntry[] = []
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    const kind = kindOf(entry)
    const stat = kind === 'file' ? fs.lstatSync(join(path, entry.name), { throwIfNoEntry: false }) : null
    if (stat !== undefined) entries.push({ name: entry.name, kind, size: stat === null ? 0 : stat.size })
  }
  return entries
}

function listInPool(path: string, done: Callback<readonly DirEntry[]>): void {
  fs.readdir(path, { withFileTypes: true }, (error, found) => {
    if (error !== null) return done(error, [])
    const entries: DirEntry[] = []
    let next = 0
    let running = 1
    let failed: unknown = null
    const ended = (): void => {
      if (--running === 0) done(failed, entries)
    }
    const more = (): void => {
      while (failed === null && running <= statsMax && next < found.length) {
        const entry = found[next++]!
        const kind = kindOf(entry)
        if (kind !== 'file') {
          entries.push({ name: entry.name, kind, size: 0 })
          continue
        }
        running++
        fs.lstat(join(path, entry.name), (error, stat) => {
          if (error === null) entries.push({ name: entry.name, kind, size: stat.size })
          else if (error.code !== 'ENOENT') failed ??= error
          more()
          ended()
        })
      }
    }
    more()
    ended()
  })
}

function syncDirectory(path: string, done: (error: unknown) => void): void {
  fs.open(path, O_RDONLY, (error, fd) => {
    if (error !== null) return done(error)
    fs.fsync(fd, (error) => fs.close(fd, (closeError) => done(error ?? closeError)))
  })
}

function replaceFile(path: string, bytes: Uint8Array, done: (error: unknown) => void): void {
  const temporary = `${path}.tmp`
  const giveUp = (error: unknown): void => fs.unlink(temporary, () => done(error))
  fs.open(temporary, 'w', fileMode, (error, fd) => {
    if (error !== null) return done(error)
    const closeAnd = (error: unknown, then: () => void): void =>
      fs.close(fd, (closeError) => {
        const problem = error ?? closeError ?? null
        if (problem !== null) giveUp(problem)
        else then()
      })
    fs.write(fd, bytes, 0, bytes.byteLength, 0, (error, written) => {
      if (error !== null) return closeAnd(error, () => {})
      if (written !== bytes.byteLength) {
        return closeAnd(Object.assign(new Error('short write'), { code: 'ENOSPC' }), () => {})
      }
      fs.fdatasync(fd, (error) =>
        closeAnd(error, () =>
          fs.rename(temporary, path, (error) => {
            if (error !== null) giveUp(error)
            else syncDirectory(dirname(path), done)
          }),
        ),
      )
    })
  })
}
