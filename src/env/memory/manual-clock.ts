import type { Clock, Timer } from '../index.ts'

interface Due {
  readonly monoMs: number
  readonly fire: () => void
}

/**
 * A clock that stands still until it is told: a test advances it, and runs the turns, so that nothing depends on how fast
 * the machine is.
 */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #wallAheadMs: number
  #ends: (() => void)[] = []
  readonly #timers = new Set<Due>()

  constructor(startMs = 1000, wallMs = 1_767_225_600_000) {
    this.#nowMs = startMs
    this.#wallAheadMs = wallMs - startMs
  }

  monoMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return Math.floor(this.#nowMs + this.#wallAheadMs)
  }

  at(monoMs: number, fire: () => void): Timer {
    const due = { monoMs, fire }
    this.#timers.add(due)
    return { cancel: () => void this.#timers.delete(due) }
  }

  atTurnEnd(run: () => void): void {
    this.#ends.push(run)
  }

  slice(step: () => boolean): void {
    this.atTurnEnd(() => {
      if (!step()) this.slice(step)
    })
  }

  /** One turn end: what is asked during it waits for the next. False when there was nothing to do. */
  runTurn(): boolean {
    const ends = this.#ends
    this.#ends = []
    for (const run of ends) run()
    return ends.length > 0
  }

  /** Turns until nothing is left to do. */
  runTurns(): void {
    while (this.runTurn());
  }

  /** Lets time pass, firing timers in their order and running the turns after each. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    this.runTurns()
    for (;;) {
      let next: Due | null = null
      for (const due of this.#timers) if (next === null || due.monoMs < next.monoMs) next = due
      if (next === null || next.monoMs > untilMs) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.monoMs)
      next.fire()
      this.runTurns()
    }
    this.#nowMs = untilMs
  }

  /** The node that ran on this clock is dead: none of its timers and turn ends comes any more. */
  forget(): void {
    this.#ends = []
    this.#timers.clear()
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#timers.size
  }
}
