import fs from 'node:fs'
import { failure, failureOf } from '../failure.ts'
import type { Done, Failure, File } from '../index.ts'
import type { Volume } from './pace.ts'
import type { Turns } from './turns.ts'

/** More bytes than this in one turn are the pool's, however quick the disk: they would copy for over a millisecond. */
const quickBytesMax = 1 << 20
/** The same for reads, of which one turn seldom has two. */
const quickReadBytesMax = 2 << 20
/** A file of at most so many bytes is closed at once. */
const quickCloseBytesMax = 64 * 1024
/** The system takes at most 1,024 parts in one call (IOV_MAX). */
const partsMax = 1024

interface Write {
  readonly parts: readonly Uint8Array[]
  readonly at: number
  readonly length: number
  readonly done: Done
}

/** What a file needs of its disk. */
export interface FileOwner {
  readonly turns: Turns
  /** Asks for {@link NodeFile.flush} at the end of this turn. */
  flushLater(file: NodeFile): void
  closed(file: NodeFile): void
}

/**
 * One open file. Writes queue until the end of the turn and leave in one system call as far as they adjoin; a sync waits
 * for the writes asked before it and serves every sync asked meanwhile. After a failed sync the kernel has forgotten
 * which pages were dirty, so every later write and sync fails with that first failure.
 *
 * Answers of writes and syncs go through {@link Turns.later} even when the pool brings them: a sync that the pool ended
 * in the next poll must not be heard of before the quick write that it covers.
 */
export class NodeFile implements File {
  readonly #owner: FileOwner
  readonly #volume: Volume
  readonly #path: string
  readonly #fd: number
  #size: number
  #queue: (Write | Truncation | SyncPoint)[] = []
  #isBusy = false
  #isSyncing = false
  #isClosing = false
  #isClosed = false
  #waitingSync: SyncPoint | null = null
  #syncFailure: Failure | null = null
  #readsInFlight = 0

  constructor(owner: FileOwner, volume: Volume, path: string, fd: number, size: number) {
    this.#owner = owner
    this.#volume = volume
    this.#path = path
    this.#fd = fd
    this.#size = size
  }

  write(parts: readonly Uint8Array[], at: number, done: Done): void {
    const refusal = this.#refusal()
    if (refusal !== null) return this.#owner.turns.later(done, refusal, undefined)
    let length = 0
    for (const part of parts) length += part.byteLength
    this.#queue.push({ parts, at, length, done })
    this.#owner.flushLater(this)
  }

  read(into: Uint8Array, at: number, done: Done<number>): void {
    if (this.#isClosing) return this.#owner.turns.later(done, this.#closedFailure(), 0)
    if (into.byteLength === 0) return this.#owner.turns.later(done, null, 0)
    if (into.byteLength <= quickReadBytesMax && this.#volume.readPace.isQuick()) return this.#readNow(into, at, done)
    this.#readsInFlight++
    this.#readOn(into, at, 0, done)
  }

  sync(done: Done): void {
    const refusal = this.#refusal()
    if (refusal !== null) return this.#owner.turns.later(done, refusal, undefined)
    const last = this.#queue.at(-1)
    if (last instanceof SyncPoint) last.dones.push(done)
    else this.#queue.push(new SyncPoint(done))
    this.#owner.flushLater(this)
  }

  size(): number {
    return this.#size
  }

  truncate(size: number, done: Done): void {
    if (this.#isClosing) return this.#owner.turns.later(done, this.#closedFailure(), undefined)
    this.#queue.push(new Truncation(size, done))
    this.#owner.flushLater(this)
  }

  /** What was asked before is finished first. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#closeWhenIdle()
  }

  /** Closes whatever is going on: nobody waits for the answers any more. */
  abandon(): void {
    this.#queue = []
    this.#waitingSync = null
    this.close()
  }

  /** End of a turn: writes what queued, then starts the sync that waits behind it. */
  flush(): void {
    while (!this.#isBusy && this.#queue.length > 0) {
      const head = this.#queue[0]!
      if (head instanceof SyncPoint) {
        this.#queue.shift()
        this.#requestSync(head)
      } else if (head instanceof Truncation) {
        this.#queue.shift()
        this.#truncateInPool(head)
      } else {
        this.#writeRun()
      }
    }
    this.#closeWhenIdle()
  }

  /** Writes the adjoining writes at the head of the queue. */
  #writeRun(): void {
    const run: Write[] = []
    const parts: Uint8Array[] = []
    let length = 0
    let end = (this.#queue[0] as Write).at
    const at = end
    for (const next of this.#queue) {
      if (next instanceof SyncPoint || next instanceof Truncation || next.at !== end) break
      if (run.length > 0 && length + next.length > quickBytesMax) break
      if (run.length > 0 && parts.length + next.parts.length > partsMax) break
      run.push(next)
      for (const part of next.parts) parts.push(part)
      length += next.length
      end += next.length
    }
    this.#queue.splice(0, run.length)
    if (length <= quickBytesMax && this.#volume.pace.isQuick()) this.#writeNow(run, parts, at, length)
    else this.#writeInPool(run, parts, at, length)
  }

  #writeNow(run: Write[], parts: Uint8Array[], at: number, length: number): void {
    const startedMs = performance.now()
    let problem: Failure | null = null
    try {
      const written =
        parts.length === 1 ? fs.writeSync(this.#fd, parts[0]!, 0, length, at) : fs.writevSync(this.#fd, parts, at)
      if (written !== length) problem = this.#shortWrite(written, length)
    } catch (thrown) {
      problem = failureOf(`writing ${this.#path}`, thrown)
    }
    this.#volume.pace.took(startedMs)
    if (problem === null) this.#size = Math.max(this.#size, at + length)
    for (const write of run) this.#owner.turns.later(write.done, problem, undefined)
    if (problem !== null) this.#failSyncsBehind(problem)
  }

  #writeInPool(run: Write[], parts: Uint8Array[], at: number, length: number): void {
    this.#isBusy = true
    fs.writev(this.#fd, parts, at, (error, written) => {
      this.#isBusy = false
      let problem: Failure | null = null
      if (error !== null) problem = failureOf(`writing ${this.#path}`, error)
      else if (written !== length) problem = this.#shortWrite(written, length)
      else this.#size = Math.max(this.#size, at + length)
      if (problem !== null) this.#failSyncsBehind(problem)
      for (const write of run) this.#owner.turns.later(write.done, problem, undefined)
      this.flush()
    })
  }

  #truncateInPool({ size, done }: Truncation): void {
    this.#isBusy = true
    fs.ftruncate(this.#fd, size, (error) => {
      this.#isBusy = false
      const problem = error === null ? null : failureOf(`truncating ${this.#path}`, error)
      if (problem === null) this.#size = size
      else this.#failSyncsBehind(problem)
      this.#owner.turns.later(done, problem, undefined)
      this.flush()
    })
  }

  /** The kernel says why only when asked to go on, and a failed write is not repeated; so the disk's space is asked. */
  #shortWrite(written: number, length: number): Failure {
    const { bavail, bsize } = fs.statfsSync(this.#path)
    const isFull = bavail * bsize < length - written
    const why = isFull ? 'no space left on device' : 'the system wrote less than it was given'
    return failure(isFull ? 'ENOSPC' : 'ESHORTWRITE', `writing ${this.#path}: ${why} (${written} of ${length} bytes)`)
  }

  /** A sync covers the writes asked before it, so it cannot succeed when one of them failed. */
  #failSyncsBehind(problem: Failure): void {
    for (const entry of this.#queue) if (entry instanceof SyncPoint) entry.problem ??= problem
  }

  #requestSync(point: SyncPoint): void {
    if (point.problem !== null) return point.settle(this.#owner.turns, point.problem)
    if (this.#syncFailure !== null) return point.settle(this.#owner.turns, this.#syncFailure)
    if (this.#waitingSync !== null) {
      this.#waitingSync.dones.push(...point.dones)
      return
    }
    this.#waitingSync = point
    if (!this.#isSyncing) this.#startSync()
  }

  #startSync(): void {
    this.#isSyncing = true
    this.#volume.whenSyncMayStart(() => {
      // Taken only now: whoever joined while this file waited for its place is served too.
      const point = this.#waitingSync
      this.#waitingSync = null
      if (point === null) {
        this.#isSyncing = false
        this.#volume.syncEnded()
        this.#closeWhenIdle()
        return
      }
      fs.fdatasync(this.#fd, (error) => {
        this.#isSyncing = false
        this.#volume.syncEnded()
        if (error !== null) this.#syncFailure ??= failureOf(`syncing ${this.#path}`, error)
        point.settle(this.#owner.turns, this.#syncFailure)
        if (this.#waitingSync !== null) {
          if (this.#syncFailure === null) this.#startSync()
          else {
            this.#waitingSync.settle(this.#owner.turns, this.#syncFailure)
            this.#waitingSync = null
          }
        }
        this.#closeWhenIdle()
      })
    })
  }

  /** What the system holds in memory is copied in less time than the way to the pool and back takes. */
  #readNow(into: Uint8Array, at: number, done: Done<number>): void {
    const startedMs = performance.now()
    let got = 0
    try {
      while (got < into.byteLength) {
        const bytesRead = fs.readSync(this.#fd, into, got, into.byteLength - got, at + got)
        if (bytesRead === 0) break
        got += bytesRead
      }
    } catch (thrown) {
      return this.#owner.turns.later(done, failureOf(`reading ${this.#path}`, thrown), 0)
    } finally {
      this.#volume.readPace.took(startedMs)
    }
    this.#owner.turns.later(done, null, got)
  }

  #readOn(into: Uint8Array, at: number, got: number, done: Done<number>): void {
    fs.read(this.#fd, into, got, into.byteLength - got, at + got, (error, bytesRead) => {
      if (error === null && bytesRead > 0 && got + bytesRead < into.byteLength) {
        return this.#readOn(into, at, got + bytesRead, done)
      }
      this.#readsInFlight--
      if (!this.#owner.turns.isClosed) {
        if (error === null) done(null, got + bytesRead)
        else done(failureOf(`reading ${this.#path}`, error), 0)
      }
      this.#closeWhenIdle()
    })
  }

  #refusal(): Failure | null {
    return this.#isClosing ? this.#closedFailure() : this.#syncFailure
  }

  #closedFailure(): Failure {
    return failure('EBADF', `${this.#path} is closed`)
  }

  #closeWhenIdle(): void {
    if (!this.#isClosing || this.#isClosed) return
    if (this.#isBusy || this.#isSyncing || this.#readsInFlight > 0 || this.#queue.length > 0) return
    this.#isClosed = true
    // The last close of a removed file gives its blocks back, which takes long for a large one: that is for the pool. A
    // small one costs the pool more than it takes. Nothing is learnt from a failure; what had to survive was synced.
    if (this.#size > quickCloseBytesMax || !this.#volume.pace.isQuick()) {
      fs.close(this.#fd, () => this.#owner.closed(this))
      return
    }
    const startedMs = performance.now()
    try {
      fs.closeSync(this.#fd)
    } catch {
      // As above.
    }
    this.#volume.pace.took(startedMs)
    this.#owner.closed(this)
  }
}

class Truncation {
  readonly size: number
  readonly done: Done

  constructor(size: number, done: Done) {
    this.size = size
    this.done = done
  }
}

/** A place in the queue of writes: the syncs that wait for all before it. */
class SyncPoint {
  readonly dones: Done[]
  problem: Failure | null = null

  constructor(done: Done) {
    this.dones = [done]
  }

  settle(turns: Turns, problem: Failure | null): void {
    for (const done of this.dones) turns.later(done, problem, undefined)
  }
}
