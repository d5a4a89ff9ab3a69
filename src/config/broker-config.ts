import { nearestName } from '../bytes/index.ts'
import { checkBroker } from './broker-checks.ts'
import type { BrokerConfig, Voter } from './broker-snapshot.ts'
import { type BrokerValues, brokerKeys } from './broker-table.ts'
import { hostPort, type Value } from './checks.ts'
import {
  type ListenerEndpoint,
  listenerName,
  parseListeners,
  parseProtocolMap,
  type SecurityProtocol,
} from './listeners.ts'
import { PropertiesError, parseProperties } from './properties.ts'
import { topicSynonyms, withoutListenerPrefix } from './synonyms.ts'
import { topicDefaultsOf } from './topic-config.ts'
import { fallbackValue, parseValue } from './values.ts'

/** A configuration that a node cannot start with: the key, its text, and Kafka's sentence on what is allowed. */
export interface ConfigError {
  readonly key: string
  readonly value: string | null
  readonly message: string
}

export interface ParsedConfig {
  /** Null when there are errors. */
  readonly config: BrokerConfig | null
  readonly errors: readonly ConfigError[]
  /** One sentence each, to be logged once. */
  readonly warnings: readonly string[]
  /** Keys that were given and are none of a broker's; among the warnings, too. */
  readonly unknown: readonly string[]
}

/** A node's configuration from the text of a properties file and `--override key=value` pairs. */
export function parseBrokerConfig(text: string, overrides?: Iterable<readonly [string, string]>): ParsedConfig {
  let given: Map<string, string>
  try {
    given = parseProperties(text)
  } catch (thrown) {
    if (!(thrown instanceof PropertiesError)) throw thrown
    return { config: null, errors: [{ key: '', value: null, message: thrown.message }], warnings: [], unknown: [] }
  }
  for (const [key, value] of overrides ?? []) given.set(key, value)
  return brokerConfigOf(given)
}

/** A node's configuration from its keys. */
export function brokerConfigOf(properties: ReadonlyMap<string, string>): ParsedConfig {
  const given = new Map(properties)
  const nodeId = given.get('node.id')
  const brokerId = given.get('broker.id')
  if (nodeId === undefined && brokerId !== undefined) given.set('node.id', brokerId)
  if (brokerId === undefined && nodeId !== undefined) given.set('broker.id', nodeId)

  const errors: ConfigError[] = []
  const values: Record<string, Value> = {}
  for (const key of brokerKeys.values()) {
    const text = given.get(key.name)
    if (text !== undefined) {
      const parsed = parseValue(key, text)
      if ('error' in parsed) errors.push({ key: key.name, value: key.isSensitive ? null : text, message: parsed.error })
      else values[key.property] = parsed.value
    } else if (key.fallback === undefined) {
      const message = `Missing required configuration "${key.name}" which has no default value.`
      errors.push({ key: key.name, value: null, message })
    } else {
      values[key.property] = key.fallback === null ? null : fallbackValue(key.type, key.fallback)
    }
  }
  const unknown = unknownKeys(given)
  const warnings =
    unknown.length === 0
      ? []
      : [`These configurations '[${unknown.join(', ')}]' were supplied but are not used: no such key is known.`]
  if (errors.length > 0) return { config: null, errors, warnings, unknown }
  const config = derive(values as unknown as BrokerValues, given, errors)
  if (config !== null) {
    for (const finding of checkBroker(config)) {
      if (finding.isWarning) warnings.push(finding.message)
      else errors.push({ key: finding.key, value: given.get(finding.key) ?? null, message: finding.message })
    }
  }
  return { config: errors.length > 0 ? null : config, errors, warnings, unknown }
}

/**
 * The configuration after dynamic changes. A broker's own value beats the cluster's default, which beats the file's;
 * among synonyms (log.retention.ms, .minutes, .hours) the order of priority decides as usual.
 */
export function withDynamic(
  fileConfig: BrokerConfig,
  clusterValues: ReadonlyMap<string, string>,
  brokerValues: ReadonlyMap<string, string>,
): ParsedConfig {
  if (clusterValues.size === 0 && brokerValues.size === 0)
    return { config: fileConfig, errors: [], warnings: [], unknown: [] }
  return brokerConfigOf(new Map([...fileConfig.given, ...clusterValues, ...brokerValues]))
}

/** The text of a key for one listener: `listener.name.<listener>.<key>`, else the general one; null when unset. */
export function listenerText(config: BrokerConfig, listener: string, key: string): string | null {
  return (
    config.given.get(`listener.name.${listener.toLowerCase()}.${key}`) ??
    config.given.get(key) ??
    brokerKeys.get(withoutListenerPrefix(key))?.fallback ??
    null
  )
}

/** Prefixes under which plug-ins find keys of their own. */
const pluginPrefixes = [
  'config.providers.',
  'rsm.config.',
  'rlmm.config.',
  'sasl.',
  'ssl.',
  'metric.',
  'super.users',
  'allow.everyone.',
]

function unknownKeys(given: ReadonlyMap<string, string>): string[] {
  return [...given.keys()].filter(
    (key) =>
      !brokerKeys.has(key) &&
      !brokerKeys.has(withoutListenerPrefix(key)) &&
      !pluginPrefixes.some((prefix) => key.startsWith(prefix)),
  )
}

/** What to say to a person who gave a key that is none of a broker's: what was probably meant. */
export function unknownBrokerKey(key: string): string {
  const known = `${key} is not a configuration of a broker`
  const [ofBroker] = topicSynonyms.get(key) ?? []
  if (ofBroker !== undefined) return `${known} but of a topic; for all topics it is ${ofBroker.name}`
  const near = nearestName(key, brokerKeys.keys())
  return near === null ? known : `${known}; did you mean ${near}?`
}

function derive(values: BrokerValues, given: ReadonlyMap<string, string>, errors: ConfigError[]): BrokerConfig | null {
  const fail = (key: string, message: string): null => {
    errors.push({ key, value: given.get(key) ?? null, message })
    return null
  }
  const controllerListeners = values.controllerListenerNames.map((n) => n.toUpperCase())
  const map = parseProtocolMap(values.listenerSecurityProtocolMap)
  if ('error' in map) return fail('listener.security.protocol.map', map.error)
  const securityProtocols = given.has('listener.security.protocol.map')
    ? map
    : withPlainControllers(map, controllerListeners, values.listeners)

  const bound = parseListeners(values.listeners, securityProtocols, true)
  if ('error' in bound) return fail('listeners', bound.error)
  const told =
    values.advertisedListeners === null ? bound : parseListeners(values.advertisedListeners, securityProtocols, false)
  if ('error' in told) return fail('advertised.listeners', told.error)

  const interBroker = interBrokerOf(values, given, securityProtocols)
  if ('error' in interBroker) return fail('inter.broker.listener.name', interBroker.error)

  const isOfController = (e: ListenerEndpoint) => controllerListeners.includes(e.listener)
  const advertisedControllerEndpoints = controllerListeners.flatMap((name) => {
    const found = told.endpoints.find((e) => e.listener === name) ?? bound.endpoints.find((e) => e.listener === name)
    return found === undefined ? [] : [found]
  })
  const logDirectories = [...new Set(values.logDirs ?? values.logDir)]
  const derived: Omit<BrokerConfig, keyof BrokerValues> = {
    given,
    isBroker: values.processRoles.includes('broker'),
    isController: values.processRoles.includes('controller'),
    logDirectories,
    metadataDirectory: values.metadataLogDir ?? logDirectories[0] ?? '',
    securityProtocols,
    endpoints: bound.endpoints,
    controllerListeners,
    advertisedEndpoints: told.endpoints.filter((e) => !isOfController(e)),
    advertisedControllerEndpoints,
    interBroker,
    voters: values.controllerQuorumVoters.map(voterOf),
    bootstrapControllers: values.controllerQuorumBootstrapServers.map((text) => hostPort(text, true)!),
    topicDefaults: topicDefaultsOf(values),
  }
  return Object.freeze(Object.assign(values, derived))
}

function voterOf(text: string): Voter {
  const at = text.indexOf('@')
  return { id: Number(text.slice(0, at)), ...hostPort(text.slice(at + 1), true)! }
}

/** With no map given, controller listeners speak PLAINTEXT as long as no listener's name asks for TLS or SASL. */
function withPlainControllers(
  map: ReadonlyMap<string, SecurityProtocol>,
  controllerListeners: readonly string[],
  listeners: readonly string[],
): ReadonlyMap<string, SecurityProtocol> {
  const isSecure = (name: string | null) => name === 'SSL' || name === 'SASL_SSL' || name === 'SASL_PLAINTEXT'
  if (controllerListeners.some(isSecure) || listeners.some((l) => isSecure(listenerName(l)))) return map
  const result = new Map(map)
  for (const name of controllerListeners) if (!result.has(name)) result.set(name, 'PLAINTEXT')
  return result
}

function interBrokerOf(
  values: BrokerValues,
  given: ReadonlyMap<string, string>,
  protocols: ReadonlyMap<string, SecurityProtocol>,
): { listener: string; securityProtocol: SecurityProtocol } | { error: string } {
  if (values.interBrokerListenerName === null) {
    const protocol = values.securityInterBrokerProtocol as SecurityProtocol
    return { listener: protocol, securityProtocol: protocol }
  }
  if (given.has('security.inter.broker.protocol')) {
    return { error: 'Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.' }
  }
  const listener = values.interBrokerListenerName.toUpperCase()
  const securityProtocol = protocols.get(listener)
  if (securityProtocol === undefined) {
    return {
      error: `Listener with name ${listener} defined in inter.broker.listener.name not found in listener.security.protocol.map.`,
    }
  }
  return { listener, securityProtocol }
}
