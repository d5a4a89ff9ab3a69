import { api, int16, int32, string } from '../schema/index.ts'

/**
 * Keeps a member of a classic group alive; the answer tells it to join again.
 * Versions: 3 static members · 4 flexible.
 */
export const Heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  listeners: ['broker'],
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, absent: null }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: int16(),
  },
})
