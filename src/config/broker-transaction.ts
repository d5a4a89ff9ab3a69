import { atLeast } from './checks.ts'
import type { BrokerRow } from './table.ts'

/** Transactions and producer ids. */
export const transactionRows = [
  ['add.partitions.to.txn.retry.backoff.max.ms', 'int', '100', atLeast(0), 'high', 'read-only', ''],
  ['add.partitions.to.txn.retry.backoff.ms', 'int', '20', atLeast(1), 'high', 'read-only', ''],
  ['producer.id.expiration.check.interval.ms', 'int', '600000', atLeast(1), 'low', 'read-only', '', 'internal'],
  ['producer.id.expiration.ms', 'int', '86400000', atLeast(1), 'low', 'cluster-wide', ''],
  ['transaction.abort.timed.out.transaction.cleanup.interval.ms', 'int', '10000', atLeast(1), 'low', 'read-only', ''],
  ['transaction.max.timeout.ms', 'int', '900000', atLeast(1), 'high', 'read-only', ''],
  ['transaction.partition.verification.enable', 'boolean', 'true', null, 'low', 'cluster-wide', ''],
  ['transaction.remove.expired.transaction.cleanup.interval.ms', 'int', '3600000', atLeast(1), 'low', 'read-only', ''],
  ['transaction.state.log.load.buffer.size', 'int', '5242880', atLeast(1), 'high', 'read-only', ''],
  ['transaction.state.log.min.isr', 'int', '2', atLeast(1), 'high', 'read-only', ''],
  ['transaction.state.log.num.partitions', 'int', '50', atLeast(1), 'high', 'read-only', ''],
  ['transaction.state.log.replication.factor', 'short', '3', atLeast(1), 'high', 'read-only', ''],
  ['transaction.state.log.segment.bytes', 'int', '104857600', atLeast(1), 'high', 'read-only', ''],
  ['transaction.two.phase.commit.enable', 'boolean', 'false', null, 'low', 'read-only', ''],
  ['transactional.id.expiration.ms', 'int', '604800000', atLeast(1), 'high', 'read-only', ''],
] as const satisfies readonly BrokerRow[]
