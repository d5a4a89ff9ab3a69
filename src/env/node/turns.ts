import type { Done, Failure } from '../index.ts'

/** When each step of a check leaves its rest to the next turn, in milliseconds since the check began. */
const answersUntilMs = 1
const endsUntilMs = 2
const writesUntilMs = 3

/**
 * The turn of the event loop, cut into steps that batch:
 *
 *   poll      sockets and finished syncs call in
 *   check  1. answers that are due ({@link Turns.later})
 *          2. turn ends ({@link Turns.atTurnEnd}), where rooms gather what the turn brought
 *          3. queued file writes
 *             again 1 to 3, twice at most: quick writes and reads are answered by now; what is written is settled, and
 *             whoever waited for it, with a fetch, hears of it
 *          4. queued socket writes
 *
 * One `setImmediate` serves a whole turn, so a record is written, acknowledged and handed to who waits for it in the
 * turn that brought it. What the last round makes due waits for the next turn, whose poll does not block. So does what
 * is left when a check has taken its time: ten thousand logs that all have an answer due share many turns. An answer is
 * never inline. After {@link close} nothing is called any more.
 */
export class Turns {
  #due: unknown[] = []
  #ends: (() => void)[] = []
  readonly #fileFlushers: ((untilMs: number) => boolean)[] = []
  readonly #socketFlushers: ((untilMs: number) => boolean)[] = []
  #scheduled: NodeJS.Immediate | null = null
  #isChecking = false
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

  /**
   * Registers a step 3 or 4; it runs in every turn that somebody woke, and tells whether it left something to flush.
   * Past `untilMs` it may leave the rest to the next turn.
   */
  addFlusher(of: 'files' | 'sockets', flush: (untilMs: number) => boolean): void {
    if (of === 'files') this.#fileFlushers.push(flush)
    else this.#socketFlushers.push(flush)
  }

  /** Makes sure that this turn gets its check, or the next one if this has it now. */
  wake(): void {
    if (this.#scheduled === null && !this.#isChecking && !this.#isClosed) this.#scheduled = setImmediate(this.#onCheck)
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
    this.#isChecking = true
    let isLeft = true
    const startedMs = performance.now()
    try {
      isLeft = this.#round(startedMs)
      for (let again = 0; again < 2 && this.#isAnythingDue; again++) {
        if (performance.now() > startedMs + answersUntilMs) break
        isLeft = this.#round(startedMs)
      }
      isLeft = this.#flush(this.#socketFlushers, Number.POSITIVE_INFINITY) || isLeft
    } finally {
      this.#isChecking = false
      // After a callback that threw, too: the others' answers come in the next turn.
      if (isLeft || this.#isAnythingDue) this.wake()
    }
  }

  get #isAnythingDue(): boolean {
    return this.#due.length > 0 || this.#ends.length > 0
  }

  /** Of each step at least one is taken, so that none waits for ever. */
  #round(startedMs: number): boolean {
    const due = this.#due
    let ends: (() => void)[] = []
    let at = 0
    let end = 0
    this.#due = []
    try {
      do {
        if (at === due.length || this.#isClosed) break
        at += 3
        ;(due[at - 3] as Done<unknown>)(due[at - 2] as Failure | null, due[at - 1])
      } while (performance.now() < startedMs + answersUntilMs)
      ends = this.#ends
      this.#ends = []
      do {
        if (end === ends.length || this.#isClosed) break
        ends[end++]!()
      } while (performance.now() < startedMs + endsUntilMs)
      return this.#flush(this.#fileFlushers, startedMs + writesUntilMs)
    } finally {
      if (!this.#isClosed) {
        if (at < due.length) this.#due = [...due.slice(at), ...this.#due]
        if (end < ends.length) this.#ends = [...ends.slice(end), ...this.#ends]
      }
    }
  }

  #flush(flushers: readonly ((untilMs: number) => boolean)[], untilMs: number): boolean {
    let isLeft = false
    for (const flush of flushers) if (!this.#isClosed && flush(untilMs)) isLeft = true
    return isLeft
  }
}
