import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failure } from '../failure.ts'
import type { Addresses } from '../index.ts'
import { PodPorts, portsDirectoryIn } from '../node/index.ts'
import { readText } from './shim.ts'

/** 127.1.0.0/16 to 127.254.0.0/16: 127.0 is everybody's. */
const firstBlock = 1
const lastBlock = 254
/** Of a block: .0.1 is the node's own; the last sixteenth is for services. */
const firstHost = 2
const lastHost = 0xefff
const firstService = 0xf001
const lastService = 0xfffe

export interface NodeAddressesOptions {
  /** `MILLRACE_HOME`: the block belongs to it for as long as it exists. */
  readonly home: string
  /** Holds the file of what is taken, and the notes of remapped ports. */
  readonly directory: string
  /** `single`: only 127.0.0.1 is used, as where the system has no other. */
  readonly loopback?: 'single' | undefined
  /** Where the blocks of this machine are noted. */
  readonly blocks?: string
}

interface Kept {
  readonly block: number
  next: number
  readonly taken: Record<string, string>
}

/** Loopback addresses out of a /16 that no other home on this machine uses. */
export class NodeAddresses implements Addresses {
  readonly mode: 'own-address' | 'remapped-ports'
  /** Of the node itself. */
  readonly hostIp: string
  /** Null unless ports are remapped. */
  readonly ports: PodPorts | null
  readonly #file: string
  readonly #kept: Kept
  readonly #used: Set<string>

  private constructor(file: string, kept: Kept, isSingle: boolean, portsDirectory: string) {
    this.#file = file
    this.#kept = kept
    this.#used = new Set(Object.values(kept.taken))
    this.mode = isSingle ? 'remapped-ports' : 'own-address'
    this.hostIp = isSingle ? '127.0.0.1' : addressOf(kept.block, 1)
    this.ports = isSingle ? new PodPorts(portsDirectory) : null
  }

  static async open({ home, directory, loopback, blocks }: NodeAddressesOptions): Promise<NodeAddresses> {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, 'addresses.json')
    const text = readText(file)
    const kept = text === null ? null : (JSON.parse(text) as Kept)
    const block = takeBlock(home, blocks ?? join(tmpdir(), 'millrace-loopback'), kept?.block ?? null)
    const isSingle = loopback === 'single' || !(await isThere(addressOf(block, 1)))
    const fresh: Kept = { block, next: firstHost, taken: {} }
    const addresses = new NodeAddresses(
      file,
      kept?.block === block ? kept : fresh,
      isSingle,
      portsDirectoryIn(directory),
    )
    addresses.#write()
    return addresses
  }

  /**
   * Addresses for services, which their objects remember: the first that is not in `taken`, or `wanted` if it is one of
   * them and free; null: none.
   */
  readonly services = {
    take: (taken: ReadonlySet<string>, wanted: string | null): string | null => {
      for (let host = firstService; host <= lastService; host++) {
        const address = addressOf(this.#kept.block, host)
        if (!taken.has(address) && (wanted === null || wanted === address)) return address
      }
      return null
    },
  }

  async take(owner: string): Promise<string> {
    const kept = this.#kept
    const had = kept.taken[owner]
    if (had !== undefined) return had
    if (this.#used.size > lastHost - firstHost) throw failure('EADDRNOTAVAIL', 'all addresses of this home are taken')
    // not the ones given back last: somebody may still believe to know who is there
    let address: string
    do {
      address = addressOf(kept.block, kept.next)
      kept.next = kept.next >= lastHost ? firstHost : kept.next + 1
    } while (this.#used.has(address))
    kept.taken[owner] = address
    this.#used.add(address)
    this.#write()
    return address
  }

  give(owner: string): void {
    const address = this.#kept.taken[owner]
    if (address === undefined) return
    delete this.#kept.taken[owner]
    this.#used.delete(address)
    this.ports?.forget(address)
    this.#write()
  }

  #write(): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#kept), { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}

const addressOf = (block: number, host: number): string => `127.${block}.${host >> 8}.${host & 0xff}`

/** A block is taken by linking a note into place, which only one can; a note of a home that is gone says nothing. */
function takeBlock(home: string, directory: string, before: number | null): number {
  mkdirSync(directory, { recursive: true, mode: 0o1777 })
  const note = join(directory, `.${process.pid}.${Date.now()}`)
  writeFileSync(note, home)
  try {
    const first = before ?? firstBlock + (createHash('sha256').update(home).digest().readUInt16BE(0) % lastBlock)
    for (let i = 0; i < lastBlock; i++) {
      const block = firstBlock + ((first - firstBlock + i) % lastBlock)
      if (takes(note, join(directory, `${block}`), home)) return block
    }
  } finally {
    rmSync(note, { force: true })
  }
  throw failure('EADDRNOTAVAIL', `every block of loopback addresses is taken, as the notes in ${directory} say`)
}

function takes(note: string, place: string, home: string): boolean {
  for (let tries = 0; tries < 2; tries++) {
    try {
      linkSync(note, place)
      return true
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown
    }
    const holder = readText(place)
    if (holder === home) return true
    if (holder === null || existsSync(holder)) return false
    rmSync(place, { force: true })
  }
  return false
}

/** Whether this machine can listen there. */
function isThere(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)))
  })
}
