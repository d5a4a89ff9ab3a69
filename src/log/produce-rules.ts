import type { ProduceRules } from '../records/index.ts'
import type { LogConfig } from './config.ts'
import type { LogShared } from './shared.ts'

/** What a topic's configuration demands of produced batches; one object for all logs that have it. */
export function rulesOf(config: LogConfig, shared: LogShared): ProduceRules {
  let rules = shared.rules.get(config)
  if (rules !== undefined) return rules
  rules = {
    crc32c: shared.crc32c,
    maxMessageBytes: config.maxMessageBytes,
    isCompacted: config.cleanupPolicy.has('compact'),
    messageTimestampType: config.messageTimestampType,
    messageTimestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    messageTimestampAfterMaxMs: config.messageTimestampAfterMaxMs,
  }
  shared.rules.set(config, rules)
  return rules
}
