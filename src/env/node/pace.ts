/** A blocking call that took longer than this belongs to the thread pool. */
const slowMs = 5
const holdMsMin = 100
const holdMsMax = 30_000
/**
 * A page that is in memory is read in microseconds; one that is not takes a disk's time, and so does the next. A single
 * slow read is more likely a moment in which another process had the core.
 */
const reads: PaceOptions = { slowMs: 1, slowInARow: 2, holdMsMax: 1000 }

interface PaceOptions {
  readonly slowMs: number
  /** So many slow calls with no quick one between count. */
  readonly slowInARow: number
  readonly holdMsMax: number
}

/**
 * Decides for one file system whether calls that rarely block are made on the main thread (3 µs for a 4 KiB write,
 * against 46 through the pool) or handed to the pool. One slow call sends the next ones to the pool for 100 ms; each
 * slow call after that doubles the hold up to 30 s, and a time of quick ones as long as the hold forgives.
 */
export class Pace {
  readonly #options: PaceOptions
  #slow = 0
  #holdMs = 0
  #heldUntilMs = 0

  constructor(options: PaceOptions = { slowMs, slowInARow: 1, holdMsMax }) {
    this.#options = options
  }

  /** Whether to call on the main thread now. */
  isQuick(now = performance.now()): boolean {
    return this.#heldUntilMs === 0 || now >= this.#heldUntilMs
  }

  /** Reports a call made on the main thread. */
  took(startedMs: number, now = performance.now()): void {
    this.#slow = now - startedMs > this.#options.slowMs ? this.#slow + 1 : 0
    if (this.#slow < this.#options.slowInARow) return
    this.#slow = 0
    const isForgiven = now - this.#heldUntilMs > this.#holdMs
    this.#holdMs = isForgiven ? holdMsMin : Math.min(this.#holdMs * 2, this.#options.holdMsMax)
    this.#heldUntilMs = now + this.#holdMs
  }
}

/** What one file system shares: the pace of its calls and the syncs it is given at once. */
export class Volume {
  readonly pace = new Pace()
  readonly readPace = new Pace(reads)
  readonly #syncsMax: number
  #syncs = 0
  readonly #waiting: (() => void)[] = []

  /** @param syncsMax syncs at once: two threads of the pool stay free for reads and the rest. */
  constructor(syncsMax: number) {
    this.#syncsMax = syncsMax
  }

  /** Calls `start` now or when a sync of another file ended; `start` ends with {@link syncEnded}. */
  whenSyncMayStart(start: () => void): void {
    if (this.#syncs < this.#syncsMax) {
      this.#syncs++
      start()
    } else {
      this.#waiting.push(start)
    }
  }

  syncEnded(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#syncs--
    else next()
  }
}
