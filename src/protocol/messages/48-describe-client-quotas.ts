import { api, array, bool, float64, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Lists client quotas by entity (KIP-546).
 * Versions: 1 flexible.
 */
export const DescribeClientQuotas = api({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexible: 1,
  listeners: ['broker'],
  request: {
    components: array({
      entityType: string(),
      /** 0 exact, 1 default entity, 2 any. */
      matchType: int8(),
      match: string({ nullable: 0 }),
    }),
    /** Only entities that have no other components. */
    strict: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: 0 }),
        }),
        values: array({
          key: string(),
          value: float64(),
        }),
      },
      { nullable: 0 },
    ),
  },
})
