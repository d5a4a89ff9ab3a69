import { api, array, arrayOf, int16, int32, string } from '../schema/index.ts'

/**
 * Lists the groups that this broker coordinates.
 * Versions: 3 flexible · 4 by state (KIP-518) · 5 by type (KIP-848).
 */
export const ListGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexible: 3,
  listeners: ['broker'],
  request: {
    /** Empty = all. */
    statesFilter: arrayOf(string(), { since: 4 }),
    /** Empty = all. */
    typesFilter: arrayOf(string(), { since: 5 }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4, ignorable: true }),
      groupType: string({ since: 5, ignorable: true }),
    }),
  },
})
