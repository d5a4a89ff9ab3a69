import { clientError } from '../errors.ts'
import type { Cluster } from '../network/cluster.ts'
import { PartitionMap, partitionName, type TopicPartition } from '../topic-partition.ts'
import { PartitionState } from './position.ts'

/** The partitions of a consumer, whoever gave them: the group, or its application by hand. */
export class Assignment {
  readonly #cluster: Cluster
  readonly #gone: (topic: string, partition: number) => void
  readonly states = new PartitionMap<PartitionState>()
  /** Given by {@link assignByHand}, whose topics this keeps metadata of. */
  #byHand: readonly TopicPartition[] = []

  /** `gone` hears of partitions that are no longer there. */
  constructor(cluster: Cluster, gone: (topic: string, partition: number) => void) {
    this.#cluster = cluster
    this.#gone = gone
  }

  partitions(): TopicPartition[] {
    return [...this.states.keys()]
  }

  /** Throws INVALID_STATE for a partition that is not assigned. */
  state(p: TopicPartition): PartitionState {
    const state = this.states.get(p.topic, p.partition)
    if (!state) throw clientError('INVALID_STATE', `${partitionName(p)} is not assigned to this consumer`)
    return state
  }

  /** Partitions that stay keep their position and what was fetched. */
  replace(partitions: readonly TopicPartition[]): void {
    const before = new PartitionMap<PartitionState>()
    for (const state of this.states.values()) before.set(state.topic, state.partition, state)
    this.states.clear()
    for (const { topic, partition } of partitions) {
      this.states.set(topic, partition, before.get(topic, partition) ?? new PartitionState(topic, partition))
    }
    for (const { topic, partition } of before.keys()) {
      if (!this.states.has(topic, partition)) this.#gone(topic, partition)
    }
  }

  assignByHand(partitions: readonly TopicPartition[]): void {
    for (const { topic } of this.#byHand) this.#cluster.unwant(topic)
    for (const { topic } of partitions) this.#cluster.want(topic)
    this.#byHand = [...partitions]
    this.replace(partitions)
  }

  remove(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      if (this.states.delete(topic, partition)) this.#gone(topic, partition)
    }
  }
}
