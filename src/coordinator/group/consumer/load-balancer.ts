/**
 * Hands out, in turn, the least and the most loaded of some members, on the promise that a partition is given to the
 * one and taken from the other. Members stand sorted by load; a range grows from either end, and all in a range have
 * been brought to the same level before it grows.
 */
export class LoadBalancer {
  readonly #loads: Int32Array
  #sorted: number[] = []
  #lowEnd = 0
  #lowLevel = -1
  #nextLow = 0
  #highStart = 0
  #highEnd = 0
  #highLevel = 1
  #nextHigh = -1

  /** `loads` is shared with the caller, who keeps it current. */
  constructor(loads: Int32Array) {
    this.#loads = loads
  }

  /** Begins with these members (at least one); returns the difference between the most and the least loaded. */
  begin(members: readonly number[]): number {
    const loads = this.#loads
    this.#sorted = [...members].sort((a, b) => loads[a]! - loads[b]! || a - b)
    const size = this.#sorted.length
    const low = this.#loadAt(0)
    const high = this.#loadAt(size - 1)
    this.#lowEnd = 0
    this.#lowLevel = low - 1
    this.#nextLow = 0
    this.#highStart = size
    this.#highEnd = size
    this.#highLevel = high + 1
    this.#nextHigh = size - 1
    return high - low
  }

  nextLeastLoaded(): number {
    if (this.#nextLow >= this.#lowEnd) {
      this.#lowLevel++
      while (this.#lowEnd < this.#sorted.length && this.#loadAt(this.#lowEnd) === this.#lowLevel) this.#lowEnd++
      this.#nextLow = 0
    }
    return this.#sorted[this.#nextLow++]!
  }

  /** -1 when nobody has anything to give. */
  nextMostLoaded(): number {
    if (this.#nextHigh < this.#highStart) {
      // Exclusions may have emptied the range: then it must grow, to whatever level comes next.
      if (this.#highEnd <= this.#highStart && this.#highStart > 0) this.#highLevel = this.#loadAt(this.#highStart - 1)
      else this.#highLevel--
      while (this.#highStart > 0 && this.#loadAt(this.#highStart - 1) === this.#highLevel) this.#highStart--
      this.#nextHigh = this.#highEnd - 1
    }
    if (this.#nextHigh < 0) return -1
    return this.#sorted[this.#nextHigh--]!
  }

  /** The member that {@link nextMostLoaded} gave last has nothing to give. */
  excludeMostLoaded(): void {
    const at = this.#nextHigh + 1
    const member = this.#sorted[at]!
    this.#sorted[at] = this.#sorted[this.#highEnd - 1]!
    this.#sorted[this.#highEnd - 1] = member
    this.#highEnd--
  }

  get isBalanced(): boolean {
    return this.#highLevel - this.#lowLevel <= 1
  }

  #loadAt(index: number): number {
    return this.#loads[this.#sorted[index]!]!
  }
}
