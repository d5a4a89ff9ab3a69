import type { Disk, Done, Failure, Logger, Random } from '../env/index.ts'
import type { Directory } from './log-dir.ts'
import { dirNameInState } from './names.ts'

export interface AsidesPort {
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  after(delayMs: number, run: () => void): void
  failDirectory(directory: Directory, failure: Failure): void
}

/** Directories of logs that are to go: they get another name first, and are removed after their delay. Strays are kept. */
export class Asides {
  readonly #port: AsidesPort
  /** Logs on their way to `-delete`, and who waits to open one of the same name. */
  readonly #leaving = new Map<string, (() => void)[]>()

  constructor(port: AsidesPort) {
    this.#port = port
  }

  /** True when one of that name has to go first: `then` runs when it has. */
  isLeaving(key: string, then: () => void): boolean {
    const waiting = this.#leaving.get(key)
    waiting?.push(then)
    return waiting !== undefined
  }

  /** Until the directory has its other name and the checkpoints know, a log of the same name must not be made. */
  leave(directory: Directory, key: string): void {
    directory.logCount--
    directory.forget(key)
    directory.summaries.delete(key)
    this.#leaving.set(key, [])
  }

  left(directory: Directory, key: string, failure: Failure | null, done: Done): void {
    directory.saveForgotten((saveFailure) => {
      if (saveFailure !== null) this.#port.failDirectory(directory, saveFailure)
      const waiting = this.#leaving.get(key) ?? []
      this.#leaving.delete(key)
      for (const open of waiting) open()
      done(failure ?? saveFailure)
    })
  }

  /** Gives the directory `name` its other name, for good: synced. One that is not there is no failure. */
  setAside(
    directory: Directory,
    name: string,
    topic: string,
    partition: number,
    state: 'delete' | 'stray',
    delayMs: number,
    done: Done,
  ): void {
    const { disk, random, failDirectory } = this.#port
    const to = `${directory.path}/${dirNameInState(topic, partition, uniqueName(random), state)}`
    disk.rename(`${directory.path}/${name}`, to, (failure) => {
      if (failure?.code === 'ENOENT') return done(null)
      if (failure !== null) {
        failDirectory(directory, failure)
        return done(failure)
      }
      directory.syncNames((syncFailure) => {
        if (syncFailure !== null) failDirectory(directory, syncFailure)
        else if (state === 'delete') this.removeLater(to, delayMs)
        done(syncFailure)
      })
    })
  }

  removeLater(path: string, delayMs: number): void {
    const { after, disk, logger } = this.#port
    after(delayMs, () => {
      disk.remove(path, (failure) => {
        if (failure !== null) logger.warn('Could not remove a deleted log', { path, reason: failure.message })
      })
    })
  }
}

/** Sixteen random bytes as text. */
export function uniqueName(random: Random): string {
  return Array.from(random.bytes(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
