import { api, array, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Creates ACLs.
 * Versions: 1 pattern type · 2 flexible · 3 user resources.
 */
export const CreateAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: [1, 3],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ absent: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
    }),
  },
})
