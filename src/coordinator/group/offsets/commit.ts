import { type Uuid, ZERO_UUID } from '../../../bytes/index.ts'
import {
  type ErrorCode,
  errors,
  type OffsetCommit,
  type RequestOf,
  type TxnOffsetCommit,
} from '../../../protocol/index.ts'
import { mapNested, type Pieces, type RecordProducer } from '../../../runtime/index.ts'
import type { ClassicGroup } from '../classic/group.ts'
import { restartSession } from '../classic/rebalance.ts'
import type { ConsumerGroup } from '../consumer/group.ts'
import type { GroupClient } from '../inputs.ts'
import type { GroupRecord } from '../records.ts'
import type { Turn } from '../turn.ts'

/** OffsetCommit from this version on may come from a member of a consumer group. */
const memberEpochSince = 9

interface Committer {
  readonly memberId: string
  readonly instanceId: string | null
  /** Generation or member epoch; negative: from outside of any group. */
  readonly generation: number
  readonly isTransactional: boolean
  readonly apiVersion: number
}

/** NONE, or why nothing may be committed; `checkPartition` may refuse the whole commit for one partition. */
interface Verdict {
  readonly code: ErrorCode
  readonly checkPartition?: (topicId: Uuid, partition: number) => ErrorCode
}

export function* commitOffsets(turn: Turn, client: GroupClient, request: RequestOf<typeof OffsetCommit>): Pieces<void> {
  const { groupId, topics } = request
  const verdict = check(turn, groupId, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationIdOrMemberEpoch,
    isTransactional: false,
    apiVersion: client.apiVersion,
  })
  const nowMs = turn.now.wallMs
  const expireMs = request.retentionTimeMs === -1 ? -1 : nowMs + request.retentionTimeMs
  const records: GroupRecord[] = []
  let code = verdict.code
  const answers = yield* mapNested(
    topics,
    ({ partitions }) => partitions,
    (partition, { name, topicId }) => {
      const { partitionIndex } = partition
      if (isTooLarge(turn, partition.committedMetadata))
        return { partitionIndex, errorCode: errors.OFFSET_METADATA_TOO_LARGE }
      if (code === errors.NONE) code = verdict.checkPartition?.(topicId, partitionIndex) ?? errors.NONE
      records.push(offsetRecord(groupId, name, topicId, partition, nowMs, expireMs))
      return { partitionIndex, errorCode: errors.NONE }
    },
    ({ name, topicId }, partitions) => ({ name, topicId, partitions }),
  )
  turn.reply('offsetCommit', turn.to, { topics: code === errors.NONE ? answers : refuseAll(topics, code) })
  if (code === errors.NONE) turn.writeAll(records)
}

/** The offsets count once the transaction's marker says so. */
export function* commitTransactionalOffsets(
  turn: Turn,
  client: GroupClient,
  request: RequestOf<typeof TxnOffsetCommit>,
  guard: RecordProducer['guard'],
): Pieces<void> {
  const { groupId, topics } = request
  const verdict = check(turn, groupId, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationId,
    isTransactional: true,
    apiVersion: client.apiVersion,
  })
  const records: GroupRecord[] = []
  const image = turn.deps.image()
  let code: ErrorCode = verdict.code === errors.STALE_MEMBER_EPOCH ? errors.ILLEGAL_GENERATION : verdict.code
  const answers = yield* mapNested(
    topics,
    ({ partitions }) => partitions,
    (partition, { name }) => {
      const { partitionIndex } = partition
      if (isTooLarge(turn, partition.committedMetadata))
        return { partitionIndex, errorCode: errors.OFFSET_METADATA_TOO_LARGE }
      if (code === errors.NONE && verdict.checkPartition !== undefined) {
        const topicId = image.topicsByName.get(name)?.id ?? ZERO_UUID
        const isStale = topicId === ZERO_UUID || verdict.checkPartition(topicId, partitionIndex) !== errors.NONE
        if (isStale) code = errors.ILLEGAL_GENERATION
      }
      records.push(offsetRecord(groupId, name, ZERO_UUID, partition, turn.now.wallMs, -1))
      return { partitionIndex, errorCode: errors.NONE }
    },
    ({ name }, partitions) => ({ name, partitions }),
  )
  turn.reply('txnOffsetCommit', turn.to, { topics: code === errors.NONE ? answers : refuseAll(topics, code) })
  if (code !== errors.NONE) return
  const producer = { id: request.producerId, epoch: request.producerEpoch }
  turn.inTransaction(guard === undefined ? producer : { ...producer, guard })
  turn.writeAll(records)
}

function check(turn: Turn, groupId: string, by: Committer): Verdict {
  const group = turn.state.groups.get(groupId)
  if (group === undefined) {
    // Its first record makes the group.
    if (by.generation < 0) return { code: errors.NONE }
    const isUnknownTold = !by.isTransactional && by.apiVersion >= memberEpochSince
    return { code: isUnknownTold ? errors.GROUP_ID_NOT_FOUND : errors.ILLEGAL_GENERATION }
  }
  return group.type === 'classic' ? { code: checkClassic(turn, group, by) } : checkConsumer(group, by)
}

/** A member may be behind by epochs as long as the partition was its own in the epoch it says. */
function checkConsumer(group: ConsumerGroup, by: Committer): Verdict {
  if (by.generation < 0 && group.members.size === 0) return { code: errors.NONE }
  const isOutsider = by.generation === -1 && by.memberId === '' && by.instanceId === null
  if (by.isTransactional && isOutsider) return { code: errors.NONE }
  const member = group.members.get(by.memberId)
  if (member === undefined) return { code: errors.UNKNOWN_MEMBER_ID }
  const isClassic = member.classic !== null
  if (!by.isTransactional && !isClassic && by.apiVersion < memberEpochSince) return { code: errors.UNSUPPORTED_VERSION }
  if (by.generation === member.epoch) return { code: errors.NONE }
  const stale = isClassic ? errors.ILLEGAL_GENERATION : errors.STALE_MEMBER_EPOCH
  if (by.generation > member.epoch) return { code: stale }
  return {
    code: errors.NONE,
    checkPartition(topicId, partition) {
      const since =
        member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition)
      return since === undefined || by.generation < since ? stale : errors.NONE
    },
  }
}

function checkClassic(turn: Turn, group: ClassicGroup, by: Committer): ErrorCode {
  // Offsets kept by hand, or reset by a tool, while nobody consumes.
  if (by.generation < 0 && group.state === 'Empty') return errors.NONE
  if (by.generation >= 0 || by.memberId !== '' || by.instanceId !== null) {
    const refusal = group.checkMember(by.memberId, by.instanceId)
    if (refusal !== errors.NONE) return refusal
    if (by.generation !== group.generation) return errors.ILLEGAL_GENERATION
  } else if (!by.isTransactional && group.state !== 'Empty') {
    return errors.UNKNOWN_MEMBER_ID
  }
  if (by.isTransactional) return errors.NONE
  if (group.state === 'CompletingRebalance') return errors.REBALANCE_IN_PROGRESS
  const member = group.members.get(by.memberId)
  if (member !== undefined) restartSession(turn, group, member)
  return errors.NONE
}

function isTooLarge(turn: Turn, metadata: string | null): boolean {
  return metadata !== null && metadata.length > turn.config.offsetMetadataMax
}

function offsetRecord(
  groupId: string,
  topic: string,
  topicId: Uuid,
  partition: {
    readonly partitionIndex: number
    readonly committedOffset: number
    readonly committedLeaderEpoch: number
    readonly committedMetadata: string | null
  },
  commitTimestamp: number,
  expireTimestamp: number,
): GroupRecord {
  return {
    type: 'OffsetCommit',
    key: { group: groupId, topic, partition: partition.partitionIndex },
    value: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp,
      expireTimestamp,
      topicId,
    },
  }
}

export function offsetTombstone(groupId: string, topic: string, partition: number): GroupRecord {
  return { type: 'OffsetCommit', key: { group: groupId, topic, partition }, value: null }
}

interface AskedTopic {
  readonly name: string
  readonly topicId?: Uuid
  readonly partitions: readonly { readonly partitionIndex: number }[]
}

/** The same error for every partition. */
export function refuseAll(topics: readonly AskedTopic[], errorCode: ErrorCode) {
  return topics.map(({ name, topicId, partitions }) => ({
    name,
    ...(topicId === undefined ? {} : { topicId }),
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
}
