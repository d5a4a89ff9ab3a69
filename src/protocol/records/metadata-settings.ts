/**
 * Configurations, quotas, features, producer id blocks, and the bounds of metadata transactions in `__cluster_metadata`.
 */

import { array, bool, float64, int8, int16, int32, int64, string } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

export const ConfigRecord = metadataRecord({
  type: 4,
  name: 'ConfigRecord',
  versions: [0, 0],
  fields: {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    /** Null removes the key. */
    value: string({ nullable: 0 }),
  },
})

export const ClientQuotaRecord = metadataRecord({
  type: 14,
  name: 'ClientQuotaRecord',
  versions: [0, 0],
  fields: {
    entity: array({
      entityType: string(),
      entityName: string({ nullable: 0 }),
    }),
    key: string(),
    value: float64(),
    remove: bool(),
  },
})

export const FeatureLevelRecord = metadataRecord({
  type: 12,
  name: 'FeatureLevelRecord',
  versions: [0, 0],
  fields: {
    name: string(),
    featureLevel: int16(),
  },
})

export const ProducerIdsRecord = metadataRecord({
  type: 15,
  name: 'ProducerIdsRecord',
  versions: [0, 0],
  fields: {
    brokerId: int32(),
    brokerEpoch: int64({ absent: -1 }),
    nextProducerId: int64(),
  },
})

export const NoOpRecord = metadataRecord({
  type: 20,
  name: 'NoOpRecord',
  versions: [0, 0],
  fields: {},
})

export const ZkMigrationStateRecord = metadataRecord({
  type: 21,
  name: 'ZkMigrationStateRecord',
  versions: [0, 0],
  fields: {
    zkMigrationState: int8(),
  },
})

export const BeginTransactionRecord = metadataRecord({
  type: 23,
  name: 'BeginTransactionRecord',
  versions: [0, 0],
  fields: {
    name: string({ nullable: 0, absent: null, tag: 0 }),
  },
})

export const EndTransactionRecord = metadataRecord({
  type: 24,
  name: 'EndTransactionRecord',
  versions: [0, 0],
  fields: {},
})

export const AbortTransactionRecord = metadataRecord({
  type: 25,
  name: 'AbortTransactionRecord',
  versions: [0, 0],
  fields: {
    reason: string({ nullable: 0, absent: null, tag: 0 }),
  },
})
