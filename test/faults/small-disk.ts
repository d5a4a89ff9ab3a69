/** A file system of a few megabytes, made of memory: full, read-only or gone whenever a test wants it. Needs root on Linux. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

function run(program: string, ...args: string[]): string | null {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? null : (error?.message ?? stderr.trim())
}

/** Why there can be none here; null when there can. */
export function whyNoSmallDisk(at: string): string | null {
  if (process.platform !== 'linux') return 'needs Linux'
  mkdirSync(at, { recursive: true })
  const refusal = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at)
  if (refusal === null) run('umount', at)
  rmSync(at, { recursive: true, force: true })
  return refusal === null ? null : `cannot mount a tmpfs: ${refusal}`
}

export class SmallDisk implements Disposable {
  readonly path: string
  readonly #filler: string

  constructor(path: string, megabytes: number) {
    this.path = path
    this.#filler = join(path, 'filler')
    mkdirSync(path, { recursive: true })
    this.#do('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path)
  }

  #do(program: string, ...args: string[]): void {
    const refusal = run(program, ...args)
    if (refusal !== null) throw new Error(`${program} ${args.join(' ')}: ${refusal}`)
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  /** Takes all but so many bytes. */
  fill(butBytes = 0): void {
    const file = openSync(this.#filler, 'a')
    const page = Buffer.alloc(4096, 1)
    while (this.freeBytes > butBytes) writeSync(file, page)
    closeSync(file)
  }

  relieve(): void {
    rmSync(this.#filler, { force: true })
  }

  /** A larger disk with the same in it. */
  grow(megabytes: number): void {
    this.relieve()
    this.#do('mount', '-o', `remount,rw,size=${megabytes}m`, this.path)
  }

  /** As the kernel does when it has lost faith in a disk. */
  makeReadOnly(): void {
    this.#do('mount', '-o', 'remount,ro', this.path)
  }

  makeWritable(): void {
    this.#do('mount', '-o', 'remount,rw', this.path)
  }

  [Symbol.dispose](): void {
    run('umount', '-l', this.path)
    rmSync(this.path, { recursive: true, force: true })
  }
}
