import { api, array, arrayOf, bool, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Brokers, topics and partition leaders, as clients see the cluster.
 * Versions: 1 null asks for all topics, [] for none (0: [] asks for all) · 4 automatic creation can be refused · 5
 * offline replicas · 7 leader epoch · 8 authorized operations · 9 flexible · 10 topic ids · 11 no cluster
 * operations (DescribeCluster has them) · 12 asks by id · 13 top-level error.
 */
export const Metadata = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexible: 9,
  listeners: ['broker'],
  request: {
    /** Null = all. */
    topics: array(
      {
        topicId: uuid({ since: 10, ignorable: true }),
        name: string({ nullable: 10 }),
      },
      { nullable: 1 },
    ),
    allowAutoTopicCreation: bool({ since: 4, absent: true }),
    includeClusterAuthorizedOperations: bool({ since: 8, until: 10 }),
    includeTopicAuthorizedOperations: bool({ since: 8 }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, ignorable: true }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: 1, absent: null, ignorable: true }),
    }),
    clusterId: string({ since: 2, nullable: 2, absent: null, ignorable: true }),
    /** A broker that takes requests for the controller; -1 = none known. */
    controllerId: int32({ since: 1, absent: -1, ignorable: true }),
    topics: array({
      errorCode: int16(),
      /** Null when a topic id that was asked for is unknown. */
      name: string({ nullable: 12 }),
      topicId: uuid({ since: 10, ignorable: true }),
      isInternal: bool({ since: 1, ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        /** -1 = no leader. */
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, absent: -1, ignorable: true }),
        replicaNodes: arrayOf(int32()),
        isrNodes: arrayOf(int32()),
        offlineReplicas: arrayOf(int32(), { since: 5, ignorable: true }),
      }),
      /** Bits by operation code; the lowest int32 when not asked for. */
      topicAuthorizedOperations: int32({ since: 8, absent: -2147483648 }),
    }),
    /** Bits by operation code; the lowest int32 when not asked for. */
    clusterAuthorizedOperations: int32({ since: 8, until: 10, absent: -2147483648 }),
    errorCode: int16({ since: 13, ignorable: true }),
  },
})
