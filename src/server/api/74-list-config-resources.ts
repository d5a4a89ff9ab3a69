import { configResourceType } from '../../metadata/index.ts'
import { errors, ListConfigResources } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

const everyType = Object.values(configResourceType)

/** KIP-1142: which resources have, or could have, configurations. Version 0 asks for client metrics only. */
export const listConfigResources = handler(ListConfigResources, (cx, request, reply) => {
  const { image } = cx.services
  const asked = cx.apiVersion === 0 ? [configResourceType.clientMetrics] : request.resourceTypes
  const types = asked.length === 0 ? everyType : asked
  if (types.some((type) => !everyType.includes(type as (typeof everyType)[number]))) {
    reply.send({ errorCode: errors.UNSUPPORTED_VERSION, configResources: [] })
    return
  }
  const configResources: { resourceName: string; resourceType: number }[] = []
  for (const resourceType of types) {
    const add = (resourceName: string) => configResources.push({ resourceName, resourceType })
    if (resourceType === configResourceType.topic) for (const name of image.topicsByName.keys()) add(name)
    else if (resourceType === configResourceType.broker || resourceType === configResourceType.brokerLogger) {
      for (const id of image.brokers.keys()) add(String(id))
    } else for (const config of image.configs.values()) if (config.type === resourceType) add(config.name)
  }
  reply.send({ errorCode: errors.NONE, configResources })
})
