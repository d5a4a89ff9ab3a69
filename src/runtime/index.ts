/** Decide / apply: the one runtime under the controller and every coordinator. */
export { ManualClock, MemoryShardLog } from './fakes.ts'
export { type RuntimeCodes, type RuntimeOptions, type RuntimeStatus, ShardRuntime } from './runtime.ts'
export type {
  Decision,
  Now,
  RecordBytes,
  RecordCodec,
  RecordProducer,
  Shard,
  ShardLog,
  TimerAsk,
  Token,
  Where,
} from './shard.ts'
