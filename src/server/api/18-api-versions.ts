import { KRAFT_VERSION, supportedFeatures } from '../../metadata/index.ts'
import { ApiVersions, errors } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** KIP-511: what the client software may call itself. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export const apiVersions = handler(ApiVersions, (cx, request, reply) => {
  const { services, connection, apiVersion } = cx
  if (apiVersion >= 3) {
    const { clientSoftwareName, clientSoftwareVersion } = request
    if (!softwareName.test(clientSoftwareName) || !softwareName.test(clientSoftwareVersion)) {
      reply.send({ errorCode: errors.INVALID_REQUEST })
      return
    }
    connection.clientSoftwareName = clientSoftwareName
    connection.clientSoftwareVersion = clientSoftwareVersion
  }
  const { image } = services
  const supported = []
  for (const [name, range] of supportedFeatures(services.config.unstableFeatureVersionsEnable)) {
    // Versions 0–3 cannot say "from 0" (KAFKA-17011): the feature is left out there.
    if (apiVersion >= 4 || range.min > 0) supported.push({ name, minVersion: range.min, maxVersion: range.max })
  }
  const finalized = []
  for (const [name, level] of image.features) {
    finalized.push({ name, maxVersionLevel: level, minVersionLevel: level })
  }
  const { kraftVersion } = services.raft
  if (kraftVersion > 0) {
    // It stands in the raft log's control records, not among the metadata's features.
    finalized.push({ name: KRAFT_VERSION, maxVersionLevel: kraftVersion, minVersionLevel: kraftVersion })
  }
  reply.send({
    apiKeys: services.advertised(cx.listener.kind),
    supportedFeatures: supported,
    finalizedFeaturesEpoch: image.offset,
    finalizedFeatures: finalized,
  })
})
