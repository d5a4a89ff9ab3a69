/** The longest wait that is told at once: the rate may change meanwhile. */
const WAIT_MS_MAX = 1000

/** Holds work to a number of bytes a second, shared by all who note what they did. The rate may change at any time. */
export class Pace {
  readonly #bytesPerSecond: () => number
  /** Bytes that were noted and have not had their time yet, as of #atMs. */
  #owed = 0
  #atMs = 0

  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** 0 = go on; else ask again then. */
  waitMs(nowMs: number): number {
    this.#settle(nowMs)
    return Math.min(WAIT_MS_MAX, (this.#owed * 1000) / Math.max(1, this.#bytesPerSecond()))
  }

  note(bytes: number, nowMs: number): void {
    this.#settle(nowMs)
    this.#owed += bytes
  }

  #settle(nowMs: number): void {
    const paid = ((nowMs - this.#atMs) * this.#bytesPerSecond()) / 1000
    this.#owed = Math.max(0, this.#owed - paid)
    this.#atMs = nowMs
  }
}
