import { api, array, arrayOf, int16, int32, string, struct, uuid } from '../schema/index.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: arrayOf(int32()),
}

export const ConsumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: 0, absent: null }),
    rackId: string({ nullable: 0, absent: null }),
    rebalanceTimeoutMs: int32({ absent: -1 }),
    subscribedTopicNames: arrayOf(string(), { nullable: 0, absent: null }),
    subscribedTopicRegex: string({ since: 1, nullable: 1, absent: null }),
    serverAssignor: string({ nullable: 0, absent: null }),
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: arrayOf(int32()),
      },
      { nullable: 0, absent: null },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, absent: null }),
    memberId: string({ nullable: 0, absent: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: 0, absent: null },
    ),
  },
})
