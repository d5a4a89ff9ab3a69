import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Gives a producer its id and epoch, and fences the one before it.
 * Versions: 2 flexible · 3 resumes with an old id and epoch · 4 PRODUCER_FENCED · 5 TRANSACTION_ABORTABLE · 6 two-
 * phase commit (KIP-939), not stable yet.
 */
export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 6],
  lastUnstable: true,
  flexible: 2,
  listeners: ['broker'],
  request: {
    /** Null for an idempotent producer without transactions. */
    transactionalId: string({ nullable: 0 }),
    transactionTimeoutMs: int32(),
    /** -1 unless the producer goes on with the id it had. */
    producerId: int64({ since: 3, absent: -1 }),
    producerEpoch: int16({ since: 3, absent: -1 }),
    enable2Pc: bool({ since: 6 }),
    keepPreparedTxn: bool({ since: 6 }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    producerId: int64({ absent: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ since: 6, absent: -1 }),
    ongoingTxnProducerEpoch: int16({ since: 6, absent: -1 }),
  },
})
