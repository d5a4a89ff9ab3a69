import { atLeast } from './checks.ts'
import type { BrokerTable } from './table.ts'

/** Transactions and producer ids. */
// biome-ignore format: a table, one key in two lines
export const transactionRows = {
  addPartitionsToTxnRetryBackoffMaxMs: ['add.partitions.to.txn.retry.backoff.max.ms', 'int', '100', atLeast(0), 'high', 'read-only',
    'Longest time the broker spends on adding a partition to a transaction on behalf of a producer before it lets the producer retry.'],
  addPartitionsToTxnRetryBackoffMs: ['add.partitions.to.txn.retry.backoff.ms', 'int', '20', atLeast(1), 'high', 'read-only',
    'Pause before the broker tries again to add a partition to a transaction.'],
  producerIdExpirationCheckIntervalMs: ['producer.id.expiration.check.interval.ms', 'int', '600000', atLeast(1), 'low', 'read-only',
    'Time between searches for expired producer ids.', 'internal'],
  producerIdExpirationMs: ['producer.id.expiration.ms', 'int', '86400000', atLeast(1), 'low', 'cluster-wide',
    "What is known of an idempotent producer's sequence is forgotten after this time without a write."],
  transactionAbortTimedOutTransactionCleanupIntervalMs: ['transaction.abort.timed.out.transaction.cleanup.interval.ms', 'int', '10000', atLeast(1), 'low', 'read-only',
    'Time between searches for transactions that took too long and must be aborted.'],
  transactionMaxTimeoutMs: ['transaction.max.timeout.ms', 'int', '900000', atLeast(1), 'high', 'read-only',
    'Longest transaction timeout that a producer may ask for.'],
  transactionPartitionVerificationEnable: ['transaction.partition.verification.enable', 'boolean', 'true', null, 'low', 'cluster-wide',
    'Ask the coordinator whether a transaction goes on before its first record in a partition is taken.'],
  transactionRemoveExpiredTransactionCleanupIntervalMs: ['transaction.remove.expired.transaction.cleanup.interval.ms', 'int', '3600000', atLeast(1), 'low', 'read-only',
    'Time between searches for transactional ids to forget.'],
  transactionStateLogLoadBufferSize: ['transaction.state.log.load.buffer.size', 'int', '5242880', atLeast(1), 'high', 'read-only',
    'Bytes read at once while transactions are loaded.'],
  transactionStateLogMinIsr: ['transaction.state.log.min.isr', 'int', '2', atLeast(1), 'high', 'read-only',
    'min.insync.replicas of the transaction topic.'],
  transactionStateLogNumPartitions: ['transaction.state.log.num.partitions', 'int', '50', atLeast(1), 'high', 'read-only',
    'Partitions of the transaction topic; not to be changed later, since transactional ids are found by it.'],
  transactionStateLogReplicationFactor: ['transaction.state.log.replication.factor', 'short', '3', atLeast(1), 'high', 'read-only',
    'Replication factor of the transaction topic; it cannot be made before so many brokers are there. A single node needs 1.'],
  transactionStateLogSegmentBytes: ['transaction.state.log.segment.bytes', 'int', '104857600', atLeast(1), 'high', 'read-only',
    'Segment size of the transaction topic.'],
  transactionTwoPhaseCommitEnable: ['transaction.two.phase.commit.enable', 'boolean', 'false', null, 'low', 'read-only',
    'Allow transactions that an outside coordinator commits (KIP-939).'],
  transactionalIdExpirationMs: ['transactional.id.expiration.ms', 'int', '604800000', atLeast(1), 'high', 'read-only',
    'A transactional id without a transaction is forgotten after this time.'],
} as const satisfies BrokerTable
