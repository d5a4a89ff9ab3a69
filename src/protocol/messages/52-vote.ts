import { api, array, bool, int16, int32, int64, string, uint16, uuid } from '../schema/index.ts'

/**
 * A candidate of the metadata quorum asks for votes.
 * Versions: 1 voter key (KIP-853) · 2 pre-vote (KIP-996).
 */
export const Vote = api({
  key: 52,
  name: 'Vote',
  versions: [0, 2],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    clusterId: string({ nullable: 0, absent: null }),
    voterId: int32({ since: 1, absent: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid({ since: 1, ignorable: true }),
        voterDirectoryId: uuid({ since: 1, ignorable: true }),
        lastOffsetEpoch: int32(),
        lastOffset: int64(),
        /** Asks whether a vote would be granted; binds nobody (KIP-996). */
        preVote: bool({ since: 2 }),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        voteGranted: bool(),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: uint16(),
      },
      { since: 1, tag: 0 },
    ),
  },
})
