import { api, array, arrayOf, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Lists the transactions that this broker coordinates.
 * Versions: 1 by duration · 2 by pattern (KIP-1152).
 */
export const ListTransactions = api({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexible: 0,
  listeners: ['broker'],
  request: {
    stateFilters: arrayOf(string()),
    producerIdFilters: arrayOf(int64()),
    /** Only those that have run longer, in milliseconds; -1 = all. */
    durationFilter: int64({ since: 1, absent: -1 }),
    /** RE2 syntax; null or empty = all. */
    transactionalIdPattern: string({ since: 2, nullable: 2, absent: null }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: arrayOf(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
})
