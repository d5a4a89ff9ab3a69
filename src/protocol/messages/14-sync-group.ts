import { api, array, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * The leader of a classic group hands in assignments, the others get theirs.
 * Versions: 3 static members · 4 flexible · 5 protocol type and name, checked against the group's.
 */
export const SyncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexible: 4,
  listeners: ['broker'],
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, absent: null }),
    protocolType: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
    protocolName: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
    /** Given by the leader only. */
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
    protocolName: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
    assignment: bytes(),
  },
})
