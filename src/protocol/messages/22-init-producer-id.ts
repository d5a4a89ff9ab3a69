import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 6],
  lastUnstable: true,
  flexible: 2,
  listeners: ['broker'],
  request: {
    transactionalId: string({ nullable: 0 }),
    transactionTimeoutMs: int32(),
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
