import type { CodecName } from '../../env/index.ts'
import type { Data, HeadersIn } from '../encoding.ts'
import type { KafkaError } from '../errors.ts'
import type { ClientOptions } from '../options.ts'

/** A record to be written. */
export interface ProducerRecord {
  readonly topic: string
  /** Left out: by the hash of the key, or, without a key, whichever partition is filling a batch. */
  readonly partition?: number | undefined
  readonly key?: Data | undefined
  readonly value: Data
  readonly headers?: HeadersIn | undefined
  /** Wall time in ms; now by default. */
  readonly timestamp?: number | undefined
}

/** Where a record went. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1 when the broker does not say (acks=0, or a duplicate it no longer remembers). */
  readonly offset: number
  /** The record's own time, or the broker's when the topic stamps on append. */
  readonly timestamp: number
}

/** Told about one record; exactly one of the two is not null. Must not throw. */
export type DeliveryReport = (error: KafkaError | null, metadata: RecordMetadata | null) => void

export interface ProducerOptions extends ClientOptions {
  /** 'all' (default): every in-sync replica has it; 1: the leader has it; 0: nobody says anything. */
  readonly acks?: 'all' | -1 | 0 | 1
  /** Retries leave no duplicates and keep the order of a partition. Default: true when acks is 'all'. */
  readonly idempotent?: boolean
  readonly compression?: CodecName | 'none'
  /** Codec level; the codec's own default when left out. */
  readonly compressionLevel?: number
  /** A record waits at most this long for company. Default 5. */
  readonly lingerMs?: number
  /**
   * Wait for company even when nothing is on its way to the broker. Default false: a record leaves at once while its
   * broker is idle, and batches grow by themselves as soon as there is traffic.
   */
  readonly lingerWhenIdle?: boolean
  /** A batch leaves when it has this size. Default 16384. */
  readonly batchSizeBytes?: number
  /**
   * While a broker is busy, batches that wait for it go on filling up to this size, so that throughput does not depend
   * on batchSizeBytes. Default 524288; set it to batchSizeBytes to have batches of one size.
   */
  readonly batchSizeMaxBytes?: number
  /** One request, records of all partitions together, and thereby one record. Default 1048576. */
  readonly requestSizeMaxBytes?: number
  /** All that waits or is on its way; beyond it senders wait. Default 33554432. */
  readonly bufferBytes?: number
  /** Longest wait for room and for a topic's metadata. Default 60000. */
  readonly maxBlockMs?: number
  /** From the call until the record is acknowledged or given up, retries included. Default 120000. */
  readonly deliveryTimeoutMs?: number
  /** Requests on their way to one broker. At most 5 when idempotent. Default 5. */
  readonly maxInFlight?: number
  /** The broker may create a topic that is written to. Default true, as long as the broker allows it. */
  readonly autoCreateTopics?: boolean
  /**
   * Writes in transactions alone: see `transaction()`. Of all producers with the same id only the latest may write; what
   * the one before left open is aborted.
   */
  readonly transactionalId?: string
  /** A transaction that takes longer is aborted by the broker. Default 60000. */
  readonly transactionTimeoutMs?: number
}
