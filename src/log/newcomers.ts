import type { Clock } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'

const AT_ONCE = 4

/**
 * Makes the directories of new logs, a few at a time: nobody waits for them, but people look for them. A log that is
 * written to before its turn makes its own.
 */
export class Newcomers {
  readonly #clock: Clock
  #waiting: CommitLog[] = []
  #head = 0
  #running = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(log: CommitLog): void {
    this.#waiting.push(log)
    this.#next()
  }

  #next(): void {
    while (this.#running < AT_ONCE && this.#head < this.#waiting.length) {
      this.#running++
      this.#waiting[this.#head++]!.writer.materialize(() => {
        this.#running--
        this.#clock.atTurnEnd(() => this.#next())
      })
    }
    if (this.#head < this.#waiting.length) return
    this.#waiting = []
    this.#head = 0
  }
}
