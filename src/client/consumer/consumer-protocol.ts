import { Reader, Writer } from '../../bytes/index.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../protocol/index.ts'
import type { MemberSubscription, TopicPartition } from '../assignors/index.ts'
import { groupByTopic } from '../topic-partition.ts'

/** What the members of a classic group tell each other: int16 version, then the message. */
const VERSION = 3

/** Topics and owned partitions are sorted, as Java does, so that equal subscriptions are equal bytes. */
export function encodeSubscription(o: {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  readonly owned: readonly TopicPartition[]
  readonly generationId: number
  readonly rackId: string | null
}): Uint8Array {
  const owned = [...o.owned].sort((a, b) =>
    a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition,
  )
  const w = new Writer()
  w.int16(VERSION)
  ConsumerProtocolSubscription.encode(
    w,
    {
      topics: [...o.topics].sort(),
      userData: o.userData,
      ownedPartitions: toTopics(owned),
      generationId: o.generationId,
      rackId: o.rackId,
    },
    VERSION,
  )
  return w.toBytes()
}

/** A version newer than ours has ours at its beginning. */
export function decodeSubscription(memberId: string, instanceId: string | null, bytes: Uint8Array): MemberSubscription {
  const r = new Reader(bytes)
  const s = ConsumerProtocolSubscription.decode(r, Math.min(Math.max(r.int16(), 0), VERSION))
  return {
    memberId,
    instanceId,
    topics: s.topics,
    ownedPartitions: fromTopics(s.ownedPartitions),
    generationId: s.generationId < 0 ? null : s.generationId,
    rackId: s.rackId,
    userData: s.userData,
  }
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const w = new Writer()
  w.int16(VERSION)
  ConsumerProtocolAssignment.encode(w, { assignedPartitions: toTopics(partitions), userData: null }, VERSION)
  return w.toBytes()
}

export function decodeAssignment(bytes: Uint8Array): TopicPartition[] {
  if (bytes.length === 0) return []
  const r = new Reader(bytes)
  return fromTopics(ConsumerProtocolAssignment.decode(r, Math.min(Math.max(r.int16(), 0), VERSION)).assignedPartitions)
}

function toTopics(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return [...groupByTopic(partitions)].map(([topic, list]) => ({ topic, partitions: list.map((p) => p.partition) }))
}

function fromTopics(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap((t) => t.partitions.map((partition) => ({ topic: t.topic, partition })))
}
