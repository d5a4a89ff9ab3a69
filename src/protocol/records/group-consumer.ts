/** Consumer groups (KIP-848) in `__consumer_offsets`. */

import { array, arrayOf, bytes, int8, int32, int64, int64Wide, string, struct, uuid } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: arrayOf(int32()),
  assignmentEpochs: arrayOf(int32(), { nullable: 0, tag: 0 }),
}

export const ConsumerGroupMetadata = keyedRecord({
  type: 3,
  name: 'ConsumerGroupMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    epoch: int32(),
    metadataHash: int64Wide({ tag: 0 }),
  },
})

export const ConsumerGroupPartitionMetadata = keyedRecord({
  type: 4,
  name: 'ConsumerGroupPartitionMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: arrayOf(string()),
      }),
    }),
  },
})

export const ConsumerGroupMemberMetadata = keyedRecord({
  type: 5,
  name: 'ConsumerGroupMemberMetadata',
  key: {
    groupId: string(),
    memberId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    instanceId: string({ nullable: 0 }),
    rackId: string({ nullable: 0 }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: arrayOf(string()),
    subscribedTopicRegex: string({ nullable: 0 }),
    rebalanceTimeoutMs: int32({ absent: -1 }),
    serverAssignor: string({ nullable: 0 }),
    /** Null for a member that speaks the consumer protocol; say so, the default is not null. */
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      { nullable: 0, tag: 0 },
    ),
  },
})

export const ConsumerGroupTargetAssignmentMetadata = keyedRecord({
  type: 6,
  name: 'ConsumerGroupTargetAssignmentMetadata',
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

export const ConsumerGroupTargetAssignmentMember = keyedRecord({
  type: 7,
  name: 'ConsumerGroupTargetAssignmentMember',
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

export const ConsumerGroupCurrentMemberAssignment = keyedRecord({
  type: 8,
  name: 'ConsumerGroupCurrentMemberAssignment',
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
    partitionsPendingRevocation: array(topicPartitions),
  },
})

export const ConsumerGroupRegularExpression = keyedRecord({
  type: 16,
  name: 'ConsumerGroupRegularExpression',
  key: {
    groupId: string(),
    regularExpression: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    topics: arrayOf(string()),
    version: int64(),
    timestamp: int64(),
  },
})
