import type { MarkerOrder, TopicPartition } from '../coordinator/index.ts'
import type { Clock } from '../env/index.ts'
import { type ErrorCode, errors, type ResponseOf, WriteTxnMarkers } from '../protocol/index.ts'
import type { Partition } from '../replication/index.ts'
import type { BrokerPeers } from './broker-peers.ts'
import type { DeliverMarker } from './marker-sender.ts'
import type { MarkerWriter } from './marker-writer.ts'

interface Waiting {
  readonly order: MarkerOrder
  readonly partition: TopicPartition
  readonly done: (code: ErrorCode) => void
}

export interface MarkerDeliveryParts {
  readonly clock: Clock
  readonly nodeId: number
  readonly peers: BrokerPeers
  readonly writer: MarkerWriter
  /** A partition of this broker, or why it is none. */
  find(topic: string, index: number): Partition | ErrorCode
}

/** Brings markers to the leaders of partitions: into this broker's own logs, or by one request a turn to each other broker. */
export class MarkerDelivery {
  readonly #parts: MarkerDeliveryParts
  readonly #waiting = new Map<number, Waiting[]>()

  constructor(parts: MarkerDeliveryParts) {
    this.#parts = parts
  }

  readonly deliver: DeliverMarker = (leader, order, partition, done) => {
    const { nodeId, writer, clock } = this.#parts
    if (leader === nodeId) {
      const found = this.#parts.find(partition.topic, partition.partition)
      if (typeof found === 'number') done(found)
      else writer.write(found, order, done)
      return
    }
    const others = this.#waiting.get(leader)
    if (others !== undefined) {
      others.push({ order, partition, done })
      return
    }
    this.#waiting.set(leader, [{ order, partition, done }])
    clock.atTurnEnd(() => this.#send(leader))
  }

  #send(leader: number): void {
    const waiting = this.#waiting.get(leader) ?? []
    this.#waiting.delete(leader)
    const peer = this.#parts.peers.get(leader)
    if (peer === null) {
      for (const { done } of waiting) done(errors.NETWORK_EXCEPTION)
      return
    }
    const byOrder = Map.groupBy(waiting, ({ order }) => order)
    const markers = [...byOrder].map(([order, list]) => ({
      producerId: order.producerId,
      producerEpoch: order.producerEpoch,
      transactionResult: order.outcome === 'commit',
      coordinatorEpoch: order.coordinatorEpoch,
      transactionVersion: order.transactionVersion,
      topics: [...Map.groupBy(list, ({ partition }) => partition.topic)].map(([name, some]) => ({
        name,
        partitionIndexes: some.map(({ partition }) => partition.partition),
      })),
    }))
    peer.ask(
      WriteTxnMarkers,
      () => ({ markers }),
      (failure, got) => {
        for (const { order, partition, done } of waiting)
          done(failure === null ? codeOf(got.answer, order.producerId, partition) : errors.NETWORK_EXCEPTION)
      },
    )
  }
}

function codeOf(
  { markers }: ResponseOf<typeof WriteTxnMarkers>,
  producerId: number,
  { topic, partition }: TopicPartition,
): ErrorCode {
  for (const marker of markers) {
    if (marker.producerId !== producerId) continue
    const found = marker.topics.find(({ name }) => name === topic)
    const result = found?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    if (result !== undefined) return result.errorCode as ErrorCode
  }
  return errors.UNKNOWN_SERVER_ERROR
}
