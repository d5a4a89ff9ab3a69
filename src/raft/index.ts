/**
 * KRaft: this node's place in the metadata quorum, its log, its snapshots.
 *
 *   openRaftNode(options) ─▶ LocalRaftNode
 *
 * `options.network` lets it talk to other nodes; without it only a quorum of this node alone can be opened. The server
 * routes the APIs of `raftApiKeys` that come in on a controller listener to `node.handle(key, request, reply.send)`.
 */
export {
  bootstrapCheckpointName,
  decodeBootstrapCheckpoint,
  hasMetadataLog,
  readBootstrapRecords,
} from './bootstrap.ts'
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
export { openRaftNode, type RaftNetwork, type RaftOptions } from './open.ts'
export { scramCredentialRecord } from './scram-credential.ts'
export { RaftShardLog } from './shard-log.ts'
export type { SnapshotOptions } from './snapshot-store.ts'
export type { RaftTimeouts } from './state.ts'
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
export { metadataTopic } from './wire-requests.ts'
export { raftApiKeys } from './wire-responses.ts'
