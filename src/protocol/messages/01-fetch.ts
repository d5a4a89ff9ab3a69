import {
  api,
  array,
  arrayOf,
  INT64_MAX,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uuid,
} from '../schema/index.ts'

/**
 * Reads record batches, for consumers and followers; on a controller, for the metadata log.
 * Versions: 5 log start offset · 7 sessions · 9 current leader epoch · 10 zstd · 11 rack, preferred replica · 12
 * flexible, diverging epoch · 13 topic ids · 15 replica state (KIP-903) · 16 node endpoints (KIP-951) · 17
 * directory id (KIP-853) · 18 high watermark (KIP-1166).
 */
export const Fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  listeners: ['broker', 'controller'],
  request: {
    /** Followers of the metadata log; INCONSISTENT_CLUSTER_ID if it is another. */
    clusterId: string({ since: 12, nullable: 12, absent: null, tag: 0, ignorable: true }),
    /** -1 for a consumer; -2 for one that may read past the high watermark. */
    replicaId: int32({ until: 14, absent: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ absent: -1 }),
        /** The follower's broker epoch. */
        replicaEpoch: int64({ absent: -1 }),
      },
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32(),
    /** The answer waits for so many, or for maxWaitMs. */
    minBytes: int32(),
    /** A first batch larger than this is sent all the same (KIP-74). */
    maxBytes: int32({ absent: 0x7fffffff, ignorable: true }),
    /** 0 read uncommitted, 1 read committed. */
    isolationLevel: int8({ ignorable: true }),
    /** 0 for none, or to begin one (KIP-227). */
    sessionId: int32({ since: 7, ignorable: true }),
    /** -1 without a session, 0 begins one, then counted up; wraps to 1. */
    sessionEpoch: int32({ since: 7, absent: -1, ignorable: true }),
    topics: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partition: int32(),
        /** -1 = not checked. */
        currentLeaderEpoch: int32({ since: 9, absent: -1, ignorable: true }),
        fetchOffset: int64(),
        /** Epoch of the last record that the follower has; -1 = none. */
        lastFetchedEpoch: int32({ since: 12, absent: -1 }),
        /** Of the follower's log; -1 from consumers. */
        logStartOffset: int64({ since: 5, absent: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0, ignorable: true }),
        /** The one the follower knows; the limit when it does not say (KIP-1166). */
        highWatermark: int64({ since: 18, absent: INT64_MAX, tag: 1, ignorable: true }),
      }),
    }),
    /** Partitions to drop from the session. */
    forgottenTopicsData: array(
      {
        topic: string({ until: 12, ignorable: true }),
        topicId: uuid({ since: 13, ignorable: true }),
        partitions: arrayOf(int32()),
      },
      { since: 7 },
    ),
    rackId: string({ since: 11, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16({ since: 7, ignorable: true }),
    /** 0 when there is no session. */
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        /** -1 with an error. */
        highWatermark: int64(),
        lastStableOffset: int64({ absent: -1, ignorable: true }),
        logStartOffset: int64({ since: 5, absent: -1, ignorable: true }),
        /** Given when the follower's log has another history; it truncates to endOffset at most. */
        divergingEpoch: struct(
          {
            epoch: int32({ absent: -1 }),
            endOffset: int64({ absent: -1 }),
          },
          { since: 12, tag: 0 },
        ),
        /** Given with NOT_LEADER_OR_FOLLOWER or FENCED_LEADER_EPOCH. */
        currentLeader: struct(
          {
            leaderId: int32({ absent: -1 }),
            leaderEpoch: int32({ absent: -1 }),
          },
          { since: 12, tag: 1 },
        ),
        /** Given when the metadata log no longer has the offset: fetch this snapshot. */
        snapshotId: struct(
          {
            endOffset: int64({ absent: -1 }),
            epoch: int32({ absent: -1 }),
          },
          { since: 12, tag: 2 },
        ),
        /** Null unless read committed. */
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullable: 4, ignorable: true },
        ),
        /** -1 = read from the leader. */
        preferredReadReplica: int32({ since: 11, absent: -1 }),
        records: records({ nullable: 4 }),
      }),
    }),
    /** Of the leaders named above. */
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 16, absent: null }),
      },
      { since: 16, tag: 0 },
    ),
  },
})
