import { api, array, arrayOf, int16, int32, string } from '../schema/index.ts'

/**
 * Lists the reassignments under way (KIP-455).
 */
export const ListPartitionReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    timeoutMs: int32({ absent: 60000 }),
    /** Null = all. */
    topics: array(
      {
        name: string(),
        partitionIndexes: arrayOf(int32()),
      },
      { nullable: 0, absent: null },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: arrayOf(int32()),
        addingReplicas: arrayOf(int32()),
        removingReplicas: arrayOf(int32()),
      }),
    }),
  },
})
