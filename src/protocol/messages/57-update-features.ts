import { api, array, bool, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Changes finalized feature levels.
 * Versions: 1 validate only, upgrade types · 2 no result for each feature.
 */
export const UpdateFeatures = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: [0, 2],
  flexible: 0,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  clusterAction: true,
  request: {
    timeoutMs: int32({ absent: 60000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ until: 0 }),
      /** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
      upgradeType: int8({ since: 1, absent: 1 }),
    }),
    validateOnly: bool({ since: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    results: array(
      {
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      },
      { until: 1, ignorable: true },
    ),
  },
})
