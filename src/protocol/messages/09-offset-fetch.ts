import { api, array, arrayOf, bool, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * Reads committed offsets.
 * Versions: 2 null asks for all topics; top-level error · 5 leader epoch · 6 flexible · 7 requireStable · 8
 * several groups · 9 member id and epoch (KIP-848) · 10 topic ids.
 */
export const OffsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 10],
  flexible: 6,
  listeners: ['broker'],
  request: {
    groupId: string({ until: 7 }),
    /** Null = all. */
    topics: array(
      {
        name: string(),
        partitionIndexes: arrayOf(int32()),
      },
      { until: 7, nullable: 2 },
    ),
    groups: array(
      {
        groupId: string(),
        memberId: string({ since: 9, nullable: 9, absent: null, ignorable: true }),
        memberEpoch: int32({ since: 9, absent: -1, ignorable: true }),
        /** Null = all. */
        topics: array(
          {
            name: string({ until: 9, ignorable: true }),
            topicId: uuid({ since: 10, ignorable: true }),
            partitionIndexes: arrayOf(int32()),
          },
          { nullable: 8 },
        ),
      },
      { since: 8 },
    ),
    /** Partitions with offsets of an open transaction answer UNSTABLE_OFFSET_COMMIT. */
    requireStable: bool({ since: 7 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, ignorable: true }),
    topics: array(
      {
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          /** -1 = none. */
          committedOffset: int64(),
          committedLeaderEpoch: int32({ since: 5, absent: -1, ignorable: true }),
          metadata: string({ nullable: 1 }),
          errorCode: int16(),
        }),
      },
      { until: 7 },
    ),
    errorCode: int16({ since: 2, until: 7, ignorable: true }),
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ until: 9, ignorable: true }),
          topicId: uuid({ since: 10, ignorable: true }),
          partitions: array({
            partitionIndex: int32(),
            /** -1 = none. */
            committedOffset: int64(),
            committedLeaderEpoch: int32({ absent: -1, ignorable: true }),
            metadata: string({ nullable: 8 }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16(),
      },
      { since: 8 },
    ),
  },
})
