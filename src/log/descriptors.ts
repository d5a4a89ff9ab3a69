import type { Disk, Failure, File } from '../env/index.ts'

/** One file that may be open or not. */
export class FileSlot {
  path: string
  file: File | null = null
  waiting: ((failure: Failure | null, file: File) => void)[] | null = null

  constructor(path: string) {
    this.path = path
  }
}

/**
 * Open files over all logs, closed in the order of last use when there are more than `openMax`. A File finishes what was
 * asked of it before it closes, so a caller may use one until its own turn ends.
 */
export class Descriptors {
  readonly #disk: Disk
  readonly #openMax: number
  /** In the order of last use. */
  readonly #open = new Set<FileSlot>()

  constructor(disk: Disk, openMax: number) {
    this.#disk = disk
    this.#openMax = openMax
  }

  get count(): number {
    return this.#open.size
  }

  /** Calls `then` inline when the file is open already. */
  use(slot: FileSlot, mode: 'write' | 'create', then: (failure: Failure | null, file: File) => void): void {
    if (slot.file !== null) {
      this.#open.delete(slot)
      this.#open.add(slot)
      then(null, slot.file)
    } else if (slot.waiting !== null) {
      slot.waiting.push(then)
    } else {
      slot.waiting = [then]
      this.#openSlot(slot, mode, true)
    }
  }

  #openSlot(slot: FileSlot, mode: 'write' | 'create', mayRetry: boolean): void {
    this.#disk.open(slot.path, mode, (failure, file) => {
      // The process is out of descriptors: those that nobody uses at the moment are given back, once.
      if (
        failure !== null &&
        mayRetry &&
        (failure.code === 'EMFILE' || failure.code === 'ENFILE') &&
        this.#open.size > 0
      ) {
        this.#closeOldest(this.#open.size >> 1)
        return this.#openSlot(slot, mode, false)
      }
      const waiting = slot.waiting ?? []
      slot.waiting = null
      if (failure === null) {
        slot.file = file
        this.#open.add(slot)
        this.#closeOldest(this.#openMax)
      }
      for (const next of waiting) next(failure, file)
    })
  }

  close(slot: FileSlot): void {
    if (slot.file === null) return
    this.#open.delete(slot)
    slot.file.close()
    slot.file = null
  }

  #closeOldest(leave: number): void {
    for (const slot of this.#open) {
      if (this.#open.size <= leave) return
      this.close(slot)
    }
  }
}
