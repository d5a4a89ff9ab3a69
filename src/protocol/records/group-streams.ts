/** Streams groups (KIP-1071) in `__consumer_offsets`. */

import { array, arrayOf, int8, int16, int32, int64, int64Wide, string, struct, uint16 } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

const lastAssignmentConfig = {
  key: string(),
  value: string(),
}

const endpoint = {
  host: string(),
  port: uint16(),
}

const keyValue = {
  key: string(),
  value: string(),
}

const taskIds = {
  subtopologyId: string(),
  partitions: arrayOf(int32()),
}

const ownedTaskIds = {
  subtopologyId: string(),
  partitions: arrayOf(int32()),
  assignmentEpochs: arrayOf(int32(), { nullable: 0, tag: 0 }),
}

const topicConfig = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(topicConfig),
}

export const StreamsGroupMetadata = keyedRecord({
  type: 17,
  name: 'StreamsGroupMetadata',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    epoch: int32(),
    metadataHash: int64Wide(),
    validatedTopologyEpoch: int32({ absent: -1, tag: 0 }),
    lastAssignmentConfigs: array(lastAssignmentConfig, { nullable: 0, tag: 1 }),
  },
})

export const StreamsGroupMemberMetadata = keyedRecord({
  type: 19,
  name: 'StreamsGroupMemberMetadata',
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
    rebalanceTimeoutMs: int32({ absent: -1 }),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: struct(endpoint, { nullable: 0, absent: null }),
    clientTags: array(keyValue),
  },
})

export const StreamsGroupTargetAssignmentMetadata = keyedRecord({
  type: 20,
  name: 'StreamsGroupTargetAssignmentMetadata',
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

export const StreamsGroupTargetAssignmentMember = keyedRecord({
  type: 21,
  name: 'StreamsGroupTargetAssignmentMember',
  key: {
    groupId: string(),
    memberId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    activeTasks: array(taskIds),
    standbyTasks: array(taskIds),
    warmupTasks: array(taskIds),
  },
})

export const StreamsGroupCurrentMemberAssignment = keyedRecord({
  type: 22,
  name: 'StreamsGroupCurrentMemberAssignment',
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
    activeTasks: array(ownedTaskIds),
    standbyTasks: array(ownedTaskIds),
    warmupTasks: array(ownedTaskIds),
    activeTasksPendingRevocation: array(ownedTaskIds),
    standbyTasksPendingRevocation: array(ownedTaskIds),
    warmupTasksPendingRevocation: array(ownedTaskIds),
  },
})

export const StreamsGroupTopology = keyedRecord({
  type: 23,
  name: 'StreamsGroupTopology',
  key: {
    groupId: string(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    epoch: int32(),
    subtopologies: array({
      subtopologyId: string(),
      sourceTopics: arrayOf(string()),
      sourceTopicRegex: arrayOf(string()),
      stateChangelogTopics: array(topicInfo),
      repartitionSinkTopics: arrayOf(string()),
      repartitionSourceTopics: array(topicInfo),
      copartitionGroups: array({
        sourceTopics: arrayOf(int16()),
        sourceTopicRegex: arrayOf(int16()),
        repartitionSourceTopics: arrayOf(int16()),
      }),
    }),
  },
})
