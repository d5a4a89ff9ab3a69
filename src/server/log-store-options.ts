import type { BrokerConfig } from '../config/index.ts'
import type { LogStoreOptions } from '../log/index.ts'
import { logConfigOf } from './log-config.ts'

/** How a node's configuration opens its log directories. */
export function logStoreOptions(config: BrokerConfig, clusterId: string, isEphemeral: boolean): LogStoreOptions {
  return {
    dirs: [...new Set([...config.logDirectories, config.metadataDirectory])],
    nodeId: config.nodeId,
    clusterId,
    flush: isEphemeral ? 'ephemeral' : config.millraceFlush === 'os' ? 'os' : 'sync',
    defaults: logConfigOf(config.topicDefaults),
    producerIdExpirationMs: config.producerIdExpirationMs,
    retentionCheckIntervalMs: config.logRetentionCheckIntervalMs,
    recoveryPointCheckpointIntervalMs: config.logFlushOffsetCheckpointIntervalMs,
    startOffsetCheckpointIntervalMs: config.logFlushStartOffsetCheckpointIntervalMs,
    highWatermarkCheckpointIntervalMs: config.replicaHighWatermarkCheckpointIntervalMs,
    cleaner: {
      enable: config.logCleanerEnable,
      dedupeBufferBytes: config.logCleanerDedupeBufferSize,
      backoffMs: config.logCleanerBackoffMs,
      ioMaxBytesPerSecond: config.logCleanerIoMaxBytesPerSecond,
    },
  }
}
