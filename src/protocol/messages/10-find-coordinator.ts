import { api, array, arrayOf, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Finds the broker that coordinates a group, a transactional id or a share partition.
 * Versions: 1 key types · 3 flexible · 4 several keys · 5 TRANSACTION_ABORTABLE · 6 share partitions, keyed
 * group:topicId:partition.
 */
export const FindCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexible: 3,
  listeners: ['broker'],
  request: {
    key: string({ until: 3 }),
    /** 0 group, 1 transaction, 2 share. */
    keyType: int8({ since: 1 }),
    coordinatorKeys: arrayOf(string(), { since: 4 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: int16({ until: 3 }),
    errorMessage: string({ since: 1, until: 3, nullable: 1, ignorable: true }),
    /** -1 with an error. */
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 4, ignorable: true }),
      },
      { since: 4 },
    ),
  },
})
