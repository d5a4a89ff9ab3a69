import { type Uuid, uuidToBytes } from '../../../bytes/index.ts'
import { capacityFor, integerHash, JavaHashMap } from './java-hash-map.ts'

/** Partitions by topic; both in the order of the record that holds them. */
export type Assignment = ReadonlyMap<Uuid, readonly number[]>

export const NO_PARTITIONS: ReadonlyMap<Uuid, readonly number[]> = new Map()

/** What an assignor knows of a member. */
export interface MemberSpec {
  readonly instanceId: string | null
  /** Topics that exist and the member subscribes to. */
  readonly topicIds: readonly Uuid[]
  /** Its target so far. */
  readonly target: Assignment
}

export interface GroupSpec {
  readonly members: ReadonlyMap<string, MemberSpec>
  /** All members subscribe to the same topics. */
  readonly isHomogeneous: boolean
  /** -1 when there is no such topic. */
  partitionCount(topicId: Uuid): number
  /** Whether the target so far gives this partition to somebody. */
  isAssigned(topicId: Uuid, partition: number): boolean
}

/**
 * Gives every partition of subscribed topics to one member; members left out get nothing. A generator, so that a large
 * group can be worked out over several turns: it yields after every {@link workPerYield} steps or so.
 */
export type Assignor = (spec: GroupSpec) => Generator<undefined, Map<string, Assignment>, undefined>

/** Partitions or topics looked at between two yields: well below a millisecond. */
export const workPerYield = 1000

/** Counts steps; true when it is time to yield. */
export class Pace {
  #left = workPerYield

  isDue(steps: number): boolean {
    this.#left -= steps
    if (this.#left > 0) return false
    this.#left = workPerYield
    return true
  }
}

/** Works an assignor out in one go. */
export function assignNow(assignor: Assignor, spec: GroupSpec): Map<string, Assignment> {
  const work = assignor(spec)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Java's `Uuid.hashCode`. */
export function uuidHash(uuid: Uuid): number {
  const view = new DataView(uuidToBytes(uuid).buffer)
  return view.getInt32(0) ^ view.getInt32(4) ^ view.getInt32(8) ^ view.getInt32(12)
}

/** A uuid as Java orders it: as two signed numbers of 64 bits. */
export function uuidOrder(uuid: Uuid): readonly [bigint, bigint] {
  const view = new DataView(uuidToBytes(uuid).buffer)
  return [view.getBigInt64(0), view.getBigInt64(8)]
}

/** A set of partitions, walked as Java's would be. */
export type PartitionSet = JavaHashMap<number, true>

export function partitionSet(partitions: readonly number[], capacity = capacityFor(partitions.length)): PartitionSet {
  const set: PartitionSet = new JavaHashMap(integerHash, capacity)
  for (const partition of partitions) set.set(partition, true)
  return set
}

/** Topics of a target, walked as Java's map of it would be. */
export function targetTopics(target: Assignment): readonly Uuid[] {
  if (target.size < 2) return [...target.keys()]
  const map = new JavaHashMap<Uuid, true>(uuidHash)
  for (const topicId of target.keys()) map.set(topicId, true)
  return map.keys()
}

/** A target in the making. Stays the old one, and is not copied, as long as nothing changes. */
export class TargetDraft {
  readonly #old: Assignment
  #copy: JavaHashMap<Uuid, PartitionSet> | null = null

  constructor(old: Assignment) {
    this.#old = old
  }

  add(topicId: Uuid, partition: number, capacity = 16): void {
    const copy = this.#change()
    let set = copy.get(topicId)
    if (set === undefined) copy.set(topicId, (set = partitionSet([], capacity)))
    set.set(partition, true)
  }

  remove(topicId: Uuid, partition: number): void {
    const set = this.#change().get(topicId)
    if (set === undefined) return
    set.delete(partition)
    if (set.size === 0) this.#change().delete(topicId)
  }

  removeTopic(topicId: Uuid): void {
    this.#change().delete(topicId)
  }

  result(): Assignment {
    if (this.#copy === null) return this.#old
    const target = new Map<Uuid, readonly number[]>()
    for (const [topicId, set] of this.#copy) target.set(topicId, [...set.keys()])
    return target
  }

  #change(): JavaHashMap<Uuid, PartitionSet> {
    if (this.#copy !== null) return this.#copy
    const copy = new JavaHashMap<Uuid, PartitionSet>(uuidHash, this.#old.size)
    for (const topicId of targetTopics(this.#old)) copy.set(topicId, partitionSet(this.#old.get(topicId)!))
    this.#copy = copy
    return copy
  }
}
