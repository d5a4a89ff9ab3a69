import { api, array, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Deletes the ACLs that match filters.
 * Versions: 1 pattern type · 2 flexible · 3 user resources.
 */
export const DeleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [1, 3],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: 1 }),
      patternTypeFilter: int8({ absent: 3 }),
      principalFilter: string({ nullable: 1 }),
      hostFilter: string({ nullable: 1 }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: 1 }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ absent: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
})
