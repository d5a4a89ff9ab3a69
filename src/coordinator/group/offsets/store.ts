import { type Uuid, ZERO_UUID } from '../../../bytes/index.ts'
import type { OffsetCommitValue } from '../records.ts'

/** A committed offset as the last record said it. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 = unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitMs: number
  /** Wall time after which it is gone whatever the group does; -1 = the group's retention counts. */
  readonly expireMs: number
  /** The zero uuid when the record had none. */
  readonly topicId: Uuid
  /** Where its record stands: of two, the later counts, even when the earlier belongs to a transaction that ends later. */
  readonly recordOffset: number
}

export function committedOffset(value: OffsetCommitValue, recordOffset: number): CommittedOffset {
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitMs: value.commitTimestamp,
    expireMs: value.expireTimestamp,
    topicId: value.topicId,
    recordOffset,
  }
}

/** Two ids that are both known and differ belong to two topics, though their names be one. */
export function isOtherTopic(a: Uuid, b: Uuid): boolean {
  return a !== ZERO_UUID && b !== ZERO_UUID && a !== b
}

type ByPartition<T> = Map<number, T>
type ByTopic<T> = Map<string, ByPartition<T>>

/** Something for each partition that a group has committed, by group, topic and partition. */
export class OffsetTable<T> {
  readonly #groups = new Map<string, ByTopic<T>>()

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  groupIds(): IterableIterator<string> {
    return this.#groups.keys()
  }

  topics(groupId: string): ReadonlyMap<string, ReadonlyMap<number, T>> | undefined {
    return this.#groups.get(groupId)
  }

  get(groupId: string, topic: string, partition: number): T | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  put(groupId: string, topic: string, partition: number, value: T): void {
    let topics = this.#groups.get(groupId)
    if (topics === undefined) this.#groups.set(groupId, (topics = new Map()))
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, (partitions = new Map()))
    partitions.set(partition, value)
  }

  remove(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(groupId)
  }

  forEach(each: (groupId: string, topic: string, partition: number, value: T) => void): void {
    for (const [groupId, topics] of this.#groups)
      for (const [topic, partitions] of topics)
        for (const [partition, value] of partitions) each(groupId, topic, partition, value)
  }
}

/** Committed offsets, and those of open transactions, which count once their marker says commit. */
export class OffsetStore {
  readonly committed = new OffsetTable<CommittedOffset>()
  readonly #pending = new Map<number, OffsetTable<CommittedOffset>>()
  /** Producer ids with a pending offset for a partition. */
  readonly #open = new OffsetTable<Set<number>>()

  isOpen(groupId: string, topic: string, partition: number): boolean {
    return this.#open.get(groupId, topic, partition) !== undefined
  }

  hasOpen(groupId: string): boolean {
    return this.#open.topics(groupId) !== undefined
  }

  openTopics(groupId: string): ReadonlyMap<string, ReadonlyMap<number, unknown>> | undefined {
    return this.#open.topics(groupId)
  }

  forEachPending(each: (groupId: string, topic: string, partition: number, value: CommittedOffset) => void): void {
    for (const table of this.#pending.values()) table.forEach(each)
  }

  commit(groupId: string, topic: string, partition: number, value: CommittedOffset): void {
    this.committed.put(groupId, topic, partition, value)
  }

  addPending(producerId: number, groupId: string, topic: string, partition: number, value: CommittedOffset): void {
    let table = this.#pending.get(producerId)
    if (table === undefined) this.#pending.set(producerId, (table = new OffsetTable()))
    table.put(groupId, topic, partition, value)
    const producers = this.#open.get(groupId, topic, partition)
    if (producers === undefined) this.#open.put(groupId, topic, partition, new Set([producerId]))
    else producers.add(producerId)
  }

  /** A tombstone: what is committed and what is pending. */
  remove(groupId: string, topic: string, partition: number): void {
    this.committed.remove(groupId, topic, partition)
    for (const producerId of this.#open.get(groupId, topic, partition) ?? []) {
      const table = this.#pending.get(producerId)
      table?.remove(groupId, topic, partition)
      if (table?.isEmpty) this.#pending.delete(producerId)
    }
    this.#open.remove(groupId, topic, partition)
  }

  endTransaction(producerId: number, outcome: 'commit' | 'abort'): void {
    const table = this.#pending.get(producerId)
    if (table === undefined) return
    this.#pending.delete(producerId)
    table.forEach((groupId, topic, partition, value) => {
      const producers = this.#open.get(groupId, topic, partition)
      producers?.delete(producerId)
      if (producers?.size === 0) this.#open.remove(groupId, topic, partition)
      if (outcome === 'abort') return
      const existing = this.committed.get(groupId, topic, partition)
      if (existing === undefined || value.recordOffset > existing.recordOffset)
        this.committed.put(groupId, topic, partition, value)
    })
  }
}
