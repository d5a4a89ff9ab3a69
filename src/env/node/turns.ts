import type { Done, Failure } from '../index.ts'

/**
 * The turn of the event loop, cut into steps that batch:
 *
 *   poll      sockets and finished syncs call in
 *   check  1. answers that are due ({@link Turns.later})
 *          2. turn ends ({@link Turns.atTurnEnd}), where rooms gather what the turn brought
 *          3. flushers: queued file writes, then queued socket writes
 *
 * One `setImmediate` serves a whole turn. What step 2 or 3 makes due waits for the next turn, whose poll does not block,
 * so an answer is never inline and costs about a microsecond more. After {@link close} nothing is called any more.
 */
export class Turns {
  #due: unknown[] = []
  #ends: (() => void)[] = []
  readonly #flushers: (() => void)[] = []
  #scheduled: NodeJS.Immediate | null = null
  #isClosed = false
  readonly #onCheck = (): void => this.#check()

  get isClosed(): boolean {
    return this.#isClosed
  }

  later<T>(done: Done<T>, failure: Failure | null, value: T): void {
    if (this.#isClosed) return
    this.#due.push(done, failure, value)
    this.wake()
  }

  atTurnEnd(run: () => void): void {
    this.#ends.push(run)
    this.wake()
  }

  /** Registers a step 3; it runs in every turn that somebody woke, in the order of registration. */
  addFlusher(flush: () => void): void {
    this.#flushers.push(flush)
  }

  /** Makes sure that this turn gets its check. */
  wake(): void {
    if (this.#scheduled === null && !this.#isClosed) this.#scheduled = setImmediate(this.#onCheck)
  }

  close(): void {
    this.#isClosed = true
    if (this.#scheduled !== null) clearImmediate(this.#scheduled)
    this.#scheduled = null
    this.#due = []
    this.#ends = []
  }

  #check(): void {
    this.#scheduled = null
    const due = this.#due
    let ends: (() => void)[] = []
    let at = 0
    let end = 0
    this.#due = []
    try {
      while (at < due.length && !this.#isClosed) {
        at += 3
        ;(due[at - 3] as Done<unknown>)(due[at - 2] as Failure | null, due[at - 1])
      }
      ends = this.#ends
      this.#ends = []
      while (end < ends.length && !this.#isClosed) ends[end++]!()
      if (!this.#isClosed) for (const flush of this.#flushers) flush()
    } finally {
      // A callback that threw must not swallow the others' answers: they come in the next turn.
      if (!this.#isClosed && (at < due.length || end < ends.length)) {
        this.#due = [...due.slice(at), ...this.#due]
        this.#ends = [...ends.slice(end), ...this.#ends]
        this.wake()
      }
    }
  }
}
