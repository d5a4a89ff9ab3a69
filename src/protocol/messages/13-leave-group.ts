import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * Members leave a classic group.
 * Versions: 3 several members, by member id or instance id · 4 flexible · 5 reason.
 */
export const LeaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexible: 4,
  listeners: ['broker'],
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    members: array(
      {
        /** Empty when the instance id alone names the member. */
        memberId: string(),
        groupInstanceId: string({ nullable: 3, absent: null }),
        reason: string({ since: 5, nullable: 5, absent: null, ignorable: true }),
      },
      { since: 3 },
    ),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: 3 }),
        errorCode: int16(),
      },
      { since: 3 },
    ),
  },
})
