import type { BrokerConfig } from './broker-snapshot.ts'
import { brokerKeys } from './broker-table.ts'
import type { Value } from './checks.ts'
import { clientMetricsKeys, groupKeys } from './other-keys.ts'
import { brokerSynonyms, groupSynonyms, topicSynonyms, withoutListenerPrefix } from './synonyms.ts'
import type { ConfigKey, ConfigType } from './table.ts'
import { topicKeys } from './topic-config.ts'
import { canonicalText, javaDouble } from './values.ts'

/** ConfigSource codes of DescribeConfigs. */
export const configSource = {
  topic: 1,
  broker: 2,
  cluster: 3,
  file: 4,
  fallback: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
} as const

const typeCodes: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
}

/** One row of a DescribeConfigs answer; sensitive values are null everywhere. */
export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly source: number
  readonly readOnly: boolean
  readonly isSensitive: boolean
  /** 0 when the key is unknown. */
  readonly type: number
  readonly documentation: string | null
  readonly synonyms: readonly ConfigSynonym[]
}
export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

/** A node's values by where they come from. */
export interface NodeConfigs {
  /** After dynamic changes. */
  readonly current: BrokerConfig
  /** As the file and the command line gave it. */
  readonly file: BrokerConfig
  /** Of the whole cluster (resource BROKER, name ''). */
  readonly cluster: ReadonlyMap<string, string>
  /** Of this broker. */
  readonly broker: ReadonlyMap<string, string>
}

/** The keys asked for; null or empty = all. */
export type Wanted = readonly string[] | null | undefined

function isWanted(wanted: Wanted, name: string): boolean {
  return wanted === null || wanted === undefined || wanted.length === 0 || wanted.includes(name)
}

/** A topic's configuration on this node. */
export function describeTopicConfigs(
  node: NodeConfigs,
  own: ReadonlyMap<string, string>,
  wanted?: Wanted,
): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  const defaults = node.current.topicDefaults as unknown as Readonly<Record<string, Value>>
  for (const key of topicKeys.values()) {
    if (!isWanted(wanted, key.name)) continue
    const text = own.get(key.name)
    if (key.isInternal && text === undefined) continue
    const first = topicSynonyms.get(key.name)?.[0]?.name
    const synonyms = first === undefined ? [] : synonymsOf(node, first, brokerSynonyms(first), false)
    const value = text === undefined ? topicDefaultText(node, key, defaults[key.property]!) : canonicalText(key, text)
    if (text !== undefined) synonyms.unshift({ name: key.name, value, source: configSource.topic })
    entries.push(entry(key, value, synonyms))
  }
  return entries
}

/** The text of a default: as the broker key spells it, so that no digit of a long is lost, unless the unit differs. */
function topicDefaultText(node: NodeConfigs, key: ConfigKey, value: Value): string | null {
  for (const synonym of topicSynonyms.get(key.name) ?? []) {
    const text = node.current.given.get(synonym.name) ?? brokerKeys.get(synonym.name)?.fallback
    if (text === null || text === undefined) continue
    if (synonym.unitMs !== 1 || (key.name === 'retention.ms' && Number(text) < 0)) break
    return canonicalText(key, text)
  }
  return valueText(key, value)
}

function valueText(key: ConfigKey, value: Value): string | null {
  if (value === null) return null
  if (typeof value === 'number') return key.type === 'double' ? javaDouble(value) : String(value)
  return typeof value === 'object' ? value.join(',') : String(value)
}

/** This broker's configuration: every key, and those unknown ones that were given (as sensitive, since nobody knows). */
export function describeBrokerConfigs(node: NodeConfigs, wanted?: Wanted): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  const given = node.current.given
  const names = [...brokerKeys.keys(), ...[...given.keys()].filter((name) => !brokerKeys.has(name))]
  for (const name of names) {
    if (!isWanted(wanted, name)) continue
    const key = brokerKeys.get(name)
    const text = given.get(name) ?? key?.fallback ?? null
    if (key?.isInternal === true && !given.has(name)) continue
    entries.push(brokerEntry(name, text, synonymsOf(node, name, brokerSynonyms(name), isSensitive(name))))
  }
  return entries
}

/** The dynamic values that the whole cluster shares; what is not set there is not listed. */
export function describeClusterConfigs(cluster: ReadonlyMap<string, string>, wanted?: Wanted): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  for (const [name, text] of cluster) {
    if (!isWanted(wanted, name)) continue
    const value = isSensitive(name) ? null : text
    entries.push(brokerEntry(name, text, [{ name, value, source: configSource.cluster }]))
  }
  return entries
}

function brokerEntry(name: string, text: string | null, synonyms: ConfigSynonym[]): ConfigEntry {
  const key = brokerKeys.get(name) ?? brokerKeys.get(withoutListenerPrefix(name))
  if (key === undefined) {
    const source = synonyms[0]?.source ?? configSource.fallback
    return { name, value: null, source, readOnly: true, isSensitive: true, type: 0, documentation: null, synonyms }
  }
  const value = text === null ? null : canonicalText(key, text)
  const isExact = key.name === name
  return {
    ...entry(key, value, synonyms),
    name,
    readOnly: !isExact || key.update === 'read-only',
    documentation: isExact ? key.doc : null,
  }
}

function isSensitive(name: string): boolean {
  const key = brokerKeys.get(name) ?? brokerKeys.get(withoutListenerPrefix(name))
  return key === undefined || key.isSensitive
}

/**
 * Who says what about a broker key: broker, cluster, file, default. What stands before the key's own name is dropped, as
 * Kafka does, so a default spelled in hours does not show under a key in milliseconds that nobody set.
 */
function synonymsOf(node: NodeConfigs, name: string, names: readonly string[], hide: boolean): ConfigSynonym[] {
  const found: ConfigSynonym[] = []
  const add = (source: number, textOf: (n: string) => string | null | undefined) => {
    for (const n of names) {
      const text = textOf(n)
      if (text !== null && text !== undefined) found.push({ name: n, value: hide ? null : text, source })
    }
  }
  add(configSource.broker, (n) => node.broker.get(n))
  add(configSource.cluster, (n) => node.cluster.get(n))
  add(configSource.file, (n) => node.file.given.get(n))
  add(configSource.fallback, (n) => {
    const key = brokerKeys.get(n)
    return key?.isInternal === true ? null : key?.fallback
  })
  const from = found.findIndex((s) => s.name === name)
  return from < 0 ? [] : found.slice(from)
}

function entry(key: ConfigKey, value: string | null, synonyms: readonly ConfigSynonym[]): ConfigEntry {
  return {
    name: key.name,
    value: key.isSensitive ? null : value,
    source: synonyms[0]?.source ?? configSource.fallback,
    readOnly: false,
    isSensitive: key.isSensitive,
    type: typeCodes[key.type],
    documentation: key.doc,
    synonyms,
  }
}

/** A group's configuration; the group need not exist. */
export function describeGroupConfigs(
  node: NodeConfigs,
  own: ReadonlyMap<string, string>,
  wanted?: Wanted,
): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  for (const key of groupKeys.values()) {
    if (!isWanted(wanted, key.name)) continue
    const text = own.get(key.name)
    const synonym = groupSynonyms.get(key.name)
    const synonyms =
      synonym === undefined
        ? [{ name: key.name, value: key.fallback ?? null, source: configSource.fallback }]
        : synonymsOf(node, synonym, [synonym], false)
    const fallback =
      synonym === undefined ? key.fallback : (node.current.given.get(synonym) ?? brokerKeys.get(synonym)?.fallback)
    const value = canonicalText(key, text ?? fallback ?? '')
    if (text !== undefined) synonyms.unshift({ name: key.name, value, source: configSource.group })
    entries.push(entry(key, value, synonyms))
  }
  return entries
}

/** A client metrics subscription; what is not set has its default. */
export function describeClientMetricsConfigs(own: ReadonlyMap<string, string>, wanted?: Wanted): ConfigEntry[] {
  const entries: ConfigEntry[] = []
  for (const key of clientMetricsKeys.values()) {
    if (!isWanted(wanted, key.name)) continue
    const text = own.get(key.name)
    const value = canonicalText(key, text ?? key.fallback ?? '')
    entries.push(
      entry(key, value, text === undefined ? [] : [{ name: key.name, value, source: configSource.clientMetrics }]),
    )
  }
  return entries
}
