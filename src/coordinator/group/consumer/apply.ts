import type { GroupRecord } from '../records.ts'
import type { GroupState } from '../state.ts'
import { ConsumerGroup } from './group.ts'
import { GONE, newMember, withCurrent, withSubscription } from './member.ts'
import { NOTHING_HELD } from './partitions.ts'

type ConsumerRecord = Extract<GroupRecord, { type: `ConsumerGroup${string}` }>

/** A record of a consumer group. The group is made by its first one; tombstones of what is not there say nothing. */
export function applyConsumerRecord(state: GroupState, record: ConsumerRecord): void {
  const { groupId } = record.key
  const group = consumerGroup(state, groupId, record.value !== null)
  if (group === null) return
  switch (record.type) {
    case 'ConsumerGroupMetadata':
      if (record.value === null) deleteGroup(state, group)
      else group.setEpoch(record.value.epoch, record.value.metadataHash)
      return
    case 'ConsumerGroupPartitionMetadata':
      group.hasPartitionMetadata = record.value !== null
      return
    case 'ConsumerGroupMemberMetadata': {
      const { memberId } = record.key
      state.changeTopics(group, () => {
        if (record.value === null) removeMember(group, memberId)
        else group.put(withSubscription(group.members.get(memberId) ?? newMember(memberId), record.value))
      })
      return
    }
    case 'ConsumerGroupTargetAssignmentMetadata':
      if (record.value !== null) group.setTargetEpoch(record.value.assignmentEpoch, record.value.assignmentTimestamp)
      else group.setTargetEpoch(-1, 0)
      return
    case 'ConsumerGroupTargetAssignmentMember': {
      const target = record.value && new Map(record.value.topicPartitions.map((t) => [t.topicId, t.partitions]))
      group.setTarget(record.key.memberId, target)
      return
    }
    case 'ConsumerGroupCurrentMemberAssignment': {
      const { memberId } = record.key
      const member = group.members.get(memberId)
      if (record.value !== null) group.put(withCurrent(member ?? newMember(memberId), record.value))
      else if (member !== undefined)
        group.put({
          ...member,
          epoch: GONE,
          previousEpoch: GONE,
          assigned: NOTHING_HELD,
          pendingRevocation: NOTHING_HELD,
        })
      return
    }
    case 'ConsumerGroupRegularExpression': {
      const { regularExpression } = record.key
      const resolved = record.value && {
        topics: new Set(record.value.topics),
        version: record.value.version,
        timestampMs: record.value.timestamp,
      }
      state.changeTopics(group, () => group.setResolved(regularExpression, resolved))
    }
  }
}

/** The order of a group's tombstones is fixed; another order is a broken log. */
function removeMember(group: ConsumerGroup, memberId: string): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  if (member.epoch !== GONE || group.targets.has(memberId))
    throw new Error(`member ${memberId} of ${group.id} is deleted before its assignments`)
  group.remove(memberId)
}

function deleteGroup(state: GroupState, group: ConsumerGroup): void {
  if (group.members.size > 0 || group.targets.size > 0 || group.assignmentEpoch !== -1)
    throw new Error(`group ${group.id} is deleted before its members`)
  state.groups.delete(group.id)
}

function consumerGroup(state: GroupState, groupId: string, isMade: boolean): ConsumerGroup | null {
  const group = state.groups.get(groupId)
  if (group?.type === 'consumer') return group
  if (group !== undefined && !(group.type === 'classic' && group.isSimple)) {
    if (!isMade) return null
    throw new Error(`group ${groupId} is a ${group.type} group and has a record of a consumer group`)
  }
  if (!isMade) return null
  const made = new ConsumerGroup(groupId)
  state.groups.set(groupId, made)
  return made
}
