import { compareText } from './member-order.ts'
import type { StickyInput } from './sticky-input.ts'
import type { Assignment, TopicPartition } from './types.ts'

/**
 * The usual case, in which all members subscribe to the same topics: every member gets ⌊P/M⌋ or ⌈P/M⌉ partitions and
 * keeps as many of its own as fit. Linear in partitions.
 *
 * 1. Keep owned partitions up to the quota (only those in the member's rack when racks are aligned).
 * 2. Deal out the rest within racks, when racks are aligned.
 * 3. Deal out what remains.
 */
export function assignConstrained(input: StickyInput): { assignment: Assignment; moving: Map<TopicPartition, string> } {
  return new Constrained(input).build()
}

class Constrained {
  readonly #in: StickyInput
  readonly #minQuota: number
  readonly #maxQuota: number
  /** How many members get one more than minQuota; 0 when the division has no remainder. */
  readonly #overExpected: number
  #over = 0
  readonly #assignment: Assignment
  readonly #kept = new Set<TopicPartition>()
  /** Owned partitions that their owner does not keep, unless they come back to it. */
  readonly #given = new Map<TopicPartition, string>()
  readonly #moving = new Map<TopicPartition, string>()
  /** Members below minQuota, and members at minQuota of which some may get one more. */
  #under: string[] = []
  #atMin: string[] = []

  constructor(input: StickyInput) {
    this.#in = input
    const quota = input.partitionCount / input.owned.size
    this.#minQuota = Math.floor(quota)
    this.#maxQuota = Math.ceil(quota)
    this.#overExpected = input.partitionCount % input.owned.size
    this.#assignment = new Map([...input.owned.keys()].map((id) => [id, []]))
  }

  build(): { assignment: Assignment; moving: Map<TopicPartition, string> } {
    for (const [member, owned] of this.#in.owned) this.#keepOwned(member, owned)
    this.#under.sort(compareText)
    this.#atMin.sort(compareText)
    let rest = this.#in.racks.sortByMembersNear(this.#unassigned())
    if (this.#in.racks.isAligning) rest = this.#dealWithinRacks(rest)
    this.#deal(rest)
    return { assignment: this.#assignment, moving: this.#moving }
  }

  #keepOwned(member: string, owned: readonly TopicPartition[]): void {
    const mine: TopicPartition[] = []
    for (const partition of owned) {
      if (this.#in.racks.mismatch(member, partition)) this.#given.set(partition, member)
      else if (!this.#in.disputed.has(partition)) mine.push(partition)
    }
    mine.sort((a, b) => a.partition - b.partition || compareText(a.topic, b.topic))

    let keep: number
    if (mine.length < this.#minQuota) {
      keep = mine.length
      this.#under.push(member)
    } else if (mine.length >= this.#maxQuota && this.#over < this.#overExpected) {
      keep = this.#maxQuota
      this.#over++
      if (this.#over === this.#overExpected) this.#atMin = []
    } else {
      keep = this.#minQuota
      if (this.#over < this.#overExpected) this.#atMin.push(member)
    }
    const list = this.#assignment.get(member)!
    for (const [i, partition] of mine.entries()) {
      if (i < keep) {
        list.push(partition)
        this.#kept.add(partition)
      } else this.#given.set(partition, member)
    }
  }

  #unassigned(): TopicPartition[] {
    const rest: TopicPartition[] = []
    for (const topic of [...this.#in.topics.keys()].sort(compareText)) {
      const count = this.#in.topics.get(topic)!.length
      for (let i = 0; i < count; i++) {
        const partition = this.#in.partitions.of(topic, i)
        if (!this.#kept.has(partition)) rest.push(partition)
      }
    }
    return rest
  }

  #dealWithinRacks(partitions: readonly TopicPartition[]): TopicPartition[] {
    const rest: TopicPartition[] = []
    let turn = 0
    for (const partition of partitions) {
      let member: string | undefined
      let at = this.#in.racks.nextNear(partition, this.#under, turn)
      if (at >= 0) {
        member = this.#under[at]!
        const count = this.#assignment.get(member)!.length + 1
        if (count >= this.#minQuota) {
          this.#under.splice(at, 1)
          if (count < this.#maxQuota && this.#over < this.#overExpected) this.#atMin.push(member)
        } else at++
        turn = this.#under.length === 0 ? 0 : at % this.#under.length
      } else if (this.#atMin.length > 0) {
        const first = this.#in.racks.nextNear(partition, this.#atMin, 0)
        if (first >= 0) {
          member = this.#atMin[first]!
          if (this.#assignment.get(member)!.length + 1 === this.#maxQuota) {
            this.#atMin.splice(first, 1)
            this.#over++
            if (this.#over === this.#overExpected) this.#atMin = []
          }
        }
      }
      if (member === undefined) rest.push(partition)
      else this.#give(partition, member)
    }
    return rest
  }

  #deal(partitions: readonly TopicPartition[]): void {
    let turn = 0
    let nextAtMin = 0
    for (const partition of partitions) {
      if (turn >= this.#under.length) turn = 0
      const fromUnder = this.#under.length > 0
      const member = fromUnder ? this.#under[turn]! : this.#atMin[nextAtMin++]
      if (member === undefined) throw new Error('sticky assignor: partitions remain but every member has its quota')
      const count = this.#give(partition, member)
      if (count === this.#minQuota && fromUnder) {
        this.#under.splice(turn, 1)
        this.#atMin.push(member)
      } else {
        turn++
        if (count === this.#maxQuota) this.#over++
      }
    }
  }

  #give(partition: TopicPartition, member: string): number {
    const list = this.#assignment.get(member)!
    list.push(partition)
    const from = this.#given.get(partition)
    if ((from !== undefined && from !== member) || this.#in.disputed.has(partition)) this.#moving.set(partition, member)
    return list.length
  }
}
