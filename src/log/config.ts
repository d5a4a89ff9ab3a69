/**
 * The topic configurations of Apache Kafka 4.3 as one typed value per log: topic override over broker setting over
 * default, already resolved by whoever owns configuration. Names are Kafka's in camelCase, units last.
 * A Long.MAX_VALUE of the text form is {@link noLimit} here; -1 keeps Kafka's meaning (no limit) for retention.
 */
export interface LogConfig {
  /** segment.bytes; a segment never grows past it unless one batch is larger. */
  readonly segmentBytes: number
  /** segment.ms, counted from the first batch's timestamp. */
  readonly segmentMs: number
  /** segment.jitter.ms: each segment rolls up to this much earlier. */
  readonly segmentJitterMs: number
  /** segment.index.bytes: a segment rolls when an index would pass it. */
  readonly segmentIndexBytes: number
  /** flush.messages; {@link noLimit} = never because of a count. */
  readonly flushMessages: number
  /** flush.ms; {@link noLimit} = never because of time. */
  readonly flushMs: number
  /** retention.bytes, -1 = no limit. */
  readonly retentionBytes: number
  /** retention.ms, -1 = no limit. */
  readonly retentionMs: number
  /** max.message.bytes: the largest batch taken from a client, header included. */
  readonly maxMessageBytes: number
  /** index.interval.bytes between two entries of the offset index. */
  readonly indexIntervalBytes: number
  /** file.delete.delay.ms between the renaming and the removal of a file. */
  readonly fileDeleteDelayMs: number
  /** delete.retention.ms: tombstones and transaction markers outlive their first cleaning by this. */
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  /** min.cleanable.dirty.ratio, 0..1. */
  readonly minCleanableDirtyRatio: number
  /** cleanup.policy; empty = neither (4.1 and later). */
  readonly cleanupPolicy: ReadonlySet<'delete' | 'compact'>
  readonly uncleanLeaderElectionEnable: boolean
  readonly minInsyncReplicas: number
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  readonly preallocate: boolean
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  /** `partition:broker` pairs, or `*`. */
  readonly leaderReplicationThrottledReplicas: readonly string[]
  readonly followerReplicationThrottledReplicas: readonly string[]
  /** Tiered storage is not built; the values are kept so that they can be described. */
  readonly remoteStorageEnable: boolean
  readonly localRetentionMs: number
  readonly localRetentionBytes: number
  readonly remoteLogCopyDisable: boolean
  readonly remoteLogDeleteOnDisable: boolean
}

/** Long.MAX_VALUE's nearest double: compares above every offset, size and time. */
export const noLimit: number = 2 ** 63

export const defaultLogConfig: LogConfig = Object.freeze({
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  flushMessages: noLimit,
  flushMs: noLimit,
  retentionBytes: -1,
  retentionMs: 604_800_000,
  maxMessageBytes: 1_048_588,
  indexIntervalBytes: 4096,
  fileDeleteDelayMs: 60_000,
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: noLimit,
  minCleanableDirtyRatio: 0.5,
  cleanupPolicy: new Set(['delete'] as const),
  uncleanLeaderElectionEnable: false,
  minInsyncReplicas: 1,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionLz4Level: 9,
  compressionZstdLevel: 3,
  preallocate: false,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: noLimit,
  messageTimestampAfterMaxMs: 3_600_000,
  leaderReplicationThrottledReplicas: [],
  followerReplicationThrottledReplicas: [],
  remoteStorageEnable: false,
  localRetentionMs: -2,
  localRetentionBytes: -2,
  remoteLogCopyDisable: false,
  remoteLogDeleteOnDisable: false,
})
