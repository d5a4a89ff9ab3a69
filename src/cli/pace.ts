import type { CliWorld } from './world.ts'

/** Infinity: for ever. */
export function sleep(world: CliWorld, ms: number): Promise<void> {
  const { clock } = world.env
  if (ms === Number.POSITIVE_INFINITY) return new Promise(() => {})
  return new Promise((resolve) => clock.at(clock.monoMs() + ms, resolve))
}

/** Keeps a stream of things to so many in a second, on average since the start. */
export class Pace {
  readonly #world: CliWorld
  readonly #perSecond: number
  readonly #startMonoMs: number

  /** `perSecond` below 0: as fast as it goes; 0: after the first, never again. */
  constructor(world: CliWorld, perSecond: number) {
    this.#world = world
    this.#perSecond = perSecond
    this.#startMonoMs = world.env.clock.monoMs()
  }

  /** How long to wait when `count` were done; less than a millisecond is none. */
  waitMs(count: number): number {
    if (this.#perSecond < 0) return 0
    if (this.#perSecond === 0) return count === 0 ? 0 : Number.POSITIVE_INFINITY
    const wait = this.#startMonoMs + (count * 1000) / this.#perSecond - this.#world.env.clock.monoMs()
    return wait < 1 ? 0 : wait
  }
}
