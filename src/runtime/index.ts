export type {
  Decision,
  Now,
  RecordBytes,
  RecordCodec,
  Shard,
  ShardLog,
  TimerAsk,
  Token,
  Where,
} from './shard.ts'
