import type { Crc32c } from '../bytes/index.ts'
import {
  failedTransactionAnswer,
  isEpochExhausted,
  partitionFor,
  type Transaction,
  type TransactionAnswer,
  type TransactionAsk,
  type TransactionAskKind,
  type TransactionAsks,
  type TransactionCoordinatorConfig,
  type TransactionInput,
  type TransactionShard,
  transactionCodec,
  transactionShard,
} from '../coordinator/index.ts'
import type { Env } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import { ShardRuntime } from '../runtime/index.ts'
import type { BrokerPeers } from './broker-peers.ts'
import { TRANSACTION_TOPIC } from './internal-topics.ts'
import { type DeliverMarker, MarkerSender } from './marker-sender.ts'
import type { PartitionShardLog } from './partition-shard-log.ts'
import type { LeadershipListener } from './partition-table.ts'
import type { ProducerIds } from './producer-ids.ts'
import { RemoteVouching, type VouchAsk, type Vouched } from './remote-vouching.ts'
import { coordinatorCodes, ShardKeeper } from './shard-keeper.ts'

type State = ReturnType<TransactionShard['empty']>
type Record = Parameters<TransactionShard['apply']>[1]
type Runtime = ShardRuntime<State, TransactionInput, TransactionAnswer, Record>

export interface TransactionsParts {
  readonly env: Env
  readonly crc32c: Crc32c
  readonly config: TransactionCoordinatorConfig & { readonly commitTimeoutMs: number }
  readonly image: () => MetadataImage
  readonly producerIds: ProducerIds
  readonly deliver: DeliverMarker
  readonly nodeId: number
  readonly peers: BrokerPeers
}

/** Level of transaction.version: 1 has new fields in the log, 2 bumps the epoch at every end (KIP-890). */
export function transactionVersionOf(image: MetadataImage): number {
  return image.features.get('transaction.version') ?? 0
}

function mayNeedProducerId(kind: TransactionAskKind, transaction: Transaction | undefined): boolean {
  if (transaction === undefined) return kind === 'initProducerId'
  return (kind === 'initProducerId' || kind === 'endTransaction') && isEpochExhausted(transaction.producerEpoch)
}

/** The transaction coordinators of this broker: one shard for each partition of `__transaction_state` that it leads. */
export class Transactions implements LeadershipListener {
  readonly #parts: TransactionsParts
  readonly #markers: MarkerSender
  readonly #others: RemoteVouching
  readonly #shards: ShardKeeper<State, TransactionInput, TransactionAnswer, Record>

  constructor(parts: TransactionsParts) {
    this.#parts = parts
    const { env, crc32c, image, deliver, peers } = parts
    this.#shards = new ShardKeeper({
      ...{ topic: TRANSACTION_TOPIC, env, crc32c },
      make: (index, log) => this.#make(index, log),
    })
    this.#others = new RemoteVouching(env.clock, peers)
    this.#markers = new MarkerSender({ clock: env.clock, logger: env.logger, image, deliver })
  }

  leads(partition: Partition): void {
    this.#shards.leads(partition)
  }

  #make(index: number, log: PartitionShardLog): Runtime {
    const { env, config, image, producerIds } = this.#parts
    const shard = transactionShard(config, {
      logger: env.logger,
      nextProducerId: () => producerIds.take(),
      transactionVersion: () => transactionVersionOf(image()),
      coordinatorEpoch: () => log.epoch(),
      sendMarkers: (order) => {
        const { transactionalId, producerId, producerEpoch, preparedMs } = order
        const isWanted = () => this.#shards.get(index) === runtime
        this.#markers.send(order, isWanted, () =>
          runtime.tell({ kind: 'marked', transactionalId, producerId, producerEpoch, preparedMs }),
        )
      },
      tell: (input) => runtime.tell(input),
    })
    const runtime: Runtime = new ShardRuntime({
      name: `${TRANSACTION_TOPIC}-${index}`,
      shard,
      codec: transactionCodec(() => Math.min(1, transactionVersionOf(image()))),
      log,
      clock: env.clock,
      logger: env.logger,
      codes: coordinatorCodes,
      commitTimeoutMs: config.commitTimeoutMs,
    })
    return runtime
  }

  resigns(topic: string, index: number): void {
    this.#shards.resigns(topic, index)
  }

  close(): void {
    this.#markers.close()
    this.#shards.close()
  }

  /** Asks the shard of one id; NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE come in the answer's own shape. */
  ask<K extends Exclude<TransactionAskKind, 'list'>>(
    kind: K,
    transactionalId: string,
    ask: TransactionAsks[K]['ask'],
    done: (answer: TransactionAsks[K]['answer']) => void,
  ): void {
    const input = { kind, ...ask } as TransactionAsk
    const found = this.#find(transactionalId)
    if (typeof found === 'number') return done(failedTransactionAnswer(input, found) as TransactionAsks[K]['answer'])
    const submit = () => found.submit(input, done as (answer: TransactionAnswer) => void)
    // A shard does not wait, so the producer id that it will need is seen to before.
    if (mayNeedProducerId(kind, found.state?.get(transactionalId))) this.#parts.producerIds.whenReady(submit)
    else submit()
  }

  /** Asks every shard here; the answers come all together. */
  list(ask: TransactionAsks['list']['ask'], done: (answers: TransactionAsks['list']['answer'][]) => void): void {
    this.#shards.askAll({ kind: 'list', ...ask }, done as (answers: TransactionAnswer[]) => void)
  }

  /**
   * KIP-890: before the first records of a transaction are taken into partitions, its coordinator says that they belong
   * there, or takes them in (`add`). One code for each.
   */
  vouch(ask: VouchAsk, done: Vouched): void {
    const coordinator = this.#coordinatorOf(ask.transactionalId)
    if (coordinator >= 0 && coordinator !== this.#parts.nodeId) this.#others.vouch(coordinator, ask, done)
    else this.vouchHere(ask, done)
  }

  /** As {@link vouch}, for ids that are coordinated here. */
  vouchHere(ask: VouchAsk, done: Vouched): void {
    const { add, ...identity } = ask
    if (!add) {
      this.ask('verifyPartitions', ask.transactionalId, identity, (answer) => done(answer.errorCodes))
      return
    }
    this.ask('addPartitions', ask.transactionalId, { ...identity, clientVersion: 2 }, ({ errorCode }) =>
      done(ask.partitions.map(() => errorCode)),
    )
  }

  /** Broker id of the coordinator; -1 = none at the moment. */
  #coordinatorOf(transactionalId: string): number {
    const partitions = this.#parts.image().topicsByName.get(TRANSACTION_TOPIC)?.partitions ?? []
    return partitions[partitionFor(transactionalId, Math.max(1, partitions.length))]?.leader ?? -1
  }

  #find(transactionalId: string): Runtime | ErrorCode {
    if (transactionalId === '') return errors.INVALID_REQUEST
    const count = this.#parts.image().topicsByName.get(TRANSACTION_TOPIC)?.partitions.length ?? 0
    if (count === 0) return errors.NOT_COORDINATOR
    return this.#shards.get(partitionFor(transactionalId, count)) ?? errors.NOT_COORDINATOR
  }
}
