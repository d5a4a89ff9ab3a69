import type { Slice } from '../../bytes/index.ts'
import { errors, Fetch } from '../../protocol/index.ts'
import { BatchCursor, batchCrc, batchLastOffset } from '../../records/index.ts'
import { type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { PartitionMap, type TopicPartition } from '../topic-partition.ts'

/** From where on to look at one broker's replica. */
export interface ReplicaRead extends TopicPartition {
  readonly topicId: string
  readonly offset: number
}

export interface BatchSeen {
  readonly lastOffset: number
  /** CRC-32C of the batch as it is stored. */
  readonly checksum: number
}

/** What one broker holds of a partition, as far as one fetch carries. */
export interface ReplicaSeen {
  readonly highWatermark: number
  readonly batches: readonly BatchSeen[]
}

export interface ReplicaReadOptions extends CallOptions {
  readonly maxWaitMs: number
  readonly partitionBytesMax: number
}

/** The batches of replicas on `brokerId`, leader or follower (KIP-392). */
export async function readReplicas(
  cluster: Cluster,
  brokerId: number,
  reads: readonly ReplicaRead[],
  o: ReplicaReadOptions,
): Promise<PartitionMap<Outcome<ReplicaSeen>>> {
  return cluster.retry('Fetch', o, async () => {
    const topics = new Map<string, ReplicaRead[]>()
    for (const read of reads) topics.set(read.topicId, [...(topics.get(read.topicId) ?? []), read])
    const answer = await cluster.ask(
      brokerId,
      Fetch,
      {
        maxWaitMs: o.maxWaitMs,
        minBytes: 1,
        maxBytes: 0x7fffffff,
        sessionEpoch: -1,
        topics: [...topics].map(([topicId, list]) => ({
          topicId,
          partitions: list.map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            partitionMaxBytes: o.partitionBytesMax,
          })),
        })),
      },
      { floor: 13 },
    )
    const seen = new PartitionMap<Outcome<ReplicaSeen>>()
    for (const { topicId, partitions } of answer.responses) {
      const name = topics.get(topicId)?.[0]?.topic
      if (name === undefined) continue
      for (const { partitionIndex, errorCode, highWatermark, records } of partitions) {
        const batches = errorCode === errors.NONE && records !== null ? batchesOf(records) : []
        seen.set(name, partitionIndex, outcome(errorCode, null, { highWatermark, batches }))
      }
    }
    return seen
  })
}

function batchesOf(records: Slice): BatchSeen[] {
  const batches: BatchSeen[] = []
  const cursor = new BatchCursor(records)
  while (cursor.next()) {
    const { bytes, from } = cursor
    batches.push({ lastOffset: batchLastOffset(bytes, from), checksum: batchCrc(bytes, from) })
  }
  return batches
}
