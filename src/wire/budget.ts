import type { Clock, Timer } from '../env/index.ts'

/** A favoured connection that brings nothing for so long is closed for the others' sake. */
const stallMs = 5000
/** Requests longer than this part of the budget may fill so much of it; the rest is kept for short ones. */
const longPart = 1 / 256
const longShare = 3 / 4

/** A connection as the budget sees it. */
export interface BudgetHolder {
  /** Bytes missing of the frame under way; 0 when none is, or when it could not be taken now anyway. */
  readonly missingBytes: number
  /** Length of the frame under way; 0 when none is. */
  readonly frameBytes: number
  /** Bytes ever received: tells whether it moves. */
  readonly receivedBytes: number
  /** Reading may go on. */
  resumeReading(): void
  /** The memory is needed: close. */
  evict(): void
}

/**
 * Memory of requests over all connections of a node: bytes that arrived and whose requests are not yet answered. Above
 * the limit connections stop reading until replies have left; those in the middle of a long request stop earlier, so that
 * a few who announce much and send little more cannot take the room of all who have short ones. When it is mostly unfinished requests that fill it, no
 * reply would ever help: then one of them, the one that misses least, may finish above the limit; if it stalls, it is
 * closed. So the limit is passed by one request at most, and never for long.
 */
export class Budget {
  readonly bytesMax: number
  readonly #clock: Clock
  #unfinishedBytes = 0
  #requestBytes = 0
  readonly #waiting = new Set<BudgetHolder>()
  #favoured: BudgetHolder | null = null
  #stallTimer: Timer | null = null
  #isChoosing = false

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock
    this.bytesMax = bytesMax
  }

  get heldBytes(): number {
    return this.#unfinishedBytes + this.#requestBytes
  }

  received(bytes: number): void {
    this.#unfinishedBytes += bytes
  }

  /** Received bytes became a request. */
  begun(bytes: number): void {
    this.#unfinishedBytes -= bytes
    this.#requestBytes += bytes
  }

  /** A request's bytes are not needed any more. */
  released(bytes: number): void {
    this.#requestBytes -= bytes
    this.#freed()
  }

  /** The connection is gone and with it the unfinished bytes it held; its requests are released one by one. */
  left(holder: BudgetHolder, unfinishedBytes: number): void {
    this.#unfinishedBytes -= unfinishedBytes
    this.#waiting.delete(holder)
    if (this.#favoured === holder) this.#favour(null)
    this.#freed()
  }

  /** Whether `holder`, which has just received, must stop reading; then {@link BudgetHolder.resumeReading} will come. */
  mustWait(holder: BudgetHolder): boolean {
    if (this.#hasRoomFor(holder)) return false
    if (this.#favoured === holder) {
      if (holder.missingBytes > 0) return false
      this.#favour(null)
    }
    this.#waiting.add(holder)
    this.#chooseLater()
    return true
  }

  /**
   * How much one read may bring, since only what was read can be counted: anything, what a common buffer takes, or little
   * when there is hardly any room left.
   */
  get readSize(): 'any' | 'usual' | 'little' {
    if (this.heldBytes <= this.bytesMax / 2) return 'any'
    return this.heldBytes <= this.bytesMax * longShare ? 'usual' : 'little'
  }

  #hasRoomFor(holder: BudgetHolder): boolean {
    const isLong = holder.frameBytes > this.bytesMax * longPart
    return this.heldBytes <= (isLong ? this.bytesMax * longShare : this.bytesMax)
  }

  #freed(): void {
    if (this.#waiting.size === 0) return
    const free = [...this.#waiting].filter((holder) => this.#hasRoomFor(holder))
    if (free.length < this.#waiting.size) this.#chooseLater()
    else this.#favour(null)
    for (const holder of free) this.#waiting.delete(holder)
    for (const holder of free) holder.resumeReading()
  }

  /** At the end of the turn, so that nobody is resumed inside his own call. */
  #chooseLater(): void {
    if (this.#isChoosing || this.#favoured !== null) return
    this.#isChoosing = true
    this.#clock.atTurnEnd(() => {
      this.#isChoosing = false
      this.#choose()
    })
  }

  #choose(): void {
    const isStuck = this.heldBytes > this.bytesMax * longShare && this.#requestBytes < this.bytesMax / 2
    if (this.#favoured !== null || !isStuck) return
    let nearest: BudgetHolder | null = null
    for (const holder of this.#waiting) {
      const missing = holder.missingBytes
      if (missing > 0 && (nearest === null || missing < nearest.missingBytes)) nearest = holder
    }
    if (nearest === null) return
    this.#waiting.delete(nearest)
    this.#favour(nearest)
    nearest.resumeReading()
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
