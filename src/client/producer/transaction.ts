import { clientError } from '../errors.ts'
import type { CommitItem, Committer } from '../group-offsets.ts'
import type { CallOptions } from '../network/cluster.ts'
import type { DeliveryReport, ProducerRecord, RecordMetadata } from './types.ts'

/** For whom offsets are committed: a consumer (as of now), what its `groupMetadata()` gave, or a group by its name alone. */
export type OffsetsOwner = string | Committer | { groupMetadata(): Committer }

/** What a transaction does through its producer. */
export interface TransactionActions {
  send(record: ProducerRecord, o: { readonly signal?: AbortSignal }): Promise<RecordMetadata>
  sendAll(
    records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>,
    o: { readonly signal?: AbortSignal },
  ): Promise<RecordMetadata[]>
  post(record: ProducerRecord, report?: DeliveryReport): boolean
  sendOffsets(offsets: readonly CommitItem[], who: Committer, o: CallOptions): Promise<void>
  commit(o: CallOptions): Promise<void>
  abort(o: CallOptions): Promise<void>
}

/**
 * Records and offsets that count together or not at all. Readers of committed records see them once {@link commit} has
 * resolved; after an error of any of them the transaction can only be aborted. Left without an end (`await using`), it is
 * aborted.
 */
export class Transaction {
  readonly #actions: TransactionActions
  #isOpen = true

  constructor(actions: TransactionActions) {
    this.#actions = actions
  }

  /** Neither committed nor aborted. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** As {@link Producer.send}. */
  async send(record: ProducerRecord, o: { readonly signal?: AbortSignal } = {}): Promise<RecordMetadata> {
    this.#check()
    return this.#actions.send(record, o)
  }

  /** As {@link Producer.sendAll}. */
  async sendAll(
    records: Iterable<ProducerRecord> | AsyncIterable<ProducerRecord>,
    o: { readonly signal?: AbortSignal } = {},
  ): Promise<RecordMetadata[]> {
    this.#check()
    return this.#actions.sendAll(records, o)
  }

  /** As {@link Producer.post}; an error without a report is thrown by {@link commit}. */
  post(record: ProducerRecord, report?: DeliveryReport): boolean {
    this.#check()
    return this.#actions.post(record, report)
  }

  /**
   * Commits offsets of a group within the transaction: what was read and what was written of it count together. With a
   * consumer for `owner`, a member that the group has moved past is refused (KIP-447).
   */
  async sendOffsets(offsets: readonly CommitItem[], owner: OffsetsOwner, o: CallOptions = {}): Promise<void> {
    this.#check()
    await this.#actions.sendOffsets(offsets, committerOf(owner), o)
  }

  /**
   * Waits for all records, then commits. Rejects with the first error of a record or of offsets, and leaves the
   * transaction to be aborted. NOT_IN_TIME: whether it is committed is not known; commit again.
   */
  async commit(o: CallOptions = {}): Promise<void> {
    this.#check()
    await this.#actions.commit(o)
    this.#isOpen = false
  }

  /** Gives up what was not sent yet, and aborts. */
  async abort(o: CallOptions = {}): Promise<void> {
    this.#check()
    await this.#actions.abort(o)
    this.#isOpen = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) await this.abort()
  }

  #check(): void {
    if (!this.#isOpen) throw clientError('INVALID_STATE', 'This transaction has ended')
  }
}

function committerOf(owner: OffsetsOwner): Committer {
  if (typeof owner === 'string') return { groupId: owner, memberId: '', generation: -1, instanceId: null }
  return 'groupMetadata' in owner ? owner.groupMetadata() : owner
}
