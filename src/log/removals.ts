import type { Timer } from '../env/index.ts'
import { eachInTurn, type LogShared } from './shared.ts'

/** Files of one log that go after their delay; at a restart before that, loading removes them. */
export class Removals {
  readonly #shared: LogShared
  #timers: Set<Timer> | null = null

  constructor(shared: LogShared) {
    this.#shared = shared
  }

  later(paths: readonly string[], dueMs: number): void {
    const { clock, disk, logger } = this.#shared
    const timer = clock.at(dueMs, () => {
      this.#timers?.delete(timer)
      eachInTurn(
        paths,
        (path, next) => disk.remove(path, next),
        (failure) => {
          if (failure !== null) logger.warn('Could not remove a deleted segment', { reason: failure.message })
        },
      )
    })
    this.#timers ??= new Set()
    this.#timers.add(timer)
  }

  cancel(): void {
    if (this.#timers !== null) for (const timer of this.#timers) timer.cancel()
    this.#timers = null
  }
}
