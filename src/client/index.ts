/**
 * Kafka's clients in TypeScript. This door needs no Node: the environment is the first argument. In Node,
 * `millrace/client` is node.ts, which brings the real one.
 */
export type { AclBinding, AclFilter } from './admin/acls.ts'
export { Admin, type AdminOptions } from './admin/admin.ts'
export type {
  ClusterDescription,
  FeatureDescription,
  FeatureUpdate,
  LogDir,
  LogDirReplica,
  ProducerState,
  QuorumDescription,
  RaftVoter,
  RaftVoterEndpoint,
  ReplicaMove,
} from './admin/cluster-facts.ts'
export {
  type ConfigChange,
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceType,
  type ConfigSource,
  type ConfigSynonym,
  type ConfigType,
  configResourceTypes,
} from './admin/configs.ts'
export type {
  GroupDescription,
  GroupListing,
  GroupType,
  MemberDescription,
  MemberToRemove,
} from './admin/groups.ts'
export type { QuotaChange, QuotaEntity, QuotaFilter, QuotaListing } from './admin/quotas.ts'
export type { BatchSeen, ReplicaRead, ReplicaSeen } from './admin/replica-reads.ts'
export type { OngoingReassignment, Reassignment } from './admin/replicas.ts'
export { type ScramChange, type ScramCredential, type ScramMechanism, scramMechanisms } from './admin/scram.ts'
export type {
  CreatedTopic,
  DescribedPartition,
  DescribedTopic,
  MorePartitions,
  NewTopic,
  RecordsBefore,
  TopicListing,
  TopicRef,
} from './admin/topics.ts'
export type {
  HangingTransaction,
  ListTransactionsOptions,
  TransactionDescription,
  TransactionListing,
} from './admin/transactions.ts'
export {
  type Assignment,
  type Assignor,
  cooperativeStickyAssignor,
  type MemberSubscription,
  type PartitionRacks,
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
} from './assignors/index.ts'
export { hashOrder, partitionHashOrder, stringHashOrder } from './assignors/java-order.ts'
export { Consumer } from './consumer/consumer.ts'
export type { ConsumerRecord, Header } from './consumer/record.ts'
export type {
  ConsumerBatch,
  ConsumerOptions,
  Deserializer,
  OffsetAndMetadata,
  OffsetReset,
  PartitionOffset,
  PollOptions,
  RebalanceListener,
  Topics,
} from './consumer/types.ts'
export type { Data, HeadersIn } from './encoding.ts'
export { type ClientCode, isKafkaError, KafkaError, type Outcome, unwrap } from './errors.ts'
export type { CommitItem, CommittedOffset, Committer } from './group-offsets.ts'
export { Kafka } from './kafka.ts'
export { type FoundOffset, type IsolationLevel, type OffsetAsk, offsetSpecs } from './list-offsets.ts'
export type { CallOptions } from './network/cluster.ts'
export type { Node, PartitionMetadata } from './network/metadata.ts'
export { type ClientOptions, parseBootstrap } from './options.ts'
export { partitionOfKey } from './producer/partitioner.ts'
export { Producer } from './producer/producer.ts'
export { type OffsetsOwner, Transaction } from './producer/transaction.ts'
export type { DeliveryReport, ProducerOptions, ProducerRecord, RecordMetadata } from './producer/types.ts'
export type { SaslOptions, TlsOptions } from './security-options.ts'
export {
  bigLongSerde,
  bytesSerde,
  doubleSerde,
  integerSerde,
  jsonSerde,
  longSerde,
  type Serde,
  stringSerde,
} from './serdes.ts'
export { PartitionMap, partitionName, type TopicPartition } from './topic-partition.ts'
