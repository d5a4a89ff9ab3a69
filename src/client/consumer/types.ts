import type { Assignor } from '../assignors/index.ts'
import type { ClientOptions } from '../options.ts'
import type { Serde } from '../serdes.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { ConsumerRecord } from './record.ts'

export type OffsetReset = 'earliest' | 'latest' | 'none' | { readonly durationMs: number }

/** Where to read on, and what to note beside it. */
export interface OffsetAndMetadata {
  /** The next offset to read. */
  readonly offset: number
  /** Of the last record read; null = unknown. */
  readonly leaderEpoch?: number | null
  readonly metadata?: string | null
}

export interface PartitionOffset extends TopicPartition, OffsetAndMetadata {}

export interface PollOptions {
  /** Longest wait for the first record. Default: until there is one. */
  readonly timeoutMs?: number
  /** Default: the consumer's maxPollRecords. */
  readonly maxRecords?: number
  readonly signal?: AbortSignal | undefined
}

/** Records of one partition, in order; what `batches()` gives. */
export interface ConsumerBatch<K, V> extends TopicPartition {
  readonly records: readonly ConsumerRecord<K, V>[]
}

/** Told inside `poll`, `next` or `close`, never beside them; awaited before the rebalance goes on. */
export interface RebalanceListener {
  /** About to be taken away: the last moment to commit. */
  revoked?(partitions: readonly TopicPartition[]): void | Promise<void>
  assigned?(partitions: readonly TopicPartition[]): void | Promise<void>
  /** Already somebody else's: commits would fail. By default, told to `revoked`. */
  lost?(partitions: readonly TopicPartition[]): void | Promise<void>
}

/**
 * Names; or a RegExp that this client matches against the names of all topics; or, with groupProtocol 'consumer', a
 * pattern in RE2 syntax that the broker matches.
 */
export type Topics = readonly string[] | RegExp | { readonly pattern: string }

export interface ConsumerOptions<K = Uint8Array, V = Uint8Array> extends ClientOptions {
  /** Without a group, partitions are assigned by hand and offsets cannot be committed. */
  readonly groupId?: string
  /** Static membership: the member keeps its partitions over a restart. */
  readonly groupInstanceId?: string
  /** What to subscribe to from the start. */
  readonly topics?: Topics
  /** `classic` (default): members divide the partitions; `consumer`: the broker does (KIP-848, Kafka 4.0 and up). */
  readonly groupProtocol?: 'classic' | 'consumer'
  /** Classic: what this member can run, by preference. Default range, then cooperative-sticky. */
  readonly assignors?: readonly Assignor[]
  /** Consumer protocol: the broker's assignor; its own choice by default. */
  readonly groupRemoteAssignor?: string
  readonly rebalanceListener?: RebalanceListener
  /** Where to begin without a committed offset, or when the offset is gone. Default 'latest'. */
  readonly autoOffsetReset?: OffsetReset
  /** Commits what was consumed at intervals, before a rebalance and at close. Default true in a group. */
  readonly autoCommit?: boolean
  readonly autoCommitIntervalMs?: number
  /** `read_committed`: records of aborted transactions are left out, those of open ones waited for. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed'
  /** Classic: gone without a heartbeat for this long. Default 45000. */
  readonly sessionTimeoutMs?: number
  readonly heartbeatIntervalMs?: number
  /** Longest time between two polls (or steps of an iteration); after it the member leaves. Default 300000. */
  readonly maxPollIntervalMs?: number
  /** Most records that one poll returns. Default 500. */
  readonly maxPollRecords?: number
  /** A fetch waits at the broker for this much, at most this long, and returns at most about this. */
  readonly fetchMinBytes?: number
  readonly fetchMaxWaitMs?: number
  readonly fetchMaxBytes?: number
  readonly partitionFetchMaxBytes?: number
  /** Fetched and not yet consumed; no fetch is sent above it. Default 33554432. */
  readonly prefetchBytes?: number
  /** Reads from the replica in this rack, where brokers have a selector for it. */
  readonly rack?: string
  readonly checkCrcs?: boolean
  readonly allowAutoCreateTopics?: boolean
  /** Leave out topics such as __consumer_offsets from a subscription by pattern. Default true. */
  readonly excludeInternalTopics?: boolean
  /** A function, or a serde such as stringSerde; without one: bytes. */
  readonly keyDeserializer?: Deserializer<K> | Pick<Serde<K>, 'deserialize'>
  readonly valueDeserializer?: Deserializer<V> | Pick<Serde<V>, 'deserialize'>
}

/** Bytes as something else. The bytes are a view that the record shares with others: copy what is kept as bytes. */
export type Deserializer<T> = (bytes: Uint8Array, record: { readonly topic: string }) => T

export type { ConsumerRecord }
