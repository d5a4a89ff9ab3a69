/** Holds work to a number of bytes a second, shared by all who note what they did: one second may be used at once. */
export class Pace {
  readonly #bytesPerSecond: () => number
  /** When everything noted until now has its time. */
  #clearAtMs = 0

  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** 0 = go on. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#clearAtMs - nowMs)
  }

  note(bytes: number, nowMs: number): void {
    const rate = this.#bytesPerSecond()
    const costMs = Number.isFinite(rate) && rate > 0 ? (bytes * 1000) / rate : 0
    this.#clearAtMs = Math.max(this.#clearAtMs, nowMs) + costMs
  }
}
