import type { Logger } from '../../env/index.ts'
import type { Decision, Now, TimerAsk, Token } from '../../runtime/index.ts'
import type { TransactionCoordinatorConfig } from './config.ts'
import type {
  MarkerOrder,
  TransactionAnswer,
  TransactionAsk,
  TransactionAskKind,
  TransactionAsks,
  TransactionInput,
} from './inputs.ts'
import type { TransactionRecord } from './records.ts'
import type { TransactionState } from './state.ts'
import { heldKey } from './timer-key.ts'
import type { Transaction } from './transaction.ts'

/** What the shards of a broker share with the rest of it. */
export interface TransactionDeps {
  readonly logger: Logger
  /** Takes a producer id from this broker's block; -1 when it has none just now. */
  readonly nextProducerId: () => number
  /** Finalised level of transaction.version. */
  readonly transactionVersion: () => number
}

/** What one shard has for itself. */
export interface TransactionShardDeps extends TransactionDeps {
  /** Leader epoch of the shard's partition. */
  readonly coordinatorEpoch: () => number
  /** Sees to the markers, however long that takes, and tells the shard `marked`. An order given again replaces the first. */
  readonly sendMarkers: (order: MarkerOrder) => void
  /** Tells the shard something after the input at hand. */
  readonly tell: (input: TransactionInput) => void
}

/** One decision in the making. */
export class Turn {
  readonly state: TransactionState
  readonly config: TransactionCoordinatorConfig
  readonly deps: TransactionShardDeps
  readonly now: Now
  readonly records: TransactionRecord[] = []
  readonly #replies: { to: Token; answer: TransactionAnswer }[] = []
  readonly #timers: TimerAsk[] = []
  #onCommitted: TransactionInput | null = null
  /** Timer to fire again when the log refuses the records. */
  #retryKey: string | null = null

  constructor(state: TransactionState, config: TransactionCoordinatorConfig, deps: TransactionShardDeps, now: Now) {
    this.state = state
    this.config = config
    this.deps = deps
    this.now = now
  }

  write(transactionalId: string, transaction: Transaction | null): void {
    this.records.push({ transactionalId, transaction })
  }

  reply<K extends TransactionAskKind>(_kind: K, to: Token, answer: TransactionAsks[K]['answer']): void {
    this.#replies.push({ to, answer })
  }

  /** Keeps a request until the transaction before it has ended, or `deadlineMs`. */
  hold(ask: TransactionAsk & { readonly transactionalId: string }, to: Token, deadlineMs: number): void {
    const { held } = this.state
    const others = held.get(ask.transactionalId)
    if (others === undefined) held.set(ask.transactionalId, [{ ask, to, deadlineMs }])
    else others.push({ ask, to, deadlineMs })
    this.schedule(heldKey(ask.transactionalId), Math.max(0, deadlineMs - this.now.monoMs))
  }

  schedule(key: string, afterMs: number): void {
    this.#timers.push({ key, atMonoMs: this.now.monoMs + afterMs })
  }

  onCommitted(input: TransactionInput): void {
    this.#onCommitted = input
  }

  /** What this turn does must not be left undone: when the log refuses it, a timer of this name fires in a while. */
  retryWith(timerKey: string): void {
    this.#retryKey = timerKey
  }

  decision(): Decision<TransactionInput, TransactionAnswer, TransactionRecord> {
    return {
      records: this.records,
      replies: this.#replies,
      timers: this.#timers,
      ...(this.#onCommitted === null ? {} : { onCommitted: this.#onCommitted }),
      onFailed: {
        kind: 'refused',
        transactionalId: this.records[0]?.transactionalId ?? null,
        retryKey: this.#retryKey,
      },
    }
  }
}

export const noIdentity = { producerId: -1, producerEpoch: -1 } as const
