import { javaStringHash } from '../../bytes/index.ts'
import type { TopicPartition } from '../topic-partition.ts'

/**
 * The order in which java.util.HashMap walks its keys. Java's assignors walk such maps, so which of two equal members
 * gets the odd partition depends on it; a leader in another language has to walk in the same order to agree.
 */

const INITIAL_CAPACITY = 16
const LOAD_FACTOR = 0.75

/** org.apache.kafka.common.TopicPartition.hashCode. */
export function topicPartitionHash(topic: string, partition: number): number {
  return (Math.imul(31, 31 + partition) + javaStringHash(topic)) | 0
}

/** HashMap folds the high half into the low one before it masks. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}

/** Table size after `size` insertions, starting from `initial`: doubles when the load passes three quarters. */
function capacityFor(size: number, initial: number): number {
  let capacity = initial
  while (size > capacity * LOAD_FACTOR) capacity *= 2
  return capacity
}

/** Distinct keys, given in order of insertion, in the order of a HashMap that holds them (ties keep insertion order). */
export function hashOrder<T>(keys: readonly T[], hashOf: (key: T) => number, initial: number = INITIAL_CAPACITY): T[] {
  const mask = capacityFor(keys.length, initial) - 1
  return keys
    .map((key) => ({ key, bucket: spread(hashOf(key)) & mask }))
    .sort((a, b) => a.bucket - b.bucket)
    .map((at) => at.key)
}

/** `isSized`: the map was made for just so many keys, and so has the smallest table that begins with room for them. */
export function stringHashOrder(keys: Iterable<string>, isSized = false): string[] {
  const distinct = [...new Set(keys)]
  let initial = INITIAL_CAPACITY
  if (isSized) for (initial = 1; initial < distinct.length; ) initial *= 2
  return hashOrder(distinct, javaStringHash, initial)
}

/** Partitions in the order of a HashMap that holds them. */
export function partitionHashOrder<T extends TopicPartition>(partitions: Iterable<T>): T[] {
  return hashOrder([...partitions], (p) => topicPartitionHash(p.topic, p.partition))
}

/** A java.util.HashSet of which only the first element in iteration order is asked for. Tables grow, never shrink. */
export class HashFirst<T> {
  readonly #members = new Map<T, number>()
  readonly #hashOf: (member: T) => number
  #capacity = INITIAL_CAPACITY

  constructor(hashOf: (member: T) => number) {
    this.#hashOf = hashOf
  }

  get size(): number {
    return this.#members.size
  }

  add(member: T): void {
    this.#members.set(member, spread(this.#hashOf(member)))
    this.#capacity = capacityFor(this.#members.size, this.#capacity)
  }

  delete(member: T): void {
    this.#members.delete(member)
  }

  first(): T | undefined {
    let best: T | undefined
    let bestBucket = this.#capacity
    for (const [member, hash] of this.#members) {
      const bucket = hash & (this.#capacity - 1)
      if (bucket < bestBucket) {
        best = member
        bestBucket = bucket
      }
    }
    return best
  }
}
