import type { TopicConfig } from '../config/index.ts'
import type { LogConfig } from '../log/index.ts'

/** A topic's resolved configuration as its logs take it: the same facts, the policy as a set. */
export function logConfigOf(topic: TopicConfig): LogConfig {
  const policy = new Set<'delete' | 'compact'>()
  if (topic.isDeleted) policy.add('delete')
  if (topic.isCompacted) policy.add('compact')
  return {
    ...topic,
    cleanupPolicy: policy,
    compressionType: topic.compressionType as LogConfig['compressionType'],
    messageTimestampType: topic.messageTimestampType as LogConfig['messageTimestampType'],
  }
}
