import { brokerKeys } from './broker-table.ts'
import { clientMetricsKeys, groupKeys } from './other-keys.ts'
import type { ConfigKey } from './table.ts'
import { topicKeys } from './topic-config.ts'

/** ConfigResource types with a table of keys. */
const tables: Readonly<Record<number, ReadonlyMap<string, ConfigKey>>> = {
  2: topicKeys,
  4: brokerKeys,
  16: clientMetricsKeys,
  32: groupKeys,
}

/** The default of a key that is a list ('' when unset); null when the key is something else, or unknown. */
export function listFallback(resourceType: number, name: string): string | null {
  const key = tables[resourceType]?.get(name)
  return key?.type === 'list' ? (key.fallback ?? '') : null
}

/** Whether a dynamic value must never be logged or shown. Unknown keys of brokers count as secret. */
export function isSensitiveKey(resourceType: number, name: string): boolean {
  const key = tables[resourceType]?.get(name)
  return key === undefined ? resourceType === 4 : key.isSensitive
}
