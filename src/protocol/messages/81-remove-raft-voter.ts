import { api, int16, int32, string, uuid } from '../schema/index.ts'

/**
 * Removes a controller from the voters of the metadata quorum (KIP-853).
 */
export const RemoveRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller', 'broker'],
  isForwarded: true,
  request: {
    clusterId: string({ nullable: 0 }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, ignorable: true }),
  },
})
