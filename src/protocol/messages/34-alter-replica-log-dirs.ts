import { api, array, arrayOf, int16, int32, string } from '../schema/index.ts'

/**
 * Moves replicas between the log directories of a broker.
 * Versions: 2 flexible.
 */
export const AlterReplicaLogDirs = api({
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: [1, 2],
  flexible: 2,
  listeners: ['broker'],
  request: {
    dirs: array({
      /** Absolute. */
      path: string(),
      topics: array({
        name: string(),
        partitions: arrayOf(int32()),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})
