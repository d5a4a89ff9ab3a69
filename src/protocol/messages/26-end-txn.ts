import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Commits or aborts a transaction.
 * Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE · 5 answers with the bumped epoch (KIP-890).
 */
export const EndTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexible: 3,
  listeners: ['broker'],
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    /** False aborts. */
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ since: 5, absent: -1, ignorable: true }),
    producerEpoch: int16({ since: 5, absent: -1, ignorable: true }),
  },
})
