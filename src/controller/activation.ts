import {
  completeRecord,
  configResourceType,
  METADATA_VERSION,
  type MetadataRecord,
  metadataLevel,
  metadataRecord,
} from '../metadata/index.ts'
import type { ControllerOptions } from './options.ts'
import type { ControllerState } from './state.ts'

const transactionName = 'Bootstrap records'

/**
 * What a new active controller writes first: on an empty log the bootstrap records, in one metadata transaction where
 * the metadata.version has them (3.6-IV1); otherwise only the end of a transaction that a predecessor left open.
 */
export function activationRecords(state: ControllerState, options: ControllerOptions): MetadataRecord[] {
  const isEmpty = !state.image.features.has(METADATA_VERSION)
  const hasOpen = state.openTransactionOffset !== -1
  const records: MetadataRecord[] = []
  if (hasOpen) records.push(metadataRecord('AbortTransactionRecord', { reason: 'Controller failover' }))
  if (!isEmpty) return records

  const bootstrap = options.bootstrapRecords.map(completeRecord)
  if (levelIn(bootstrap, METADATA_VERSION) === 0) {
    throw new Error(
      'the metadata log has no metadata.version, and bootstrap.checkpoint, which would say it, is damaged',
    )
  }
  const inTransaction = levelIn(bootstrap, METADATA_VERSION) >= metadataLevel.transactions
  if (inTransaction) records.push(metadataRecord('BeginTransactionRecord', { name: transactionName }))
  records.push(...bootstrap)
  if (levelIn(bootstrap, 'eligible.leader.replicas.version') > 0) {
    // With ELR, min.insync.replicas must mean the same to all controllers: the file's value becomes the cluster's.
    records.push(
      metadataRecord('ConfigRecord', {
        resourceType: configResourceType.broker,
        resourceName: '',
        name: 'min.insync.replicas',
        value: String(options.config.minInsyncReplicas),
      }),
    )
  }
  if (inTransaction) records.push(metadataRecord('EndTransactionRecord', {}))
  return records
}

function levelIn(records: readonly MetadataRecord[], feature: string): number {
  for (const record of records) {
    if (record.type === 'FeatureLevelRecord' && record.value.name === feature) return record.value.featureLevel
  }
  return 0
}
