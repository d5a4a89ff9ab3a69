import {
  AddRaftVoter,
  AlterReplicaLogDirs,
  ApiVersions,
  DescribeCluster,
  DescribeLogDirs,
  DescribeProducers,
  DescribeQuorum,
  errors,
  RemoveRaftVoter,
  type ResponseOf,
  UnregisterBroker,
  UpdateFeatures,
} from '../../protocol/index.ts'
import { software } from '../../wire/index.ts'
import { brokerError, check, isKafkaError, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import type { Node } from '../network/metadata.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from '../topic-partition.ts'
import { askEach, brokerTimeoutMs } from './each.ts'

export interface ClusterDescription {
  readonly clusterId: string
  /** The broker that stands for the controller; -1 = none. */
  readonly controllerId: number
  readonly nodes: readonly (Node & { readonly isFenced: boolean })[]
}

export interface DescribeClusterOptions extends CallOptions {
  readonly includeFencedBrokers?: boolean
}

export async function describeCluster(cluster: Cluster, o: DescribeClusterOptions): Promise<ClusterDescription> {
  return cluster.retry('DescribeCluster', o, async () => {
    const includeFencedBrokers = o.includeFencedBrokers ?? false
    const answer = await cluster.ask(
      'any',
      DescribeCluster,
      (version) => ({
        ...(cluster.isOfControllers ? { endpointType: 2 } : {}),
        ...(version >= 2 ? { includeFencedBrokers } : {}),
      }),
      { floor: includeFencedBrokers ? 2 : cluster.isOfControllers ? 1 : 0 },
    )
    check(answer.errorCode, answer.errorMessage)
    return {
      clusterId: answer.clusterId,
      controllerId: answer.controllerId,
      nodes: answer.brokers.map((b) => ({
        id: b.brokerId,
        host: b.host,
        port: b.port,
        rack: b.rack,
        isFenced: b.isFenced,
      })),
    }
  })
}

export async function unregisterBroker(cluster: Cluster, brokerId: number, o: CallOptions): Promise<void> {
  await cluster.retry('UnregisterBroker', o, async () => {
    const answer = await cluster.ask('controller', UnregisterBroker, { brokerId })
    check(answer.errorCode, answer.errorMessage)
  })
}

/** What a broker speaks and which feature levels it knows: its ApiVersions answer. */
export async function apiVersions(
  cluster: Cluster,
  node: number | Node | 'any',
  o: CallOptions,
): Promise<ResponseOf<typeof ApiVersions>> {
  return cluster.retry('ApiVersions', o, async () => (await cluster.connection(node)).versions.answer)
}

export interface FeatureDescription {
  readonly finalizedEpoch: number | null
  /** By name; a feature at level 0 is absent. */
  readonly finalized: ReadonlyMap<string, number>
  readonly supported: ReadonlyMap<string, { readonly min: number; readonly max: number }>
}

export async function describeFeatures(
  cluster: Cluster,
  o: CallOptions & { readonly nodeId?: number },
): Promise<FeatureDescription> {
  return cluster.retry('ApiVersions', o, async () => {
    const connection = await cluster.connection(o.nodeId ?? 'any')
    // asked anew: the levels may have changed since the connection was made
    const version = connection.versions.pick(ApiVersions)
    const body = { clientSoftwareName: software.name, clientSoftwareVersion: software.version }
    const answer = await connection.send(ApiVersions, version, body, cluster.options.requestTimeoutMs)
    check(answer.errorCode)
    return {
      finalizedEpoch: answer.finalizedFeaturesEpoch < 0 ? null : answer.finalizedFeaturesEpoch,
      finalized: new Map(answer.finalizedFeatures.map((f) => [f.name, f.maxVersionLevel])),
      supported: new Map(answer.supportedFeatures.map((f) => [f.name, { min: f.minVersion, max: f.maxVersion }])),
    }
  })
}

const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

export interface FeatureUpdate {
  readonly name: string
  /** 0 disables the feature. */
  readonly level: number
  readonly type?: keyof typeof upgradeTypes
}

/** All or none. */
export async function updateFeatures(
  cluster: Cluster,
  updates: readonly FeatureUpdate[],
  o: CallOptions & { readonly validateOnly?: boolean },
): Promise<void> {
  await cluster.retry('UpdateFeatures', o, async () => {
    const answer = await cluster.ask(
      'controller',
      UpdateFeatures,
      {
        timeoutMs: brokerTimeoutMs(cluster, o),
        validateOnly: o.validateOnly ?? false,
        featureUpdates: updates.map((u) => ({
          feature: u.name,
          maxVersionLevel: u.level,
          upgradeType: upgradeTypes[u.type ?? 'upgrade'],
        })),
      },
      { floor: 1 },
    )
    check(answer.errorCode, answer.errorMessage)
    for (const r of answer.results) check(r.errorCode, r.errorMessage)
  })
}

export type QuorumDescription = ResponseOf<typeof DescribeQuorum>

export async function describeQuorum(cluster: Cluster, o: CallOptions): Promise<QuorumDescription> {
  return cluster.retry('DescribeQuorum', o, async () => {
    const answer = await cluster.ask('controller', DescribeQuorum, {
      topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
    })
    check(answer.errorCode, answer.errorMessage)
    const partition = answer.topics[0]?.partitions[0]
    if (partition) check(partition.errorCode, partition.errorMessage)
    return answer
  })
}

export interface RaftVoter {
  readonly id: number
  readonly directoryId: string
}

export interface RaftVoterEndpoint {
  readonly listener: string
  readonly host: string
  readonly port: number
}

/** Makes a controller that follows the metadata quorum one of its voters (KIP-853). */
export async function addRaftVoter(
  cluster: Cluster,
  voter: RaftVoter,
  endpoints: readonly RaftVoterEndpoint[],
  o: CallOptions,
): Promise<void> {
  await cluster.retry('AddRaftVoter', o, async () => {
    const answer = await cluster.ask('controller', AddRaftVoter, {
      clusterId: null,
      timeoutMs: brokerTimeoutMs(cluster, o),
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      listeners: endpoints.map(({ listener, host, port }) => ({ name: listener, host, port })),
    })
    check(answer.errorCode, answer.errorMessage)
  })
}

export async function removeRaftVoter(cluster: Cluster, voter: RaftVoter, o: CallOptions): Promise<void> {
  await cluster.retry('RemoveRaftVoter', o, async () => {
    const answer = await cluster.ask('controller', RemoveRaftVoter, {
      clusterId: null,
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
    })
    check(answer.errorCode, answer.errorMessage)
  })
}

export interface LogDirReplica extends TopicPartition {
  readonly sizeBytes: number
  readonly offsetLag: number
  /** Being moved here from another directory. */
  readonly isFuture: boolean
}

export interface LogDir {
  readonly path: string
  readonly error: ReturnType<typeof brokerError> | null
  readonly replicas: readonly LogDirReplica[]
  /** Of the volume; null = not told. */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly isCordoned: boolean
}

/** `partitions` null: all. */
export async function describeLogDirs(
  cluster: Cluster,
  brokerIds: readonly number[],
  partitions: readonly TopicPartition[] | null,
  o: CallOptions,
): Promise<Map<number, Outcome<LogDir[]>>> {
  return askEach(cluster, 'DescribeLogDirs', brokerIds, o, async (ids) => {
    const results = new Map<number, Outcome<LogDir[]>>()
    const topics =
      partitions &&
      [...groupByTopic(partitions)].map(([topic, list]) => ({ topic, partitions: list.map((p) => p.partition) }))
    await Promise.all(
      ids.map(async (id) => {
        try {
          const answer = await cluster.ask(id, DescribeLogDirs, { topics })
          results.set(
            id,
            outcome(
              answer.errorCode,
              null,
              answer.results.map((d) => ({
                path: d.logDir,
                error: d.errorCode === errors.NONE ? null : brokerError(d.errorCode),
                totalBytes: d.totalBytes < 0 ? null : d.totalBytes,
                usableBytes: d.usableBytes < 0 ? null : d.usableBytes,
                isCordoned: d.isCordoned,
                replicas: d.topics.flatMap((t) =>
                  t.partitions.map((p) => ({
                    topic: t.name,
                    partition: p.partitionIndex,
                    sizeBytes: p.partitionSize,
                    offsetLag: p.offsetLag,
                    isFuture: p.isFutureKey,
                  })),
                ),
              })),
            ),
          )
        } catch (error) {
          if (!isKafkaError(error)) throw error
          results.set(id, { error, value: null })
        }
      }),
    )
    return results
  })
}

export interface ReplicaMove extends TopicPartition {
  readonly brokerId: number
  /** Absolute path of the directory to move to. */
  readonly path: string
}

export async function alterReplicaLogDirs(
  cluster: Cluster,
  moves: readonly ReplicaMove[],
  o: CallOptions,
): Promise<Map<ReplicaMove, Outcome>> {
  return askEach(cluster, 'AlterReplicaLogDirs', moves, o, async (some) => {
    const results = new Map<ReplicaMove, Outcome>()
    const byBroker = new Map<number, ReplicaMove[]>()
    for (const move of some) byBroker.set(move.brokerId, [...(byBroker.get(move.brokerId) ?? []), move])
    await Promise.all(
      [...byBroker].map(async ([id, list]) => {
        const paths = new Map<string, ReplicaMove[]>()
        for (const move of list) paths.set(move.path, [...(paths.get(move.path) ?? []), move])
        const answer = await cluster.ask(id, AlterReplicaLogDirs, {
          dirs: [...paths].map(([path, parts]) => ({
            path,
            topics: [...groupByTopic(parts)].map(([name, ps]) => ({ name, partitions: ps.map((p) => p.partition) })),
          })),
        })
        for (const t of answer.results) {
          for (const p of t.partitions) {
            const move = list.find((m) => m.topic === t.topicName && m.partition === p.partitionIndex)
            if (move) results.set(move, outcome(p.errorCode, null, undefined))
          }
        }
      }),
    )
    return results
  })
}

export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  /** null = it has no open transaction. */
  readonly currentTransactionStartOffset: number | null
  readonly coordinatorEpoch: number
}

export async function describeProducers(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  o: CallOptions & { readonly brokerId?: number },
): Promise<PartitionMap<Outcome<ProducerState[]>>> {
  for (const topic of new Set(partitions.map((p) => p.topic))) cluster.want(topic)
  await cluster.retry('Metadata', o, () => cluster.refresh())
  const results = await askEach(cluster, 'DescribeProducers', partitions, o, async (some) => {
    const found = new Map<TopicPartition, Outcome<ProducerState[]>>()
    const byLeader = new Map<number, TopicPartition[]>()
    for (const p of some) {
      const leader = o.brokerId ?? cluster.metadata.partition(p.topic, p.partition)?.leader ?? -1
      if (leader < 0) found.set(p, { error: brokerError(errors.UNKNOWN_TOPIC_OR_PARTITION), value: null })
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), p])
    }
    await Promise.all(
      [...byLeader].map(async ([leader, list]) => {
        const answer = await cluster.ask(leader, DescribeProducers, {
          topics: [...groupByTopic(list)].map(([name, ps]) => ({ name, partitionIndexes: ps.map((p) => p.partition) })),
        })
        for (const t of answer.topics) {
          for (const p of t.partitions) {
            const asked = list.find((x) => x.topic === t.name && x.partition === p.partitionIndex)
            if (!asked) continue
            const states = p.activeProducers.map((s) => ({
              producerId: s.producerId,
              producerEpoch: s.producerEpoch,
              lastSequence: s.lastSequence,
              lastTimestamp: s.lastTimestamp,
              currentTransactionStartOffset: s.currentTxnStartOffset < 0 ? null : s.currentTxnStartOffset,
              coordinatorEpoch: s.coordinatorEpoch,
            }))
            found.set(asked, outcome(p.errorCode, p.errorMessage, states))
          }
        }
      }),
    )
    return found
  })
  const byPartition = new PartitionMap<Outcome<ProducerState[]>>()
  for (const [p, result] of results) byPartition.set(p.topic, p.partition, result)
  return byPartition
}
