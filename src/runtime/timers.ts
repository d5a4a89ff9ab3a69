import type { Clock, Timer } from '../env/index.ts'

interface Named {
  dueMs: number
  /** When the clock's timer fires; a later due time re-arms then instead of at every heartbeat. */
  armedMs: number
  timer: Timer
}

/** Timers by name over a Clock. Pushing a deadline back, what every heartbeat does, touches no clock. */
export class NamedTimers {
  readonly #clock: Clock
  readonly #fire: (key: string) => void
  readonly #named = new Map<string, Named>()

  constructor(clock: Clock, fire: (key: string) => void) {
    this.#clock = clock
    this.#fire = fire
  }

  get size(): number {
    return this.#named.size
  }

  set(key: string, dueMs: number): void {
    const old = this.#named.get(key)
    if (old !== undefined && old.armedMs <= dueMs) {
      old.dueMs = dueMs
      return
    }
    old?.timer.cancel()
    const named: Named = { dueMs, armedMs: dueMs, timer: this.#arm(key, dueMs) }
    this.#named.set(key, named)
  }

  cancel(key: string): void {
    this.#named.get(key)?.timer.cancel()
    this.#named.delete(key)
  }

  cancelAll(): void {
    for (const named of this.#named.values()) named.timer.cancel()
    this.#named.clear()
  }

  #arm(key: string, atMs: number): Timer {
    return this.#clock.at(atMs, () => {
      const named = this.#named.get(key)
      if (named === undefined) return
      if (named.dueMs > this.#clock.monoMs()) {
        named.armedMs = named.dueMs
        named.timer = this.#arm(key, named.dueMs)
        return
      }
      this.#named.delete(key)
      this.#fire(key)
    })
  }
}
