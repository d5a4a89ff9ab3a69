import { atLeast } from './checks.ts'
import type { BrokerRow } from './table.ts'

/** Replication and fetching. */
export const replicationRows = [
  ['auto.leader.rebalance.enable', 'boolean', 'true', null, 'high', 'read-only', ''],
  ['controller.socket.timeout.ms', 'int', '30000', null, 'medium', 'read-only', ''],
  ['delete.records.purgatory.purge.interval.requests', 'int', '1', null, 'medium', 'read-only', ''],
  ['fetch.max.bytes', 'int', '57671680', atLeast(1024), 'medium', 'read-only', ''],
  ['fetch.purgatory.purge.interval.requests', 'int', '1000', null, 'medium', 'read-only', ''],
  ['inter.broker.listener.name', 'string', null, null, 'medium', 'read-only', ''],
  ['leader.imbalance.check.interval.seconds', 'long', '300', atLeast(1), 'high', 'read-only', ''],
  ['max.incremental.fetch.session.cache.slots', 'int', '1000', atLeast(0), 'medium', 'read-only', ''],
  ['num.replica.fetchers', 'int', '1', atLeast(1), 'high', 'cluster-wide', ''],
  ['producer.purgatory.purge.interval.requests', 'int', '1000', null, 'medium', 'read-only', ''],
  ['replica.fetch.backoff.ms', 'int', '1000', atLeast(0), 'medium', 'read-only', ''],
  ['replica.fetch.max.bytes', 'int', '1048576', atLeast(0), 'medium', 'read-only', ''],
  ['replica.fetch.min.bytes', 'int', '1', null, 'high', 'read-only', ''],
  ['replica.fetch.response.max.bytes', 'int', '10485760', atLeast(0), 'medium', 'read-only', ''],
  ['replica.fetch.wait.max.ms', 'int', '500', null, 'high', 'read-only', ''],
  ['replica.high.watermark.checkpoint.interval.ms', 'long', '5000', null, 'high', 'read-only', ''],
  ['replica.lag.time.max.ms', 'long', '30000', null, 'high', 'read-only', ''],
  ['replica.selector.class', 'string', null, null, 'medium', 'read-only', ''],
  ['replica.socket.receive.buffer.bytes', 'int', '65536', null, 'high', 'read-only', ''],
  ['replica.socket.timeout.ms', 'int', '30000', null, 'high', 'read-only', ''],
  ['unclean.leader.election.enable', 'boolean', 'false', null, 'high', 'cluster-wide', ''],
  ['unclean.leader.election.interval.ms', 'long', '300000', atLeast(1), 'medium', 'read-only', '', 'internal'],
] as const satisfies readonly BrokerRow[]
