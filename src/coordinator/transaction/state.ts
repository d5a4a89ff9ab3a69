import type { Token, Where } from '../../runtime/index.ts'
import type { TransactionAsk } from './inputs.ts'
import type { TransactionRecord } from './records.ts'
import type { Transaction } from './transaction.ts'

/** A request that waits for the end of the transaction before it. */
export interface Held {
  readonly ask: TransactionAsk
  readonly to: Token
  /** Monotonic; past it the asker is sent away with CONCURRENT_TRANSACTIONS. */
  readonly deadlineMs: number
}

/** All that one partition of `__transaction_state` says, and the soft state around it. */
export class TransactionState {
  readonly transactions = new Map<string, Transaction>()
  /** Ids with an open transaction, for the search for those that took too long. */
  readonly ongoing = new Set<string>()
  /** Soft. */
  readonly held = new Map<string, Held[]>()
  /** Soft: ids that a search for expired ones has still to look at. */
  expiring: Iterator<string> | null = null

  get(transactionalId: string): Transaction | undefined {
    return this.transactions.get(transactionalId)
  }

  apply({ transactionalId, transaction }: TransactionRecord): void {
    if (transaction?.status === 'Ongoing') this.ongoing.add(transactionalId)
    else this.ongoing.delete(transactionalId)
    if (transaction === null || transaction.status === 'Dead') this.transactions.delete(transactionalId)
    else this.transactions.set(transactionalId, transaction)
  }
}

export function apply(state: TransactionState, record: TransactionRecord, _at: Where): void {
  state.apply(record)
}
