import { api, array, arrayOf, int16, int32, string, struct, uuid } from '../schema/index.ts'

const topicPartitions = {
  topicId: uuid(),
  partitions: arrayOf(int32()),
}

/**
 * The whole of the consumer group protocol (KIP-848): join, subscribe, reconcile, leave. Fields that did not
 * change since the last heartbeat may be left out.
 * Versions: 1 regular expressions; the member makes its own id (KIP-1082).
 */
export const ConsumerGroupHeartbeat = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string(),
    memberId: string(),
    /** 0 joins, -1 leaves, -2 a static member leaves for a while. */
    memberEpoch: int32(),
    instanceId: string({ nullable: 0, absent: null }),
    rackId: string({ nullable: 0, absent: null }),
    /** -1 = unchanged. */
    rebalanceTimeoutMs: int32({ absent: -1 }),
    /** Null = unchanged. */
    subscribedTopicNames: arrayOf(string(), { nullable: 0, absent: null }),
    /** Null = unchanged. RE2 syntax. */
    subscribedTopicRegex: string({ since: 1, nullable: 1, absent: null }),
    /** Null = unchanged, or the group's choice. */
    serverAssignor: string({ nullable: 0, absent: null }),
    /** What the member owns; null = unchanged. */
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
    /** Null = unchanged. */
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: 0, absent: null },
    ),
  },
})
