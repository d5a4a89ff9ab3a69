/** KRaft: this node's place in the metadata quorum, its log, its snapshots. */
export { bootstrapCheckpointName, decodeBootstrapCheckpoint, readBootstrapRecords } from './bootstrap.ts'
export {
  type FormatEnv,
  type FormatStorageAsk,
  type FormattedStorage,
  type FoundDirectory,
  findDirectories,
  formatStorage,
  newUuid,
  nodeIdMismatch,
} from './format.ts'
export { LocalRaftNode, type RaftEnv } from './node.ts'
export { metadataTopic, openRaftNode, type RaftOptions } from './open.ts'
export { scramCredentialRecord } from './scram-credential.ts'
export { RaftShardLog } from './shard-log.ts'
export type { SnapshotOptions } from './snapshot-store.ts'
export type {
  CommittedBatch,
  Leadership,
  QuorumReport,
  RaftListener,
  RaftNode,
  ReplicaKey,
  ReplicaReport,
  SnapshotId,
  SnapshotSource,
  Voter,
  VoterEndpoint,
} from './types.ts'
