import { api, array, arrayOf, int16, int32, int64, string } from '../schema/index.ts'

/**
 * The producer states of partitions.
 */
export const DescribeProducers = api({
  key: 61,
  name: 'DescribeProducers',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: {
    topics: array({
      name: string(),
      partitionIndexes: arrayOf(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, absent: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ absent: -1 }),
          lastTimestamp: int64({ absent: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ absent: -1 }),
        }),
      }),
    }),
  },
})
