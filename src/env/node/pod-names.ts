import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Address, NameEntry, Names } from '../index.ts'

/** The names of a cluster, in a file: whoever runs reads it, with or without a control plane. */
export class NodeNames implements Names {
  readonly #file: string
  #written: string | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string) {
    this.#file = file
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  }

  publish(names: ReadonlyMap<string, readonly NameEntry[]>): Promise<void> {
    const text = JSON.stringify(Object.fromEntries([...names].sort(([a], [b]) => (a < b ? -1 : 1))))
    if (text === this.#written) return this.#writing
    this.#written = text
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
    })
    return this.#writing
  }
}

/** Reads the names that a control plane publishes; again when the file is another one. */
export class NameReader {
  readonly #file: string
  readonly #namespace: string
  #names: Readonly<Record<string, readonly NameEntry[]>> = {}
  #read = ''
  #turn = 0

  constructor(file: string, namespace: string) {
    this.#file = file
    this.#namespace = namespace
  }

  /**
   * Where `host:port` is: one of several in turn. Null: no name of this cluster. A short name is looked for in the
   * pod's own namespace, as `resolv.conf` has it in a pod.
   */
  lookup(host: string, port: number): Address | null {
    const entries = this.#entries(host)
    if (entries === null) return null
    const entry = entries.find((one) => one.port === port) ?? entries.find((one) => one.port === '*')
    if (entry === undefined || entry.to.length === 0) return null
    const to = entry.to[this.#turn++ % entry.to.length]!
    return { host: to.host, port: to.port === '*' ? port : to.port }
  }

  /** Whether the name is known, though nobody may be there now. */
  knows(host: string): boolean {
    return this.#entries(host) !== null
  }

  /** All addresses of a name. */
  addresses(host: string): readonly string[] {
    return [...new Set(this.#entries(host)?.flatMap(({ to }) => to.map((one) => one.host)))]
  }

  #entries(host: string): readonly NameEntry[] | null {
    this.#refresh()
    const name = host
      .toLowerCase()
      .replace(/\.$/, '')
      .replace(/\.cluster\.local$/, '')
    return this.#names[name] ?? this.#names[`${name}.${this.#namespace}.svc`] ?? this.#names[`${name}.svc`] ?? null
  }

  #refresh(): void {
    const stat = statSync(this.#file, { throwIfNoEntry: false, bigint: true })
    if (stat === undefined) return
    const mark = `${stat.ino} ${stat.mtimeNs} ${stat.size}`
    if (mark === this.#read) return
    this.#names = JSON.parse(readFileSync(this.#file, 'utf8'))
    this.#read = mark
  }
}
