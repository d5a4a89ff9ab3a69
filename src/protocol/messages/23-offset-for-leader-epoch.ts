import { api, array, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Where a leader epoch ended: how followers and consumers find out that they diverged.
 * Versions: 3 replica id · 4 flexible.
 */
export const OffsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexible: 4,
  listeners: ['broker'],
  request: {
    /** -1 consumer; -2 a debugging consumer that sees uncommitted offsets. */
    replicaId: int32({ since: 3, absent: -2, ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ absent: -1, ignorable: true }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ absent: -1, ignorable: true }),
        /** -1 = unknown. */
        endOffset: int64({ absent: -1 }),
      }),
    }),
  },
})
