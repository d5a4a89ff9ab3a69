import type { MetadataImage, PartitionImage, TopicImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'

export interface PartitionDescription {
  errorCode: ErrorCode
  partitionIndex: number
  leaderId: number
  leaderEpoch: number
  replicaNodes: readonly number[]
  isrNodes: readonly number[]
  offlineReplicas: readonly number[]
}

/**
 * A partition as clients of one listener see it: LEADER_NOT_AVAILABLE when it has no leader, LISTENER_NOT_FOUND when
 * the leader does not offer that listener.
 */
export function describePartition(
  image: MetadataImage,
  listener: string,
  partition: PartitionImage,
  partitionIndex: number,
): PartitionDescription {
  const leader = image.brokers.get(partition.leader)
  const isAlive = leader !== undefined && !leader.isFenced
  const hasListener = isAlive && leader.endpoints.some((e) => e.name === listener)
  return {
    errorCode: !isAlive ? errors.LEADER_NOT_AVAILABLE : hasListener ? errors.NONE : errors.LISTENER_NOT_FOUND,
    partitionIndex,
    leaderId: hasListener ? partition.leader : -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: offlineReplicas(image, listener, partition),
  }
}

const none: readonly number[] = []

function offlineReplicas(image: MetadataImage, listener: string, partition: PartitionImage): readonly number[] {
  const isOnline = (id: number) => {
    const broker = image.brokers.get(id)
    return broker !== undefined && !broker.isFenced && broker.endpoints.some((e) => e.name === listener)
  }
  if (partition.replicas.every(isOnline)) return none
  return partition.replicas.filter((id) => !isOnline(id))
}

export interface BrokerDescription {
  nodeId: number
  host: string
  port: number
  rack: string | null
}

/** The brokers that clients of this listener can reach now. */
export function aliveBrokers(image: MetadataImage, listener: string): BrokerDescription[] {
  const alive = []
  for (const broker of image.brokers.values()) {
    const endpoint = broker.endpoints.find((e) => e.name === listener)
    if (broker.isFenced || endpoint === undefined) continue
    alive.push({ nodeId: broker.id, host: endpoint.host, port: endpoint.port, rack: broker.rack })
  }
  return alive
}

export function describePartitions(image: MetadataImage, listener: string, topic: TopicImage): PartitionDescription[] {
  return topic.partitions.map((partition, index) => describePartition(image, listener, partition, index))
}
