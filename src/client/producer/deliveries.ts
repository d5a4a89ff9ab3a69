import type { KafkaError } from '../errors.ts'
import type { Batch, Delivery } from './batch.ts'
import type { DeliveryReport, RecordMetadata } from './types.ts'

export function metadataOf(batch: Batch, index: number): RecordMetadata {
  return {
    topic: batch.topic,
    partition: batch.partition,
    offset: batch.baseOffset < 0 ? -1 : batch.baseOffset + index,
    timestamp: batch.timestampOf(index),
  }
}

/** One record, one promise. */
export class Promised implements Delivery {
  readonly #resolve: (metadata: RecordMetadata) => void
  readonly #reject: (error: unknown) => void

  constructor(resolve: (metadata: RecordMetadata) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  delivered(batch: Batch, index: number): void {
    this.#resolve(metadataOf(batch, index))
  }

  failed(error: KafkaError): void {
    this.#reject(error)
  }
}

/** A callback of the caller's. */
export class Reported implements Delivery {
  readonly #report: DeliveryReport

  constructor(report: DeliveryReport) {
    this.#report = report
  }

  delivered(batch: Batch, index: number): void {
    this.#report(null, metadataOf(batch, index))
  }

  failed(error: KafkaError): void {
    this.#report(error, null)
  }
}

/** Records that nobody asked about: their first error is kept for the next flush. */
export class Unreported implements Delivery {
  error: KafkaError | null = null
  failures = 0

  delivered(): void {}

  failed(error: KafkaError): void {
    this.error ??= error
    this.failures++
  }

  take(): KafkaError | null {
    const error = this.error
    this.error = null
    return error
  }
}

/** Many records, one promise: settles when all are told. Rejects with the first error. */
export class Gathered {
  readonly results: RecordMetadata[] = []
  #count = 0
  #left = 0
  #isComplete = false
  #error: KafkaError | null = null
  readonly #settle: (error: KafkaError | null, results: RecordMetadata[]) => void

  constructor(settle: (error: KafkaError | null, results: RecordMetadata[]) => void) {
    this.#settle = settle
  }

  /** The delivery of the next record. */
  next(): Delivery {
    const at = this.#count++
    this.#left++
    return {
      delivered: (batch, index) => {
        this.results[at] = metadataOf(batch, index)
        this.#landed()
      },
      failed: (error) => {
        this.#error ??= error
        this.#landed()
      },
    }
  }

  /** No more will be added. */
  complete(): void {
    this.#isComplete = true
    if (this.#left === 0) this.#settle(this.#error, this.results)
  }

  #landed(): void {
    this.#left--
    if (this.#isComplete && this.#left === 0) this.#settle(this.#error, this.results)
  }
}
