import { api, array, arrayOf, bool, int8, int16, int32, int64, records, string, struct, uuid } from '../schema/index.ts'

/**
 * Acquires records for a member of a share group, and may acknowledge others (KIP-932).
 * Versions: 2 acquire mode (KIP-1206), renewal (KIP-1222).
 */
export const ShareFetch = api({
  key: 78,
  name: 'ShareFetch',
  versions: [1, 2],
  flexible: 0,
  listeners: ['broker'],
  request: {
    groupId: string({ nullable: 1, absent: null }),
    memberId: string({ nullable: 1 }),
    /** 0 begins a session, -1 ends it. */
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ absent: 0x7fffffff }),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: int8({ since: 2, ignorable: true }),
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
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: arrayOf(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 1, absent: null }),
    acquisitionLockTimeoutMs: int32(),
    responses: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 1, absent: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: 1, absent: null }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records(),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16(),
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
