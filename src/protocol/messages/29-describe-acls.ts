import { api, array, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Lists ACLs that match a filter.
 * Versions: 1 pattern type · 2 flexible · 3 user resources.
 */
export const DescribeAcls = api({
  key: 29,
  name: 'DescribeAcls',
  versions: [1, 3],
  flexible: 2,
  listeners: ['broker', 'controller'],
  request: {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: 1 }),
    /** 3 literal, 4 prefixed, 1 any, 2 match. */
    patternTypeFilter: int8({ absent: 3 }),
    principalFilter: string({ nullable: 1 }),
    hostFilter: string({ nullable: 1 }),
    operation: int8(),
    permissionType: int8(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 1 }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ absent: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
})
