import { api, array, bool, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Which APIs, versions and features this node has. A version it does not know is answered in version 0 with
 * UNSUPPORTED_VERSION (KIP-511).
 * Versions: 1 throttle time · 3 flexible, names the client's software; features · 4 a feature may start at 0
 * (KAFKA-17011). The response header never has tagged fields.
 */
export const ApiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexible: 3,
  listeners: ['broker', 'controller'],
  plainResponseHeader: true,
  request: {
    clientSoftwareName: string({ since: 3, ignorable: true }),
    clientSoftwareVersion: string({ since: 3, ignorable: true }),
  },
  response: {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ since: 1, ignorable: true }),
    supportedFeatures: array(
      {
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      },
      { since: 3, tag: 0, ignorable: true },
    ),
    /** -1 = unknown. */
    finalizedFeaturesEpoch: int64({ since: 3, absent: -1, tag: 1, ignorable: true }),
    finalizedFeatures: array(
      {
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      },
      { since: 3, tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool({ since: 3, tag: 3, ignorable: true }),
  },
})
