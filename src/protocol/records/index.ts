/**
 * What Kafka writes into its own logs and files, in the same schema language as its messages. Each log has a table:
 * `encode` and `decode` between bytes and records that are told apart by `type`.
 */
export { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from './consumer-protocol.ts'
export {
  EndTxnMarker,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from './control.ts'
export { ControlRecordKey, controlRecordType } from './control-key.ts'

import { GroupMetadata, LegacyOffsetCommit, OffsetCommit } from './group-classic.ts'
import {
  ConsumerGroupCurrentMemberAssignment,
  ConsumerGroupMemberMetadata,
  ConsumerGroupMetadata,
  ConsumerGroupPartitionMetadata,
  ConsumerGroupRegularExpression,
  ConsumerGroupTargetAssignmentMember,
  ConsumerGroupTargetAssignmentMetadata,
} from './group-consumer.ts'
import {
  ShareGroupCurrentMemberAssignment,
  ShareGroupMemberMetadata,
  ShareGroupMetadata,
  ShareGroupStatePartitionMetadata,
  ShareGroupTargetAssignmentMember,
  ShareGroupTargetAssignmentMetadata,
} from './group-share.ts'
import {
  StreamsGroupCurrentMemberAssignment,
  StreamsGroupMemberMetadata,
  StreamsGroupMetadata,
  StreamsGroupTargetAssignmentMember,
  StreamsGroupTargetAssignmentMetadata,
  StreamsGroupTopology,
} from './group-streams.ts'
import {
  BrokerRegistrationChangeRecord,
  FenceBrokerRecord,
  RegisterBrokerRecord,
  RegisterControllerRecord,
  UnfenceBrokerRecord,
  UnregisterBrokerRecord,
} from './metadata-nodes.ts'
import {
  AccessControlEntryRecord,
  DelegationTokenRecord,
  RemoveAccessControlEntryRecord,
  RemoveDelegationTokenRecord,
  RemoveUserScramCredentialRecord,
  UserScramCredentialRecord,
} from './metadata-security.ts'
import {
  AbortTransactionRecord,
  BeginTransactionRecord,
  ClientQuotaRecord,
  ConfigRecord,
  EndTransactionRecord,
  FeatureLevelRecord,
  NoOpRecord,
  ProducerIdsRecord,
  ZkMigrationStateRecord,
} from './metadata-settings.ts'
import {
  ClearElrRecord,
  PartitionChangeRecord,
  PartitionRecord,
  RemoveTopicRecord,
  TopicRecord,
} from './metadata-topics.ts'

export { DefaultPrincipalData } from './principal.ts'
export { ProducerSnapshot } from './producer-snapshot.ts'

import { type KeyedRecordInOf, type KeyedRecordOf, keyedRecordTable } from './keyed-record.ts'
import { type MetadataRecordInOf, type MetadataRecordOf, metadataRecordTable } from './metadata-record.ts'
import {
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
} from './remote-log.ts'
import { ShareSnapshot, ShareUpdate } from './share-state.ts'
import { TransactionLog } from './transaction-log.ts'

export { readVersionPrefixed, versionPrefixed } from './keyed-record.ts'

/** `__cluster_metadata`. */
export const metadataRecords = metadataRecordTable({
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
  FenceBrokerRecord,
  UnfenceBrokerRecord,
  BrokerRegistrationChangeRecord,
  RegisterControllerRecord,
  TopicRecord,
  RemoveTopicRecord,
  PartitionRecord,
  PartitionChangeRecord,
  ClearElrRecord,
  ConfigRecord,
  ClientQuotaRecord,
  FeatureLevelRecord,
  ProducerIdsRecord,
  NoOpRecord,
  ZkMigrationStateRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  AbortTransactionRecord,
  AccessControlEntryRecord,
  RemoveAccessControlEntryRecord,
  UserScramCredentialRecord,
  RemoveUserScramCredentialRecord,
  DelegationTokenRecord,
  RemoveDelegationTokenRecord,
})

/** `__consumer_offsets`. */
export const groupRecords = keyedRecordTable({
  LegacyOffsetCommit,
  OffsetCommit,
  GroupMetadata,
  ConsumerGroupMetadata,
  ConsumerGroupPartitionMetadata,
  ConsumerGroupMemberMetadata,
  ConsumerGroupTargetAssignmentMetadata,
  ConsumerGroupTargetAssignmentMember,
  ConsumerGroupCurrentMemberAssignment,
  ConsumerGroupRegularExpression,
  ShareGroupMemberMetadata,
  ShareGroupMetadata,
  ShareGroupTargetAssignmentMetadata,
  ShareGroupTargetAssignmentMember,
  ShareGroupCurrentMemberAssignment,
  ShareGroupStatePartitionMetadata,
  StreamsGroupMetadata,
  StreamsGroupMemberMetadata,
  StreamsGroupTargetAssignmentMetadata,
  StreamsGroupTargetAssignmentMember,
  StreamsGroupCurrentMemberAssignment,
  StreamsGroupTopology,
})

/** `__transaction_state`. */
export const transactionRecords = keyedRecordTable({
  TransactionLog,
})

/** `__share_group_state`. */
export const shareStateRecords = keyedRecordTable({
  ShareSnapshot,
  ShareUpdate,
})

/** `__remote_log_metadata`. */
export const remoteLogRecords = metadataRecordTable({
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
})

export type MetadataRecord = MetadataRecordOf<typeof metadataRecords.codecs>
export type MetadataRecordIn = MetadataRecordInOf<typeof metadataRecords.codecs>
export type GroupRecord = KeyedRecordOf<typeof groupRecords.records>
export type GroupRecordIn = KeyedRecordInOf<typeof groupRecords.records>
export type TransactionRecord = KeyedRecordOf<typeof transactionRecords.records>
export type TransactionRecordIn = KeyedRecordInOf<typeof transactionRecords.records>
export type ShareStateRecord = KeyedRecordOf<typeof shareStateRecords.records>
export type ShareStateRecordIn = KeyedRecordInOf<typeof shareStateRecords.records>
