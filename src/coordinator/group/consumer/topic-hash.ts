import { uuidToBytes } from '../../../bytes/index.ts'
import type { MetadataImage, TopicImage } from '../../../metadata/index.ts'
import { xxh3 } from './xxh3.ts'

/** In front of what is hashed: the version of this format. */
const magic = 0

/**
 * What a group knows of a topic, in 64 bits: its id, name, and for each partition the racks of its replicas (KIP-1101).
 * Equal to Apache's, so that a group that moves between the two does not rebalance.
 */
export function topicHash(topic: Pick<TopicImage, 'id' | 'name'>, racks: readonly (readonly string[])[]): bigint {
  const sorted = racks.map((each) => [...each].sort())
  let length = 1 + 16 + topic.name.length * 2 + 4 + 4
  for (const each of sorted) {
    length += 4
    for (const rack of each) length += 4 + rack.length * 2 + 4
  }
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  const int = (value: number): void => {
    view.setInt32(at, value, true)
    at += 4
  }
  const text = (value: string): void => {
    for (let i = 0; i < value.length; i++) view.setUint16(at + i * 2, value.charCodeAt(i), true)
    at += value.length * 2
    int(value.length)
  }
  bytes[at++] = magic
  const id = new DataView(uuidToBytes(topic.id).buffer)
  view.setBigInt64(at, id.getBigInt64(0), true)
  view.setBigInt64(at + 8, id.getBigInt64(8), true)
  at += 16
  text(topic.name)
  int(sorted.length)
  sorted.forEach((each, partition) => {
    int(partition)
    for (const rack of each) {
      int(rack.length)
      text(rack)
    }
  })
  return xxh3(bytes)
}

/** The racks of a topic's replicas, partition by partition; brokers without one, or unknown, do not count. */
export function racksOf(topic: TopicImage, image: MetadataImage): readonly (readonly string[])[] {
  return topic.partitions.map(({ replicas }) =>
    replicas.flatMap((id) => {
      const rack = image.brokers.get(id)?.rack
      return rack == null ? [] : [rack]
    }),
  )
}

/** The hash of all topics of a group, by name; 0 when there are none. */
export function groupHash(topics: ReadonlyMap<string, bigint>): bigint {
  if (topics.size === 0) return 0n
  const names = [...topics.keys()].sort()
  const bytes = new Uint8Array(names.length * 8)
  const view = new DataView(bytes.buffer)
  names.forEach((name, i) => {
    view.setBigInt64(i * 8, topics.get(name)!, true)
  })
  return xxh3(bytes)
}
