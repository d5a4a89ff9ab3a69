import type { Uuid } from '../../../bytes/index.ts'
import type { ConsumerMember } from './member.ts'

/** Nobody holds the partition. */
export const UNOWNED = -1

/** Of a group with more members an index says who holds what; those of a smaller one are looked through. */
export const LOOKED_THROUGH_MAX = 2

/**
 * At which epoch each partition of a group is held, by whichever of its members. Most groups are small, and the index
 * would be the larger part of their memory.
 */
export class Holders {
  readonly #members: ReadonlyMap<string, ConsumerMember>
  #epochs: Map<Uuid, Map<number, number>> | null = null

  /** `members` is the group's own map, looked at whenever something is asked. */
  constructor(members: ReadonlyMap<string, ConsumerMember>) {
    this.#members = members
  }

  /** Epoch of the member that holds the partition, or {@link UNOWNED}. */
  epoch(topicId: Uuid, partition: number): number {
    return (
      this.#epochs?.get(topicId)?.get(partition) ?? (this.#epochs === null ? this.#look(topicId, partition) : UNOWNED)
    )
  }

  #look(topicId: Uuid, partition: number, besides: ConsumerMember | null = null): number {
    let epoch = UNOWNED
    for (const member of this.#members.values()) {
      if (member === besides) continue
      const isHeld =
        member.assigned.get(topicId)?.has(partition) || member.pendingRevocation.get(topicId)?.has(partition)
      if (isHeld && member.epoch > epoch) epoch = member.epoch
    }
    return epoch
  }

  /**
   * `now` has taken the place of `old` among the members. Throws when it holds what another one holds in its epoch or a
   * later one.
   */
  replaced(groupId: string, old: ConsumerMember | null, now: ConsumerMember | null): void {
    if (this.#members.size === 0) this.#epochs = null
    else if (this.#epochs === null && this.#members.size > LOOKED_THROUGH_MAX) this.#index(now)
    else if (this.#epochs !== null && old !== null) release(this.#epochs, old)
    if (now === null) return
    for (const held of [now.assigned, now.pendingRevocation]) {
      for (const [topicId, partitions] of held) {
        for (const partition of partitions.keys()) {
          const other = this.#epochs === null ? this.#look(topicId, partition, now) : this.epoch(topicId, partition)
          if (other !== UNOWNED && other >= now.epoch)
            throw new Error(`${topicId}-${partition} of ${groupId} is held at epoch ${other} and ${now.epoch}`)
        }
      }
    }
    if (this.#epochs !== null) hold(this.#epochs, now)
  }

  #index(besides: ConsumerMember | null): void {
    this.#epochs = new Map()
    for (const member of this.#members.values()) if (member !== besides) hold(this.#epochs, member)
  }
}

function hold(epochs: Map<Uuid, Map<number, number>>, member: ConsumerMember): void {
  for (const held of [member.assigned, member.pendingRevocation]) {
    for (const [topicId, partitions] of held) {
      let byPartition = epochs.get(topicId)
      if (byPartition === undefined) epochs.set(topicId, (byPartition = new Map()))
      for (const partition of partitions.keys()) {
        if (member.epoch > (byPartition.get(partition) ?? UNOWNED)) byPartition.set(partition, member.epoch)
      }
    }
  }
}

function release(epochs: Map<Uuid, Map<number, number>>, member: ConsumerMember): void {
  for (const held of [member.assigned, member.pendingRevocation]) {
    for (const [topicId, partitions] of held) {
      const byPartition = epochs.get(topicId)
      // Another member may hold it at a later epoch already: compaction takes records out of the middle.
      for (const partition of partitions.keys()) {
        if (byPartition?.get(partition) === member.epoch) byPartition.delete(partition)
      }
      if (byPartition?.size === 0) epochs.delete(topicId)
    }
  }
}
