import { type BrokerValues, brokerKeys } from './broker-table.ts'
import type { Value } from './checks.ts'
import { topicSynonyms } from './synonyms.ts'
import { type ConfigKey, dynamicKey, keysOf, type Row, type Values } from './table.ts'
import { topicRows } from './topic-rows.ts'
import { fallbackValue, parseValue } from './values.ts'

/**
 * What applies to one topic: its own values over the node's defaults. Frozen, and the same object for every topic
 * without overrides of its own. Longs such as retentionMs are numbers: 2^63 - 1 stands for "never".
 */
export interface TopicConfig extends Values<typeof topicRows> {
  readonly isCompacted: boolean
  /** Old segments are deleted by time and size; false for a topic kept for ever (an empty cleanup.policy too). */
  readonly isDeleted: boolean
}

export const topicKeys: ReadonlyMap<string, ConfigKey> = new Map(keysOf<Row>(topicRows, dynamicKey))

/** What a topic without overrides has on a node with these values. */
export function topicDefaultsOf(broker: BrokerValues): TopicConfig {
  const values: Record<string, Value> = {}
  for (const key of topicKeys.values()) values[key.property] = topicDefault(broker, key)
  return finish(values)
}

function topicDefault(broker: BrokerValues, key: ConfigKey): Value {
  const node = broker as unknown as Readonly<Record<string, Value>>
  for (const synonym of topicSynonyms.get(key.name) ?? []) {
    const value = node[brokerKeys.get(synonym.name)!.property]
    if (value === null || value === undefined) continue
    const scaled = typeof value === 'number' ? value * synonym.unitMs : value
    return key.name === 'retention.ms' && (scaled as number) < 0 ? -1 : scaled
  }
  if (key.fallback === null || key.fallback === undefined) return null
  return fallbackValue(key.type, key.fallback)
}

/** What applies to a topic with these overrides. Values that do not parse are left at the default: they were checked when set. */
export function topicConfigOf(
  defaults: TopicConfig,
  overrides: ReadonlyMap<string, string> | null | undefined,
): TopicConfig {
  if (overrides === null || overrides === undefined || overrides.size === 0) return defaults
  const values: Record<string, Value> = { ...(defaults as unknown as Record<string, Value>) }
  for (const [name, text] of overrides) {
    const key = topicKeys.get(name)
    if (key === undefined) continue
    const parsed = parseValue(key, text)
    if ('value' in parsed) values[key.property] = parsed.value
  }
  return finish(values)
}

function finish(values: Record<string, Value>): TopicConfig {
  const policy = values['cleanupPolicy'] as readonly string[]
  if (values['internalSegmentBytes'] !== null) values['segmentBytes'] = values['internalSegmentBytes'] as number
  values['isCompacted'] = policy.includes('compact')
  values['isDeleted'] = policy.includes('delete')
  return Object.freeze(values) as unknown as TopicConfig
}
