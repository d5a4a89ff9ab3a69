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

export const Fetch = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 18],
  flexible: 12,
  listeners: ['broker', 'controller'],
  request: {
    clusterId: string({ since: 12, nullable: 12, absent: null, tag: 0, ignorable: true }),
    replicaId: int32({ until: 14, absent: -1 }),
    replicaState: struct(
      {
        replicaId: int32({ absent: -1 }),
        replicaEpoch: int64({ absent: -1 }),
      },
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ absent: 0x7fffffff, ignorable: true }),
    isolationLevel: int8({ ignorable: true }),
    sessionId: int32({ since: 7, ignorable: true }),
    sessionEpoch: int32({ since: 7, absent: -1, ignorable: true }),
    topics: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ since: 9, absent: -1, ignorable: true }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, absent: -1 }),
        logStartOffset: int64({ since: 5, absent: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0, ignorable: true }),
        highWatermark: int64({ since: 18, absent: INT64_MAX, tag: 1, ignorable: true }),
      }),
    }),
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
    sessionId: int32({ since: 7 }),
    responses: array({
      topic: string({ until: 12, ignorable: true }),
      topicId: uuid({ since: 13, ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ absent: -1, ignorable: true }),
        logStartOffset: int64({ since: 5, absent: -1, ignorable: true }),
        divergingEpoch: struct(
          {
            epoch: int32({ absent: -1 }),
            endOffset: int64({ absent: -1 }),
          },
          { since: 12, tag: 0 },
        ),
        currentLeader: struct(
          {
            leaderId: int32({ absent: -1 }),
            leaderEpoch: int32({ absent: -1 }),
          },
          { since: 12, tag: 1 },
        ),
        snapshotId: struct(
          {
            endOffset: int64({ absent: -1 }),
            epoch: int32({ absent: -1 }),
          },
          { since: 12, tag: 2 },
        ),
        abortedTransactions: array(
          {
            producerId: int64(),
            firstOffset: int64(),
          },
          { nullable: 4, ignorable: true },
        ),
        preferredReadReplica: int32({ since: 11, absent: -1 }),
        records: records({ nullable: 4 }),
      }),
    }),
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
