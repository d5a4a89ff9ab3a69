import { api, array, int16, int32, int64, records, string, struct, uuid } from '../schema/index.ts'

/**
 * Appends record batches. acks 0 gets no response at all.
 * Versions: 7 zstd · 8 record errors · 9 flexible · 10 current leader (KIP-951) · 11 TRANSACTION_ABORTABLE · 12
 * adds partitions to the transaction by itself (KIP-890) · 13 topic ids. Brokers advertise 0 to 13 (librdkafka
 * asks whether 0 is there), yet 0 to 2 are refused.
 */
export const Produce = api({
  key: 0,
  name: 'Produce',
  versions: [3, 13],
  flexible: 9,
  listeners: ['broker'],
  request: {
    /** Null for a producer without transactions. */
    transactionalId: string({ nullable: 3, absent: null }),
    /** 0 none, 1 the leader, -1 all in-sync replicas. */
    acks: int16(),
    /** How long to wait for the replicas. */
    timeoutMs: int32(),
    topicData: array({
      name: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitionData: array({
        index: int32(),
        /** One record batch. */
        records: records({ nullable: 3 }),
      }),
    }),
  },
  response: {
    responses: array({
      name: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        /** Offset of the first record; -1 with an error. */
        baseOffset: int64(),
        /** -1 unless the topic stamps records with the time of append. */
        logAppendTimeMs: int64({ absent: -1, ignorable: true }),
        logStartOffset: int64({ since: 5, absent: -1, ignorable: true }),
        /** The records that caused the batch to be refused. */
        recordErrors: array(
          {
            /** Index of the record within its batch. */
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullable: 8, absent: null }),
          },
          { since: 8, ignorable: true },
        ),
        errorMessage: string({ since: 8, nullable: 8, absent: null, ignorable: true }),
        /** Given with NOT_LEADER_OR_FOLLOWER, so that the client need not ask for Metadata. */
        currentLeader: struct(
          {
            leaderId: int32({ absent: -1 }),
            leaderEpoch: int32({ absent: -1 }),
          },
          { since: 10, tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ ignorable: true }),
    /** Of the leaders named above. */
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 10, absent: null }),
      },
      { since: 10, tag: 0 },
    ),
  },
})
