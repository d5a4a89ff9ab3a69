/** Transactions in `__transaction_state`. */

import { array, arrayOf, int8, int16, int32, int64, string } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

export const TransactionLog = keyedRecord({
  type: 0,
  name: 'TransactionLog',
  key: {
    transactionalId: string(),
  },
  valueVersions: [0, 1],
  flexible: 1,
  value: {
    producerId: int64(),
    previousProducerId: int64({ since: 1, absent: -1, tag: 0 }),
    nextProducerId: int64({ since: 1, absent: -1, tag: 1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ since: 1, absent: -1, tag: 3 }),
    transactionTimeoutMs: int32(),
    /** 0 empty, 1 ongoing, 2 prepare commit, 3 prepare abort, 4 complete commit, 5 complete abort, 6 dead, 7 prepare epoch fence. */
    transactionStatus: int8(),
    /** Null when there is no open transaction. */
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: arrayOf(int32()),
      },
      { nullable: 0 },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ since: 1, tag: 2 }),
  },
})
