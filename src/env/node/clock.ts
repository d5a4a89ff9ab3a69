import type { Clock, Timer } from '../index.ts'
import type { Turns } from './turns.ts'

/** How long slices may take of one turn, all of them together. */
const sliceMsMax = 2
/** Beyond this Node fires at once instead of waiting. */
const delayMsMax = 2 ** 31 - 1

export class NodeClock implements Clock {
  readonly #turns: Turns
  readonly #timers = new Set<NodeTimer>()
  #slices: (() => boolean)[] = []
  #sliceRun: NodeJS.Immediate | null = null

  constructor(turns: Turns) {
    this.#turns = turns
  }

  monoMs(): number {
    return performance.now()
  }

  wallMs(): number {
    return Date.now()
  }

  at(monoMs: number, fire: () => void): Timer {
    return new NodeTimer(this.#timers, monoMs, fire)
  }

  atTurnEnd(run: () => void): void {
    this.#turns.atTurnEnd(run)
  }

  /** Slices of several callers take turns step by step, so none waits for another's whole work. */
  slice(step: () => boolean): void {
    if (this.#turns.isClosed) return
    this.#slices.push(step)
    this.#sliceRun ??= setImmediate(this.#runSlices)
  }

  close(): void {
    for (const timer of [...this.#timers]) timer.cancel()
    if (this.#sliceRun !== null) clearImmediate(this.#sliceRun)
    this.#sliceRun = null
    this.#slices = []
  }

  readonly #runSlices = (): void => {
    const until = performance.now() + sliceMsMax
    let next = 0
    this.#sliceRun = null
    try {
      // A step may itself ask for slices, whose run is then under way already.
      while (this.#slices.length > 0 && performance.now() < until) {
        const step = this.#slices[next]!
        // Taken out first: a step that throws is not called again.
        this.#slices.splice(next, 1)
        if (!step()) this.#slices.splice(next++, 0, step)
        if (next >= this.#slices.length) next = 0
      }
    } finally {
      if (next > 0) this.#slices.push(...this.#slices.splice(0, next))
      if (this.#slices.length > 0 && !this.#turns.isClosed) this.#sliceRun ??= setImmediate(this.#runSlices)
    }
  }
}

class NodeTimer implements Timer {
  readonly #all: Set<NodeTimer>
  readonly #monoMs: number
  readonly #fire: () => void
  #timeout: NodeJS.Timeout

  constructor(all: Set<NodeTimer>, monoMs: number, fire: () => void) {
    this.#all = all
    this.#monoMs = monoMs
    this.#fire = fire
    this.#timeout = this.#arm(monoMs - performance.now())
    all.add(this)
  }

  cancel(): void {
    if (this.#all.delete(this)) clearTimeout(this.#timeout)
  }

  #arm(delayMs: number): NodeJS.Timeout {
    return setTimeout(this.#elapsed, Math.min(Math.max(Math.ceil(delayMs), 0), delayMsMax))
  }

  readonly #elapsed = (): void => {
    // The loop's clock has whole milliseconds and may call a fraction early.
    const leftMs = this.#monoMs - performance.now()
    if (leftMs > 0) {
      this.#timeout = this.#arm(leftMs)
    } else if (this.#all.delete(this)) {
      this.#fire()
    }
  }
}
