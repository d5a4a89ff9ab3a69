import { brokerConfigOf, type ConfigError } from './broker-config.ts'
import type { BrokerConfig } from './broker-snapshot.ts'
import { brokerKeys } from './broker-table.ts'
import { listFallback } from './list-keys.ts'
import { clientMetricsKeys, groupKeys } from './other-keys.ts'
import { withoutListenerPrefix } from './synonyms.ts'
import type { ConfigKey } from './table.ts'
import { type TopicConfig, topicConfigOf, topicKeys } from './topic-config.ts'
import { parseValue } from './values.ts'

/** Why a change of configuration is refused, with the code that Kafka answers. */
export interface Refused {
  readonly code: 'INVALID_CONFIG' | 'INVALID_REQUEST'
  readonly message: string
}

/** AlterConfigOp codes. */
export const configOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/**
 * The text after one operation of IncrementalAlterConfigs: null = removed. Appending and subtracting start from the key's
 * built-in default when nothing is set, and refuse keys that are not lists.
 */
export function applyOperation(
  resourceType: number,
  name: string,
  operation: number,
  current: string | null,
  operand: string | null,
): { readonly text: string | null } | Refused {
  if (operation === configOperation.set) return { text: operand }
  if (operation === configOperation.delete) return { text: null }
  const verb = operation === configOperation.append ? 'APPEND' : 'SUBTRACT'
  const fallback = listFallback(resourceType, name)
  if (fallback === null) {
    return { code: 'INVALID_CONFIG', message: `Can't ${verb} to key ${name} because its type is not LIST.` }
  }
  let items = (current ?? fallback).split(',').filter((item) => item !== '')
  for (const item of (operand ?? '').split(',')) {
    if (operation === configOperation.append) {
      if (!items.includes(item)) items.push(item)
    } else {
      const at = items.indexOf(item)
      if (at >= 0) items = items.toSpliced(at, 1)
    }
  }
  return { text: items.join(',') }
}

/** Whether a topic may have these values of its own (all of them, after the change). */
export function refuseTopicConfigs(
  defaults: TopicConfig,
  own: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
  isTieredStorageEnabled: boolean,
): Refused | null {
  const wrong = refuseValues(topicKeys, own, 'INVALID_CONFIG', (name) => `Unknown topic config name: ${name}`)
  if (wrong !== null) return wrong
  const c = topicConfigOf(defaults, own)
  const no = (message: string): Refused => ({ code: 'INVALID_CONFIG', message })
  if (c.minCompactionLagMs > c.maxCompactionLagMs) {
    return no(
      `conflict topic config setting min.compaction.lag.ms (${longText(own, 'min.compaction.lag.ms', c.minCompactionLagMs)}) > max.compaction.lag.ms (${longText(own, 'max.compaction.lag.ms', c.maxCompactionLagMs)})`,
    )
  }
  return c.remoteStorageEnable ? refuseTiered(c, isTieredStorageEnabled) : refuseUntiered(c, before)
}

function longText(own: ReadonlyMap<string, string>, name: string, value: number): string {
  return own.get(name)?.trim() ?? String(value)
}

function refuseTiered(c: TopicConfig, isTieredStorageEnabled: boolean): Refused | null {
  const no = (message: string): Refused => ({ code: 'INVALID_CONFIG', message })
  if (!isTieredStorageEnabled) {
    return no(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  }
  if (c.isCompacted) return no('Remote log storage is unsupported for the compacted topics')
  for (const [local, whole, localName, wholeName] of [
    [c.localRetentionBytes, c.retentionBytes, 'local.retention.bytes', 'retention.bytes'],
    [c.localRetentionMs, c.retentionMs, 'local.retention.ms', 'retention.ms'],
  ] as const) {
    if (whole > -1 && local === -1) {
      return no(
        `Invalid value -1 for configuration ${localName}: Value must not be -1 as ${wholeName} value is set as ${whole}.`,
      )
    }
    if (whole > -1 && local > whole) {
      return no(
        `Invalid value ${local} for configuration ${localName}: Value must not be more than ${wholeName} property value: ${whole}`,
      )
    }
    if (c.remoteLogCopyDisable && local !== -2 && local !== whole) {
      return no(
        `When \`remote.log.copy.disable\` is set to true, the \`${localName}\` and \`${wholeName}\` must be set to the identical value because there will be no more logs copied to the remote storage.`,
      )
    }
  }
  return null
}

function refuseUntiered(c: TopicConfig, before: ReadonlyMap<string, string>): Refused | null {
  const wasTiered = before.get('remote.storage.enable')?.trim().toLowerCase() === 'true'
  if (!wasTiered || c.remoteLogDeleteOnDisable) return null
  return {
    code: 'INVALID_CONFIG',
    message:
      'It is invalid to disable remote storage without deleting remote data. If you want to keep the remote data and turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. If you want to disable remote storage and delete all remote data, please set `remote.storage.enable=false,remote.log.delete.on.disable=true`.',
  }
}

function refuseValues(
  keys: ReadonlyMap<string, ConfigKey>,
  own: ReadonlyMap<string, string>,
  codeOfUnknown: Refused['code'],
  unknown: (name: string) => string,
): Refused | null {
  for (const name of own.keys()) {
    if (!keys.has(name)) return { code: codeOfUnknown, message: unknown(name) }
  }
  for (const [name, text] of own) {
    const parsed = parseValue(keys.get(name)!, text)
    if ('error' in parsed) return { code: 'INVALID_CONFIG', message: parsed.error }
  }
  return null
}

/** Whether a group may have these values of its own: each within the limits that the broker's keys draw. */
export function refuseGroupConfigs(broker: BrokerConfig, own: ReadonlyMap<string, string>): Refused | null {
  const wrong = refuseValues(groupKeys, own, 'INVALID_CONFIG', (name) => `Unknown group config name: ${name}`)
  if (wrong !== null) return wrong
  const node = broker as unknown as Readonly<Record<string, number | undefined>>
  for (const [name, text] of own) {
    const [kind, rest] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
    const minKey = brokerKeys.get(`group.${kind}.min.${rest}`)
    const maxKey = brokerKeys.get(`group.${kind}.max.${rest.replace(/^num\./, '')}`)
    if (minKey !== undefined && Number(text) < node[minKey.property]!) {
      return { code: 'INVALID_CONFIG', message: `${name} must be greater than or equal to ${minKey.name}` }
    }
    if (maxKey !== undefined && Number(text) > node[maxKey.property]!) {
      return { code: 'INVALID_CONFIG', message: `${name} must be less than or equal to ${maxKey.name}` }
    }
  }
  return null
}

const matchingKeys = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** Whether a client metrics subscription may be so. */
export function refuseClientMetricsConfigs(own: ReadonlyMap<string, string>): Refused | null {
  const wrong = refuseValues(
    clientMetricsKeys,
    own,
    'INVALID_REQUEST',
    (name) => `Unknown client metrics configuration: ${name}`,
  )
  if (wrong !== null) return wrong
  const interval = own.get('interval.ms')
  if (interval !== undefined && (Number(interval) < 100 || Number(interval) > 3_600_000)) {
    return {
      code: 'INVALID_REQUEST',
      message: `Invalid value ${interval.trim()} for interval.ms, interval must be between 100 and 3600000 (1 hour)`,
    }
  }
  for (const pattern of (own.get('match') ?? '').split(',')) {
    if (pattern.trim() === '') continue
    const [name, regex, ...more] = pattern.split('=')
    if (regex === undefined || more.length > 0 || !matchingKeys.includes(name!.trim()) || !isRegex(regex.trim())) {
      return { code: 'INVALID_CONFIG', message: `Illegal client matching pattern: ${pattern.trim()}` }
    }
  }
  return null
}

/** Compiles only; it is never run here. */
function isRegex(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== null
  } catch (_malformed) {
    return false
  }
}

const perListenerOnly: ReadonlySet<string> = new Set([
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.key.password',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.truststore.certificates',
])
const threadKeys = [
  'num.io.threads',
  'num.network.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
] as const

/**
 * Whether this node could run with the dynamic values of one scope after a change. `changed` is the scope's whole new
 * content. Checked by the broker that is asked, before it hands the change to the controller.
 */
export function refuseBrokerConfigs(
  now: { readonly current: BrokerConfig; readonly file: BrokerConfig },
  scopes: { readonly cluster: ReadonlyMap<string, string>; readonly broker: ReadonlyMap<string, string> },
  changed: 'cluster' | 'broker',
): Refused | null {
  const names = [...scopes[changed].keys()]
  const no = (message: string): Refused => ({ code: 'INVALID_REQUEST', message })
  const list = (bad: string[], why: string) => (bad.length === 0 ? null : no(`${why}: [${bad.join(', ')}]`))
  const updateOf = (name: string) => brokerKeys.get(name)?.update
  const refused =
    list(
      names.filter((name) => updateOf(name) === 'read-only'),
      'Cannot update these configs dynamically',
    ) ??
    list(
      names.filter((name) => perListenerOnly.has(name)),
      'These security configs can be dynamically updated only per-listener using the listener prefix',
    ) ??
    refuseTypes(scopes[changed]) ??
    (changed === 'broker'
      ? null
      : list(
          names.filter((name) => (updateOf(name) ?? updateOf(withoutListenerPrefix(name))) === 'per-broker'),
          'Cannot update these configs at default cluster level, broker id must be specified',
        ))
  if (refused !== null) return refused
  const next = brokerConfigOf(new Map([...now.file.given, ...scopes.cluster, ...scopes.broker]))
  if (next.config === null) return no(next.errors[0]!.message)
  return refuseThreads(now.current, next.config)
}

function refuseTypes(values: ReadonlyMap<string, string>): Refused | null {
  for (const [name, text] of values) {
    const key = brokerKeys.get(name) ?? brokerKeys.get(withoutListenerPrefix(name))
    const parsed = key === undefined ? null : parseValue(key, text)
    if (parsed !== null && 'error' in parsed) return { code: 'INVALID_REQUEST', message: parsed.error }
  }
  return null
}

/** Kafka halves or doubles a thread count at most; scripts that rely on the refusal find it here too. */
function refuseThreads(now: BrokerConfig, next: BrokerConfig): Refused | null {
  const nowValues = now as unknown as Readonly<Record<string, number>>
  const nextValues = next as unknown as Readonly<Record<string, number>>
  for (const name of threadKeys) {
    const property = brokerKeys.get(name)!.property
    const current = nowValues[property]!
    const value = nextValues[property]!
    const refuse = (how: string): Refused => ({
      code: 'INVALID_REQUEST',
      message: `Dynamic thread count update validation failed for ${name}=${value}, value should ${how} the current value ${current}`,
    })
    if (value > current * 2) return refuse('not be greater than double')
    if (value < current / 2) return refuse('be at least half')
  }
  return null
}

/**
 * A node's configuration under the dynamic values that the cluster holds. Values it could not run with (written by
 * another version, or by a tool against a controller) are left out, one error each, instead of stopping the node.
 */
export function followDynamic(
  file: BrokerConfig,
  cluster: ReadonlyMap<string, string>,
  broker: ReadonlyMap<string, string>,
): { readonly config: BrokerConfig; readonly dropped: readonly ConfigError[] } {
  if (cluster.size === 0 && broker.size === 0) return { config: file, dropped: [] }
  const dropped: ConfigError[] = []
  const usable = (values: ReadonlyMap<string, string>) =>
    [...values].filter(([key, value]) => {
      const update = brokerKeys.get(key)?.update
      const refused =
        update === 'read-only' ? `${key} cannot be updated dynamically` : refuseTypes(new Map([[key, value]]))?.message
      if (refused !== undefined)
        dropped.push({ key, value: brokerKeys.get(key)?.isSensitive ? null : value, message: refused })
      return refused === undefined
    })
  let pairs = [...usable(cluster), ...usable(broker)]
  for (;;) {
    const next = brokerConfigOf(new Map([...file.given, ...pairs]))
    if (next.config !== null) return { config: next.config, dropped }
    const error = next.errors[0]!
    dropped.push(error)
    const without = pairs.filter(([key]) => key !== error.key)
    pairs = without.length < pairs.length ? without : []
  }
}
