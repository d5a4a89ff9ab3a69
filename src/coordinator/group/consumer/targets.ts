import type { Uuid } from '../../../bytes/index.ts'
import { type Assignment, NO_PARTITIONS } from './assignor.ts'
import { LOOKED_THROUGH_MAX } from './holders.ts'

/** What each member of a group is to have, and whether anybody is to have a partition. */
export class Targets {
  readonly #byMember = new Map<string, Assignment>()
  /** Whom the target gives each partition to; null while few members have one, who are looked through. */
  #owners: Map<Uuid, Map<number, string>> | null = null

  get all(): ReadonlyMap<string, Assignment> {
    return this.#byMember
  }

  of(memberId: string): Assignment {
    return this.#byMember.get(memberId) ?? NO_PARTITIONS
  }

  has(topicId: Uuid, partition: number): boolean {
    if (this.#owners !== null) return this.#owners.get(topicId)?.has(partition) ?? false
    for (const target of this.#byMember.values()) if (target.get(topicId)?.includes(partition)) return true
    return false
  }

  set(memberId: string, target: Assignment | null): void {
    if (this.#owners !== null) disown(this.#owners, memberId, this.of(memberId))
    if (target === null) {
      this.#byMember.delete(memberId)
      if (this.#byMember.size === 0) this.#owners = null
      return
    }
    this.#byMember.set(memberId, target)
    if (this.#owners !== null) own(this.#owners, memberId, target)
    else if (this.#byMember.size > LOOKED_THROUGH_MAX) {
      this.#owners = new Map()
      for (const [id, each] of this.#byMember) own(this.#owners, id, each)
    }
  }
}

function own(owners: Map<Uuid, Map<number, string>>, memberId: string, target: Assignment): void {
  for (const [topicId, partitions] of target) {
    let byPartition = owners.get(topicId)
    if (byPartition === undefined) owners.set(topicId, (byPartition = new Map()))
    for (const partition of partitions) byPartition.set(partition, memberId)
  }
}

function disown(owners: Map<Uuid, Map<number, string>>, memberId: string, target: Assignment): void {
  for (const [topicId, partitions] of target) {
    const byPartition = owners.get(topicId)
    for (const partition of partitions) {
      if (byPartition?.get(partition) === memberId) byPartition.delete(partition)
    }
    if (byPartition?.size === 0) owners.delete(topicId)
  }
}
