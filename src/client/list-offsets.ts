import { errors, ListOffsets } from '../protocol/index.ts'
import { brokerError, isKafkaError, type Outcome } from './errors.ts'
import type { CallOptions, Cluster } from './network/cluster.ts'
import { groupByTopic, PartitionMap, type TopicPartition } from './topic-partition.ts'
import { backoffMs, sleep } from './waiting.ts'

/** Timestamps with a meaning of their own; any other asks for the first record at or after that wall time. */
export const offsetSpecs = {
  latest: -1,
  earliest: -2,
  /** The record with the highest timestamp (Kafka 3.0). */
  maxTimestamp: -3,
  /** The first offset not only in remote storage (3.4). */
  earliestLocal: -4,
  /** The last offset in remote storage (3.9). */
  latestTiered: -5,
  /** The first offset not yet uploaded (4.2). */
  earliestPendingUpload: -6,
} as const

/** Least ListOffsets version that understands the timestamp. */
function floorOf(timestamp: number): number {
  if (timestamp === offsetSpecs.maxTimestamp) return 7
  if (timestamp === offsetSpecs.earliestLocal) return 8
  if (timestamp === offsetSpecs.latestTiered) return 9
  return timestamp === offsetSpecs.earliestPendingUpload ? 11 : 0
}

export interface OffsetAsk extends TopicPartition {
  readonly timestamp: number
}

export interface FoundOffset {
  /** -1: no record at or after the time asked for. */
  readonly offset: number
  /** -1 for latest and earliest. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export interface ListOffsetsOptions extends CallOptions {
  readonly isolationLevel?: IsolationLevel | undefined
}

/** Offsets by time, from the partitions' leaders. What passes is asked again until the time is over. */
export async function listOffsets(
  cluster: Cluster,
  asks: readonly OffsetAsk[],
  o: ListOffsetsOptions = {},
): Promise<PartitionMap<Outcome<FoundOffset>>> {
  const { clock, random } = cluster.env
  const { retryBackoffMs, retryBackoffMaxMs, apiTimeoutMs } = cluster.options
  const timeoutMs = o.timeoutMs ?? apiTimeoutMs
  const deadlineMs = clock.monoMs() + timeoutMs
  const results = new PartitionMap<Outcome<FoundOffset>>()
  const topics = new Set(asks.map((a) => a.topic))
  for (const topic of topics) cluster.want(topic)
  try {
    let left: readonly OffsetAsk[] = asks
    if (asks.some((a) => !cluster.metadata.topics.has(a.topic)))
      await cluster.retry('Metadata', o, () => cluster.refresh())
    for (let attempt = 0; left.length > 0; attempt++) {
      o.signal?.throwIfAborted()
      await askOnce(cluster, left, o, results)
      left = left.filter((a) => isOpen(results.get(a.topic, a.partition)))
      if (left.length === 0) break
      const wait = backoffMs(attempt, retryBackoffMs, retryBackoffMaxMs, random.next())
      if (clock.monoMs() + wait >= deadlineMs) {
        for (const { topic, partition } of left) {
          const error = cluster.unanswered('ListOffsets', timeoutMs, results.get(topic, partition)?.error)
          results.set(topic, partition, { error, value: null })
        }
        break
      }
      await sleep(clock, wait, o.signal)
      await cluster.refresh().catch((error: unknown) => {
        if (!isKafkaError(error) || !error.isRetriable) throw error
      })
    }
    return results
  } finally {
    for (const topic of topics) cluster.unwant(topic)
  }
}

/** Not answered, or with an error that may pass. */
function isOpen(result: Outcome<FoundOffset> | undefined): boolean {
  return result === undefined || result.error?.isRetriable === true
}

async function askOnce(
  cluster: Cluster,
  asks: readonly OffsetAsk[],
  o: ListOffsetsOptions,
  results: PartitionMap<Outcome<FoundOffset>>,
): Promise<void> {
  const byLeader = new Map<number, OffsetAsk[]>()
  for (const ask of asks) {
    const leader = cluster.metadata.partition(ask.topic, ask.partition)
    if (leader === undefined || leader.leader < 0) {
      const code = leader
        ? errors.LEADER_NOT_AVAILABLE
        : (cluster.metadata.errorOf(ask.topic) ?? errors.UNKNOWN_TOPIC_OR_PARTITION)
      results.set(ask.topic, ask.partition, { error: brokerError(code), value: null })
      continue
    }
    const list = byLeader.get(leader.leader)
    if (list) list.push(ask)
    else byLeader.set(leader.leader, [ask])
  }
  await Promise.all([...byLeader].map(([leader, list]) => askLeader(cluster, leader, list, o, results)))
}

async function askLeader(
  cluster: Cluster,
  leader: number,
  asks: readonly OffsetAsk[],
  o: ListOffsetsOptions,
  results: PartitionMap<Outcome<FoundOffset>>,
): Promise<void> {
  try {
    const floor = Math.max(o.isolationLevel === 'read_committed' ? 2 : 0, ...asks.map((a) => floorOf(a.timestamp)))
    const body = {
      replicaId: -1,
      isolationLevel: o.isolationLevel === 'read_committed' ? 1 : 0,
      timeoutMs: cluster.options.requestTimeoutMs,
      topics: [...groupByTopic(asks)].map(([name, list]) => ({
        name,
        partitions: list.map((a) => ({
          partitionIndex: a.partition,
          timestamp: a.timestamp,
          currentLeaderEpoch: cluster.metadata.partition(a.topic, a.partition)?.leaderEpoch ?? -1,
        })),
      })),
    }
    const answer = await cluster.ask(
      leader,
      ListOffsets,
      (version) => (version < 2 ? { ...body, isolationLevel: 0 } : body),
      { floor },
    )
    for (const topic of answer.topics) {
      for (const p of topic.partitions) {
        const { offset, timestamp, leaderEpoch } = p
        results.set(
          topic.name,
          p.partitionIndex,
          p.errorCode === errors.NONE
            ? { error: null, value: { offset, timestamp, leaderEpoch } }
            : { error: brokerError(p.errorCode), value: null },
        )
      }
    }
  } catch (error) {
    if (!isKafkaError(error)) throw error
    for (const ask of asks) results.set(ask.topic, ask.partition, { error, value: null })
  }
}
