import type { DescribeTransactions, ErrorCode, ListTransactions, ResponseIn } from '../../protocol/index.ts'
import type { TopicPartition } from './partition-set.ts'
import type { Outcome } from './transaction.ts'

type Elements<T> = T extends readonly (infer E)[] ? E : never
type In<P, K extends keyof ResponseIn<P>> = Elements<NonNullable<ResponseIn<P>[K]>>

export type DescribedTransaction = In<typeof DescribeTransactions, 'transactionStates'>
export type ListedTransaction = In<typeof ListTransactions, 'transactionStates'>

/** Who speaks for a transactional id. */
export interface ProducerIdentity {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Id and epoch to go on with; both -1 beside an error. */
export interface GivenIdentity {
  readonly errorCode: ErrorCode
  readonly producerId: number
  readonly producerEpoch: number
}

/** What a shard can be asked, by kind, and what it answers. */
export interface TransactionAsks {
  /** `known` null: a new producer; else the identity that it goes on with (KIP-360). */
  initProducerId: {
    ask: {
      readonly transactionalId: string
      readonly timeoutMs: number
      readonly known: { readonly producerId: number; readonly producerEpoch: number } | null
      readonly enable2Pc: boolean
      readonly keepPreparedTxn: boolean
    }
    answer: GivenIdentity
  }
  /** `clientVersion` 2: asked by a partition's leader for a client that bumps epochs; 0: asked by the client itself. */
  addPartitions: {
    ask: ProducerIdentity & { readonly partitions: readonly TopicPartition[]; readonly clientVersion: number }
    answer: { readonly errorCode: ErrorCode }
  }
  /** Changes nothing: are these partitions in the open transaction? One code for each. */
  verifyPartitions: {
    ask: ProducerIdentity & { readonly partitions: readonly TopicPartition[] }
    answer: { readonly errorCodes: readonly ErrorCode[] }
  }
  endTransaction: {
    ask: ProducerIdentity & { readonly outcome: Outcome; readonly clientVersion: number }
    answer: GivenIdentity
  }
  describe: { ask: { readonly transactionalIds: readonly string[] }; answer: readonly DescribedTransaction[] }
  /** Filters as in ListTransactions; unknown states were set aside before. */
  list: {
    ask: {
      readonly states: readonly string[]
      readonly producerIds: readonly number[]
      readonly durationMs: number
      readonly matches: (transactionalId: string) => boolean
    }
    answer: { readonly errorCode: ErrorCode; readonly transactions: readonly ListedTransaction[] }
  }
}

export type TransactionAskKind = keyof TransactionAsks
export type TransactionAsk = {
  [K in TransactionAskKind]: { readonly kind: K } & Readonly<TransactionAsks[K]['ask']>
}[TransactionAskKind]

/** Which step of a transactional id an input is about; another one has come since when they differ. */
export interface StepName {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Wall time of the decision: a client that keeps its epoch has the same identity in the next transaction. */
  readonly preparedMs: number
}

/** What a shard is told; nobody waits for an answer. */
export type TransactionTold =
  | { readonly kind: 'timer'; readonly key: string }
  /** Prepare* is committed: the partitions may be told. */
  | ({ readonly kind: 'decided' } & StepName)
  /** Every partition has its marker. */
  | ({ readonly kind: 'marked' } & StepName)
  /** The log took no records of an input: what it left in soft state is put right. */
  | { readonly kind: 'refused'; readonly transactionalId: string | null; readonly retryKey: string | null }
  /** A transaction has ended: who waited for that goes on. */
  | { readonly kind: 'resume'; readonly transactionalId: string }

export type TransactionInput = TransactionAsk | TransactionTold
export type TransactionAnswer = TransactionAsks[TransactionAskKind]['answer']

/** An order to end a transaction in its partitions. */
export interface MarkerOrder extends StepName {
  readonly outcome: Outcome
  /** Leader epoch of the transaction's shard: an older coordinator's markers are refused. */
  readonly coordinatorEpoch: number
  /** 2: markers carry an epoch above that of the transaction's records. */
  readonly transactionVersion: number
  readonly partitions: readonly TopicPartition[]
}
