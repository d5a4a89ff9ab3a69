import type { Uuid } from '../bytes/index.ts'

/**
 * Metadata records by the names of `common/metadata/*.json` in Kafka 4.3; fields are those of the newest version. What
 * an older version cannot carry is dropped when it is encoded (record-version.ts says which version that is).
 */
export interface MetadataRecordValues {
  RegisterBrokerRecord: {
    readonly brokerId: number
    readonly isMigratingZkBroker: boolean
    readonly incarnationId: Uuid
    readonly brokerEpoch: number
    readonly endPoints: readonly EndpointRecord[]
    readonly features: readonly FeatureRangeRecord[]
    readonly rack: string | null
    readonly fenced: boolean
    readonly inControlledShutdown: boolean
    readonly logDirs: readonly Uuid[]
    /** null = the broker did not say (older than 4.3-IV0). */
    readonly cordonedLogDirs: readonly Uuid[] | null
  }
  UnregisterBrokerRecord: { readonly brokerId: number; readonly brokerEpoch: number }
  TopicRecord: { readonly name: string; readonly topicId: Uuid }
  PartitionRecord: {
    readonly partitionId: number
    readonly topicId: Uuid
    readonly replicas: readonly number[]
    readonly isr: readonly number[]
    readonly removingReplicas: readonly number[]
    readonly addingReplicas: readonly number[]
    readonly leader: number
    readonly leaderRecoveryState: number
    readonly leaderEpoch: number
    readonly partitionEpoch: number
    readonly directories: readonly Uuid[]
    readonly eligibleLeaderReplicas: readonly number[] | null
    readonly lastKnownElr: readonly number[] | null
  }
  ConfigRecord: {
    readonly resourceType: number
    readonly resourceName: string
    readonly name: string
    /** null removes the key. */
    readonly value: string | null
  }
  PartitionChangeRecord: {
    readonly partitionId: number
    readonly topicId: Uuid
    /** null in any of these = unchanged. */
    readonly isr: readonly number[] | null
    /** -2 = unchanged; any other value bumps the leader epoch. */
    readonly leader: number
    readonly replicas: readonly number[] | null
    readonly removingReplicas: readonly number[] | null
    readonly addingReplicas: readonly number[] | null
    /** -1 = unchanged. */
    readonly leaderRecoveryState: number
    readonly directories: readonly Uuid[] | null
    readonly eligibleLeaderReplicas: readonly number[] | null
    readonly lastKnownElr: readonly number[] | null
  }
  FenceBrokerRecord: { readonly id: number; readonly epoch: number }
  UnfenceBrokerRecord: { readonly id: number; readonly epoch: number }
  RemoveTopicRecord: { readonly topicId: Uuid }
  DelegationTokenRecord: {
    readonly owner: string
    readonly requester: string
    readonly renewers: readonly string[]
    readonly issueTimestamp: number
    readonly maxTimestamp: number
    readonly expirationTimestamp: number
    readonly tokenId: string
  }
  UserScramCredentialRecord: {
    readonly name: string
    readonly mechanism: number
    readonly salt: Uint8Array
    readonly storedKey: Uint8Array
    readonly serverKey: Uint8Array
    readonly iterations: number
  }
  FeatureLevelRecord: { readonly name: string; readonly featureLevel: number }
  ClientQuotaRecord: {
    readonly entity: readonly { readonly entityType: string; readonly entityName: string | null }[]
    readonly key: string
    readonly value: number
    readonly remove: boolean
  }
  ProducerIdsRecord: { readonly brokerId: number; readonly brokerEpoch: number; readonly nextProducerId: number }
  BrokerRegistrationChangeRecord: {
    readonly brokerId: number
    readonly brokerEpoch: number
    /** -1 unfence, 0 unchanged, 1 fence. */
    readonly fenced: number
    /** 0 unchanged, 1 in controlled shutdown. */
    readonly inControlledShutdown: number
    /** Empty = unchanged. */
    readonly logDirs: readonly Uuid[]
    /** null = unchanged. */
    readonly cordonedLogDirs: readonly Uuid[] | null
  }
  AccessControlEntryRecord: {
    readonly id: Uuid
    readonly resourceType: number
    readonly resourceName: string
    readonly patternType: number
    readonly principal: string
    readonly host: string
    readonly operation: number
    readonly permissionType: number
  }
  RemoveAccessControlEntryRecord: { readonly id: Uuid }
  NoOpRecord: Record<never, never>
  ZkMigrationStateRecord: { readonly zkMigrationState: number }
  RemoveUserScramCredentialRecord: { readonly name: string; readonly mechanism: number }
  BeginTransactionRecord: { readonly name: string | null }
  EndTransactionRecord: Record<never, never>
  AbortTransactionRecord: { readonly reason: string | null }
  RemoveDelegationTokenRecord: { readonly tokenId: string }
  RegisterControllerRecord: {
    readonly controllerId: number
    readonly incarnationId: Uuid
    readonly zkMigrationReady: boolean
    readonly endPoints: readonly EndpointRecord[]
    readonly features: readonly FeatureRangeRecord[]
  }
  /** '' = of every topic. */
  ClearElrRecord: { readonly topicName: string }
}

export interface EndpointRecord {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly securityProtocol: number
}

export interface FeatureRangeRecord {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}

export type MetadataRecordType = keyof MetadataRecordValues

/** One metadata record: `switch (record.type)` narrows `record.value`. */
export type MetadataRecord = {
  readonly [K in MetadataRecordType]: { readonly type: K; readonly value: MetadataRecordValues[K] }
}[MetadataRecordType]
