import type { Crc32c } from '../../bytes/index.ts'
import { addSequence } from '../../records/index.ts'
import { Batch } from './batch.ts'

/** Producer id and epoch that the broker gave, or that this producer bumped itself to (KIP-360). */
export interface ProducerIdentity {
  readonly id: number
  readonly epoch: number
}

/**
 * Batches of one partition, in order. With an identity, a batch gets its sequence at its first send and keeps it over
 * retries, so the broker can tell a repetition from news. When a batch that was sent is given up, the sequence has a
 * hole; the partition then starts anew at sequence 0 in the next epoch, once nothing is on its way and nothing that
 * waits may be in the log already: until then what was sent is repeated as it was.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly crc32c: Crc32c
  readonly isTransactional: boolean
  /** Waiting, oldest first; only the last may be open. */
  readonly batches: Batch[] = []
  /** Sent and not answered, oldest first. */
  readonly inFlight: Batch[] = []
  /** Monotonic; nothing is sent before. */
  retryAtMs = 0
  /** Its broker cannot take more at the moment: the open batch may grow on. */
  isStalled = false
  isRestartOwed = false
  /** Learned from MESSAGE_TOO_LARGE: batches stay below. */
  sizeMaxBytes = Number.POSITIVE_INFINITY
  #nextOrdinal = 0
  #identity: ProducerIdentity | null = null
  #nextSequence = 0

  constructor(topic: string, partition: number, crc32c: Crc32c, isTransactional = false) {
    this.topic = topic
    this.partition = partition
    this.crc32c = crc32c
    this.isTransactional = isTransactional
  }

  get head(): Batch | undefined {
    return this.batches[0]
  }

  get open(): Batch | undefined {
    const last = this.batches.at(-1)
    return last?.state === 'open' ? last : undefined
  }

  /** Whether order allows the head to be sent now. */
  mayPipeline(maxInFlight: number, identity: ProducerIdentity | null): boolean {
    if (this.inFlight.length === 0) return true
    if (identity === null) return false // without sequences a retry could overtake
    if (this.isRestartOwed || this.#identity !== identity) return false
    // a repetition goes alone, so that what follows cannot be refused as out of order again
    return !this.head!.hasSequence && !this.inFlight[0]!.hasBeenRetried && this.inFlight.length < maxInFlight
  }

  /** A new open batch at the end. */
  begin(nowMs: number, bytesInitial: number): Batch {
    const batch = new Batch(this, this.#nextOrdinal++, nowMs, bytesInitial)
    this.batches.push(batch)
    return batch
  }

  /** Takes the head for sending. */
  take(identity: ProducerIdentity | null): Batch {
    const batch = this.batches.shift()!
    if (identity !== null && !batch.hasSequence) {
      if (this.#identity !== identity) this.#restart(identity)
      batch.producerId = identity.id
      batch.producerEpoch = identity.epoch
      batch.baseSequence = this.#nextSequence
      this.#nextSequence = addSequence(this.#nextSequence, batch.count)
    }
    batch.wasSent = true
    batch.isKnownMissing = false
    batch.isInFlight = true
    this.inFlight.push(batch)
    return batch
  }

  #restart(identity: ProducerIdentity): void {
    this.#identity = identity
    this.#nextSequence = 0
  }

  /**
   * Sequences of what waits are taken back, to be given anew in the next epoch: once nothing is on its way, and of what was
   * sent the oldest is known to be missing, and with it, in a log without gaps, all behind it. A batch whose answer was
   * lost would stand there twice.
   */
  restartIfDue(): boolean {
    if (!this.isRestartOwed || this.inFlight.length > 0) return false
    if (this.head?.hasSequence === true && !this.head.isKnownMissing) return false
    for (const batch of this.batches) {
      batch.producerId = -1
      batch.producerEpoch = -1
      batch.baseSequence = -1
    }
    this.isRestartOwed = false
    this.#identity = null
    return true
  }

  /** The answer came, or never will. */
  landed(batch: Batch): void {
    batch.isInFlight = false
    const at = this.inFlight.indexOf(batch)
    if (at >= 0) this.inFlight.splice(at, 1)
  }

  /** Back among the waiting, in its old place. */
  putBack(batch: Batch): void {
    batch.attempts++
    let at = 0
    while (at < this.batches.length && this.batches[at]!.ordinal < batch.ordinal) at++
    this.batches.splice(at, 0, batch)
  }

  drop(batch: Batch): void {
    const at = this.batches.indexOf(batch)
    if (at >= 0) this.batches.splice(at, 1)
  }
}
