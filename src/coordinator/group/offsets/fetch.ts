import { ZERO_UUID } from '../../../bytes/index.ts'
import { type ErrorCode, errors } from '../../../protocol/index.ts'
import { mapNested, type Pieces } from '../../../runtime/index.ts'
import type { OffsetFetchGroupAnswer, OffsetFetchGroupRequest } from '../inputs.ts'
import type { GroupState } from '../state.ts'
import type { Turn } from '../turn.ts'
import { type CommittedOffset, isOtherTopic } from './store.ts'

/** Committed offsets of some partitions, or (null topics) of all that have one. A group that is not there has none. */
export function* fetchOffsets(turn: Turn, ask: OffsetFetchGroupRequest, requireStable: boolean): Pieces<void> {
  const code = checkFetch(turn.state, ask)
  const answer: OffsetFetchGroupAnswer =
    code === errors.NONE
      ? { groupId: ask.groupId, errorCode: code, topics: yield* topicsOf(turn.state, ask, requireStable) }
      : { groupId: ask.groupId, errorCode: code, topics: [] }
  turn.reply('offsetFetch', turn.to, answer)
}

/** A member that says who it is must be up to date, lest it read an offset that its successor has passed. */
function checkFetch(state: GroupState, ask: OffsetFetchGroupRequest): ErrorCode {
  const group = state.groups.get(ask.groupId)
  if (group?.type !== 'consumer' || (ask.memberId === null && ask.memberEpoch < 0)) return errors.NONE
  const member = group.members.get(ask.memberId ?? '')
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  if (member.epoch === ask.memberEpoch) return errors.NONE
  return member.classic === null ? errors.STALE_MEMBER_EPOCH : errors.ILLEGAL_GENERATION
}

type Topics = NonNullable<OffsetFetchGroupAnswer['topics']>

function topicsOf(state: GroupState, ask: OffsetFetchGroupRequest, requireStable: boolean): Pieces<Topics> {
  const { offsets } = state
  const { groupId } = ask
  const answerFor = (topic: string, partitionIndex: number, committed: CommittedOffset | undefined) => {
    if (requireStable && offsets.isOpen(groupId, topic, partitionIndex))
      return { ...nothing(partitionIndex), errorCode: errors.UNSTABLE_OFFSET_COMMIT }
    if (committed === undefined) return nothing(partitionIndex)
    return {
      partitionIndex,
      committedOffset: committed.offset,
      committedLeaderEpoch: committed.leaderEpoch,
      metadata: committed.metadata,
      errorCode: errors.NONE,
    }
  }
  if (ask.topics === null) {
    return mapNested(
      offsets.committed.topics(groupId) ?? [],
      ([, partitions]) => partitions,
      ([partition, committed], [name]) => answerFor(name, partition, committed),
      ([name], partitions) => ({ name, topicId: ZERO_UUID, partitions }),
    )
  }
  return mapNested(
    ask.topics,
    ({ partitionIndexes }) => partitionIndexes,
    (partition, { name, topicId }) => {
      const committed = offsets.committed.get(groupId, name, partition)
      const isOther = committed !== undefined && isOtherTopic(committed.topicId, topicId)
      return answerFor(name, partition, isOther ? undefined : committed)
    },
    ({ name, topicId }, partitions) => ({ name, topicId, partitions }),
  )
}

function nothing(partitionIndex: number) {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: errors.NONE }
}
