import { api, int16, int32, int64, string } from '../schema/index.ts'

/**
 * A group's offsets partition joins a transaction.
 * Versions: 2 PRODUCER_FENCED · 3 flexible · 4 TRANSACTION_ABORTABLE.
 */
export const AddOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexible: 3,
  listeners: ['broker'],
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
})
