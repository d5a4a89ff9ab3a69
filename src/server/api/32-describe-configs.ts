import {
  badTopicName,
  type ConfigEntry,
  describeBrokerConfigs,
  describeClientMetricsConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
  type NodeConfigs,
} from '../../config/index.ts'
import { configResourceKey, configResourceType } from '../../metadata/index.ts'
import { DescribeConfigs, type ErrorCode, errors, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import { describeLoggers } from '../broker-loggers.ts'
import { handler, type RequestContext } from '../handler.ts'

type Resource = RequestOf<typeof DescribeConfigs>['resources'][number]
type Result = NonNullable<ResponseIn<typeof DescribeConfigs>['results']>[number]
type Outcome = readonly ConfigEntry[] | { errorCode: ErrorCode; errorMessage: string | null }

/** Where the level of a logger comes from, and its type. */
const BROKER_LOGGER_SOURCE = 6
const UNKNOWN_TYPE = 0
const noValues: ReadonlyMap<string, string> = new Map()

export const describeConfigs = handler(DescribeConfigs, function* (cx, request, reply) {
  const { includeSynonyms, includeDocumentation } = request
  const results: Result[] = []
  for (const resource of request.resources) {
    results.push(answerFor(resource))
    yield
  }
  reply.send({ results })

  function answerFor(resource: Resource): Result {
    const { resourceType, resourceName } = resource
    const outcome = describe(cx, resource)
    if ('errorCode' in outcome) return { ...outcome, resourceType, resourceName, configs: [] }
    const configs = outcome.map((entry) => ({
      name: entry.name,
      value: entry.value,
      readOnly: entry.readOnly,
      configSource: entry.source,
      isSensitive: entry.isSensitive,
      synonyms: includeSynonyms ? entry.synonyms.map((s) => ({ ...s })) : [],
      configType: entry.type,
      documentation: includeDocumentation ? entry.documentation : null,
    }))
    return { errorCode: errors.NONE, errorMessage: '', resourceType, resourceName, configs }
  }
})

function describe(cx: RequestContext, { resourceType, resourceName, configurationKeys }: Resource): Outcome {
  const { image } = cx.services
  const values = (type: number, name: string) => image.configs.get(configResourceKey(type, name))?.values ?? noValues
  switch (resourceType) {
    case configResourceType.topic: {
      const misnamed = badTopicName(resourceName)
      if (misnamed !== null) return refuse(errors.INVALID_TOPIC_EXCEPTION, misnamed)
      if (!image.topicsByName.has(resourceName)) return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, '')
      return describeTopicConfigs(nodeConfigs(cx), values(configResourceType.topic, resourceName), configurationKeys)
    }
    case configResourceType.broker:
      return describeBroker(cx, resourceName, configurationKeys)
    case configResourceType.clientMetrics:
      if (resourceName === '') {
        return refuse(errors.INVALID_REQUEST, 'Client metrics subscription name must not be empty')
      }
      return describeClientMetricsConfigs(values(configResourceType.clientMetrics, resourceName), configurationKeys)
    case configResourceType.group:
      if (resourceName === '') return refuse(errors.INVALID_REQUEST, 'Group name must not be empty')
      return describeGroupConfigs(nodeConfigs(cx), values(configResourceType.group, resourceName), configurationKeys)
    case configResourceType.brokerLogger:
      return describeBrokerLoggers(cx, resourceName, configurationKeys)
    default:
      return refuse(errors.INVALID_REQUEST, `Unsupported resource type: ${resourceType}`)
  }
}

function describeBroker(cx: RequestContext, name: string, wanted: readonly string[] | null): Outcome {
  const { nodeId } = cx.services
  if (name === '') return describeClusterConfigs(nodeConfigs(cx).cluster, wanted)
  if (!/^-?[0-9]+$/.test(name))
    return refuse(errors.INVALID_REQUEST, `Broker id must be an integer, but it is: ${name}`)
  if (Number(name) !== nodeId) {
    return refuse(
      errors.INVALID_REQUEST,
      `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`,
    )
  }
  return describeBrokerConfigs(nodeConfigs(cx), wanted)
}

function describeBrokerLoggers(cx: RequestContext, name: string, wanted: readonly string[] | null): Outcome {
  const { nodeId, env } = cx.services
  if (name === '') return refuse(errors.INVALID_REQUEST, 'Broker id must not be empty')
  if (!/^[+-]?[0-9]+$/.test(name)) {
    return refuse(errors.INVALID_REQUEST, `Broker id must be an integer, but it is: ${name}`)
  }
  if (Number(name) !== nodeId) {
    return refuse(errors.INVALID_REQUEST, `Unexpected broker id, expected ${nodeId} but received ${name}`)
  }
  const plain = { readOnly: false, isSensitive: false, synonyms: [], documentation: null, type: UNKNOWN_TYPE }
  return describeLoggers(env.logger, wanted).map((entry) => ({ ...entry, ...plain, source: BROKER_LOGGER_SOURCE }))
}

function nodeConfigs(cx: RequestContext): NodeConfigs {
  const { image, config, fileConfig, nodeId } = cx.services
  const values = (name: string) =>
    image.configs.get(configResourceKey(configResourceType.broker, name))?.values ?? noValues
  return { current: config, file: fileConfig, cluster: values(''), broker: values(String(nodeId)) }
}

function refuse(errorCode: ErrorCode, errorMessage: string): Outcome {
  return { errorCode, errorMessage }
}
