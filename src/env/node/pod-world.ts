import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Address, DirEntry, Disk, Done, File } from '../index.ts'
import { NameReader } from './pod-names.ts'
import { PodPorts, portsDirectoryIn, singleHost } from './pod-ports.ts'

/** Names the file from which a program in a pod learns its world. */
export const podVariable = 'MILLRACE_POD'

/** What a kubelet writes there. */
interface Table {
  /** Container path → host path. */
  readonly mounts: Readonly<Record<string, string>>
  readonly podIp: string
  readonly hostname: string
  readonly namespace: string
  readonly names: string
  readonly mode: 'own-address' | 'remapped-ports'
}

const everywhere: ReadonlySet<string> = new Set(['', '0.0.0.0', '::', '*'])
const itself: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/** Where a connection goes; `from`: the address it is to come from. */
export interface Reach extends Address {
  readonly from?: string
}

/** The pod that this process runs in: its paths, its names and its addresses. */
export class PodWorld {
  readonly #table: Table
  readonly #prefixes: readonly (readonly [string, string])[]
  readonly #names: NameReader
  readonly #ports: PodPorts | null

  constructor(file: string) {
    this.#table = JSON.parse(readFileSync(file, 'utf8'))
    const { mounts, mode, names, namespace } = this.#table
    this.#prefixes = Object.entries(mounts).sort(([a], [b]) => b.length - a.length)
    this.#names = new NameReader(names, namespace)
    this.#ports = mode === 'remapped-ports' ? new PodPorts(portsDirectoryIn(dirname(names))) : null
  }

  get ip(): string {
    return this.#table.podIp
  }

  /** The host's path for one of the container's. One that is the host's already, or that nothing is mounted at, stays. */
  path(path: string): string {
    if (this.#prefixes.some(([, host]) => isUnder(path, host))) return path
    const found = this.#prefixes.find(([prefix]) => isUnder(path, prefix))
    return found === undefined ? path : join(found[1], path.slice(found[0].length))
  }

  /** Null: the name is known, but nobody is there. */
  reach(host: string, port: number): Reach | null {
    const { podIp, hostname } = this.#table
    const isSelf = itself.has(host) || host === hostname
    const found = isSelf ? { host: podIp, port } : this.#names.lookup(host, port)
    if (found === null && this.#names.knows(host)) return null
    const to = found ?? { host, port }
    if (this.#ports === null) return isLoopback(to.host) ? { ...to, from: podIp } : to
    const real = this.#ports.real(to)
    if (real !== null) return real
    return found === null && !isLoopback(host) ? to : null
  }

  /** Where to listen in place of `host`; null: there. */
  listen(host: string, port: number): Address | null {
    const { podIp, hostname } = this.#table
    const named = this.#names.addresses(host)
    const isHere =
      everywhere.has(host) || itself.has(host) || host === hostname || host === podIp || named.includes(podIp)
    if (!isHere) return null
    return this.#ports === null ? { host: podIp, port } : { host: singleHost, port: 0 }
  }

  /** Others find what listens at `asked` where `bound` is. Answers what the program is told. */
  listens(asked: number, bound: Address): Address {
    if (this.#ports === null) return bound
    const shown = { host: this.#table.podIp, port: asked === 0 ? bound.port : asked }
    this.#ports.note(shown, bound.port)
    return shown
  }
}

/** Null: this process is in no pod. */
export function podWorld(): PodWorld | null {
  const file = process.env[podVariable]
  return file === undefined || file === '' ? null : new PodWorld(file)
}

const isUnder = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)

const isLoopback = (host: string): boolean => host.startsWith('127.')

/** A disk that speaks of the container's paths. */
export class PodDisk implements Disk {
  readonly filesMax?: number
  readonly #disk: Disk
  readonly #pod: PodWorld

  constructor(disk: Disk, pod: PodWorld) {
    this.#disk = disk
    this.#pod = pod
    if (disk.filesMax !== undefined) this.filesMax = disk.filesMax
  }

  open(path: string, mode: 'read' | 'write' | 'create', done: Done<File>): void {
    this.#disk.open(this.#pod.path(path), mode, done)
  }

  replace(path: string, bytes: Uint8Array, done: Done): void {
    this.#disk.replace(this.#pod.path(path), bytes, done)
  }

  readAll(path: string, bytesMax: number, done: Done<Uint8Array>): void {
    this.#disk.readAll(this.#pod.path(path), bytesMax, done)
  }

  rename(from: string, to: string, done: Done): void {
    this.#disk.rename(this.#pod.path(from), this.#pod.path(to), done)
  }

  remove(path: string, done: Done): void {
    this.#disk.remove(this.#pod.path(path), done)
  }

  mkdir(path: string, done: Done): void {
    this.#disk.mkdir(this.#pod.path(path), done)
  }

  list(path: string, done: Done<readonly DirEntry[]>): void {
    this.#disk.list(this.#pod.path(path), done)
  }

  syncDir(path: string, done: Done): void {
    this.#disk.syncDir(this.#pod.path(path), done)
  }

  lock(path: string, done: Done<{ release(): void }>): void {
    this.#disk.lock(this.#pod.path(path), done)
  }

  space(path: string, done: Done<{ free: number; total: number }>): void {
    this.#disk.space(this.#pod.path(path), done)
  }
}
