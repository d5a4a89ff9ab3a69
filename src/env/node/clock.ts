import type { Clock, Timer } from '../index.ts'
import { TimerHeap } from './timer-heap.ts'
import type { Turns } from './turns.ts'

/** How long slices may take of one turn, all of them together. */
const sliceMsMax = 2
const dead: Timer = Object.freeze({ cancel: () => {} })

export class NodeClock implements Clock {
  readonly #turns: Turns
  readonly #timers = new TimerHeap()
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
    return this.#turns.isClosed ? dead : this.#timers.add(monoMs, fire)
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
    this.#timers.clear()
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
