import { api, array, arrayOf, bool, int16, int32, string } from '../schema/index.ts'

/**
 * Begins, changes or cancels reassignments of replicas (KIP-455).
 * Versions: 1 may forbid to change the replication factor.
 */
export const AlterPartitionReassignments = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    timeoutMs: int32({ absent: 60000 }),
    allowReplicationFactorChange: bool({ since: 1, absent: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** Null cancels the reassignment. */
        replicas: arrayOf(int32(), { nullable: 0, absent: null }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ since: 1, absent: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      }),
    }),
  },
})
