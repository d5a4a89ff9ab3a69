import { api, array, bool, float64, int16, int32, string } from '../schema/index.ts'

/**
 * Changes client quotas by entity (KIP-546).
 * Versions: 1 flexible.
 */
export const AlterClientQuotas = api({
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 1],
  flexible: 1,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    entries: array({
      entity: array({
        entityType: string(),
        /** Null = the default entity. */
        entityName: string({ nullable: 0 }),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: 0 }),
      }),
    }),
  },
})
