import { api, array, int16, int32, int64, string, uuid } from '../schema/index.ts'

/**
 * The start offsets of share partitions, without the state of records (KIP-932).
 * Versions: 1 count of completed deliveries (KIP-1226).
 */
export const ReadShareGroupStateSummary = api({
  key: 87,
  name: 'ReadShareGroupStateSummary',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker'],
  clusterAction: true,
  request: {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, absent: null }),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ since: 1, absent: -1, ignorable: true }),
      }),
    }),
  },
})
