import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  type ErrorCode,
  errors,
  InitProducerId,
  Produce,
  TxnOffsetCommit,
} from '../../protocol/index.ts'
import { check, clientError, isKafkaError, type KafkaError } from '../errors.ts'
import type { CommitItem, Committer } from '../group-offsets.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import type { BrokerVersions } from '../network/versions.ts'
import { groupByTopic } from '../topic-partition.ts'
import type { PartitionQueue, ProducerIdentity } from './partition-queue.ts'

/** `ending` stays when an end was not answered in time: the same end may be asked for again. */
type Status = 'idle' | 'open' | 'ending' | 'dead'

/** Versions of clients that bump their epoch at every end, and whose partitions join by being written to (KIP-890). */
const bumping = { produce: 12, endTxn: 5, txnOffsetCommit: 5 } as const
const TRANSACTION_VERSION = 'transaction.version'

/** After these the transactional id belongs to another producer, or was never ours to use. */
const deadly: ReadonlySet<ErrorCode> = new Set([
  errors.PRODUCER_FENCED,
  errors.INVALID_PRODUCER_EPOCH,
  errors.INVALID_PRODUCER_ID_MAPPING,
  errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  errors.INVALID_TXN_STATE,
  errors.INVALID_TRANSACTION_TIMEOUT,
  errors.UNSUPPORTED_VERSION,
])

/** What is behind a producer's transactions: its identity, and what belongs to the one that is open. */
export class ProducerTransactions {
  readonly transactionalId: string
  /** Null until the first transaction begins. */
  identity: ProducerIdentity | null = null
  /** Of this transaction; it can only be aborted now. */
  failure: KafkaError | null = null
  readonly #cluster: Cluster
  readonly #timeoutMs: number
  readonly #added: () => void
  #status: Status = 'idle'
  #death: KafkaError | null = null
  /** The broker's level of transaction.version and ours is 2 or more. */
  #isBumping = false
  /** Something may have reached the broker: only then is there something to end. */
  #hasBegun = false
  /** Sequences were lost, or the outcome of a write is unknown: a new epoch makes them void. */
  #isEpochSpent = false
  readonly #partitions = new Set<PartitionQueue>()
  readonly #wanted = new Set<PartitionQueue>()
  #isAdding = false
  #isUndecided: 'commit' | 'abort' | null = null

  /** `added`: partitions joined the transaction, or it failed; what waits is to be looked at. */
  constructor(cluster: Cluster, o: { transactionalId: string; timeoutMs: number; added: () => void }) {
    this.#cluster = cluster
    this.transactionalId = o.transactionalId
    this.#timeoutMs = o.timeoutMs
    this.#added = o.added
  }

  get isOpen(): boolean {
    return this.#status === 'open'
  }

  /** Another producer has the transactional id, or it may not be used: nothing works any more. */
  get isDead(): boolean {
    return this.#death !== null
  }

  /** Bound for Produce: clients that keep their epoch use versions before 12. */
  get produceCap(): number | undefined {
    return this.#isBumping ? undefined : bumping.produce - 1
  }

  async begin(o: CallOptions): Promise<void> {
    if (this.#death !== null) throw this.#death
    if (this.#status !== 'idle') throw clientError('INVALID_STATE', 'A transaction is open: commit or abort it first')
    this.#status = 'open'
    try {
      if (this.identity === null) await this.#initialize(null, o)
    } catch (error) {
      this.#status = 'idle'
      throw this.#told(error)
    }
    this.failure = null
    this.#hasBegun = false
    this.#isEpochSpent = false
    this.#partitions.clear()
    this.#wanted.clear()
  }

  async #initialize(known: ProducerIdentity | null, o: CallOptions): Promise<void> {
    await this.#cluster.retry('InitProducerId', o, async () => {
      const answer = await this.#cluster.askCoordinator(
        'transaction',
        this.transactionalId,
        InitProducerId,
        (version, versions) => {
          this.#isBumping = isBumping(versions)
          const who = version >= 3 && known !== null ? { producerId: known.id, producerEpoch: known.epoch } : {}
          return { transactionalId: this.transactionalId, transactionTimeoutMs: this.#timeoutMs, ...who }
        },
        ({ errorCode }) => errorCode,
      )
      check(answer.errorCode)
      this.identity = { id: answer.producerId, epoch: answer.producerEpoch }
    })
  }

  /** Whether a partition's batches may leave now; if not, the coordinator is told of it first. */
  mayProduce(queue: PartitionQueue): boolean {
    if (this.failure !== null || (this.#status !== 'open' && this.#status !== 'ending')) return false
    if (this.#isBumping || this.#partitions.has(queue)) {
      this.#hasBegun = true
      return true
    }
    this.#wanted.add(queue)
    if (!this.#isAdding) void this.#add()
    return false
  }

  /** One request at a time, for all that came meanwhile. Never rejects. */
  async #add(): Promise<void> {
    this.#isAdding = true
    // The rest of this turn's partitions come along.
    await Promise.resolve()
    const queues = [...this.#wanted]
    this.#wanted.clear()
    try {
      await this.#cluster.retry('AddPartitionsToTxn', { timeoutMs: this.#cluster.options.apiTimeoutMs }, async () => {
        const answer = await this.#cluster.askCoordinator(
          'transaction',
          this.transactionalId,
          AddPartitionsToTxn,
          {
            v3AndBelowTransactionalId: this.transactionalId,
            v3AndBelowProducerId: this.identity!.id,
            v3AndBelowProducerEpoch: this.identity!.epoch,
            v3AndBelowTopics: [...groupByTopic(queues)].map(([name, list]) => ({
              name,
              partitions: list.map((q) => q.partition),
            })),
          },
          ({ resultsByTopicV3AndBelow: topics }) =>
            coordinatorCode(topics.flatMap((t) => t.resultsByPartition.map((p) => p.partitionErrorCode))),
          { cap: 3 },
        )
        this.#hasBegun = true
        for (const { resultsByPartition } of answer.resultsByTopicV3AndBelow)
          for (const { partitionErrorCode } of resultsByPartition)
            if (partitionErrorCode !== errors.OPERATION_NOT_ATTEMPTED) check(partitionErrorCode)
      })
      for (const queue of queues) this.#partitions.add(queue)
    } catch (error) {
      if (!isKafkaError(error)) throw error
      this.failed(error)
    } finally {
      this.#isAdding = false
      this.#added()
    }
  }

  /** A write of this transaction failed for good. */
  failed(error: KafkaError): void {
    if (this.#status !== 'open' && this.#status !== 'ending') return
    this.failure ??= error
    this.#isEpochSpent = true
  }

  async sendOffsets(offsets: readonly CommitItem[], who: Committer, o: CallOptions): Promise<void> {
    this.checkOpen()
    if (offsets.length === 0) return
    try {
      if (!this.#isBumping) await this.#addOffsets(who.groupId, o)
      await this.#commitOffsets(offsets, who, o)
    } catch (error) {
      if (isKafkaError(error)) this.failed(error)
      throw this.#told(error)
    }
  }

  async #addOffsets(groupId: string, o: CallOptions): Promise<void> {
    await this.#cluster.retry('AddOffsetsToTxn', o, async () => {
      const answer = await this.#cluster.askCoordinator(
        'transaction',
        this.transactionalId,
        AddOffsetsToTxn,
        {
          transactionalId: this.transactionalId,
          producerId: this.identity!.id,
          producerEpoch: this.identity!.epoch,
          groupId,
        },
        ({ errorCode }) => errorCode,
      )
      this.#hasBegun = true
      check(answer.errorCode)
    })
  }

  async #commitOffsets(offsets: readonly CommitItem[], who: Committer, o: CallOptions): Promise<void> {
    await this.#cluster.retry('TxnOffsetCommit', o, async () => {
      const { transactionalId } = this
      const { id, epoch } = this.identity!
      this.#hasBegun = true
      const answer = await this.#cluster.askCoordinator(
        'group',
        who.groupId,
        TxnOffsetCommit,
        (version) => ({
          transactionalId,
          groupId: who.groupId,
          producerId: id,
          producerEpoch: epoch,
          ...(version >= 3
            ? { generationId: who.generation, memberId: who.memberId, groupInstanceId: who.instanceId }
            : {}),
          topics: [...groupByTopic(offsets)].map(([name, list]) => ({
            name,
            partitions: list.map((item) => ({
              partitionIndex: item.partition,
              committedOffset: item.offset,
              ...(version >= 2 ? { committedLeaderEpoch: item.leaderEpoch ?? -1 } : {}),
              committedMetadata: item.metadata ?? '',
            })),
          })),
        }),
        ({ topics }) => coordinatorCode(topics.flatMap((t) => t.partitions.map((p) => p.errorCode))),
        this.#isBumping ? { floor: bumping.txnOffsetCommit } : { cap: bumping.txnOffsetCommit - 1 },
      )
      for (const { partitions } of answer.topics) for (const { errorCode } of partitions) check(errorCode)
    })
  }

  checkOpen(): void {
    if (this.#death !== null) throw this.#death
    if (this.#status !== 'open') throw clientError('INVALID_STATE', 'No transaction is open: begin one first')
    if (this.failure !== null) throw this.failure
  }

  /** From here on nothing is added; `commit` and `abort` may be asked for again when they were not answered in time. */
  beginEnd(outcome: 'commit' | 'abort'): void {
    if (this.#death !== null) throw this.#death
    if (this.#isUndecided !== null && this.#isUndecided !== outcome) {
      const decided = this.#isUndecided === 'commit' ? 'commit' : 'abort'
      throw clientError('INVALID_STATE', `The ${decided} was not answered in time: ask for the same again`)
    }
    if (this.#status === 'idle') throw clientError('INVALID_STATE', 'No transaction is open: begin one first')
    this.#status = 'ending'
  }

  /** The transaction goes on, so that it can be aborted. */
  reopen(): void {
    if (this.#status === 'ending') this.#status = 'open'
  }

  /** All records have landed or were given up. */
  async end(outcome: 'commit' | 'abort', o: CallOptions): Promise<void> {
    try {
      if (this.#hasBegun) await this.#endTransaction(outcome, o)
      if (this.#isEpochSpent && !this.#isBumping) await this.#initialize(this.identity, o)
      this.#isUndecided = null
      this.#status = 'idle'
      this.failure = null
    } catch (error) {
      throw this.#told(error)
    }
  }

  async #endTransaction(outcome: 'commit' | 'abort', o: CallOptions): Promise<void> {
    this.#isUndecided = outcome
    await this.#cluster.retry('EndTxn', o, async () => {
      const answer = await this.#cluster.askCoordinator(
        'transaction',
        this.transactionalId,
        EndTxn,
        {
          transactionalId: this.transactionalId,
          producerId: this.identity!.id,
          producerEpoch: this.identity!.epoch,
          committed: outcome === 'commit',
        },
        ({ errorCode }) => errorCode,
        this.#isBumping ? { floor: bumping.endTxn } : { cap: bumping.endTxn - 1 },
      )
      if (answer.errorCode === errors.TRANSACTION_ABORTABLE) this.#isUndecided = null
      check(answer.errorCode)
      if (this.#isBumping) this.identity = { id: answer.producerId, epoch: answer.producerEpoch }
    })
  }

  /** An error that ends more than this transaction is remembered: everything later fails with it. */
  #told(error: unknown): unknown {
    if (!isKafkaError(error)) return error
    if (deadly.has(error.number)) {
      this.#status = 'dead'
      this.#death ??= error
    } else if (error.number === errors.TRANSACTION_ABORTABLE && this.#status === 'ending') {
      this.failure ??= error
      this.#status = 'open'
    }
    return error
  }
}

function isBumping(versions: BrokerVersions): boolean {
  const { finalizedFeatures } = versions.answer
  const level = finalizedFeatures.find(({ name }) => name === TRANSACTION_VERSION)?.maxVersionLevel ?? 0
  return (
    level >= 2 && versions.find(EndTxn, bumping.endTxn) !== null && versions.find(Produce, bumping.produce) !== null
  )
}

/** A coordinator that has moved, or is not one yet, says so for every partition. */
function coordinatorCode(codes: readonly number[]): ErrorCode {
  const [first] = codes
  switch (first) {
    case errors.NOT_COORDINATOR:
    case errors.COORDINATOR_NOT_AVAILABLE:
    case errors.COORDINATOR_LOAD_IN_PROGRESS:
      return first
    default:
      return errors.NONE
  }
}
