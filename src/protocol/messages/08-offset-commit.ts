import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * Stores offsets of a group.
 * Versions: 5 retention is the broker's · 6 leader epoch · 7 static members · 8 flexible · 9 consumer groups
 * (KIP-848): STALE_MEMBER_EPOCH · 10 topic ids.
 */
export const OffsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 10],
  flexible: 8,
  listeners: ['broker'],
  request: {
    groupId: string(),
    /** -1 from a consumer that manages its partitions itself. */
    generationIdOrMemberEpoch: int32({ absent: -1, ignorable: true }),
    memberId: string({ ignorable: true }),
    groupInstanceId: string({ since: 7, nullable: 7, absent: null }),
    /** -1 = the broker's. */
    retentionTimeMs: int64({ until: 4, absent: -1, ignorable: true }),
    topics: array({
      name: string({ until: 9, ignorable: true }),
      topicId: uuid({ since: 10, ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, absent: -1, ignorable: true }),
        committedMetadata: string({ nullable: 2 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, ignorable: true }),
    topics: array({
      name: string({ until: 9, ignorable: true }),
      topicId: uuid({ since: 10, ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})
