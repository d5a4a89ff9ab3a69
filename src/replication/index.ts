export { Partition } from './partition.ts'
export type {
  AbortedTransaction,
  FetchAsk,
  FetchResult,
  Moved,
  PartitionName,
  ProduceAsk,
  Waiter,
  Watcher,
} from './types.ts'
export { emptyFetchResult } from './types.ts'
