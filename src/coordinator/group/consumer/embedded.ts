import { isMalformed, type Uuid } from '../../../bytes/index.ts'
import type { MetadataImage } from '../../../metadata/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  readVersionPrefixed,
  versionPrefixed,
} from '../../../protocol/index.ts'
import type { ListedPartitions } from './partitions.ts'

/**
 * What members of the classic protocol say in bytes of their own, read and written by the coordinator when they share a
 * group with members of the consumer protocol. A version from the future is read as the newest one known.
 */
export interface Subscription {
  readonly version: number
  readonly topics: readonly string[]
  readonly owned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  readonly rackId: string | null
}

/** Null when the bytes are none. */
export function readSubscription(bytes: Uint8Array): Subscription | null {
  return orNull(() => {
    const { version, value } = readVersionPrefixed(ConsumerProtocolSubscription, bytes, 'read-as-newest')
    const { topics, ownedPartitions: owned, rackId } = value
    return { version, topics, owned, rackId }
  })
}

/** Null when the bytes are none. `hasUserData`: an assignor of its own would lose something. */
export function readAssignment(
  bytes: Uint8Array,
  image: MetadataImage,
): { readonly partitions: readonly ListedPartitions[]; readonly hasUserData: boolean } | null {
  return orNull(() => {
    const { value } = readVersionPrefixed(ConsumerProtocolAssignment, bytes, 'read-as-newest')
    return { partitions: byTopicId(value.assignedPartitions, image), hasUserData: (value.userData?.length ?? 0) > 0 }
  })
}

/** Topics that are not there any longer are left out. */
export function writeAssignment(
  partitions: Iterable<ListedPartitions>,
  image: MetadataImage,
  version: number,
): Uint8Array {
  const assignedPartitions = [...partitions].flatMap(({ topicId, partitions: indexes }) => {
    const topic = image.topicsById.get(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: indexes }]
  })
  const known = Math.min(version, ConsumerProtocolAssignment.maxVersion)
  return versionPrefixed(ConsumerProtocolAssignment, { assignedPartitions, userData: null }, known)
}

export function byTopicId(
  named: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  image: MetadataImage,
): { readonly topicId: Uuid; readonly partitions: readonly number[] }[] {
  return named.flatMap(({ topic, partitions }) => {
    const topicId = image.topicsByName.get(topic)?.id
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (failure) {
    if (isMalformed(failure)) return null
    throw failure
  }
}
