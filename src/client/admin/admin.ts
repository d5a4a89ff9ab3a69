import type { Env } from '../../env/index.ts'
import { checkOptions, flagOf } from '../check-options.ts'
import type { Outcome } from '../errors.ts'
import type { CommitItem, CommittedOffset } from '../group-offsets.ts'
import { type FoundOffset, type ListOffsetsOptions, listOffsets, type OffsetAsk } from '../list-offsets.ts'
import { type CallOptions, Cluster } from '../network/cluster.ts'
import { adminTable } from '../option-tables.ts'
import type { ClientOptions } from '../options.ts'
import { resolveOptions } from '../options.ts'
import type { PartitionMap, TopicPartition } from '../topic-partition.ts'
import * as acls from './acls.ts'
import * as facts from './cluster-facts.ts'
import * as configs from './configs.ts'
import * as groups from './groups.ts'
import * as quotas from './quotas.ts'
import * as reads from './replica-reads.ts'
import * as replicas from './replicas.ts'
import * as scram from './scram.ts'
import * as topics from './topics.ts'
import * as transactions from './transactions.ts'

export interface AdminOptions extends ClientOptions {
  /** The bootstrap servers are controllers: only what controllers answer can be asked. */
  readonly isOfControllers?: boolean
}

/**
 * Looks at and changes a cluster. Calls about many things answer an {@link Outcome} for each and reject only when nothing
 * could be asked; `unwrap` turns a map of outcomes into values or the first error. Errors that pass are waited out for
 * `timeoutMs` (default apiTimeoutMs).
 */
export class Admin {
  readonly #cluster: Cluster

  constructor(env: Env, options: AdminOptions) {
    checkOptions('an admin', options)
    this.#cluster = new Cluster(resolveOptions(env, options), flagOf(adminTable, options, 'isOfControllers'))
  }

  /** Disconnects; calls under way reject with CLOSED. */
  close(): Promise<void> {
    this.#cluster.close()
    return Promise.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // Topics

  createTopics(
    list: readonly topics.NewTopic[],
    o: topics.ValidateOptions = {},
  ): Promise<Map<string, Outcome<topics.CreatedTopic>>> {
    return topics.createTopics(this.#cluster, list, o)
  }

  deleteTopics(refs: readonly topics.TopicRef[], o: CallOptions = {}): Promise<Map<topics.TopicRef, Outcome>> {
    return topics.deleteTopics(this.#cluster, refs, o)
  }

  /** All topics, internal ones included. */
  listTopics(o: CallOptions = {}): Promise<Map<string, topics.TopicListing>> {
    return topics.listTopics(this.#cluster, o)
  }

  describeTopics(
    refs: readonly topics.TopicRef[],
    o: CallOptions = {},
  ): Promise<Map<topics.TopicRef, Outcome<topics.DescribedTopic>>> {
    return topics.describeTopics(this.#cluster, refs, o)
  }

  createPartitions(
    asks: readonly topics.MorePartitions[],
    o: topics.ValidateOptions = {},
  ): Promise<Map<string, Outcome>> {
    return topics.createPartitions(this.#cluster, asks, o)
  }

  deleteRecords(asks: readonly topics.RecordsBefore[], o: CallOptions = {}): Promise<PartitionMap<Outcome<number>>> {
    return topics.deleteRecords(this.#cluster, asks, o)
  }

  /** Offsets by time; see offsetSpecs for the special ones. */
  listOffsets(asks: readonly OffsetAsk[], o: ListOffsetsOptions = {}): Promise<PartitionMap<Outcome<FoundOffset>>> {
    return listOffsets(this.#cluster, asks, o)
  }

  // Configuration

  describeConfigs(
    resources: readonly configs.ConfigResource[],
    o: configs.DescribeConfigsOptions = {},
  ): Promise<Map<configs.ConfigResource, Outcome<configs.ConfigEntry[]>>> {
    return configs.describeConfigs(this.#cluster, resources, o)
  }

  /** Sets, deletes, appends to or subtracts from single keys (KIP-339). */
  alterConfigs(
    changes: ReadonlyMap<configs.ConfigResource, readonly configs.ConfigChange[]>,
    o: topics.ValidateOptions = {},
  ): Promise<Map<configs.ConfigResource, Outcome>> {
    return configs.alterConfigs(this.#cluster, changes, o)
  }

  /** Replaces all dynamic values: what is not named goes back to its default. Prefer {@link Admin.alterConfigs}. */
  replaceConfigs(
    values: ReadonlyMap<configs.ConfigResource, Readonly<Record<string, string>>>,
    o: topics.ValidateOptions = {},
  ): Promise<Map<configs.ConfigResource, Outcome>> {
    return configs.replaceConfigs(this.#cluster, values, o)
  }

  listConfigResources(
    types: readonly configs.ConfigResourceType[] = [],
    o: CallOptions = {},
  ): Promise<configs.ConfigResource[]> {
    return configs.listConfigResources(this.#cluster, types, o)
  }

  // Groups

  listGroups(o: groups.ListGroupsOptions = {}): ReturnType<typeof groups.listGroups> {
    return groups.listGroups(this.#cluster, o)
  }

  describeGroups(ids: readonly string[], o: CallOptions = {}): Promise<Map<string, Outcome<groups.GroupDescription>>> {
    return groups.describeGroups(this.#cluster, ids, o)
  }

  deleteGroups(ids: readonly string[], o: CallOptions = {}): Promise<Map<string, Outcome>> {
    return groups.deleteGroups(this.#cluster, ids, o)
  }

  listGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[] | null = null,
    o: CallOptions & { readonly requireStable?: boolean } = {},
  ): Promise<PartitionMap<Outcome<CommittedOffset>>> {
    return groups.listGroupOffsets(this.#cluster, groupId, partitions, o)
  }

  alterGroupOffsets(
    groupId: string,
    items: readonly CommitItem[],
    o: CallOptions = {},
  ): Promise<PartitionMap<Outcome>> {
    return groups.alterGroupOffsets(this.#cluster, groupId, items, o)
  }

  deleteGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    o: CallOptions = {},
  ): Promise<PartitionMap<Outcome>> {
    return groups.deleteGroupOffsets(this.#cluster, groupId, partitions, o)
  }

  removeGroupMembers(
    groupId: string,
    members: readonly groups.MemberToRemove[],
    reason: string,
    o: CallOptions = {},
  ): Promise<Map<groups.MemberToRemove, Outcome>> {
    return groups.removeGroupMembers(this.#cluster, groupId, members, reason, o)
  }

  // The cluster

  describeCluster(o: facts.DescribeClusterOptions = {}): Promise<facts.ClusterDescription> {
    return facts.describeCluster(this.#cluster, o)
  }

  unregisterBroker(brokerId: number, o: CallOptions = {}): Promise<void> {
    return facts.unregisterBroker(this.#cluster, brokerId, o)
  }

  /** The broker's own ApiVersions answer. */
  apiVersions(node: number | 'any' = 'any', o: CallOptions = {}): ReturnType<typeof facts.apiVersions> {
    return facts.apiVersions(this.#cluster, node, o)
  }

  describeFeatures(o: CallOptions & { readonly nodeId?: number } = {}): Promise<facts.FeatureDescription> {
    return facts.describeFeatures(this.#cluster, o)
  }

  updateFeatures(updates: readonly facts.FeatureUpdate[], o: topics.ValidateOptions = {}): Promise<void> {
    return facts.updateFeatures(this.#cluster, updates, o)
  }

  describeQuorum(o: CallOptions = {}): Promise<facts.QuorumDescription> {
    return facts.describeQuorum(this.#cluster, o)
  }

  /** Makes a controller that follows the metadata quorum one of its voters (KIP-853). */
  addRaftVoter(
    voter: facts.RaftVoter,
    endpoints: readonly facts.RaftVoterEndpoint[],
    o: CallOptions = {},
  ): Promise<void> {
    return facts.addRaftVoter(this.#cluster, voter, endpoints, o)
  }

  removeRaftVoter(voter: facts.RaftVoter, o: CallOptions = {}): Promise<void> {
    return facts.removeRaftVoter(this.#cluster, voter, o)
  }

  /** Of these brokers; `partitions` null: all. */
  describeLogDirs(
    brokerIds: readonly number[],
    partitions: readonly TopicPartition[] | null = null,
    o: CallOptions = {},
  ): Promise<Map<number, Outcome<facts.LogDir[]>>> {
    return facts.describeLogDirs(this.#cluster, brokerIds, partitions, o)
  }

  alterReplicaLogDirs(
    moves: readonly facts.ReplicaMove[],
    o: CallOptions = {},
  ): Promise<Map<facts.ReplicaMove, Outcome>> {
    return facts.alterReplicaLogDirs(this.#cluster, moves, o)
  }

  describeProducers(
    partitions: readonly TopicPartition[],
    o: CallOptions & { readonly brokerId?: number } = {},
  ): Promise<PartitionMap<Outcome<facts.ProducerState[]>>> {
    return facts.describeProducers(this.#cluster, partitions, o)
  }

  listTransactions(
    o: transactions.ListTransactionsOptions = {},
  ): Promise<Map<number, Outcome<transactions.TransactionListing[]>>> {
    return transactions.listTransactions(this.#cluster, o)
  }

  describeTransactions(
    transactionalIds: readonly string[],
    o: CallOptions = {},
  ): Promise<Map<string, Outcome<transactions.TransactionDescription>>> {
    return transactions.describeTransactions(this.#cluster, transactionalIds, o)
  }

  /** For a transaction that hangs: see `HangingTransaction`. */
  abortTransaction(of: transactions.HangingTransaction, o: CallOptions = {}): Promise<void> {
    return transactions.abortTransaction(this.#cluster, of, o)
  }

  /** Aborts what a transactional id has open, and shuts its producer out. */
  fenceProducer(transactionalId: string, o: CallOptions = {}): Promise<void> {
    return transactions.fenceProducer(this.#cluster, transactionalId, o)
  }

  electLeaders(
    type: 'preferred' | 'unclean',
    partitions: readonly TopicPartition[] | null,
    o: CallOptions = {},
  ): Promise<PartitionMap<Outcome>> {
    return replicas.electLeaders(this.#cluster, type, partitions, o)
  }

  alterReassignments(
    asks: readonly replicas.Reassignment[],
    o: CallOptions & { readonly allowReplicationFactorChange?: boolean } = {},
  ): Promise<PartitionMap<Outcome>> {
    return replicas.alterReassignments(this.#cluster, asks, o)
  }

  listReassignments(
    partitions: readonly TopicPartition[] | null = null,
    o: CallOptions = {},
  ): Promise<PartitionMap<replicas.OngoingReassignment>> {
    return replicas.listReassignments(this.#cluster, partitions, o)
  }

  /** Compares nothing: what one broker holds of partitions, leader or not. */
  readReplicas(
    brokerId: number,
    of: readonly reads.ReplicaRead[],
    o: reads.ReplicaReadOptions,
  ): Promise<PartitionMap<Outcome<reads.ReplicaSeen>>> {
    return reads.readReplicas(this.#cluster, brokerId, of, o)
  }

  // Rights, quotas and credentials

  /** All, or those that the filter finds. */
  describeAcls(o: CallOptions & { readonly filter?: acls.AclFilter } = {}): Promise<acls.AclBinding[]> {
    return acls.describeAcls(this.#cluster, o)
  }

  createAcls(list: readonly acls.AclBinding[], o: CallOptions = {}): Promise<void> {
    return acls.createAcls(this.#cluster, list, o)
  }

  /** Removes all that any of the filters finds. */
  deleteAclsOf(filters: readonly acls.AclFilter[], o: CallOptions = {}): Promise<void> {
    return acls.deleteAclsOf(this.#cluster, filters, o)
  }

  deleteAcls(list: readonly acls.AclBinding[], o: CallOptions = {}): Promise<void> {
    return acls.deleteAcls(this.#cluster, list, o)
  }

  describeClientQuotas(
    filters: readonly quotas.QuotaFilter[] = [],
    o: CallOptions & { readonly strict?: boolean } = {},
  ): Promise<quotas.QuotaListing[]> {
    return quotas.describeClientQuotas(this.#cluster, filters, o)
  }

  alterClientQuotas(
    changes: readonly quotas.QuotaChange[],
    o: topics.ValidateOptions = {},
  ): Promise<Map<quotas.QuotaChange, Outcome>> {
    return quotas.alterClientQuotas(this.#cluster, changes, o)
  }

  describeScramCredentials(
    users: readonly string[] = [],
    o: CallOptions = {},
  ): Promise<Map<string, Outcome<scram.ScramCredential[]>>> {
    return scram.describeScramCredentials(this.#cluster, users, o)
  }

  alterScramCredentials(changes: readonly scram.ScramChange[], o: CallOptions = {}): Promise<Map<string, Outcome>> {
    return scram.alterScramCredentials(this.#cluster, changes, o)
  }
}
