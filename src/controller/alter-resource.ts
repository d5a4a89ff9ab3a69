import { applyOperation, refuseClientMetricsConfigs, refuseGroupConfigs, refuseTopicConfigs } from '../config/index.ts'
import { configResourceType, type MetadataRecord, metadataLevel, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { ControllerOptions } from './options.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { ControllerState, Values } from './state.ts'
import { refuseTopicName } from './topic-name.ts'

export interface ConfigResource {
  readonly type: number
  readonly name: string
}

/** One operation of IncrementalAlterConfigs. */
export interface ConfigChange {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

export interface AlterHow {
  /** The resource comes into being with this change. */
  readonly isNew: boolean
  /** A broker has checked the request before it passed it on. */
  readonly isForwarded: boolean
}

/** Longest value that a record can hold. */
const valueCharactersMax = 32_767

/**
 * The records that change one resource's configuration, or why not. A value that does not change writes nothing, except
 * on brokers, where writing again is the way to make them read their keystores again.
 */
export function alterResource(
  state: ControllerState,
  options: ControllerOptions,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
  how: AlterHow,
): MetadataRecord[] | Refusal {
  const before = state.values(resource.type, resource.name)
  const written = new Map<string, string | null>()
  for (const { name, operation, value } of changes) {
    const current = before.get(name) ?? null
    const next = applyOperation(resource.type, name, operation, current, value)
    if ('code' in next) return refuse(errors[next.code], next.message)
    if (next.text !== current || resource.type === configResourceType.broker) written.set(name, next.text)
  }
  return write(state, options, resource, before, written, how)
}

/** The same for AlterConfigs of old: what is not named is removed. */
export function replaceResource(
  state: ControllerState,
  options: ControllerOptions,
  resource: ConfigResource,
  wanted: Values,
  how: AlterHow,
): MetadataRecord[] | Refusal {
  const before = state.values(resource.type, resource.name)
  const written = new Map<string, string | null>()
  for (const [name, value] of wanted) {
    if (before.get(name) !== value || resource.type === configResourceType.broker) written.set(name, value)
  }
  for (const name of before.keys()) if (!wanted.has(name)) written.set(name, null)
  return write(state, options, resource, before, written, how)
}

function write(
  state: ControllerState,
  options: ControllerOptions,
  resource: ConfigResource,
  before: Values,
  written: ReadonlyMap<string, string | null>,
  how: AlterHow,
): MetadataRecord[] | Refusal {
  const after = new Map(before)
  for (const [name, value] of written) {
    const refusal = refuseWrite(state, resource, name, value, before.get(name) ?? null, how)
    if (refusal !== null) return refusal
    if (value === null) after.delete(name)
    else after.set(name, value)
  }
  const refusal =
    refuseResource(state, options, resource, after, before) ?? (how.isNew ? null : refuseMissing(state, resource))
  if (refusal !== null) return refusal
  const records: MetadataRecord[] = []
  for (const [name, value] of written) {
    records.push(
      metadataRecord('ConfigRecord', { resourceType: resource.type, resourceName: resource.name, name, value }),
    )
  }
  return records
}

/** What some keys of brokers forbid, whatever their value. */
function refuseWrite(
  state: ControllerState,
  { type, name: resourceName }: ConfigResource,
  name: string,
  value: string | null,
  current: string | null,
  { isForwarded }: AlterHow,
): Refusal | null {
  const no = (message: string) => refuse(errors.INVALID_CONFIG, message)
  if (type === configResourceType.broker && name === 'min.insync.replicas' && state.isElrEnabled) {
    if (resourceName !== '') return no('Broker-level min.insync.replicas cannot be altered while ELR is enabled.')
    if (value === null) return no('Cluster-level min.insync.replicas cannot be removed while ELR is enabled.')
  }
  if (type === configResourceType.broker && name === 'cordoned.log.dirs') {
    if (state.metadataVersion < metadataLevel.cordonedLogDirs) {
      return no(
        'The cordoned.log.dirs configuration value cannot be set because it requires metadata.version >= 4.3-IV0',
      )
    }
    const held = dirs(current)
    if (!isForwarded && !dirs(value).every((dir) => held.includes(dir))) {
      return no(
        'When updating cordoned.log.dirs via controllers,  the new value must be a subset of the current configuration value.',
      )
    }
  }
  if (value !== null && value.length > valueCharactersMax) {
    return no('The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.')
  }
  return null
}

function dirs(value: string | null): string[] {
  const trimmed = value?.trim() ?? ''
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
}

function refuseResource(
  state: ControllerState,
  options: ControllerOptions,
  { type, name }: ConfigResource,
  after: Values,
  before: Values,
): Refusal | null {
  const coded = (r: ReturnType<typeof refuseTopicConfigs>) => (r === null ? null : refuse(errors[r.code], r.message))
  switch (type) {
    case configResourceType.topic: {
      if (name === '') return refuse(errors.INVALID_REQUEST, 'Default topic resources are not allowed.')
      const { topicDefaults, remoteLogStorageSystemEnable } = state.config(options.config)
      return (
        refuseTopicName(name) ?? coded(refuseTopicConfigs(topicDefaults, after, before, remoteLogStorageSystemEnable))
      )
    }
    case configResourceType.broker:
      if (name === '' || /^\+?[0-9]+$/.test(name)) return null
      return /^-[0-9]+$/.test(name)
        ? refuse(errors.INVALID_REQUEST, 'Invalid negative broker ID.')
        : refuse(errors.INVALID_REQUEST, 'Unable to parse broker name as a base 10 number.')
    case configResourceType.clientMetrics:
      if (name === '') return refuse(errors.INVALID_REQUEST, "Subscription name can't be empty")
      return coded(refuseClientMetricsConfigs(after))
    case configResourceType.group:
      if (name === '') return refuse(errors.INVALID_REQUEST, 'Default group resources are not allowed.')
      return coded(refuseGroupConfigs(state.config(options.config), after))
    default:
      return refuse(errors.INVALID_REQUEST, `Unknown resource type ${type}`)
  }
}

function refuseMissing(state: ControllerState, { type, name }: ConfigResource): Refusal | null {
  if (type === configResourceType.topic && !state.image.topicsByName.has(name)) {
    return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`)
  }
  if (type !== configResourceType.broker || name === '') return null
  const { brokers, controllers } = state.image
  if (brokers.has(Number(name)) || controllers.has(Number(name))) return null
  return refuse(errors.BROKER_ID_NOT_REGISTERED, `No node with id ${name} found.`)
}

/** With ELR, another min.insync.replicas makes what is remembered of eligible leaders void. */
export function clearElrRecords(state: ControllerState, written: readonly MetadataRecord[]): MetadataRecord[] {
  if (!state.isElrEnabled) return []
  const records: MetadataRecord[] = []
  for (const record of written) {
    if (record.type !== 'ConfigRecord' || record.value.name !== 'min.insync.replicas') continue
    const { resourceType, resourceName } = record.value
    records.push(
      metadataRecord('ClearElrRecord', { topicName: resourceType === configResourceType.topic ? resourceName : '' }),
    )
  }
  return records
}
