import { AlterPartitionReassignments, ElectLeaders, errors, ListPartitionReassignments } from '../../protocol/index.ts'
import { check, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from '../topic-partition.ts'
import { brokerTimeoutMs } from './each.ts'

const electionTypes = { preferred: 0, unclean: 1 } as const

/** `partitions` null: all. A partition whose leader is the right one already is ELECTION_NOT_NEEDED, or not in the map. */
export async function electLeaders(
  cluster: Cluster,
  type: keyof typeof electionTypes,
  partitions: readonly TopicPartition[] | null,
  o: CallOptions,
): Promise<PartitionMap<Outcome>> {
  return cluster.retry('ElectLeaders', o, async () => {
    const topicPartitions =
      partitions &&
      [...groupByTopic(partitions)].map(([topic, list]) => ({ topic, partitions: list.map((p) => p.partition) }))
    const answer = await cluster.ask(
      'controller',
      ElectLeaders,
      (version) => ({
        ...(version >= 1 ? { electionType: electionTypes[type] } : {}),
        topicPartitions,
        timeoutMs: brokerTimeoutMs(cluster, o),
      }),
      { floor: type === 'unclean' ? 1 : 0 },
    )
    check(answer.errorCode)
    const results = new PartitionMap<Outcome>()
    for (const t of answer.replicaElectionResults) {
      for (const p of t.partitionResult) {
        results.set(t.topic, p.partitionId, outcome(p.errorCode, p.errorMessage, undefined))
      }
    }
    return results
  })
}

export interface Reassignment extends TopicPartition {
  /** Broker ids, the preferred leader first; null cancels the reassignment under way. */
  readonly replicas: readonly number[] | null
}

export async function alterReassignments(
  cluster: Cluster,
  asks: readonly Reassignment[],
  o: CallOptions & { readonly allowReplicationFactorChange?: boolean },
): Promise<PartitionMap<Outcome>> {
  return cluster.retry('AlterPartitionReassignments', o, async () => {
    const answer = await cluster.ask(
      'controller',
      AlterPartitionReassignments,
      {
        timeoutMs: brokerTimeoutMs(cluster, o),
        allowReplicationFactorChange: o.allowReplicationFactorChange ?? true,
        topics: [...groupByTopic(asks)].map(([name, list]) => ({
          name,
          partitions: list.map((a) => ({ partitionIndex: a.partition, replicas: a.replicas })),
        })),
      },
      { floor: o.allowReplicationFactorChange === false ? 1 : 0 },
    )
    check(answer.errorCode, answer.errorMessage)
    const results = new PartitionMap<Outcome>()
    for (const t of answer.responses) {
      for (const p of t.partitions) {
        results.set(t.name, p.partitionIndex, outcome(p.errorCode, p.errorMessage, undefined))
      }
    }
    return results
  })
}

export interface OngoingReassignment {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

/** `partitions` null: all. Only partitions that are being reassigned are in the map. */
export async function listReassignments(
  cluster: Cluster,
  partitions: readonly TopicPartition[] | null,
  o: CallOptions,
): Promise<PartitionMap<OngoingReassignment>> {
  return cluster.retry('ListPartitionReassignments', o, async () => {
    const answer = await cluster.ask('controller', ListPartitionReassignments, {
      timeoutMs: brokerTimeoutMs(cluster, o),
      topics:
        partitions &&
        [...groupByTopic(partitions)].map(([name, list]) => ({ name, partitionIndexes: list.map((p) => p.partition) })),
    })
    if (answer.errorCode !== errors.NONE) check(answer.errorCode, answer.errorMessage)
    const found = new PartitionMap<OngoingReassignment>()
    for (const t of answer.topics) {
      for (const { partitionIndex, replicas, addingReplicas, removingReplicas } of t.partitions) {
        found.set(t.name, partitionIndex, { replicas, addingReplicas, removingReplicas })
      }
    }
    return found
  })
}
