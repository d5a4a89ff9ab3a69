import {
  AlterConfigs,
  DescribeConfigs,
  errors,
  IncrementalAlterConfigs,
  ListConfigResources,
} from '../../protocol/index.ts'
import { brokerError, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster, Target } from '../network/cluster.ts'
import { askEach } from './each.ts'
import type { ValidateOptions } from './topics.ts'

export const configResourceTypes = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const
export type ConfigResourceType = keyof typeof configResourceTypes

/** `name` '' with type broker: the default of all brokers. */
export interface ConfigResource {
  readonly type: ConfigResourceType
  readonly name: string
}

export type ConfigSource =
  | 'UNKNOWN'
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG'
  | 'DYNAMIC_BROKER_LOGGER_CONFIG'
  | 'DYNAMIC_CLIENT_METRICS_CONFIG'
  | 'DYNAMIC_GROUP_CONFIG'

const sources: readonly ConfigSource[] = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
]
const types = ['UNKNOWN', 'BOOLEAN', 'STRING', 'INT', 'SHORT', 'LONG', 'DOUBLE', 'LIST', 'CLASS', 'PASSWORD'] as const
export type ConfigType = (typeof types)[number]

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** null when sensitive, or not set. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isSensitive: boolean
  readonly isReadOnly: boolean
  /** Where the value could come from, the effective one first. */
  readonly synonyms: readonly ConfigSynonym[]
  readonly type: ConfigType
  readonly documentation: string | null
}

export interface DescribeConfigsOptions extends CallOptions {
  readonly synonyms?: boolean
  readonly documentation?: boolean
  /** Only these; all by default. */
  readonly names?: readonly string[]
}

/** Static values and loggers are known only to the broker they are about. */
function targetOf({ type, name }: ConfigResource): Target {
  return (type === 'broker' || type === 'brokerLogger') && name !== '' ? Number(name) : 'any'
}

async function askByTarget<V>(
  cluster: Cluster,
  what: string,
  resources: readonly ConfigResource[],
  o: CallOptions,
  ask: (target: Target, some: readonly ConfigResource[]) => Promise<Map<ConfigResource, Outcome<V>>>,
): Promise<Map<ConfigResource, Outcome<V>>> {
  const byTarget = new Map<Target, ConfigResource[]>()
  for (const r of resources) {
    const target = targetOf(r)
    byTarget.set(target, [...(byTarget.get(target) ?? []), r])
  }
  const parts = await Promise.all(
    [...byTarget].map(([target, list]) => askEach(cluster, what, list, o, (some) => ask(target, some))),
  )
  const byResource = new Map(parts.flatMap((part) => [...part]))
  return new Map(resources.map((r) => [r, byResource.get(r)!]))
}

export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  o: DescribeConfigsOptions,
): Promise<Map<ConfigResource, Outcome<ConfigEntry[]>>> {
  return askByTarget(cluster, 'DescribeConfigs', resources, o, async (target, some) => {
    const answer = await cluster.ask(target, DescribeConfigs, (version) => ({
      resources: some.map((r) => ({
        resourceType: configResourceTypes[r.type],
        resourceName: r.name,
        configurationKeys: o.names ?? null,
      })),
      includeSynonyms: o.synonyms ?? false,
      includeDocumentation: version >= 3 && (o.documentation ?? false),
    }))
    return matched(some, answer.results, (r) =>
      outcome(
        r.errorCode,
        r.errorMessage,
        r.configs.map((c) => ({
          name: c.name,
          value: c.value,
          source: sources[c.configSource] ?? 'UNKNOWN',
          isSensitive: c.isSensitive,
          isReadOnly: c.readOnly,
          synonyms: c.synonyms.map((s) => ({ name: s.name, value: s.value, source: sources[s.source] ?? 'UNKNOWN' })),
          type: types[c.configType] ?? 'UNKNOWN',
          documentation: c.documentation,
        })),
      ),
    )
  })
}

function matched<R extends { readonly resourceType: number; readonly resourceName: string }, V>(
  asked: readonly ConfigResource[],
  answers: readonly R[],
  read: (answer: R) => Outcome<V>,
): Map<ConfigResource, Outcome<V>> {
  const found = new Map<ConfigResource, Outcome<V>>()
  for (const answer of answers) {
    const resource = asked.find(
      (r) => r.name === answer.resourceName && configResourceTypes[r.type] === answer.resourceType,
    )
    if (resource) found.set(resource, read(answer))
  }
  return found
}

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const

export interface ConfigChange {
  readonly name: string
  /** append and subtract are for lists. */
  readonly operation: keyof typeof operations
  /** Needed by all but delete. */
  readonly value?: string | null
}

/** Changes single keys and leaves the others as they are. */
export async function alterConfigs(
  cluster: Cluster,
  changes: ReadonlyMap<ConfigResource, readonly ConfigChange[]>,
  o: ValidateOptions,
): Promise<Map<ConfigResource, Outcome>> {
  return askByTarget(cluster, 'IncrementalAlterConfigs', [...changes.keys()], o, async (target, some) => {
    const answer = await cluster.ask(target, IncrementalAlterConfigs, {
      validateOnly: o.validateOnly ?? false,
      resources: some.map((r) => ({
        resourceType: configResourceTypes[r.type],
        resourceName: r.name,
        configs: changes
          .get(r)!
          .map((c) => ({ name: c.name, configOperation: operations[c.operation], value: c.value ?? null })),
      })),
    })
    return matched(some, answer.responses, (r) => outcome(r.errorCode, r.errorMessage, undefined))
  })
}

/** Replaces all dynamic values of a resource: what is not named goes back to its default. */
export async function replaceConfigs(
  cluster: Cluster,
  values: ReadonlyMap<ConfigResource, Readonly<Record<string, string>>>,
  o: ValidateOptions,
): Promise<Map<ConfigResource, Outcome>> {
  return askByTarget(cluster, 'AlterConfigs', [...values.keys()], o, async (target, some) => {
    const answer = await cluster.ask(target, AlterConfigs, {
      validateOnly: o.validateOnly ?? false,
      resources: some.map((r) => ({
        resourceType: configResourceTypes[r.type],
        resourceName: r.name,
        configs: Object.entries(values.get(r)!).map(([name, value]) => ({ name, value })),
      })),
    })
    return matched(some, answer.responses, (r) => outcome(r.errorCode, r.errorMessage, undefined))
  })
}

/** Resources of these types that exist (KIP-1142); of all types when none is named. */
export async function listConfigResources(
  cluster: Cluster,
  only: readonly ConfigResourceType[],
  o: CallOptions,
): Promise<ConfigResource[]> {
  return cluster.retry('ListConfigResources', o, async () => {
    const isMetricsOnly = only.length === 1 && only[0] === 'clientMetrics'
    const answer = await cluster.ask(
      'any',
      ListConfigResources,
      (version) => (version === 0 ? {} : { resourceTypes: only.map((type) => configResourceTypes[type]) }),
      { floor: isMetricsOnly ? 0 : 1 },
    )
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
    return answer.configResources.flatMap(({ resourceName, resourceType }) => {
      const type = (Object.keys(configResourceTypes) as ConfigResourceType[]).find(
        (t) => configResourceTypes[t] === resourceType,
      )
      return type === undefined ? [] : [{ type, name: resourceName }]
    })
  })
}
