import { api, array, arrayOf, int16, int32, string, struct, uuid } from '../schema/index.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: arrayOf(int32()),
}

/**
 * Joins, keeps alive and leaves a share group (KIP-932).
 */
export const ShareGroupHeartbeat = api({
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: [1, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string(),
    memberId: string(),
    /** 0 joins, -1 leaves. */
    memberEpoch: int32(),
    rackId: string({ nullable: 1, absent: null }),
    subscribedTopicNames: arrayOf(string(), { nullable: 1, absent: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, absent: null }),
    memberId: string({ nullable: 1, absent: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: 1, absent: null },
    ),
  },
})
