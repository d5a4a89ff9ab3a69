import { api, array, int16, int32, string, struct, uint16, uuid } from '../schema/index.ts'

/**
 * A voter tells its new endpoints and versions (KIP-853).
 */
export const UpdateRaftVoter = api({
  key: 82,
  name: 'UpdateRaftVoter',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  request: {
    clusterId: string({ nullable: 0 }),
    /** -1 = unknown. */
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: struct(
      {
        leaderId: int32({ absent: -1 }),
        leaderEpoch: int32({ absent: -1 }),
        host: string(),
        port: int32(),
      },
      { tag: 0 },
    ),
  },
})
