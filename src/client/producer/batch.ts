import { putInt16, putInt32, putInt64 } from '../../bytes/index.ts'
import type { CodecName, Failure, Heavy } from '../../env/index.ts'
import { BatchBuilder, type RecordHeader, stampCrc } from '../../records/index.ts'
import type { KafkaError } from '../errors.ts'
import type { PartitionQueue } from './partition-queue.ts'

/** Who is told what became of a record. Shared by the records of one call, so that a record costs no promise. */
export interface Delivery {
  delivered(batch: Batch, index: number): void
  failed(error: KafkaError, index: number): void
}

/** `open`: takes records; `closed`: waits to be sent; `packing`: is being compressed; `done`: told to all. */
export type BatchState = 'open' | 'closed' | 'packing' | 'done'

/** Records of one partition on their way. */
export class Batch {
  readonly queue: PartitionQueue
  readonly topic: string
  readonly partition: number
  readonly createdMs: number
  /** Order among the batches of the partition. */
  readonly ordinal: number
  /** Ordinals up to here, exclusive, are this batch's to give to the parts it is split into. */
  ordinalSpan = 1
  state: BatchState = 'open'
  /** Of the first send; a batch that was never sent may be dropped without a trace. */
  wasSent = false
  attempts = 0
  /** What the last attempt met. */
  lastError: KafkaError | null = null
  isInFlight = false
  /** The last attempt was answered by a log that does not have it: it may be sent again under another sequence. */
  isKnownMissing = false
  /** A flush waits for it: it does not linger. */
  isUrgent = false
  /** -1 until it gets one, at the first send. */
  producerId = -1
  producerEpoch = -1
  baseSequence = -1
  /** Set by the answer. */
  baseOffset = -1
  logAppendTimeMs = -1
  /** Bytes counted against the producer's buffer. */
  heldBytes = 0
  onDone: (() => void)[] = []
  readonly #builder: BatchBuilder
  readonly #deliveries: (Delivery | null)[] = []
  readonly #timestamps: number[] = []
  #bytes: Uint8Array | null = null

  constructor(queue: PartitionQueue, ordinal: number, createdMs: number, bytesInitial: number) {
    this.queue = queue
    this.topic = queue.topic
    this.partition = queue.partition
    this.ordinal = ordinal
    this.createdMs = createdMs
    this.#builder = new BatchBuilder({ isTransactional: queue.isTransactional }, bytesInitial)
  }

  get count(): number {
    return this.#deliveries.length
  }

  /** Before compression while open, after it once packed. */
  get sizeBytes(): number {
    return this.#bytes?.length ?? this.#builder.sizeBytes
  }

  get hasBeenRetried(): boolean {
    return this.attempts > 0
  }

  get hasSequence(): boolean {
    return this.baseSequence >= 0
  }

  append(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] | undefined,
    delivery: Delivery | null,
  ): void {
    this.#builder.append(timestamp, key, value, headers)
    this.#deliveries.push(delivery)
    this.#timestamps.push(timestamp)
  }

  /** No more records. Compresses off the turn when there is a codec; `ready` comes once the batch may be sent. */
  close(
    codec: CodecName | null,
    level: number | null,
    heavy: Heavy,
    lane: string,
    ready: (f: Failure | null) => void,
  ): void {
    if (codec === null) {
      this.state = 'closed'
      return
    }
    this.state = 'packing'
    this.#builder.buildCompressed(
      codec,
      level,
      heavy,
      this.queue.crc32c,
      (failure, bytes) => {
        if (this.state === 'packing') {
          this.state = 'closed'
          this.#bytes = bytes
        }
        ready(failure)
      },
      lane,
    )
  }

  /** The bytes to send, with producer id, epoch and sequence in place. */
  seal(): Uint8Array {
    if (this.#bytes === null) {
      this.#builder.setProducer(this.producerId, this.producerEpoch, this.baseSequence, this.queue.isTransactional)
      this.#bytes = this.#builder.build(this.queue.crc32c)
    } else if (this.producerId >= 0) {
      putInt64(this.#bytes, 43, this.producerId)
      putInt16(this.#bytes, 51, this.producerEpoch)
      putInt32(this.#bytes, 53, this.baseSequence)
      stampCrc(this.#bytes, 0, this.#bytes.length, this.queue.crc32c)
    }
    return this.#bytes
  }

  /** The whole batch uncompressed. */
  plain(): Uint8Array {
    return this.#builder.build(this.queue.crc32c)
  }

  timestampOf(index: number): number {
    return this.logAppendTimeMs >= 0 ? this.logAppendTimeMs : this.#timestamps[index]!
  }

  /** Index = record. */
  get deliveries(): readonly (Delivery | null)[] {
    return this.#deliveries
  }

  succeed(baseOffset: number, logAppendTimeMs: number): void {
    if (this.state === 'done') return
    this.state = 'done'
    this.baseOffset = baseOffset
    this.logAppendTimeMs = logAppendTimeMs
    for (let i = 0; i < this.#deliveries.length; i++) this.#deliveries[i]?.delivered(this, i)
    this.#end()
  }

  /** `errorOf` may tell records apart (KIP-467); by default all share the error. */
  fail(error: KafkaError, errorOf?: (index: number) => KafkaError): void {
    if (this.state === 'done') return
    this.state = 'done'
    for (let i = 0; i < this.#deliveries.length; i++) this.#deliveries[i]?.failed(errorOf?.(i) ?? error, i)
    this.#end()
  }

  /** Its records live on in other batches. */
  replaced(): void {
    this.state = 'done'
  }

  #end(): void {
    for (const done of this.onDone) done()
    this.onDone = []
  }
}
