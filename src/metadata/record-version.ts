import { metadataLevel } from './features.ts'
import type { MetadataRecord } from './record.ts'

/**
 * The version in which a record is written under a metadata.version. Older nodes read no newer one, so this table is
 * what makes a rolling upgrade possible; what the version cannot carry is left out.
 */
export function recordVersion(record: MetadataRecord, metadataVersion: number): number {
  switch (record.type) {
    case 'RegisterBrokerRecord':
      if (metadataVersion >= metadataLevel.cordonedLogDirs) return 4
      if (metadataVersion >= metadataLevel.directoryAssignment) return 3
      return metadataVersion >= metadataLevel.inControlledShutdownAndZkMigration ? 2 : 1
    case 'PartitionRecord':
    case 'PartitionChangeRecord':
      if (metadataVersion >= metadataLevel.eligibleLeaderReplicas) return 2
      return metadataVersion >= metadataLevel.directoryAssignment ? 1 : 0
    case 'BrokerRegistrationChangeRecord':
      // The lowest that carries what the record says, as Kafka does: its fields are gated by their writers.
      if (record.value.cordonedLogDirs !== null) return 3
      if (record.value.logDirs.length > 0) return 2
      return record.value.inControlledShutdown !== 0 ? 1 : 0
    default:
      return 0
  }
}
