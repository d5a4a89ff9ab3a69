import type { Clock, Timer } from '../env/index.ts'

/** A favoured connection that brings nothing for so long is closed for the others' sake. */
const stallMs = 5000

/** A connection as the budget sees it. */
export interface BudgetHolder {
  /** Bytes missing of the frame under way; 0 when none is, or when it could not be taken now anyway. */
  readonly missingBytes: number
  /** Bytes ever received: tells whether it moves. */
  readonly receivedBytes: number
  /** Reading may go on. */
  resumeReading(): void
  /** The memory is needed: close. */
  evict(): void
}

/**
 * Memory of requests over all connections of a node: bytes that arrived and whose requests are not yet answered. Above
 * the limit connections stop reading. So that they do not wait for each other with half a frame each, one of them, the
 * one that misses least, may always finish its frame; when it stalls, it is closed.
 */
export class Budget {
  readonly bytesMax: number
  readonly #clock: Clock
  #heldBytes = 0
  readonly #waiting = new Set<BudgetHolder>()
  #favoured: BudgetHolder | null = null
  #stallTimer: Timer | null = null

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock
    this.bytesMax = bytesMax
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  take(bytes: number): void {
    this.#heldBytes += bytes
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes
    if (this.#waiting.size === 0 || this.#heldBytes > this.bytesMax) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    this.#favour(null)
    for (const holder of waiting) holder.resumeReading()
  }

  /** Whether `holder`, which has just received, must stop reading; then {@link BudgetHolder.resumeReading} will come. */
  mustWait(holder: BudgetHolder): boolean {
    if (this.#heldBytes <= this.bytesMax) return false
    if (this.#favoured === holder) {
      if (holder.missingBytes > 0) return false
      this.#favour(null)
    }
    this.#waiting.add(holder)
    if (this.#favoured === null) this.#chooseLater()
    return true
  }

  /** The connection is gone; what it held is given back by its leases. */
  leave(holder: BudgetHolder): void {
    this.#waiting.delete(holder)
    if (this.#favoured !== holder) return
    this.#favour(null)
    this.#chooseLater()
  }

  /** At the end of the turn, so that nobody is resumed inside his own call. */
  #chooseLater(): void {
    this.#clock.atTurnEnd(() => {
      if (this.#favoured !== null || this.#heldBytes <= this.bytesMax) return
      let nearest: BudgetHolder | null = null
      for (const holder of this.#waiting) {
        const missing = holder.missingBytes
        if (missing > 0 && (nearest === null || missing < nearest.missingBytes)) nearest = holder
      }
      if (nearest === null) return
      this.#waiting.delete(nearest)
      this.#favour(nearest)
      nearest.resumeReading()
    })
  }

  #favour(holder: BudgetHolder | null): void {
    this.#favoured = holder
    this.#stallTimer?.cancel()
    this.#stallTimer = null
    if (holder !== null) this.#watch(holder, holder.receivedBytes)
  }

  #watch(holder: BudgetHolder, receivedBytes: number): void {
    this.#stallTimer = this.#clock.at(this.#clock.monoMs() + stallMs, () => {
      if (holder.receivedBytes > receivedBytes) return this.#watch(holder, holder.receivedBytes)
      if (holder.missingBytes > 0) return holder.evict()
      this.#favour(null)
      this.#chooseLater()
    })
  }
}
