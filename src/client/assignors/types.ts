import type { TopicPartition } from '../topic-partition.ts'

export type { TopicPartition }

/** What one member of a group said when it joined: ConsumerProtocolSubscription, whatever its version. */
export interface MemberSubscription {
  readonly memberId: string
  /** group.instance.id; null for a dynamic member. */
  readonly instanceId: string | null
  readonly topics: readonly string[]
  readonly ownedPartitions: readonly TopicPartition[]
  /** Subscription version 2 and up; null below. -1 = the member owns nothing from a known generation. */
  readonly generationId: number | null
  /** Subscription version 3 and up; null or '' = none. */
  readonly rackId: string | null
  readonly userData: Uint8Array | null
}

/** Racks of the replicas of every partition, index = partition id; an unknown rack is left out. */
export type PartitionRacks = readonly (readonly string[])[]

/** member id → partitions, in the order in which Java's assignor of the same name lists them. */
export type Assignment = Map<string, TopicPartition[]>

/**
 * Divides the partitions of a group's topics over its members; runs on the member that the coordinator made the leader
 * (classic protocol). Members of one group may run Java and this client side by side, so the result equals Java's for
 * the same input, order included.
 */
export interface Assignor {
  /** Name on the wire: a group runs an assignor that all its members name. */
  readonly name: string
  /** `cooperative` members keep their partitions while a rebalance is under way; `eager` ones give all up first. */
  readonly rebalance: 'eager' | 'cooperative'
  /**
   * `topics` holds only topics that exist; `members` come in the order of the coordinator's JoinGroup answer, which
   * decides between equals.
   */
  assign(topics: ReadonlyMap<string, PartitionRacks>, members: readonly MemberSubscription[]): Assignment
  /** What this member sends along when it joins; `owned` is its last assignment, null before the first. */
  userData(owned: readonly TopicPartition[] | null, generationId: number): Uint8Array | null
}
