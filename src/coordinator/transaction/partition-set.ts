import { javaStringHash } from '../../bytes/index.ts'
import { capacityFor, integerHash, JavaHashMap } from '../group/consumer/java-hash-map.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** As org.apache.kafka.common.TopicPartition hashes itself. */
function hashOf(key: string): number {
  const at = key.lastIndexOf('-')
  return (Math.imul(31, 31 + integerHash(Number(key.slice(at + 1)))) + javaStringHash(key.slice(0, at))) | 0
}

/**
 * The partitions of a transaction. A value: adding makes another one. Walked in the order of Java's HashSet, so that
 * the records of the transaction log are equal to Apache's to the byte.
 */
export class PartitionSet {
  readonly #partitions: JavaHashMap<string, TopicPartition>

  private constructor(partitions: JavaHashMap<string, TopicPartition>) {
    this.#partitions = partitions
  }

  static of(partitions: Iterable<TopicPartition>): PartitionSet {
    return noPartitions.plus(partitions)
  }

  static empty(): PartitionSet {
    return new PartitionSet(new JavaHashMap(hashOf))
  }

  get size(): number {
    return this.#partitions.size
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#partitions.has(`${topic}-${partition}`)
  }

  hasAll(partitions: readonly TopicPartition[]): boolean {
    return partitions.every((partition) => this.has(partition))
  }

  plus(partitions: Iterable<TopicPartition>): PartitionSet {
    const map = new JavaHashMap<string, TopicPartition>(hashOf, capacityFor(this.size))
    for (const [key, value] of this.#partitions) map.set(key, value)
    for (const { topic, partition } of partitions) map.set(`${topic}-${partition}`, { topic, partition })
    return new PartitionSet(map)
  }

  *[Symbol.iterator](): Generator<TopicPartition> {
    for (const [, value] of this.#partitions) yield value
  }

  /** Grouped as Apache's collectors group them. */
  byTopic(): { topic: string; partitionIds: number[] }[] {
    const topics = new JavaHashMap<string, number[]>(javaStringHash)
    for (const { topic, partition } of this) {
      const ids = topics.get(topic)
      if (ids === undefined) topics.set(topic, [partition])
      else ids.push(partition)
    }
    return [...topics].map(([topic, partitionIds]) => ({ topic, partitionIds }))
  }
}

export const noPartitions: PartitionSet = PartitionSet.empty()
