import { api, array, arrayOf, bool, int16, int32, string, struct, uuid } from '../schema/index.ts'

/**
 * Topics with their partitions, page by page (KIP-966).
 */
export const DescribeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: {
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ absent: 2000 }),
    /** Where to go on; null from the beginning. */
    cursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: 0, absent: null },
    ),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: 0 }),
      topicId: uuid({ ignorable: true }),
      isInternal: bool({ ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ absent: -1, ignorable: true }),
        replicaNodes: arrayOf(int32()),
        isrNodes: arrayOf(int32()),
        eligibleLeaderReplicas: arrayOf(int32(), { nullable: 0, absent: null }),
        lastKnownElr: arrayOf(int32(), { nullable: 0, absent: null }),
        offlineReplicas: arrayOf(int32(), { ignorable: true }),
      }),
      topicAuthorizedOperations: int32({ absent: -2147483648 }),
    }),
    /** Null when this was all. */
    nextCursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: 0, absent: null },
    ),
  },
})
