/** Decide / apply: the one runtime under the controller and every coordinator. */
export { ManualClock, MemoryShardLog } from './fakes.ts'
export {
  afterPieces,
  allPieces,
  elementsPerPiece,
  indexPieces,
  isPieces,
  mapNested,
  mapPieces,
  type Pieces,
  runPieces,
  sortPieces,
} from './pieces.ts'
export { type RuntimeCodes, type RuntimeOptions, type RuntimeStatus, ShardRuntime } from './runtime.ts'
export type {
  Decision,
  Now,
  RecordBytes,
  RecordCodec,
  RecordProducer,
  Shard,
  ShardDraft,
  ShardLog,
  TimerAsk,
  Token,
  Where,
} from './shard.ts'
