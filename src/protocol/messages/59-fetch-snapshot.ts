import { api, array, int16, int32, int64, records, string, struct, uint16, uuid } from '../schema/index.ts'

/**
 * Reads a snapshot of the metadata log piece by piece.
 * Versions: 1 directory id, endpoints (KIP-853).
 */
export const FetchSnapshot = api({
  key: 59,
  name: 'FetchSnapshot',
  versions: [0, 1],
  flexible: 0,
  listeners: ['controller'],
  request: {
    clusterId: string({ nullable: 0, absent: null, tag: 0 }),
    replicaId: int32({ absent: -1 }),
    maxBytes: int32({ absent: 0x7fffffff }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        /** Byte of the snapshot to begin with. */
        position: int64(),
        replicaDirectoryId: uuid({ since: 1, tag: 0, ignorable: true }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        currentLeader: struct(
          {
            leaderId: int32(),
            leaderEpoch: int32(),
          },
          { tag: 0 },
        ),
        /** Bytes of the whole snapshot. */
        size: int64(),
        position: int64(),
        unalignedRecords: records(),
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
