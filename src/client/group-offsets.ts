import { type Uuid, ZERO_UUID } from '../bytes/index.ts'
import { errors, OffsetCommit, OffsetFetch, type ResponseOf } from '../protocol/index.ts'
import { brokerError, type Outcome } from './errors.ts'
import type { Cluster } from './network/cluster.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from './topic-partition.ts'

/** Committed offset of a group for one partition. */
export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number | null
  readonly metadata: string
}

/** Who commits: a member in a generation (or member epoch), or nobody in particular. */
export interface Committer {
  readonly groupId: string
  /** '' = no member. */
  readonly memberId: string
  /** -1 = none. */
  readonly generation: number
  readonly instanceId: string | null
}

export interface CommitItem extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number | null
  readonly metadata?: string | null
}

/** Versions from 10 on name topics by id. */
const BY_ID = 10

/** One OffsetCommit to the group's coordinator, no retry; codes per partition. */
export async function commitOffsets(
  cluster: Cluster,
  who: Committer,
  items: readonly CommitItem[],
): Promise<PartitionMap<number>> {
  const byTopic = groupByTopic(items)
  const cap = haveIds(cluster, byTopic.keys()) ? undefined : BY_ID - 1
  const answer = await cluster.askCoordinator(
    'group',
    who.groupId,
    OffsetCommit,
    (version) => ({
      groupId: who.groupId,
      generationIdOrMemberEpoch: who.generation,
      memberId: who.memberId,
      groupInstanceId: version >= 7 ? who.instanceId : null,
      topics: [...byTopic].map(([name, list]) => ({
        ...(version >= BY_ID ? { topicId: cluster.metadata.topics.get(name)!.id } : { name }),
        partitions: list.map((i) => ({
          partitionIndex: i.partition,
          committedOffset: i.offset,
          committedLeaderEpoch: i.leaderEpoch ?? -1,
          committedMetadata: i.metadata ?? '',
        })),
      })),
    }),
    (a) => coordinatorCode(a.topics.flatMap((t) => t.partitions.map((p) => p.errorCode))),
    cap === undefined ? {} : { cap },
  )
  const codes = new PartitionMap<number>()
  for (const topic of answer.topics) {
    const name = topic.name || cluster.nameOf(topic.topicId)
    if (name === undefined) continue
    for (const p of topic.partitions) codes.set(name, p.partitionIndex, p.errorCode)
  }
  return codes
}

/** A coordinator that has moved says so for every partition. */
function coordinatorCode(codes: readonly number[]): number {
  const first = codes[0] ?? 0
  const isOfAll =
    first === errors.NOT_COORDINATOR ||
    first === errors.COORDINATOR_NOT_AVAILABLE ||
    first === errors.COORDINATOR_LOAD_IN_PROGRESS
  return isOfAll ? first : 0
}

function haveIds(cluster: Cluster, topics: Iterable<string>): boolean {
  for (const name of topics) if ((cluster.metadata.topics.get(name)?.id ?? ZERO_UUID) === ZERO_UUID) return false
  return true
}

export interface FetchOffsetsOptions {
  readonly memberId?: string | null
  readonly memberEpoch?: number
  /** Offsets of open transactions are waited for instead of passed over (KIP-447). */
  readonly requireStable?: boolean
}

/**
 * One OffsetFetch to the group's coordinator, no retry. `partitions` null: all that the group has committed. A partition
 * without a committed offset is not in the result.
 */
export async function fetchCommitted(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  o: FetchOffsetsOptions = {},
): Promise<PartitionMap<Outcome<CommittedOffset>>> {
  const byTopic = partitions === null ? null : groupByTopic(partitions)
  // without ids for all, and for "all topics" whose ids we may not know, names are asked for
  const cap = byTopic !== null && haveIds(cluster, byTopic.keys()) ? undefined : BY_ID - 1
  const answer = await cluster.askCoordinator(
    'group',
    groupId,
    OffsetFetch,
    (version) => {
      const topics =
        byTopic &&
        [...byTopic].map(([name, list]) => ({
          ...(version >= BY_ID ? { topicId: cluster.metadata.topics.get(name)!.id } : { name }),
          partitionIndexes: list.map((p) => p.partition),
        }))
      const requireStable = version >= 7 ? (o.requireStable ?? false) : false
      if (version < 8)
        return { groupId, topics: topics as { name: string; partitionIndexes: number[] }[] | null, requireStable }
      const member = { memberId: o.memberId ?? null, memberEpoch: o.memberEpoch ?? -1 }
      return { groups: [{ groupId, topics, ...member }], requireStable }
    },
    groupCode,
    cap === undefined ? {} : { cap },
  )
  const code = groupCode(answer)
  if (code !== errors.NONE) throw brokerError(code)
  const found = new PartitionMap<Outcome<CommittedOffset>>()
  const topics = answer.groups[0]?.topics ?? answer.topics
  for (const topic of topics) {
    const name = topic.name || ('topicId' in topic ? cluster.nameOf(topic.topicId as Uuid) : undefined)
    if (name === undefined) continue
    for (const p of topic.partitions) {
      if (p.errorCode !== errors.NONE) {
        found.set(name, p.partitionIndex, { error: brokerError(p.errorCode), value: null })
      } else if (p.committedOffset >= 0) {
        const leaderEpoch = p.committedLeaderEpoch < 0 ? null : p.committedLeaderEpoch
        found.set(name, p.partitionIndex, {
          error: null,
          value: { offset: p.committedOffset, leaderEpoch, metadata: p.metadata ?? '' },
        })
      }
    }
  }
  return found
}

function groupCode(answer: ResponseOf<typeof OffsetFetch>): number {
  return answer.groups[0]?.errorCode ?? answer.errorCode
}
