import { api, array, int8, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Finds offsets by timestamp, or by the sentinels below zero.
 * Versions: 2 isolation level · 4 leader epoch · 6 flexible · 7 -3 = maximum timestamp · 8 -4 = earliest local · 9
 * -5 = latest tiered · 10 timeout for remote lookups · 11 -6 = earliest pending upload (KIP-1023).
 */
export const ListOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 11],
  flexible: 6,
  listeners: ['broker'],
  request: {
    /** -1 for a consumer. */
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ since: 4, absent: -1, ignorable: true }),
        /** Milliseconds; -1 latest, -2 earliest, and the sentinels of later versions. */
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ since: 10, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ absent: -1 }),
        /** -1 when there is none. */
        offset: int64({ absent: -1 }),
        leaderEpoch: int32({ since: 4, absent: -1 }),
      }),
    }),
  },
})
