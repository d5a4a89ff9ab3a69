import { api, array, bool, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Replaces the whole configuration of resources; IncrementalAlterConfigs is the better one.
 * Versions: 2 flexible.
 */
export const AlterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 0 }),
      }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
})
