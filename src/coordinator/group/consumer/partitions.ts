import type { Uuid } from '../../../bytes/index.ts'

/** Partitions a member holds, each with the epoch at which it was given to the member: by topic, then by partition. */
export type Held = ReadonlyMap<Uuid, ReadonlyMap<number, number>>

export const NOTHING_HELD: ReadonlyMap<Uuid, ReadonlyMap<number, number>> = new Map()

/** The shape in which requests, answers and records list partitions. */
export interface ListedPartitions {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

export function equalHeld(a: Held, b: Held): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    if (others === undefined || others.size !== partitions.size) return false
    for (const [partition, epoch] of partitions) if (others.get(partition) !== epoch) return false
  }
  return true
}

/** From what a record lists; a record of an older version has no epochs, and the member's own counts. */
export function heldFrom(
  listed: readonly (ListedPartitions & { readonly assignmentEpochs: readonly number[] | null })[],
  memberEpoch: number,
): Held {
  if (listed.length === 0) return NOTHING_HELD
  const held = new Map<Uuid, ReadonlyMap<number, number>>()
  for (const { topicId, partitions, assignmentEpochs } of listed) {
    const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : null
    held.set(topicId, new Map(partitions.map((partition, i) => [partition, epochs?.[i] ?? Math.max(memberEpoch, 0)])))
  }
  return held
}

export function listHeld(held: Held) {
  return listPartitions(held).map(({ topicId, partitions }) => {
    const epochs = held.get(topicId)!
    return { topicId, partitions, assignmentEpochs: partitions.map((partition) => epochs.get(partition)!) }
  })
}

/** Without the epochs, as answers have it. */
export function listPartitions(held: Held): { topicId: Uuid; partitions: number[] }[] {
  return [...held].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()].sort((a, b) => a - b),
  }))
}

/** Whether every listed partition is held. */
export function holdsAll(held: Held, listed: readonly ListedPartitions[]): boolean {
  return listed.every(({ topicId, partitions }) => {
    const mine = held.get(topicId)
    return mine !== undefined && partitions.every((partition) => mine.has(partition))
  })
}
