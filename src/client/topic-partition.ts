/** A partition of a topic, by name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A map by topic and partition, in order of insertion per topic. */
export class PartitionMap<T> {
  readonly #topics = new Map<string, Map<number, T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(topic: string, partition: number): T | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  has(topic: string, partition: number): boolean {
    return this.#topics.get(topic)?.has(partition) ?? false
  }

  set(topic: string, partition: number, value: T): void {
    let partitions = this.#topics.get(topic)
    if (!partitions) this.#topics.set(topic, (partitions = new Map()))
    if (!partitions.has(partition)) this.#size++
    partitions.set(partition, value)
  }

  delete(topic: string, partition: number): boolean {
    const partitions = this.#topics.get(topic)
    if (!partitions?.delete(partition)) return false
    this.#size--
    if (partitions.size === 0) this.#topics.delete(topic)
    return true
  }

  clear(): void {
    this.#topics.clear()
    this.#size = 0
  }

  *values(): IterableIterator<T> {
    for (const partitions of this.#topics.values()) yield* partitions.values()
  }

  *keys(): IterableIterator<TopicPartition> {
    for (const [topic, partitions] of this.#topics)
      for (const partition of partitions.keys()) yield { topic, partition }
  }

  *[Symbol.iterator](): IterableIterator<[TopicPartition, T]> {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, value] of partitions) yield [{ topic, partition }, value]
    }
  }

  topics(): ReadonlyMap<string, ReadonlyMap<number, T>> {
    return this.#topics
  }
}

/** `topic → items`, for requests that are grouped by topic. */
export function groupByTopic<T extends { readonly topic: string }>(items: Iterable<T>): Map<string, T[]> {
  const byTopic = new Map<string, T[]>()
  for (const item of items) {
    const list = byTopic.get(item.topic)
    if (list) list.push(item)
    else byTopic.set(item.topic, [item])
  }
  return byTopic
}

export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
