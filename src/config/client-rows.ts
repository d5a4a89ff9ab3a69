import { anyOf, atLeast } from './checks.ts'
import type { Table } from './table.ts'

/** Client metrics subscriptions (resource type CLIENT_METRICS, KIP-714). */
export const clientMetricsRows = {
  intervalMs: ['interval.ms', 'int', '300000', null, ''],
  match: ['match', 'list', '', anyOf(), ''],
  metrics: ['metrics', 'list', '', anyOf(), ''],
} as const satisfies Table

/** Quotas of users and client ids. */
export const userQuotaRows = {
  consumerByteRate: ['consumer_byte_rate', 'long', '9223372036854775807', null, ''],
  controllerMutationRate: ['controller_mutation_rate', 'double', '2.147483647E9', null, ''],
  producerByteRate: ['producer_byte_rate', 'long', '9223372036854775807', null, ''],
  requestPercentage: ['request_percentage', 'double', '2.147483647E9', null, ''],
} as const satisfies Table

/** Quotas of IP addresses. */
export const ipQuotaRows = {
  connectionCreationRate: ['connection_creation_rate', 'int', '2147483647', atLeast(0), ''],
} as const satisfies Table
