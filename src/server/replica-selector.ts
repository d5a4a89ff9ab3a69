import type { BrokerConfig } from '../config/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import type { Partition } from '../replication/index.ts'

/** What makes a leader send consumers to a replica near them (KIP-392); by its simple name it is the same class. */
const RACK_AWARE = /(^|\.)RackAwareReplicaSelector$/

/**
 * The follower that a consumer in `rack` should read from instead of the leader, or null: in sync, alive, in that rack,
 * with the offset in its log; of several the one that has most.
 */
export function preferredReplica(
  config: BrokerConfig,
  image: MetadataImage,
  partition: Partition,
  rack: string,
  fetchOffset: number,
): number | null {
  if (rack === '' || !RACK_AWARE.test(config.replicaSelectorClass ?? '') || !partition.isLeader) return null
  if (config.brokerRack === rack) return null
  let best: { id: number; endOffset: number } | null = null
  for (const { id, endOffset } of partition.inSyncFollowersAt(fetchOffset)) {
    const broker = image.brokers.get(id)
    if (broker === undefined || broker.isFenced || broker.rack !== rack) continue
    if (best === null || endOffset > best.endOffset || (endOffset === best.endOffset && id < best.id)) {
      best = { id, endOffset }
    }
  }
  return best?.id ?? null
}
