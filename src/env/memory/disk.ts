import { failure } from '../failure.ts'
import type { Clock, DirEntry, Disk, Done, Failure, File } from '../index.ts'
import {
  afterCrash,
  beginDirectorySync,
  bytesBelow,
  type CrashOptions,
  type DirectoryNode,
  type FileNode,
  find,
  type Node,
  namesOf,
  newDirectory,
  newFile,
} from './tree.ts'

export type { CrashOptions } from './tree.ts'

export interface MemoryDiskOptions {
  /** Capacity; a write that would pass it fails with ENOSPC. 1 TiB by default. */
  readonly totalBytes?: number
  /** Asked before every operation; a code makes it fail with that code, as a broken disk would. */
  readonly fault?: (operation: string, path: string) => string | null
  /**
   * When an operation is answered, and with that what it syncs is safe; by default at the turn end. It has to come in a
   * later turn.
   */
  readonly later?: (operation: string, path: string, answer: () => void) => void
}

export interface MemoryDisk extends Disk {
  /**
   * A power cut: the disk that the next start finds. This one is dead: none of its callbacks is called any more.
   */
  crash(options?: CrashOptions): MemoryDisk
  /** The end of the process only (kill -9): everything written is there for the next start. This one is dead. */
  kill(): MemoryDisk
  /** Bytes in all files. */
  usedBytes(): number
  /** Paths of all files. */
  files(): string[]
  /** A copy of what one file says, as its process sees it. */
  contents(path: string): Uint8Array
  /** Bytes of one file. */
  sizeOf(path: string): number
  /** Rot: changes the bits of `mask` in one byte of a file, in what is written and in what is synced. */
  rot(path: string, at: number, mask: number): void
}

/**
 * A disk in memory that keeps apart what is written and what is synced, for ephemeral clusters and for tests. Answers
 * come at a turn end, so in a later turn than the question.
 */
export function memoryDisk(clock: Pick<Clock, 'atTurnEnd'>, options: MemoryDiskOptions = {}): MemoryDisk {
  return new InMemoryDisk(clock, options, newDirectory())
}

const totalBytesDefault = 2 ** 40

class InMemoryDisk implements MemoryDisk {
  readonly #clock: Pick<Clock, 'atTurnEnd'>
  readonly #options: MemoryDiskOptions
  readonly #root: DirectoryNode
  readonly #locked = new Set<string>()
  #due: (() => void)[] = []
  #isDead = false
  #used: number
  /** Set by an operation that makes something safe when it is answered. */
  #syncing: (() => void) | null = null

  constructor(clock: Pick<Clock, 'atTurnEnd'>, options: MemoryDiskOptions, root: DirectoryNode) {
    this.#clock = clock
    this.#options = options
    this.#root = root
    this.#used = bytesBelow(root)
  }

  open(path: string, mode: 'read' | 'write' | 'create', done: Done<File>): void {
    this.#answer('open', path, done, () => {
      const names = namesOf(path)
      let node = this.#find(path, names)
      if (node === null) {
        if (mode !== 'create') return missing('open', path)
        const parent = this.#directory(path, names.slice(0, -1))
        if ('code' in parent) return parent
        node = newFile()
        parent.entries.set(names.at(-1)!, node)
      }
      if ('code' in node) return node
      if (node.kind === 'directory') return failure('EISDIR', `opening ${path}: is a directory`)
      return this.#handle(path, mode, node)
    })
  }

  replace(path: string, bytes: Uint8Array, done: Done): void {
    this.#answer('replace', path, done, () => {
      const names = namesOf(path)
      const parent = this.#directory(path, names.slice(0, -1))
      if ('code' in parent) return parent
      const before = parent.entries.get(names.at(-1)!)
      if (before?.kind === 'directory') return failure('EISDIR', `replacing ${path}: is a directory`)
      const full = this.#take(path, bytes.byteLength - (before?.content.size ?? 0))
      if (full !== null) return full
      const node = newFile()
      node.content.write(bytes, 0)
      node.content.sync()
      parent.entries.set(names.at(-1)!, node)
      this.#syncing = beginDirectorySync(parent)
    })
  }

  readAll(path: string, bytesMax: number, done: Done<Uint8Array>): void {
    this.#answer('readAll', path, done, () => {
      const node = this.#find(path, namesOf(path))
      if (node === null) return missing('read', path)
      if ('code' in node) return node
      if (node.kind === 'directory') return failure('EISDIR', `reading ${path}: is a directory`)
      const { size } = node.content
      if (size > bytesMax) return failure('EFBIG', `reading ${path}: ${size} bytes, at most ${bytesMax} expected`)
      const bytes = new Uint8Array(size)
      node.content.read(bytes, 0)
      return bytes
    })
  }

  rename(from: string, to: string, done: Done): void {
    this.#answer('rename', from, done, () => {
      const fromNames = namesOf(from)
      const toNames = namesOf(to)
      const source = this.#directory(from, fromNames.slice(0, -1))
      if ('code' in source) return source
      const target = this.#directory(to, toNames.slice(0, -1))
      if ('code' in target) return target
      const node = source.entries.get(fromNames.at(-1)!)
      if (node === undefined) return missing('rename', from)
      const before = target.entries.get(toNames.at(-1)!)
      if (before !== undefined && before !== node) {
        if (before.kind === 'directory' && node.kind === 'file')
          return failure('EISDIR', `renaming ${from}: ${to} is a directory`)
        if (before.kind === 'file' && node.kind === 'directory')
          return failure('ENOTDIR', `renaming ${from}: ${to} is a file`)
        if (before.kind === 'directory' && before.entries.size > 0)
          return failure('ENOTEMPTY', `renaming ${from}: ${to} is not empty`)
        this.#used -= bytesBelow(before)
      }
      source.entries.delete(fromNames.at(-1)!)
      target.entries.set(toNames.at(-1)!, node)
    })
  }

  remove(path: string, done: Done): void {
    this.#answer('remove', path, done, () => {
      const names = namesOf(path)
      const parent = find(this.#root, names.slice(0, -1))
      if (parent === null) return
      if (parent === 'ENOTDIR' || parent.kind === 'file') return failure('ENOTDIR', `removing ${path}: not a directory`)
      const node = parent.entries.get(names.at(-1)!)
      if (node === undefined) return
      this.#used -= bytesBelow(node)
      parent.entries.delete(names.at(-1)!)
    })
  }

  mkdir(path: string, done: Done): void {
    this.#answer('mkdir', path, done, () => {
      let node: DirectoryNode = this.#root
      for (const name of namesOf(path)) {
        let next = node.entries.get(name)
        if (next === undefined) {
          next = newDirectory()
          node.entries.set(name, next)
        }
        if (next.kind === 'file') return failure('EEXIST', `creating ${path}: ${name} is a file`)
        node = next
      }
    })
  }

  list(path: string, done: Done<readonly DirEntry[]>): void {
    this.#answer('list', path, done, () => {
      const directory = this.#directory(path, namesOf(path))
      if ('code' in directory) return directory
      return Array.from(directory.entries, ([name, { kind, ...node }]) => {
        return { name, kind, size: 'content' in node ? node.content.size : 0 }
      })
    })
  }

  syncDir(path: string, done: Done): void {
    this.#answer('syncDir', path, done, () => {
      const directory = this.#directory(path, namesOf(path))
      if ('code' in directory) return directory
      this.#syncing = beginDirectorySync(directory)
    })
  }

  lock(path: string, done: Done<{ release(): void }>): void {
    this.#answer('lock', path, done, () => {
      const names = namesOf(path)
      const parent = this.#directory(path, names.slice(0, -1))
      if ('code' in parent) return parent
      const key = names.join('/')
      if (this.#locked.has(key)) return failure('ELOCKED', `locking ${path}: held by another process or node`)
      if (!parent.entries.has(names.at(-1)!)) parent.entries.set(names.at(-1)!, newFile())
      this.#locked.add(key)
      let isHeld = true
      return {
        release: () => {
          if (isHeld) this.#locked.delete(key)
          isHeld = false
        },
      }
    })
  }

  space(path: string, done: Done<{ free: number; total: number }>): void {
    this.#answer('space', path, done, () => {
      const node = this.#find(path, namesOf(path))
      if (node === null) return missing('asking the space of', path)
      if ('code' in node) return node
      const total = this.#totalBytes()
      return { free: Math.max(0, total - this.#used), total }
    })
  }

  crash(options: CrashOptions = {}): MemoryDisk {
    this.#isDead = true
    this.#due = []
    return new InMemoryDisk(this.#clock, this.#options, afterCrash(this.#root, '', options))
  }

  kill(): MemoryDisk {
    this.#isDead = true
    this.#due = []
    return new InMemoryDisk(this.#clock, this.#options, this.#root)
  }

  usedBytes(): number {
    return this.#used
  }

  files(): string[] {
    const found: string[] = []
    const look = (directory: DirectoryNode, path: string): void => {
      for (const [name, node] of directory.entries) {
        if (node.kind === 'directory') look(node, `${path}/${name}`)
        else found.push(`${path}/${name}`)
      }
    }
    look(this.#root, '')
    return found
  }

  sizeOf(path: string): number {
    return this.#file(path).content.size
  }

  contents(path: string): Uint8Array {
    const { content } = this.#file(path)
    const bytes = new Uint8Array(content.size)
    content.read(bytes, 0)
    return bytes
  }

  rot(path: string, at: number, mask: number): void {
    this.#file(path).content.rot(at, mask)
  }

  #file(path: string): FileNode {
    const node = find(this.#root, namesOf(path))
    if (node === null || node === 'ENOTDIR' || node.kind !== 'file') throw new Error(`${path} is no file`)
    return node
  }

  #handle(path: string, mode: 'read' | 'write' | 'create', node: FileNode): File {
    const { content } = node
    let isOpen = true
    let syncFailure: Failure | null = null
    const onFile = <T>(operation: string, done: Done<T>, act: () => T | Failure): void => {
      if (!isOpen)
        return this.#later(operation, path, () => done(failure('EBADF', `${path} is closed`), undefined as never))
      this.#answer(operation, path, done, act)
    }
    return {
      write: (parts, at, done) =>
        onFile('write', done, () => {
          if (mode === 'read') return failure('EBADF', `writing ${path}: opened for reading`)
          if (syncFailure !== null) return syncFailure
          let length = 0
          for (const part of parts) length += part.byteLength
          const full = this.#take(path, Math.max(0, at + length - content.size))
          if (full !== null) return full
          for (const part of parts) {
            content.write(part, at)
            at += part.byteLength
          }
        }),
      read: (into, at, done) => onFile('read', done, () => content.read(into, at)),
      sync: (done) =>
        onFile(
          'sync',
          (problem, value) => {
            syncFailure ??= problem
            done(problem, value)
          },
          () => {
            if (syncFailure !== null) return syncFailure
            this.#syncing = content.beginSync()
          },
        ),
      size: () => content.size,
      truncate: (size, done) =>
        onFile('truncate', done, () => {
          if (mode === 'read') return failure('EBADF', `truncating ${path}: opened for reading`)
          this.#used += size - content.size
          content.truncate(size)
        }),
      close: () => {
        isOpen = false
      },
    }
  }

  #totalBytes(): number {
    return this.#options.totalBytes ?? totalBytesDefault
  }

  #take(path: string, bytes: number): Failure | null {
    if (bytes > 0 && this.#used + bytes > this.#totalBytes()) {
      return failure('ENOSPC', `writing ${path}: no space left on device`)
    }
    this.#used += bytes
    return null
  }

  #find(path: string, names: readonly string[]): Node | null | Failure {
    const node = find(this.#root, names)
    return node === 'ENOTDIR' ? failure('ENOTDIR', `${path} leads through a file`) : node
  }

  #directory(path: string, names: readonly string[]): DirectoryNode | Failure {
    const node = this.#find(path, names)
    if (node === null) return missing('finding the directory of', path)
    if ('code' in node) return node
    return node.kind === 'directory' ? node : failure('ENOTDIR', `${path} leads through a file`)
  }

  /** Acts at once, so that operations take effect in the order asked, and answers later. */
  #answer<T>(operation: string, path: string, done: Done<T>, act: () => T | Failure): void {
    if (this.#isDead) return
    const code = this.#options.fault?.(operation, path) ?? null
    const result = code === null ? act() : failure(code, `${operation} ${path}: injected fault`)
    const synced = this.#syncing
    this.#syncing = null
    const [problem, value] = isFailure(result) ? [result, undefined as never] : [null, result]
    this.#later(operation, path, () => {
      synced?.()
      done(problem, value)
    })
  }

  #later(operation: string, path: string, answer: () => void): void {
    if (this.#isDead) return
    const { later } = this.#options
    if (later !== undefined) {
      return later(operation, path, () => {
        if (!this.#isDead) answer()
      })
    }
    this.#due.push(answer)
    if (this.#due.length === 1) this.#clock.atTurnEnd(this.#deliver)
  }

  readonly #deliver = (): void => {
    const due = this.#due
    let at = 0
    this.#due = []
    try {
      while (at < due.length && !this.#isDead) due[at++]!()
    } finally {
      // A callback that threw must not swallow the others' answers.
      if (at < due.length && !this.#isDead) {
        this.#due = [...due.slice(at), ...this.#due]
        this.#clock.atTurnEnd(this.#deliver)
      }
    }
  }
}

function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'code' in result && 'retry' in result
}

function missing(doing: string, path: string): Failure {
  return failure('ENOENT', `${doing} ${path}: no such file or directory`)
}
