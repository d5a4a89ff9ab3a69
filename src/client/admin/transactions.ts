import {
  DescribeTransactions,
  errors,
  InitProducerId,
  ListTransactions,
  WriteTxnMarkers,
} from '../../protocol/index.ts'
import { brokerError, check, isKafkaError, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { groupByTopic, type TopicPartition } from '../topic-partition.ts'
import { allFailed, askEach } from './each.ts'

export interface TransactionListing {
  readonly transactionalId: string
  readonly producerId: number
  /** `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit`, `CompleteAbort`. */
  readonly state: string
}

export interface ListTransactionsOptions extends CallOptions {
  readonly states?: readonly string[]
  readonly producerIds?: readonly number[]
  /** Only those that have run for longer. */
  readonly longerThanMs?: number
  /** RE2 syntax; must match the whole transactional id (KIP-1152). */
  readonly pattern?: string
}

/** Every broker is asked about the transactional ids that it coordinates; outcomes by broker id. */
export async function listTransactions(
  cluster: Cluster,
  o: ListTransactionsOptions,
): Promise<Map<number, Outcome<TransactionListing[]>>> {
  await cluster.retry('Metadata', o, () => cluster.refresh())
  const ids = [...cluster.metadata.nodes.keys()]
  const floor = o.pattern !== undefined ? 2 : o.longerThanMs !== undefined && o.longerThanMs >= 0 ? 1 : 0
  return askEach(cluster, 'ListTransactions', ids, o, async (some) => {
    const results = new Map<number, Outcome<TransactionListing[]>>()
    await Promise.all(
      some.map(async (id) => {
        try {
          const answer = await cluster.ask(
            id,
            ListTransactions,
            (version) => ({
              stateFilters: o.states ?? [],
              producerIdFilters: o.producerIds ?? [],
              ...(version >= 1 ? { durationFilter: o.longerThanMs ?? -1 } : {}),
              ...(version >= 2 ? { transactionalIdPattern: o.pattern ?? null } : {}),
            }),
            { floor },
          )
          const found = answer.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
            transactionalId,
            producerId,
            state: transactionState,
          }))
          results.set(id, outcome(answer.errorCode, null, found))
        } catch (error) {
          if (!isKafkaError(error)) throw error
          results.set(id, { error, value: null })
        }
      }),
    )
    return results
  })
}

export interface TransactionDescription {
  readonly coordinatorId: number
  readonly state: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Wall time; null = it has not begun. */
  readonly startMs: number | null
  readonly partitions: readonly TopicPartition[]
}

/** By transactional id; TRANSACTIONAL_ID_NOT_FOUND for one that its coordinator does not know. */
export async function describeTransactions(
  cluster: Cluster,
  transactionalIds: readonly string[],
  o: CallOptions,
): Promise<Map<string, Outcome<TransactionDescription>>> {
  return askEach(cluster, 'DescribeTransactions', transactionalIds, o, async (ids) => {
    const results = new Map<string, Outcome<TransactionDescription>>()
    const byNode = new Map<number, string[]>()
    for (const [id, { node, errorCode, errorMessage }] of await cluster.findCoordinators('transaction', ids)) {
      if (errorCode !== errors.NONE) results.set(id, { error: brokerError(errorCode, errorMessage), value: null })
      else byNode.set(node.id, [...(byNode.get(node.id) ?? []), id])
    }
    await Promise.all(
      [...byNode].map(async ([coordinatorId, some]) => {
        try {
          const answer = await cluster.ask(coordinatorId, DescribeTransactions, { transactionalIds: some })
          for (const t of answer.transactionStates) {
            const described = {
              coordinatorId,
              state: t.transactionState,
              producerId: t.producerId,
              producerEpoch: t.producerEpoch,
              timeoutMs: t.transactionTimeoutMs,
              startMs: t.transactionStartTimeMs < 0 ? null : t.transactionStartTimeMs,
              partitions: t.topics.flatMap(({ topic, partitions }) =>
                partitions.map((partition) => ({ topic, partition })),
              ),
            }
            results.set(t.transactionalId, outcome(t.errorCode, null, described))
          }
        } catch (error) {
          if (!isKafkaError(error)) throw error
          for (const [id, failed] of allFailed<string, TransactionDescription>(some, error)) results.set(id, failed)
        }
      }),
    )
    return results
  })
}

/** A transaction as the partition that it hangs in knows it. */
export interface HangingTransaction extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/**
 * Ends a transaction in one partition, past its coordinator: for one that the coordinator has forgotten and that holds
 * the readers of committed records back (KIP-664). INVALID_PRODUCER_EPOCH: its producer has come further since.
 */
export async function abortTransaction(cluster: Cluster, of: HangingTransaction, o: CallOptions): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = of
  cluster.want(topic)
  try {
    await cluster.retry('WriteTxnMarkers', o, async () => {
      await cluster.refresh()
      const leader = cluster.metadata.partition(topic, partition)?.leader ?? -1
      if (leader < 0) throw brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION)
      const topics = [...groupByTopic([of])].map(([name]) => ({ name, partitionIndexes: [partition] }))
      const marker = { producerId, producerEpoch, coordinatorEpoch, transactionResult: false, topics }
      const answer = await cluster.ask(leader, WriteTxnMarkers, { markers: [marker] })
      check(answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? errors.UNKNOWN_SERVER_ERROR)
    })
  } finally {
    cluster.unwant(topic)
  }
}

/** Aborts what a transactional id has open and shuts out whoever uses it: a next producer of that id would do the same. */
export async function fenceProducer(cluster: Cluster, transactionalId: string, o: CallOptions): Promise<void> {
  await cluster.retry('InitProducerId', o, async () => {
    const answer = await cluster.askCoordinator(
      'transaction',
      transactionalId,
      InitProducerId,
      // Nothing is begun with this identity, so its timeout does not matter.
      { transactionalId, transactionTimeoutMs: 1 },
      ({ errorCode }) => errorCode,
    )
    check(answer.errorCode)
  })
}
