import { Envelope, type ListenerRole } from '../../protocol/index.ts'
import { guardedHandler } from '../guards/index.ts'
import type { Handler } from '../handler.ts'
import type { AdvertisedApi } from '../services.ts'
import { throttled } from '../throttled.ts'
import { produce } from './00-produce.ts'
import { fetch } from './01-fetch.ts'
import { listOffsets } from './02-list-offsets.ts'
import { metadata } from './03-metadata.ts'
import { offsetCommit } from './08-offset-commit.ts'
import { offsetFetch } from './09-offset-fetch.ts'
import { findCoordinator } from './10-find-coordinator.ts'
import { joinGroup } from './11-join-group.ts'
import { heartbeat } from './12-heartbeat.ts'
import { leaveGroup } from './13-leave-group.ts'
import { syncGroup } from './14-sync-group.ts'
import { describeGroups } from './15-describe-groups.ts'
import { listGroups } from './16-list-groups.ts'
import { saslHandshake } from './17-sasl-handshake.ts'
import { apiVersions } from './18-api-versions.ts'
import { deleteRecords } from './21-delete-records.ts'
import { initProducerId } from './22-init-producer-id.ts'
import { offsetForLeaderEpoch } from './23-offset-for-leader-epoch.ts'
import { addPartitionsToTxn } from './24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from './25-add-offsets-to-txn.ts'
import { endTxn } from './26-end-txn.ts'
import { writeTxnMarkers } from './27-write-txn-markers.ts'
import { txnOffsetCommit } from './28-txn-offset-commit.ts'
import { createAcls, deleteAcls, describeAcls } from './29-acls.ts'
import { describeConfigs } from './32-describe-configs.ts'
import { alterReplicaLogDirs } from './34-alter-replica-log-dirs.ts'
import { describeLogDirs } from './35-describe-log-dirs.ts'
import { saslAuthenticate } from './36-sasl-authenticate.ts'
import { deleteGroups } from './42-delete-groups.ts'
import { alterConfigs, incrementalAlterConfigs } from './44-alter-configs.ts'
import { offsetDelete } from './47-offset-delete.ts'
import { describeClientQuotas } from './48-describe-client-quotas.ts'
import { describeUserScramCredentials } from './50-describe-user-scram-credentials.ts'
import { describeQuorum } from './55-describe-quorum.ts'
import { envelope } from './58-envelope.ts'
import { describeCluster } from './60-describe-cluster.ts'
import { describeProducers } from './61-describe-producers.ts'
import { describeTransactions } from './65-describe-transactions.ts'
import { listTransactions } from './66-list-transactions.ts'
import { consumerGroupHeartbeat } from './68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from './69-consumer-group-describe.ts'
import { listConfigResources } from './74-list-config-resources.ts'
import { describeTopicPartitions } from './75-describe-topic-partitions.ts'
import { askedByNodes, forwarded } from './forwarded.ts'
import { quorumRows, voterChanges } from './quorum.ts'

const shared: readonly Handler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  saslHandshake,
  apiVersions,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  describeAcls,
  createAcls,
  deleteAcls,
  describeConfigs,
  alterReplicaLogDirs,
  describeLogDirs,
  saslAuthenticate,
  deleteGroups,
  alterConfigs,
  incrementalAlterConfigs,
  offsetDelete,
  describeClientQuotas,
  describeUserScramCredentials,
  describeQuorum,
  describeCluster,
  describeProducers,
  describeTransactions,
  listTransactions,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
  listConfigResources,
  describeTopicPartitions,
  ...forwarded,
  ...voterChanges,
]

/** What a client's request to a broker may come to a controller as. */
const forwardable: readonly Handler[] = [...forwarded, alterConfigs, incrementalAlterConfigs, createAcls, deleteAcls]

/** Fetch means partitions on the one and the metadata log on the other. */
const rows: Readonly<Record<ListenerRole, readonly Handler[]>> = Object.freeze({
  broker: shared.filter(({ api }) => api.listeners.includes('broker')).map(throttled),
  controller: [
    ...shared.filter(({ api }) => api.listeners.includes('controller') && !isOfQuorum(api.key)),
    ...quorumRows,
    ...askedByNodes,
    envelope(forwardable),
  ],
})

function isOfQuorum(key: number): boolean {
  return quorumRows.some(({ api }) => api.key === key)
}

/** What decides for itself whether it may be asked. */
const guardedRows: Readonly<Record<ListenerRole, readonly Handler[]>> = Object.freeze({
  broker: rows.broker.map((row) => guardedHandler(row, 'broker')),
  controller: rows.controller.map((row) =>
    row.api.key === Envelope.key
      ? guardedHandler(envelope(forwardable.map((inner) => guardedHandler(inner, 'broker'))), 'controller')
      : guardedHandler(row, 'controller'),
  ),
})

/** Every API that a listener answers, by key. What is not built is not here, and so not advertised. */
export const handlers: Readonly<Record<ListenerRole, ReadonlyMap<number, Handler>>> = Object.freeze({
  broker: new Map(rows.broker.map((row) => [row.api.key, row])),
  controller: new Map(rows.controller.map((row) => [row.api.key, row])),
})

/** The same for a node with an authorizer. */
export const guardedHandlers: typeof handlers = Object.freeze({
  broker: new Map(guardedRows.broker.map((row) => [row.api.key, row])),
  controller: new Map(guardedRows.controller.map((row) => [row.api.key, row])),
})

const PRODUCE = 0

/**
 * What ApiVersions lists on a listener. Produce is advertised from version 0 although 0–2 are refused: librdkafka takes
 * a higher minimum for a broker without compression (KAFKA-18659).
 */
export function advertisedApis(role: ListenerRole, withUnstable: boolean): readonly AdvertisedApi[] {
  return rows[role]
    .map(({ api }) => ({
      apiKey: api.key,
      minVersion: api.key === PRODUCE ? 0 : api.minVersion,
      maxVersion: api.lastUnstable && !withUnstable ? api.maxVersion - 1 : api.maxVersion,
    }))
    .sort((a, b) => a.apiKey - b.apiKey)
}
