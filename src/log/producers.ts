import { type ErrorCode, errors } from '../protocol/index.ts'
import {
  addSequence,
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffset,
  batchLastOffsetDelta,
  batchLastSequence,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  controlType,
  controlTypeOf,
  isControlBatch,
  isTransactionalBatch,
  markerCoordinatorEpoch,
  RecordCursor,
} from '../records/index.ts'
import type { ActiveProducer } from './types.ts'

const {
  INVALID_PRODUCER_EPOCH,
  INVALID_TXN_STATE,
  NONE,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
  TRANSACTION_COORDINATOR_FENCED,
} = errors

/** Batches of one producer remembered for telling a retry from a gap. */
const BATCHES_KEPT = 5

export interface BatchMark {
  readonly lastSequence: number
  readonly lastOffset: number
  readonly offsetDelta: number
  readonly timestamp: number
}

export interface ProducerEntry {
  readonly producerId: number
  epoch: number
  coordinatorEpoch: number
  lastTimestamp: number
  /** -1 = no open transaction. */
  transactionFirstOffset: number
  /** Oldest first, at most five; empty when only a marker of it is known. */
  batches: BatchMark[]
}

export interface EndedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
  /** Value of the last stable offset right after the marker, for the transaction index. */
  readonly lastStableOffset: number
}

/** A verification that has been asked for and whose batch has not been appended yet (KIP-890). */
interface Verification {
  readonly token: number
  readonly startedMs: number
  lowestSequence: number
  epoch: number
  supportsEpochBump: boolean
}

/** What a marker batch says. */
export interface Marker {
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
  readonly timestamp: number
}

/**
 * The idempotent and transactional producers of one partition: a function of the log, so that replay, snapshot and
 * running append give the same (KIP-98, KIP-360, KIP-890).
 */
export class Producers {
  /** Both null until the first producer: most logs of a large node have none. */
  #entriesOrNull: Map<number, ProducerEntry> | null = null
  #verificationsOrNull: Map<number, Verification> | null = null
  #verificationTokens = 0
  /** Open transactions, ascending by first offset. */
  readonly #ongoing: { firstOffset: number; producerId: number }[] = []
  /** Ended transactions whose markers are not below the high watermark yet. */
  #unreplicated: { firstOffset: number; lastOffset: number }[] = []
  /** Why the last check refused. */
  refusal = ''

  get #entries(): Map<number, ProducerEntry> {
    return (this.#entriesOrNull ??= new Map())
  }

  get #verifications(): Map<number, Verification> {
    return (this.#verificationsOrNull ??= new Map())
  }

  get size(): number {
    return this.#entriesOrNull?.size ?? 0
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** Puts in what a snapshot holds. */
  load(entry: ProducerEntry): void {
    this.#entries.set(entry.producerId, entry)
    if (entry.transactionFirstOffset >= 0) this.#open(entry.transactionFirstOffset, entry.producerId)
  }

  clear(): void {
    this.#entries.clear()
    this.#ongoing.length = 0
    this.#unreplicated = []
  }

  /** First offset of the oldest transaction that is open or whose end is not replicated; -1 = none. */
  get firstUnstableOffset(): number {
    let first = this.#ongoing.length === 0 ? -1 : this.#ongoing[0]!.firstOffset
    for (const { firstOffset } of this.#unreplicated) if (first === -1 || firstOffset < first) first = firstOffset
    return first
  }

  /** First offset of the oldest open transaction; -1 = none. Compaction stops there. */
  get firstUndecidedOffset(): number {
    return this.#ongoing.length === 0 ? -1 : this.#ongoing[0]!.firstOffset
  }

  /** Markers below `offset` are replicated. True when the first unstable offset may have moved. */
  onHighWatermark(offset: number): boolean {
    if (this.#unreplicated.length === 0) return false
    const left = this.#unreplicated.filter(({ lastOffset }) => lastOffset >= offset)
    const hasMoved = left.length < this.#unreplicated.length
    if (hasMoved) this.#unreplicated = left
    return hasMoved
  }

  /** The remembered batch that this one repeats; undefined when it is new. */
  findDuplicate(b: Uint8Array, from: number): BatchMark | undefined {
    const entry = this.#entries.get(batchProducerId(b, from))
    if (entry === undefined || entry.epoch !== batchProducerEpoch(b, from)) return undefined
    const first = batchBaseSequence(b, from)
    const last = batchLastSequence(b, from)
    return entry.batches.find((mark) => mark.lastSequence === last && firstSequence(mark) === first)
  }

  /** Whether a data batch of a client or coordinator may be appended. Changes nothing. */
  check(b: Uint8Array, from: number, isClient: boolean): ErrorCode {
    const id = batchProducerId(b, from)
    const entry = this.#entries.get(id)
    const epoch = batchProducerEpoch(b, from)
    const fencing = this.checkEpoch(id, epoch)
    if (fencing !== NONE) return fencing
    if (isClient) {
      const code = this.#checkSequence(entry, id, epoch, batchBaseSequence(b, from))
      if (code !== NONE) return code
    }
    if (entry !== undefined && entry.transactionFirstOffset >= 0 && !isTransactionalBatch(b, from)) {
      return this.#refuse(INVALID_TXN_STATE, `Expected transactional write from producer ${id}`)
    }
    return NONE
  }

  /** INVALID_PRODUCER_EPOCH for an epoch below the last one seen. */
  checkEpoch(id: number, epoch: number): ErrorCode {
    const last = this.#entriesOrNull?.get(id)?.epoch ?? -1
    if (epoch >= last) return NONE
    return this.#refuse(
      INVALID_PRODUCER_EPOCH,
      `Epoch of producer ${id} is ${epoch}, which is smaller than the last seen epoch ${last}`,
    )
  }

  /** A transactional write goes into an open transaction, or into one that the coordinator vouched for (KIP-890). */
  checkVerified(id: number, epoch: number, guard: { readonly token: number } | null | undefined): ErrorCode {
    if (guard === undefined || this.hasOngoingTransaction(id, epoch)) return NONE
    if (guard !== null && this.#verificationsOrNull?.get(id)?.token === guard.token) return NONE
    return this.#refuse(INVALID_TXN_STATE, 'Record was not part of an ongoing transaction')
  }

  #checkSequence(entry: ProducerEntry | undefined, id: number, epoch: number, sequence: number): ErrorCode {
    const verification = this.#verificationsOrNull?.get(id)
    if (verification !== undefined && sequence > verification.lowestSequence) {
      return this.#refuse(
        OUT_OF_ORDER_SEQUENCE_NUMBER,
        `Out of order sequence number for producer ${id}: ${sequence} (incoming seq. number), ${verification.lowestSequence} (earliest seen sequence)`,
      )
    }
    if (verification?.supportsEpochBump === true && entry === undefined && sequence !== 0) {
      return this.#refuse(
        OUT_OF_ORDER_SEQUENCE_NUMBER,
        `Invalid sequence number for producer ${id}: ${sequence} (incoming seq. number), 0 expected`,
      )
    }
    if (entry === undefined) return NONE
    if (epoch !== entry.epoch) {
      if (sequence === 0) return NONE
      return this.#refuse(
        OUT_OF_ORDER_SEQUENCE_NUMBER,
        `Invalid sequence number for new epoch of producer ${id}: ${epoch} (request epoch), ${sequence} (seq. number), ${entry.epoch} (current producer epoch)`,
      )
    }
    const last = entry.batches.at(-1)?.lastSequence ?? -1
    if (sequence === addSequence(last, 1)) return NONE
    return this.#refuse(
      OUT_OF_ORDER_SEQUENCE_NUMBER,
      `Out of order sequence number for producer ${id}: ${sequence} (incoming seq. number), ${last} (current end sequence number)`,
    )
  }

  /** Whether a transaction marker may be appended. `transactionVersion` 2 demands a bumped epoch (KIP-890 part 2). */
  checkMarker(b: Uint8Array, from: number, marker: Marker, transactionVersion: number): ErrorCode {
    const entry = this.#entries.get(batchProducerId(b, from))
    if (entry === undefined) return NONE
    const epoch = batchProducerEpoch(b, from)
    const isRetry = epoch === entry.epoch && entry.transactionFirstOffset < 0
    const isFenced = transactionVersion >= 2 ? epoch <= entry.epoch && !isRetry : epoch < entry.epoch
    if (isFenced) {
      return this.#refuse(
        INVALID_PRODUCER_EPOCH,
        `Epoch of producer ${entry.producerId} is ${epoch}, the last seen epoch is ${entry.epoch}`,
      )
    }
    if (marker.coordinatorEpoch < entry.coordinatorEpoch) {
      return this.#refuse(
        TRANSACTION_COORDINATOR_FENCED,
        `Invalid coordinator epoch for producerId ${entry.producerId}: ${marker.coordinatorEpoch} (zombie), ${entry.coordinatorEpoch} (current)`,
      )
    }
    return NONE
  }

  #refuse(code: ErrorCode, reason: string): ErrorCode {
    this.refusal = reason
    return code
  }

  /**
   * Takes in a batch that is in the log (its offsets are stamped), whoever appended it. Returns the transaction that it
   * ended, if any.
   */
  apply(b: Uint8Array, from: number, to: number): EndedTransaction | null {
    const id = batchProducerId(b, from)
    if (id < 0) return null
    if (isControlBatch(b, from)) {
      const marker = batchRecordCount(b, from) === 0 ? null : readMarker(b, from, to)
      return marker === null ? null : this.#applyMarker(id, b, from, marker)
    }
    const epoch = batchProducerEpoch(b, from)
    const entry = this.#entryFor(id)
    if (epoch !== entry.epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    const lastOffset = batchLastOffset(b, from)
    const timestamp = batchMaxTimestamp(b, from)
    if (entry.batches.length === BATCHES_KEPT) entry.batches.shift()
    entry.batches.push({
      lastSequence: batchLastSequence(b, from),
      lastOffset,
      offsetDelta: batchLastOffsetDelta(b, from),
      timestamp,
    })
    entry.lastTimestamp = timestamp
    if (isTransactionalBatch(b, from) && entry.transactionFirstOffset < 0) {
      entry.transactionFirstOffset = batchBaseOffset(b, from)
      this.#open(entry.transactionFirstOffset, id)
    }
    this.#verificationsOrNull?.delete(id)
    return null
  }

  #applyMarker(id: number, b: Uint8Array, from: number, marker: Marker): EndedTransaction | null {
    const entry = this.#entryFor(id)
    const epoch = batchProducerEpoch(b, from)
    if (epoch !== entry.epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    entry.coordinatorEpoch = marker.coordinatorEpoch
    entry.lastTimestamp = marker.timestamp
    const verification = this.#verificationsOrNull?.get(id)
    // A client that bumps its epoch may ask for its next transaction while the marker of the last one is on its way.
    if (verification !== undefined && !(verification.supportsEpochBump && verification.epoch >= epoch))
      this.#verifications.delete(id)
    const firstOffset = entry.transactionFirstOffset
    if (firstOffset < 0) return null
    entry.transactionFirstOffset = -1
    const lastOffset = batchBaseOffset(b, from)
    const at = this.#ongoing.findIndex((open) => open.firstOffset === firstOffset)
    if (at >= 0) this.#ongoing.splice(at, 1)
    const lastStableOffset = this.#ongoing[0]?.firstOffset ?? lastOffset + 1
    this.#unreplicated.push({ firstOffset, lastOffset })
    return { producerId: id, firstOffset, lastOffset, isAborted: !marker.isCommit, lastStableOffset }
  }

  #entryFor(producerId: number): ProducerEntry {
    let entry = this.#entries.get(producerId)
    if (entry === undefined) {
      entry = {
        producerId,
        epoch: -1,
        coordinatorEpoch: -1,
        lastTimestamp: -1,
        transactionFirstOffset: -1,
        batches: [],
      }
      this.#entries.set(producerId, entry)
    }
    return entry
  }

  #open(firstOffset: number, producerId: number): void {
    let at = this.#ongoing.length
    while (at > 0 && this.#ongoing[at - 1]!.firstOffset > firstOffset) at--
    this.#ongoing.splice(at, 0, { firstOffset, producerId })
  }

  hasOngoingTransaction(producerId: number, epoch: number): boolean {
    const entry = this.#entries.get(producerId)
    return entry !== undefined && entry.epoch === epoch && entry.transactionFirstOffset >= 0
  }

  /** A token for a verification of this batch at the coordinator; the lowest sequence asked for is kept. */
  beginVerification(
    producerId: number,
    epoch: number,
    sequence: number,
    supportsEpochBump: boolean,
    nowMs: number,
  ): number {
    let verification = this.#verifications.get(producerId)
    if (verification === undefined || verification.epoch < epoch) {
      verification = {
        token: ++this.#verificationTokens,
        startedMs: nowMs,
        lowestSequence: sequence,
        epoch,
        supportsEpochBump,
      }
      this.#verifications.set(producerId, verification)
    } else if (sequence < verification.lowestSequence && epoch === verification.epoch) {
      verification.lowestSequence = sequence
    }
    return verification.token
  }

  /** Forgets producers without an open transaction that wrote nothing for `expirationMs`. */
  expire(wallMs: number, expirationMs: number): void {
    if (this.#entriesOrNull === null && this.#verificationsOrNull === null) return
    for (const [id, entry] of this.#entries) {
      if (entry.transactionFirstOffset < 0 && wallMs - entry.lastTimestamp >= expirationMs) this.#entries.delete(id)
    }
    for (const [id, verification] of this.#verifications) {
      if (wallMs - verification.startedMs >= expirationMs) this.#verifications.delete(id)
    }
  }

  active(): ActiveProducer[] {
    const rows: ActiveProducer[] = []
    for (const entry of this.#entries.values()) {
      rows.push({
        producerId: entry.producerId,
        producerEpoch: entry.epoch,
        lastSequence: entry.batches.at(-1)?.lastSequence ?? -1,
        lastTimestamp: entry.lastTimestamp,
        coordinatorEpoch: entry.coordinatorEpoch,
        currentTransactionStartOffset: entry.transactionFirstOffset,
      })
    }
    return rows
  }
}

function firstSequence(mark: BatchMark): number {
  const first = mark.lastSequence - mark.offsetDelta
  return first < 0 ? first + 0x80000000 : first
}

/** Null when the batch is a control batch of another kind. */
export function readMarker(b: Uint8Array, from: number, to: number): Marker | null {
  const record = new RecordCursor({ bytes: b, from, to })
  if (!record.next()) return null
  const type = controlTypeOf(record.bytes, record.keyFrom, record.keyLength)
  if (type !== controlType.commit && type !== controlType.abort) return null
  return {
    isCommit: type === controlType.commit,
    coordinatorEpoch: markerCoordinatorEpoch(record.bytes, record.valueFrom, record.valueLength),
    timestamp: record.timestamp,
  }
}
