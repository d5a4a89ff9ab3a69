import { type CommittedOffset, fetchCommitted } from '../group-offsets.ts'
import { type ListOffsetsOptions, listOffsets } from '../list-offsets.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { PartitionMap, type TopicPartition } from '../topic-partition.ts'

/**
 * What the group has committed for these partitions; those without are not in the map. An offset that an open
 * transaction may still replace is waited for (KIP-447).
 */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  o: CallOptions,
): Promise<PartitionMap<CommittedOffset>> {
  return cluster.retry('OffsetFetch', o, async () => {
    const found = await fetchCommitted(cluster, groupId, partitions, { requireStable: true })
    const offsets = new PartitionMap<CommittedOffset>()
    for (const [p, result] of found) {
      if (result.error !== null) throw result.error
      offsets.set(p.topic, p.partition, result.value)
    }
    return offsets
  })
}

/** The offset at this time (or special one) of each partition; throws the first error. */
export async function offsetsOf(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  o: ListOffsetsOptions,
): Promise<PartitionMap<number>> {
  const asks = partitions.map((p) => ({ topic: p.topic, partition: p.partition, timestamp }))
  const found = await listOffsets(cluster, asks, o)
  const offsets = new PartitionMap<number>()
  for (const [p, result] of found) {
    if (result.error !== null) throw result.error
    offsets.set(p.topic, p.partition, result.value.offset)
  }
  return offsets
}
