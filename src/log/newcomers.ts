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
  #isStopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that have no directory by now go without: the next start makes them as it would have. */
  stop(): void {
    this.#isStopped = true
    this.#waiting = []
    this.#head = 0
  }

  add(log: CommitLog): void {
    if (this.#isStopped) return
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
