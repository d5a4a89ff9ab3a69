import { api, array, arrayOf, bool, int8, int16, int32, int64, string } from '../schema/index.ts'

/**
 * The transaction coordinator writes the end of a transaction into its partitions.
 * Versions: 1 flexible · 2 transaction version (KIP-1228).
 */
export const WriteTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: [1, 2],
  flexible: 1,
  listeners: ['broker'],
  clusterAction: true,
  request: {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      /** True commits, false aborts. */
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: arrayOf(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ since: 2, ignorable: true }),
    }),
  },
  response: {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
})
