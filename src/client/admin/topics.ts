import { type Uuid, ZERO_UUID } from '../../bytes/index.ts'
import {
  CreatePartitions,
  CreateTopics,
  DeleteRecords,
  DeleteTopics,
  DescribeTopicPartitions,
  errors,
  Metadata,
  type ResponseOf,
} from '../../protocol/index.ts'
import { brokerError, isKafkaError, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from '../topic-partition.ts'
import { askEach, brokerTimeoutMs } from './each.ts'

export interface NewTopic {
  readonly name: string
  /** The broker's default when left out. */
  readonly partitions?: number
  readonly replicationFactor?: number
  /** Broker ids per partition, the preferred leader first; instead of the two above. */
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string | null>>
}

export interface ValidateOptions extends CallOptions {
  /** Check only; nothing is changed. */
  readonly validateOnly?: boolean
}

export interface CreatedTopic {
  readonly id: Uuid
  /** -1 when the broker does not tell. */
  readonly partitions: number
  readonly replicationFactor: number
}

export async function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  o: ValidateOptions,
): Promise<Map<string, Outcome<CreatedTopic>>> {
  const byName = new Map(topics.map((t) => [t.name, t]))
  return askEach(cluster, 'CreateTopics', [...byName.keys()], o, async (names) => {
    const answer = await cluster.ask('controller', CreateTopics, {
      timeoutMs: brokerTimeoutMs(cluster, o),
      validateOnly: o.validateOnly ?? false,
      topics: names.map((name) => {
        const { partitions, replicationFactor, assignments, configs } = byName.get(name)!
        return {
          name,
          numPartitions: assignments ? -1 : (partitions ?? -1),
          replicationFactor: assignments ? -1 : (replicationFactor ?? -1),
          assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
        }
      }),
    })
    return new Map(
      answer.topics.map((t) => [
        t.name,
        outcome(t.errorCode, t.errorMessage, {
          id: t.topicId,
          partitions: t.numPartitions,
          replicationFactor: t.replicationFactor,
        }),
      ]),
    )
  })
}

/** By name, or by id (`{ id }`). */
export type TopicRef = string | { readonly id: Uuid }

export async function deleteTopics(
  cluster: Cluster,
  refs: readonly TopicRef[],
  o: CallOptions,
): Promise<Map<TopicRef, Outcome>> {
  return askEach(cluster, 'DeleteTopics', refs, o, async (some) => {
    const timeoutMs = brokerTimeoutMs(cluster, o)
    const haveIds = some.some((ref) => typeof ref !== 'string')
    const answer = await cluster.ask(
      'controller',
      DeleteTopics,
      (version) =>
        version < 6
          ? { topicNames: some as string[], timeoutMs }
          : {
              timeoutMs,
              topics: some.map((ref) => (typeof ref === 'string' ? { name: ref } : { name: null, topicId: ref.id })),
            },
      { floor: haveIds ? 6 : 0 },
    )
    const results = new Map<TopicRef, Outcome>()
    for (const t of answer.responses) {
      const ref = some.find((r) => (typeof r === 'string' ? r === t.name : r.id === t.topicId))
      if (ref !== undefined) results.set(ref, outcome(t.errorCode, t.errorMessage, undefined))
    }
    return results
  })
}

export interface MorePartitions {
  readonly topic: string
  /** The new total. */
  readonly count: number
  /** Broker ids for each new partition. */
  readonly assignments?: readonly (readonly number[])[]
}

export async function createPartitions(
  cluster: Cluster,
  asks: readonly MorePartitions[],
  o: ValidateOptions,
): Promise<Map<string, Outcome>> {
  const byName = new Map(asks.map((a) => [a.topic, a]))
  return askEach(cluster, 'CreatePartitions', [...byName.keys()], o, async (names) => {
    const answer = await cluster.ask('controller', CreatePartitions, {
      timeoutMs: brokerTimeoutMs(cluster, o),
      validateOnly: o.validateOnly ?? false,
      topics: names.map((name) => {
        const { count, assignments } = byName.get(name)!
        return { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }
      }),
    })
    return new Map(answer.results.map((r) => [r.name, outcome(r.errorCode, r.errorMessage, undefined)]))
  })
}

export interface TopicListing {
  readonly name: string
  readonly id: Uuid
  readonly isInternal: boolean
}

export async function listTopics(cluster: Cluster, o: CallOptions): Promise<Map<string, TopicListing>> {
  return cluster.retry('Metadata', o, async () => {
    const answer = await cluster.ask('any', Metadata, (version) => ({
      topics: version === 0 ? [] : null,
      allowAutoTopicCreation: version < 4,
    }))
    if (answer.errorCode !== errors.NONE) throw brokerError(answer.errorCode)
    return new Map(
      answer.topics.map((t) => [t.name ?? '', { name: t.name ?? '', id: t.topicId, isInternal: t.isInternal }]),
    )
  })
}

export interface DescribedPartition {
  readonly partition: number
  /** Broker id; -1 = none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
  /** Eligible leader replicas (KIP-966); null when the broker does not tell. */
  readonly elr: readonly number[] | null
  readonly lastKnownElr: readonly number[] | null
}

export interface DescribedTopic {
  readonly name: string
  readonly id: Uuid
  readonly isInternal: boolean
  readonly partitions: readonly DescribedPartition[]
}

export async function describeTopics(
  cluster: Cluster,
  refs: readonly TopicRef[],
  o: CallOptions,
): Promise<Map<TopicRef, Outcome<DescribedTopic>>> {
  return askEach(cluster, 'DescribeTopicPartitions', refs, o, async (some) => {
    const connection = await cluster.connection('any')
    const names = some.filter((r) => typeof r === 'string')
    const canPage = connection.versions.find(DescribeTopicPartitions) !== null
    const results = new Map<TopicRef, Outcome<DescribedTopic>>()
    if (canPage && names.length > 0) await describeByPages(cluster, names, results)
    const rest = canPage ? some.filter((r) => typeof r !== 'string') : some
    if (rest.length > 0) await describeByMetadata(cluster, rest, results)
    return results
  })
}

/** KIP-966: the broker answers a bounded number of partitions and where to go on. */
async function describeByPages(
  cluster: Cluster,
  names: readonly string[],
  results: Map<TopicRef, Outcome<DescribedTopic>>,
): Promise<void> {
  const found = new Map<string, DescribedTopic & { partitions: DescribedPartition[] }>()
  let cursor: { topicName: string; partitionIndex: number } | null = null
  const sorted = [...names].sort()
  do {
    const from: { topicName: string; partitionIndex: number } | null = cursor
    const answer: ResponseOf<typeof DescribeTopicPartitions> = await cluster.ask('any', DescribeTopicPartitions, {
      topics: sorted.filter((name) => from === null || name >= from.topicName).map((name) => ({ name })),
      responsePartitionLimit: 2000,
      cursor: from,
    })
    for (const t of answer.topics) {
      const name = t.name ?? ''
      if (t.errorCode !== errors.NONE) {
        results.set(name, { error: topicError(t.errorCode, name), value: null })
        continue
      }
      let topic = found.get(name)
      if (!topic) found.set(name, (topic = { name, id: t.topicId, isInternal: t.isInternal, partitions: [] }))
      for (const p of t.partitions) {
        topic.partitions.push({
          partition: p.partitionIndex,
          leader: p.leaderId,
          leaderEpoch: p.leaderEpoch,
          replicas: p.replicaNodes,
          isr: p.isrNodes,
          offlineReplicas: p.offlineReplicas,
          elr: p.eligibleLeaderReplicas,
          lastKnownElr: p.lastKnownElr,
        })
      }
    }
    cursor = answer.nextCursor
  } while (cursor !== null)
  for (const [name, topic] of found) {
    topic.partitions.sort((a, b) => a.partition - b.partition)
    results.set(name, { error: null, value: topic })
  }
}

async function describeByMetadata(
  cluster: Cluster,
  refs: readonly TopicRef[],
  results: Map<TopicRef, Outcome<DescribedTopic>>,
): Promise<void> {
  const haveIds = refs.some((r) => typeof r !== 'string')
  const answer = await cluster.ask(
    'any',
    Metadata,
    {
      topics: refs.map((r) => (typeof r === 'string' ? { name: r } : { name: null, topicId: r.id })),
      allowAutoTopicCreation: false,
    },
    { floor: haveIds ? 12 : 4 },
  )
  for (const t of answer.topics) {
    const ref = refs.find((r) => (typeof r === 'string' ? r === t.name : r.id === t.topicId))
    if (ref === undefined) continue
    if (t.errorCode !== errors.NONE) {
      const name = typeof ref === 'string' ? ref : ref.id
      results.set(ref, { error: topicError(t.errorCode, name), value: null })
      continue
    }
    const partitions = t.partitions.map((p) => ({
      partition: p.partitionIndex,
      leader: p.leaderId,
      leaderEpoch: p.leaderEpoch,
      replicas: p.replicaNodes,
      isr: p.isrNodes,
      offlineReplicas: p.offlineReplicas,
      elr: null,
      lastKnownElr: null,
    }))
    partitions.sort((a, b) => a.partition - b.partition)
    results.set(ref, {
      error: null,
      value: { name: t.name ?? '', id: t.topicId === ZERO_UUID ? '' : t.topicId, isInternal: t.isInternal, partitions },
    })
  }
}

function topicError(code: number, topic: string) {
  const error = brokerError(code)
  return brokerError(code, `${error.message} (${topic})`)
}

export interface RecordsBefore extends TopicPartition {
  /** The new first offset; -1 = the high watermark. */
  readonly offset: number
}

/** Answers the new low watermark of each partition. Each partition's leader is asked. */
export async function deleteRecords(
  cluster: Cluster,
  asks: readonly RecordsBefore[],
  o: CallOptions,
): Promise<PartitionMap<Outcome<number>>> {
  for (const topic of new Set(asks.map((a) => a.topic))) cluster.want(topic)
  await cluster.retry('Metadata', o, () => cluster.refresh())
  const results = await askEach(cluster, 'DeleteRecords', asks, o, async (some) => {
    const found = new Map<RecordsBefore, Outcome<number>>()
    const byLeader = new Map<number, RecordsBefore[]>()
    for (const ask of some) {
      const known = cluster.metadata.partition(ask.topic, ask.partition)
      const leader = known?.leader ?? -1
      if (leader < 0) {
        const code = known ? errors.LEADER_NOT_AVAILABLE : errors.UNKNOWN_TOPIC_OR_PARTITION
        found.set(ask, { error: brokerError(code), value: null })
      } else byLeader.set(leader, [...(byLeader.get(leader) ?? []), ask])
    }
    await Promise.all(
      [...byLeader].map(async ([leader, list]) => {
        try {
          const answer = await cluster.ask(leader, DeleteRecords, {
            timeoutMs: brokerTimeoutMs(cluster, o),
            topics: [...groupByTopic(list)].map(([name, parts]) => ({
              name,
              partitions: parts.map((p) => ({ partitionIndex: p.partition, offset: p.offset })),
            })),
          })
          for (const t of answer.topics) {
            for (const p of t.partitions) {
              const ask = list.find((a) => a.topic === t.name && a.partition === p.partitionIndex)
              if (ask) found.set(ask, outcome(p.errorCode, null, p.lowWatermark))
            }
          }
        } catch (error) {
          if (!isKafkaError(error)) throw error
          for (const ask of list) found.set(ask, { error, value: null })
        }
      }),
    )
    return found
  })
  const byPartition = new PartitionMap<Outcome<number>>()
  for (const [ask, result] of results) byPartition.set(ask.topic, ask.partition, result)
  return byPartition
}
