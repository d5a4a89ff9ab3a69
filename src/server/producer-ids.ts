import { type ErrorCode, errors } from '../protocol/index.ts'

/** Asks the controller for a block: first id and how many. */
export type AskBlock = (done: (errorCode: ErrorCode, first: number, count: number) => void) => void

/**
 * Producer ids for this broker, from blocks that the controller hands out and never hands out again (KIP-730). The
 * next block is asked for when a tenth of this one is left, so that nobody waits for it.
 */
export class ProducerIds {
  readonly #ask: AskBlock
  #next = 0
  #end = 0
  #block: { next: number; end: number } | null = null
  #isAsking = false
  #whenReady: (() => void)[] = []
  #waiting: ((errorCode: ErrorCode, producerId: number) => void)[] = []

  constructor(ask: AskBlock) {
    this.#ask = ask
  }

  next(done: (errorCode: ErrorCode, producerId: number) => void): void {
    this.#turnOver()
    if (this.#next < this.#end) done(errors.NONE, this.#next++)
    else this.#waiting.push(done)
    this.#askAhead()
  }

  /** Takes an id that is here already; -1 = there is none just now. */
  take(): number {
    this.#turnOver()
    const id = this.#next < this.#end ? this.#next++ : -1
    this.#askAhead()
    return id
  }

  /** Runs when {@link take} has something to give, or the controller had nothing; at once when it has. */
  whenReady(run: () => void): void {
    this.#turnOver()
    if (this.#next < this.#end) return run()
    this.#whenReady.push(run)
    this.#askAhead()
  }

  #turnOver(): void {
    if (this.#next < this.#end || this.#block === null) return
    this.#next = this.#block.next
    this.#end = this.#block.end
    this.#block = null
  }

  #askAhead(): void {
    const left = this.#end - this.#next
    if (this.#isAsking || this.#block !== null || (left > 100 && this.#waiting.length === 0)) return
    this.#isAsking = true
    this.#ask((errorCode, first, count) => {
      this.#isAsking = false
      const waiting = this.#waiting
      const whenReady = this.#whenReady
      this.#waiting = []
      this.#whenReady = []
      if (errorCode !== errors.NONE) {
        for (const done of waiting) done(errors.COORDINATOR_LOAD_IN_PROGRESS, -1)
      } else {
        this.#block = { next: first, end: first + count }
        for (const done of waiting) this.next(done)
      }
      for (const run of whenReady) run()
    })
  }
}
