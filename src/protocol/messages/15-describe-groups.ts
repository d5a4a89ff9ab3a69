import { api, array, arrayOf, bool, bytes, int16, int32, string } from '../schema/index.ts'

/**
 * Describes classic groups and their members.
 * Versions: 3 authorized operations · 4 instance ids · 5 flexible · 6 GROUP_ID_NOT_FOUND instead of a dead group
 * (KIP-1043).
 */
export const DescribeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexible: 5,
  listeners: ['broker'],
  request: {
    groups: arrayOf(string()),
    includeAuthorizedOperations: bool({ since: 3 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ since: 6, nullable: 6, absent: null }),
      groupId: string(),
      /** As Apache spells it: Dead, Empty, PreparingRebalance, CompletingRebalance, Stable. */
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 4, nullable: 4, absent: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      /** Bits by operation code; the lowest int32 when not asked for. */
      authorizedOperations: int32({ since: 3, absent: -2147483648 }),
    }),
  },
})
