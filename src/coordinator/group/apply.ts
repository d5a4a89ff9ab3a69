import { ZERO_UUID } from '../../bytes/index.ts'
import type { Where } from '../../runtime/index.ts'
import { ClassicGroup } from './classic/group.ts'
import { applyGroupMetadata } from './classic/record.ts'
import { applyConsumerRecord } from './consumer/apply.ts'
import { committedOffset } from './offsets/store.ts'
import type { GroupRecord, OffsetCommitKey, OffsetCommitValue } from './records.ts'
import type { GroupState } from './state.ts'

/** One record of `__consumer_offsets`, replayed or just decided. Records of groups that are not built yet say nothing. */
export function apply(state: GroupState, record: GroupRecord, at: Where): void {
  switch (record.type) {
    case 'LegacyOffsetCommit': {
      const value = record.value && { ...record.value, leaderEpoch: -1, expireTimestamp: -1, topicId: ZERO_UUID }
      applyOffset(state, record.key, value, at)
      return
    }
    case 'OffsetCommit':
      applyOffset(state, record.key, record.value, at)
      return
    case 'GroupMetadata':
      applyGroupMetadata(state, record.key.group, record.value)
      return
    case 'ConsumerGroupMetadata':
    case 'ConsumerGroupPartitionMetadata':
    case 'ConsumerGroupMemberMetadata':
    case 'ConsumerGroupTargetAssignmentMetadata':
    case 'ConsumerGroupTargetAssignmentMember':
    case 'ConsumerGroupCurrentMemberAssignment':
    case 'ConsumerGroupRegularExpression':
      applyConsumerRecord(state, record)
  }
}

function applyOffset(state: GroupState, key: OffsetCommitKey, value: OffsetCommitValue | null, at: Where): void {
  const { group, topic, partition } = key
  if (value === null) {
    state.offsets.remove(group, topic, partition)
    return
  }
  // A simple consumer's first commit makes its group.
  if (!state.groups.has(group)) {
    const made = new ClassicGroup({ id: group, state: 'Empty', stateTimestampMs: value.commitTimestamp })
    made.isWritten = true
    state.groups.set(group, made)
  }
  const committed = committedOffset(value, at.offset)
  if (at.producer === null) state.offsets.commit(group, topic, partition, committed)
  else state.offsets.addPending(at.producer.id, group, topic, partition, committed)
}
