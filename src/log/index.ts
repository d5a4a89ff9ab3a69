/** The commit log of a partition, and the log directories of a node. */
export type { LogConfig } from './config.ts'
export { defaultLogConfig, noLimit } from './config.ts'
export { type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts'
export {
  decodeMetaProperties,
  describeMetaProperties,
  encodeMetaProperties,
  metaPropertiesName,
  type StoredMetaProperties,
} from './meta-properties-text.ts'
export { openLogStore } from './store.ts'
export type {
  AbortedTransaction,
  ActiveProducer,
  AppendAsk,
  Appended,
  CleanerOptions,
  FlushMode,
  FoundLog,
  Log,
  LogDir,
  LogEnv,
  LogStore,
  LogStoreOptions,
  OpenLog,
  Origin,
  ReadAsk,
  ReadInto,
  RecoveryReport,
  Refusal,
  TimestampAndOffset,
  VerificationGuard,
} from './types.ts'
