import { anyOf, atLeast } from './checks.ts'
import type { Row } from './table.ts'

/** Client metrics subscriptions (resource type CLIENT_METRICS, KIP-714). */
export const clientMetricsRows = [
  ['interval.ms', 'int', '300000', null, ''],
  ['match', 'list', '', anyOf(), ''],
  ['metrics', 'list', '', anyOf(), ''],
] as const satisfies readonly Row[]

/** Quotas of users and client ids. */
export const userQuotaRows = [
  ['consumer_byte_rate', 'long', '9223372036854775807', null, ''],
  ['controller_mutation_rate', 'double', '2.147483647E9', null, ''],
  ['producer_byte_rate', 'long', '9223372036854775807', null, ''],
  ['request_percentage', 'double', '2.147483647E9', null, ''],
] as const satisfies readonly Row[]

/** Quotas of IP addresses. */
export const ipQuotaRows = [
  ['connection_creation_rate', 'int', '2147483647', atLeast(0), ''],
] as const satisfies readonly Row[]
