import type { MarkerOrder, TopicPartition } from '../coordinator/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'

/** Brings a marker to the broker that leads a partition; the codes of WriteTxnMarkers come back. */
export type DeliverMarker = (
  leader: number,
  order: MarkerOrder,
  partition: TopicPartition,
  done: (code: ErrorCode) => void,
) => void

/** Between two tries; the first follows at once what made them possible. */
const RETRY_MS = 20
const RETRY_MS_MAX = 1_000

/**
 * Ends transactions in their partitions, however long leaders and replicas take for it. A partition is off the order
 * when its marker is committed there, or when its topic is no more.
 */
export class MarkerSender {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #image: () => MetadataImage
  readonly #deliver: DeliverMarker
  /**
   * By transactional id. A shard that replays its log gives its orders again: the one before must not go on trying, since
   * under a client that keeps its epoch a late marker would end the next transaction.
   */
  readonly #current = new Map<string, MarkerOrder>()
  #isClosed = false

  constructor(parts: { clock: Clock; logger: Logger; image: () => MetadataImage; deliver: DeliverMarker }) {
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#image = parts.image
    this.#deliver = parts.deliver
  }

  /** `isWanted` false ends the trying: the coordinator is another one by now. `done`: all partitions are told. */
  send(order: MarkerOrder, isWanted: () => boolean, done: () => void): void {
    const { transactionalId } = order
    let open = order.partitions.length
    this.#current.set(transactionalId, order)
    const isCurrent = () => this.#current.get(transactionalId) === order
    const told = (): void => {
      open--
      if (open > 0 || !isCurrent()) return
      this.#current.delete(transactionalId)
      done()
    }
    const tryOne = (partition: TopicPartition, waitMs: number): void => {
      if (this.#isClosed || !isCurrent()) return
      if (!isWanted()) {
        this.#current.delete(transactionalId)
        return
      }
      const again = (): void => {
        this.#clock.at(this.#clock.monoMs() + waitMs, () => tryOne(partition, Math.min(RETRY_MS_MAX, waitMs * 2)))
      }
      const found = this.#image().topicsByName.get(partition.topic)?.partitions[partition.partition]
      if (found === undefined) return told()
      if (found.leader < 0) return again()
      this.#deliver(found.leader, order, partition, (code) => {
        switch (fate(code)) {
          case 'told':
            return told()
          case 'again':
            return again()
          case 'dropped':
            if (!isCurrent()) return
            this.#current.delete(transactionalId)
            this.#logger.warn('A partition refuses the end of a transaction', {
              transactionalId,
              topic: partition.topic,
              partition: partition.partition,
              error: errorName(code),
            })
        }
      })
    }
    for (const partition of order.partitions) tryOne(partition, RETRY_MS)
  }

  close(): void {
    this.#isClosed = true
  }
}

function fate(code: ErrorCode): 'told' | 'again' | 'dropped' {
  switch (code) {
    case errors.NONE:
    case errors.UNSUPPORTED_FOR_MESSAGE_FORMAT:
      return 'told'
    // A newer coordinator, or a newer producer, has been here: theirs is the last word.
    case errors.INVALID_PRODUCER_EPOCH:
    case errors.TRANSACTION_COORDINATOR_FENCED:
      return 'dropped'
    default:
      return 'again'
  }
}
