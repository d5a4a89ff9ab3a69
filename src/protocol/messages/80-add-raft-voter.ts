import { api, array, bool, int16, int32, string, uint16, uuid } from '../schema/index.ts'

/**
 * Adds a controller to the voters of the metadata quorum (KIP-853).
 * Versions: 1 may answer before the change is committed.
 */
export const AddRaftVoter = api({
  key: 80,
  name: 'AddRaftVoter',
  versions: [0, 1],
  flexible: 0,
  listeners: ['controller', 'broker'],
  isForwarded: true,
  request: {
    clusterId: string({ nullable: 0 }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool({ since: 1, absent: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, ignorable: true }),
  },
})
