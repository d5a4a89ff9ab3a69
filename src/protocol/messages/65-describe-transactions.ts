import { api, array, arrayOf, int16, int32, int64, string } from '../schema/index.ts'

/**
 * The state of transactions by transactional id.
 */
export const DescribeTransactions = api({
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: {
    transactionalIds: arrayOf(string()),
  },
  response: {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: arrayOf(int32()),
      }),
    }),
  },
})
