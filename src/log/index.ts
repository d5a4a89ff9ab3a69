export type { LogConfig } from './config.ts'
export { defaultLogConfig, noLimit } from './config.ts'
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
