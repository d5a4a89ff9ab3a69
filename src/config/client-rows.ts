import { anyOf, atLeast } from './checks.ts'
import type { Table } from './table.ts'

/** Client metrics subscriptions (resource type CLIENT_METRICS, KIP-714). */
// biome-ignore format: a table, one key in two lines
export const clientMetricsRows = {
  intervalMs: ['interval.ms', 'int', '300000', null,
    'How often clients that match push their metrics, 100 to 3600000.'],
  match: ['match', 'list', '', anyOf(),
    'Which clients are meant: pairs of client_id, client_instance_id, client_software_name, client_software_version, client_source_address or client_source_port and a regular expression. Empty: all.'],
  metrics: ['metrics', 'list', '', anyOf(),
    'Prefixes of the names of the metrics that are wanted; * for all.'],
} as const satisfies Table

/** Quotas of users and client ids. */
// biome-ignore format: a table, one key in two lines
export const userQuotaRows = {
  consumerByteRate: ['consumer_byte_rate', 'long', '9223372036854775807', null,
    'Bytes that a client may fetch in a second.'],
  controllerMutationRate: ['controller_mutation_rate', 'double', '2.147483647E9', null,
    'Partitions that a client may create or delete in a second.'],
  producerByteRate: ['producer_byte_rate', 'long', '9223372036854775807', null,
    'Bytes that a client may produce in a second.'],
  requestPercentage: ['request_percentage', 'double', '2.147483647E9', null,
    "Share of the broker's time that a client may use, in percent of one thread."],
} as const satisfies Table

/** Quotas of IP addresses. */
// biome-ignore format: a table, one key in two lines
export const ipQuotaRows = {
  connectionCreationRate: ['connection_creation_rate', 'int', '2147483647', atLeast(0),
    'New connections that an address may make in a second.'],
} as const satisfies Table
