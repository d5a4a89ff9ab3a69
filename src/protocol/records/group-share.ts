/** Share groups (KIP-932) in `__consumer_offsets`. */

import { array, arrayOf, int8, int32, int64, int64Wide, string, uuid } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: arrayOf(int32()),
}

const topicPartitionsInfo = {
  topicId: uuid(),
  topicName: string(),
  partitions: arrayOf(int32()),
}

const topicInfo = {
  topicId: uuid(),
  topicName: string(),
}

export const ShareGroupMemberMetadata = keyedRecord({
  type: 10,
  name: 'ShareGroupMemberMetadata',
  key: {
    groupId: string(),
    memberId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    rackId: string({ nullable: 0 }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: arrayOf(string()),
  },
})

export const ShareGroupMetadata = keyedRecord({
  type: 11,
  name: 'ShareGroupMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    epoch: int32(),
    metadataHash: int64Wide(),
  },
})

export const ShareGroupTargetAssignmentMetadata = keyedRecord({
  type: 12,
  name: 'ShareGroupTargetAssignmentMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, ignorable: true }),
  },
})

export const ShareGroupTargetAssignmentMember = keyedRecord({
  type: 13,
  name: 'ShareGroupTargetAssignmentMember',
  key: {
    groupId: string(),
    memberId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    topicPartitions: array({
      topicId: uuid(),
      partitions: arrayOf(int32()),
    }),
  },
})

export const ShareGroupCurrentMemberAssignment = keyedRecord({
  type: 14,
  name: 'ShareGroupCurrentMemberAssignment',
  key: {
    groupId: string(),
    memberId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(topicPartitions),
  },
})

export const ShareGroupStatePartitionMetadata = keyedRecord({
  type: 15,
  name: 'ShareGroupStatePartitionMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    initializingTopics: array(topicPartitionsInfo),
    initializedTopics: array(topicPartitionsInfo),
    deletingTopics: array(topicInfo),
  },
})
