import { api, array, bool, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * A member of a classic group enters, or enters again, a generation.
 * Versions: 1 rebalance timeout · 4 a new member must come twice, with the id it was given · 5 static members · 6
 * flexible · 7 protocol type in the answer · 8 reason · 9 the leader may skip the assignment.
 */
export const JoinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexible: 6,
  listeners: ['broker'],
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    /** -1 = as the session timeout. */
    rebalanceTimeoutMs: int32({ since: 1, absent: -1, ignorable: true }),
    /** Empty for a new member. */
    memberId: string(),
    groupInstanceId: string({ since: 5, nullable: 5, absent: null }),
    protocolType: string(),
    /** In order of preference. */
    protocols: array({
      name: string(),
      metadata: bytes(),
    }),
    reason: string({ since: 8, nullable: 8, absent: null, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, ignorable: true }),
    errorCode: int16(),
    generationId: int32({ absent: -1 }),
    protocolType: string({ since: 7, nullable: 7, absent: null, ignorable: true }),
    /** Null with an error, from version 7. */
    protocolName: string({ nullable: 7 }),
    leader: string(),
    skipAssignment: bool({ since: 9 }),
    memberId: string(),
    /** Given to the leader only. */
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
      metadata: bytes(),
    }),
  },
})
