export { Fetcher, type FetcherOptions, type Followed } from './fetcher.ts'
export { epochAfter } from './follower-session.ts'
export type { CommittedIsr, FollowerFetch, IsrChange } from './in-sync-replicas.ts'
export { Partition } from './partition.ts'
export type {
  AbortedTransaction,
  FetchAsk,
  FetchResult,
  Moved,
  PartitionName,
  ProduceAsk,
  ReplicationPorts,
  Waiter,
  Watcher,
} from './types.ts'
export { emptyFetchResult } from './types.ts'
