import { api, array, arrayOf, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Lists the resources that have a configuration.
 * Versions: 0 client metrics only · 1 any type (KIP-1142).
 */
export const ListConfigResources = api({
  key: 74,
  name: 'ListConfigResources',
  versions: [0, 1],
  flexible: 0,
  listeners: ['broker'],
  request: {
    resourceTypes: arrayOf(int8(), { since: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ since: 1, absent: 16, ignorable: true }),
    }),
  },
})
