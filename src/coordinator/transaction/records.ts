import { transactionRecords } from '../../protocol/index.ts'
import type { RecordCodec } from '../../runtime/index.ts'
import { noPartitions, PartitionSet, type TopicPartition } from './partition-set.ts'
import { statuses, type Transaction } from './transaction.ts'

/** One step of a transactional id; null forgets it. */
export interface TransactionRecord {
  readonly transactionalId: string
  readonly transaction: Transaction | null
}

/** Records of `__transaction_state`; `valueVersion` says which is written now: 0 under transaction.version 0, else 1. */
export function transactionCodec(valueVersion: () => number): RecordCodec<TransactionRecord> {
  return {
    encode({ transactionalId, transaction }) {
      const version = valueVersion()
      const value = transaction === null ? null : encoded(transaction, version)
      return transactionRecords.encode({ type: 'TransactionLog', key: { transactionalId }, value }, version)
    },
    decode({ key, value }) {
      const record = key === null ? null : transactionRecords.decode(key, value)
      if (record === null) return null
      const { transactionalId } = record.key
      return { transactionalId, transaction: record.value === null ? null : transactionOf(record.value) }
    },
  }
}

function encoded(t: Transaction, version: number) {
  return {
    ...(version >= 1 ? newFields(t) : {}),
    producerId: t.producerId,
    producerEpoch: t.producerEpoch,
    transactionTimeoutMs: t.timeoutMs,
    transactionStatus: statuses.indexOf(t.status),
    transactionPartitions: t.status === 'Empty' ? null : t.partitions.byTopic(),
    transactionLastUpdateTimestampMs: t.lastUpdateMs,
    transactionStartTimestampMs: t.startMs,
  }
}

/** Fields that only value version 1 has. */
function newFields(t: Transaction) {
  return {
    previousProducerId: t.previousProducerId,
    nextProducerId: t.nextProducerId,
    clientTransactionVersion: t.clientVersion,
  }
}

type Value = NonNullable<NonNullable<ReturnType<typeof transactionRecords.decode>>['value']>

function transactionOf(value: Value): Transaction {
  const status = statuses[value.transactionStatus]
  if (status === undefined) throw new Error(`transaction status ${value.transactionStatus}`)
  const partitions: TopicPartition[] = []
  for (const { topic, partitionIds } of value.transactionPartitions ?? [])
    for (const partition of partitionIds) partitions.push({ topic, partition })
  return {
    status,
    producerId: value.producerId,
    previousProducerId: value.previousProducerId,
    nextProducerId: value.nextProducerId,
    producerEpoch: value.producerEpoch,
    lastProducerEpoch: -1,
    timeoutMs: value.transactionTimeoutMs,
    partitions: partitions.length === 0 ? noPartitions : PartitionSet.of(partitions),
    startMs: value.transactionStartTimestampMs,
    lastUpdateMs: value.transactionLastUpdateTimestampMs,
    clientVersion: value.clientTransactionVersion,
  }
}
