import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

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
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ since: 5, absent: -1, ignorable: true }),
    producerEpoch: int16({ since: 5, absent: -1, ignorable: true }),
  },
})
