import {
  type Admin,
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceType,
  type ConfigSource,
  isKafkaError,
  unwrap,
} from '../../client/index.ts'
import { badTopicName } from '../../config/index.ts'
import { type CliWorld, ToolFailure } from '../world.ts'
import { brokerLoggers, type Change } from './configs-entities.ts'

const resourceTypes: Readonly<Record<string, ConfigResourceType>> = {
  topics: 'topic',
  brokers: 'broker',
  [brokerLoggers]: 'brokerLogger',
  'client-metrics': 'clientMetrics',
  groups: 'group',
}

function resourceOf(type: string, name: string): ConfigResource {
  return { type: resourceTypes[type]!, name }
}

export async function alterResource(type: string, name: string, { add, remove }: Change, admin: Admin): Promise<void> {
  const changes = [
    ...remove.map((key) => ({ name: key, operation: 'delete', value: '' }) as const),
    ...[...add].map(([key, value]) => ({ name: key, operation: 'set', value }) as const),
  ]
  unwrap(await admin.alterConfigs(new Map([[resourceOf(type, name), changes]])))
}

export async function alterLoggers(name: string, change: Change, admin: Admin): Promise<void> {
  const known = new Set((await settings(brokerLoggers, name, admin)).map((entry) => entry.name))
  const unknown = [...change.remove, ...change.add.keys()].filter((logger) => !known.has(logger))
  if (unknown.length > 0) throw new ToolFailure(`Invalid broker logger(s): ${unknown.join(',')}`)
  await alterResource(brokerLoggers, name, change, admin)
}

async function settings(type: string, name: string, admin: Admin): Promise<ConfigEntry[]> {
  const found = unwrap(await admin.describeConfigs([resourceOf(type, name)], { synonyms: true }))
  return [...found.values()].flat().sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `name` null: all there are; '' the defaults. */
export async function describeResources(
  type: string,
  name: string | null,
  isAll: boolean,
  admin: Admin,
  world: CliWorld,
): Promise<void> {
  if (name !== null && type === 'topics' && name !== '') {
    const problem = badTopicName(name)
    if (problem !== null) throw new ToolFailure(problem)
  }
  if (name !== null && !isAll && !(await exists(type, name, admin))) {
    world.out(`The ${type.slice(0, -1)} '${name}' doesn't exist and doesn't have dynamic config.\n`)
    return
  }
  for (const entity of name === null ? await all(type, admin) : [name]) {
    if (entity === '') world.out(`Default configs for ${type} in the cluster are:\n`)
    else world.out(`${isAll ? 'All' : 'Dynamic'} configs for ${type.slice(0, -1)} ${entity} are:\n`)
    const source = isAll ? null : dynamicSource(type, entity)
    for (const entry of await settings(type, entity, admin)) {
      if (source !== null && entry.source !== source) continue
      const synonyms = entry.synonyms.map((s) => `${s.source}:${s.name}=${s.value}`).join(', ')
      world.out(`  ${entry.name}=${entry.value} sensitive=${entry.isSensitive} synonyms={${synonyms}}\n`)
    }
  }
}

/** Where settings come from that were given to this very entity; null: loggers are told of in any case. */
function dynamicSource(type: string, name: string): ConfigSource | null {
  if (type === 'topics') return 'DYNAMIC_TOPIC_CONFIG'
  if (type === 'brokers') return name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : 'DYNAMIC_BROKER_CONFIG'
  if (type === 'client-metrics') return 'DYNAMIC_CLIENT_METRICS_CONFIG'
  return type === 'groups' ? 'DYNAMIC_GROUP_CONFIG' : null
}

async function exists(type: string, name: string, admin: Admin): Promise<boolean> {
  if (type === 'brokers' || type === brokerLoggers) return name === '' || (await brokerIds(admin)).includes(name)
  if (type === 'groups')
    return (await groupIds(admin)).includes(name) || (await configuredGroups(admin))?.includes(name) !== false
  return (await all(type, admin)).includes(name)
}

async function all(type: string, admin: Admin): Promise<string[]> {
  if (type === 'topics') return [...(await admin.listTopics()).keys()]
  if (type === 'brokers' || type === brokerLoggers) return [...(await brokerIds(admin)), '']
  if (type === 'client-metrics') return (await admin.listConfigResources(['clientMetrics'])).map((r) => r.name)
  return [...new Set([...(await groupIds(admin)), ...((await configuredGroups(admin)) ?? [])])]
}

async function brokerIds(admin: Admin): Promise<string[]> {
  return (await admin.describeCluster()).nodes.map((node) => String(node.id))
}

async function groupIds(admin: Admin): Promise<string[]> {
  const { groups, errors } = await admin.listGroups()
  if (errors[0] !== undefined) throw errors[0]
  return groups.map((group) => group.groupId)
}

/** Groups that have settings of their own; null when the cluster cannot tell. */
async function configuredGroups(admin: Admin): Promise<string[] | null> {
  try {
    return (await admin.listConfigResources(['group'])).map((r) => r.name)
  } catch (thrown) {
    if (!isKafkaError(thrown) || thrown.code !== 'UNSUPPORTED_BY_BROKER') throw thrown
    return null
  }
}
