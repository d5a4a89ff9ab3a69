import { api, array, arrayOf, int16, int32, string } from '../schema/index.ts'

/**
 * Deletes empty groups.
 * Versions: 2 flexible.
 */
export const DeleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker'],
  request: {
    groupsNames: arrayOf(string()),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      groupId: string(),
      errorCode: int16(),
    }),
  },
})
