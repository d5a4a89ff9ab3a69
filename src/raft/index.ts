/** KRaft: this node's place in the metadata quorum, its log, its snapshots. */
export { LocalRaftNode, type RaftEnv } from './node.ts'
export { metadataTopic, openRaftNode, type RaftOptions } from './open.ts'
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
