import { api, array, arrayOf, bool, int8, int16, int32, int64, string, struct, uuid } from '../schema/index.ts'

/**
 * Acknowledges acquired records (KIP-932).
 * Versions: 2 renewal (KIP-1222).
 */
export const ShareAcknowledge = api({
  key: 79,
  name: 'ShareAcknowledge',
  versions: [1, 2],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string({ nullable: 1, absent: null }),
    memberId: string({ nullable: 1 }),
    shareSessionEpoch: int32(),
    isRenewAck: bool({ since: 2 }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          /** 0 gap, 1 accept, 2 release, 3 reject, 4 renew: one for each offset, or one for all. */
          acknowledgeTypes: arrayOf(int8()),
        }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, absent: null }),
    acquisitionLockTimeoutMs: int32({ since: 2, ignorable: true }),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 1, absent: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 1, absent: null }),
    }),
  },
})
