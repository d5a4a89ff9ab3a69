import { api, array, arrayOf, bool, int8, int16, int32, int64, string, struct, uint16 } from '../schema/index.ts'

const keyValue = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValue),
}

const taskIds = {
  subtopologyId: string(),
  partitions: arrayOf(int32()),
}

const endpoint = {
  host: string(),
  port: uint16(),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const status = {
  statusCode: int8(),
  statusDetail: string(),
}

const topicPartition = {
  topic: string(),
  partitions: arrayOf(int32()),
}

/**
 * Joins, keeps alive and leaves a streams group (KIP-1071).
 */
export const StreamsGroupHeartbeat = api({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string(),
    memberId: string(),
    /** 0 joins, -1 leaves, -2 a static member leaves for a while. */
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: 0, absent: null }),
    rackId: string({ nullable: 0, absent: null }),
    rebalanceTimeoutMs: int32({ absent: -1 }),
    /** Sent when joining; null = unchanged. */
    topology: struct(
      {
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
      { nullable: 0, absent: null },
    ),
    activeTasks: array(taskIds, { nullable: 0, absent: null }),
    standbyTasks: array(taskIds, { nullable: 0, absent: null }),
    warmupTasks: array(taskIds, { nullable: 0, absent: null }),
    processId: string({ nullable: 0, absent: null }),
    userEndpoint: struct(endpoint, { nullable: 0, absent: null }),
    clientTags: array(keyValue, { nullable: 0, absent: null }),
    taskOffsets: array(taskOffset, { nullable: 0, absent: null }),
    taskEndOffsets: array(taskOffset, { nullable: 0, absent: null }),
    shutdownApplication: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, absent: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(status, { nullable: 0 }),
    activeTasks: array(taskIds, { nullable: 0, absent: null }),
    standbyTasks: array(taskIds, { nullable: 0, absent: null }),
    warmupTasks: array(taskIds, { nullable: 0, absent: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: struct(endpoint),
        activePartitions: array(topicPartition),
        standbyPartitions: array(topicPartition),
      },
      { nullable: 0, absent: null },
    ),
  },
})
