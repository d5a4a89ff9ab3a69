import { clientMetricsRows, ipQuotaRows, userQuotaRows } from './client-rows.ts'
import { groupRows } from './group-rows.ts'
import { type ConfigKey, dynamicKey, keysOf, type Row } from './table.ts'

/** Keys of GROUP resources (KIP-848, KIP-932, KIP-1071). */
export const groupKeys: ReadonlyMap<string, ConfigKey> = new Map(keysOf<Row>(groupRows, dynamicKey))
/** Keys of CLIENT_METRICS resources (KIP-714). */
export const clientMetricsKeys: ReadonlyMap<string, ConfigKey> = new Map(keysOf<Row>(clientMetricsRows, dynamicKey))
/** Quota keys of users and client ids; values are doubles on the wire. */
export const userQuotaKeys: ReadonlyMap<string, ConfigKey> = new Map(keysOf<Row>(userQuotaRows, dynamicKey))
/** Quota keys of IP addresses. */
export const ipQuotaKeys: ReadonlyMap<string, ConfigKey> = new Map(keysOf<Row>(ipQuotaRows, dynamicKey))
