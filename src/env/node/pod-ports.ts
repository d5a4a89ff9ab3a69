import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../index.ts'

/**
 * Where only 127.0.0.1 exists, a pod's address is a name like any other: a program that listens at one of its ports gets
 * a free port of 127.0.0.1 and notes it here, in a file that bears the port's number in a directory that bears the
 * address.
 */
export class PodPorts {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Null: nobody listens there, or it is no pod's address. */
  real({ host, port }: Address): Address | null {
    try {
      return { host: singleHost, port: Number(readFileSync(join(this.#directory, host, `${port}`), 'utf8')) }
    } catch (thrown) {
      if (['ENOENT', 'ENOTDIR'].includes((thrown as { code?: string }).code ?? '')) return null
      throw thrown
    }
  }

  note({ host, port }: Address, realPort: number): void {
    const directory = join(this.#directory, host)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, `${port}`)
    writeFileSync(`${path}.new`, `${realPort}`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  forget(host: string): void {
    rmSync(join(this.#directory, host), { recursive: true, force: true })
  }
}

export const singleHost = '127.0.0.1'

/** Of a directory of addresses, where programs note their real ports. */
export const portsDirectoryIn = (directory: string): string => join(directory, 'ports')
