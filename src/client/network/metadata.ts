import { type Uuid, ZERO_UUID } from '../../bytes/index.ts'
import type { ErrorCode, Metadata as MetadataApi, ResponseOf } from '../../protocol/index.ts'

/** A broker as clients reach it. */
export interface Node {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface PartitionMetadata {
  readonly partition: number
  /** Broker id; -1 = none at the moment. */
  readonly leader: number
  /** -1 = unknown. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
  readonly errorCode: ErrorCode
}

export interface TopicMetadata {
  readonly name: string
  /** ZERO_UUID when the broker does not tell ids (before 2.8). */
  readonly id: Uuid
  readonly isInternal: boolean
  /** Index = partition id. */
  readonly partitions: readonly PartitionMetadata[]
}

export type MetadataAnswer = ResponseOf<typeof MetadataApi>

/**
 * What this client knows of the cluster. A leader is never replaced by one of an older epoch, wherever the news came
 * from: a Metadata answer, or the hint in a Produce or Fetch answer (KIP-951).
 */
export class MetadataCache {
  #nodes = new Map<number, Node>()
  #topics = new Map<string, TopicMetadata>()
  readonly #names = new Map<Uuid, string>()
  /** Answers that named a topic as missing or not allowed, until the next answer. */
  #topicErrors = new Map<string, ErrorCode>()
  clusterId: string | null = null
  /** -1 = unknown. */
  controllerId = -1
  /** Monotonic; -Infinity = never. */
  updatedMs = Number.NEGATIVE_INFINITY
  /** Grows with every change; waiters compare it. */
  version = 0

  get nodes(): ReadonlyMap<number, Node> {
    return this.#nodes
  }

  get topics(): ReadonlyMap<string, TopicMetadata> {
    return this.#topics
  }

  nameOf(id: Uuid): string | undefined {
    return this.#names.get(id)
  }

  /** Code of the last answer about a topic that is not in {@link topics}; undefined = nothing is known. */
  errorOf(topic: string): ErrorCode | undefined {
    return this.#topicErrors.get(topic)
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions[partition]
  }

  leaderOf(topic: string, partition: number): Node | undefined {
    const leader = this.partition(topic, partition)?.leader
    return leader === undefined ? undefined : this.#nodes.get(leader)
  }

  /** `wanted` null: the answer is about all topics, and those it does not name are gone. */
  update(answer: MetadataAnswer, wanted: ReadonlySet<string> | null, nowMs: number): void {
    this.#nodes = new Map(
      answer.brokers.map((b) => [b.nodeId, { id: b.nodeId, host: b.host, port: b.port, rack: b.rack }]),
    )
    this.clusterId = answer.clusterId
    this.controllerId = answer.controllerId
    const topics = new Map<string, TopicMetadata>()
    // topics that were not asked about stay as they are
    if (wanted !== null) for (const [name, topic] of this.#topics) if (wanted.has(name)) topics.set(name, topic)
    const errors = new Map<string, ErrorCode>()
    for (const topic of answer.topics) {
      const name = topic.name ?? this.#names.get(topic.topicId)
      if (name === undefined) continue
      if (topic.errorCode !== 0 && topic.partitions.length === 0) {
        errors.set(name, topic.errorCode)
        topics.delete(name)
        continue
      }
      topics.set(name, this.#merge(name, topic))
    }
    this.#topics = topics
    this.#topicErrors = errors
    this.#names.clear()
    for (const topic of topics.values()) if (topic.id !== ZERO_UUID) this.#names.set(topic.id, topic.name)
    this.updatedMs = nowMs
    this.version++
  }

  #merge(name: string, answer: MetadataAnswer['topics'][number]): TopicMetadata {
    const before = this.#topics.get(name)
    const isSame = before !== undefined && before.id === answer.topicId
    const partitions: PartitionMetadata[] = []
    for (const p of answer.partitions) {
      const known = isSame ? before.partitions[p.partitionIndex] : undefined
      const isStale = known !== undefined && p.leaderEpoch >= 0 && p.leaderEpoch < known.leaderEpoch
      partitions[p.partitionIndex] = isStale
        ? known
        : {
            partition: p.partitionIndex,
            leader: p.leaderId,
            leaderEpoch: p.leaderEpoch,
            replicas: p.replicaNodes,
            isr: p.isrNodes,
            offlineReplicas: p.offlineReplicas,
            errorCode: p.errorCode,
          }
    }
    for (let i = 0; i < partitions.length; i++) partitions[i] ??= missingPartition(i)
    return { name, id: answer.topicId, isInternal: answer.isInternal, partitions }
  }

  /** A leader named by a Produce or Fetch answer. Says whether that was news. */
  hintLeader(
    topic: string,
    partition: number,
    leader: number,
    leaderEpoch: number,
    endpoints: readonly Node[],
  ): boolean {
    const known = this.#topics.get(topic)
    const before = known?.partitions[partition]
    if (!known || !before || leader < 0 || leaderEpoch <= before.leaderEpoch) return false
    const endpoint = endpoints.find((n) => n.id === leader)
    if (endpoint) this.#nodes.set(leader, endpoint)
    if (!this.#nodes.has(leader)) return false
    const partitions = known.partitions.with(partition, { ...before, leader, leaderEpoch, errorCode: 0 })
    this.#topics.set(topic, { ...known, partitions })
    this.version++
    return true
  }

  forget(topic: string): void {
    const known = this.#topics.get(topic)
    if (!known) return
    this.#topics.delete(topic)
    this.#names.delete(known.id)
  }

  /** Start over from the bootstrap servers: nodes are forgotten, what is known of topics stays until it is renewed. */
  forgetNodes(): void {
    this.#nodes = new Map()
    this.controllerId = -1
    this.updatedMs = Number.NEGATIVE_INFINITY
  }
}

function missingPartition(partition: number): PartitionMetadata {
  return { partition, leader: -1, leaderEpoch: -1, replicas: [], isr: [], offlineReplicas: [], errorCode: 5 }
}
