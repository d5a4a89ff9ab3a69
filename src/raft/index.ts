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
