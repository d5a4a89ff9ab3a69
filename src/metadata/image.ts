import type { Uuid } from '../bytes/index.ts'

/**
 * What the cluster is, as of one committed offset of `__cluster_metadata`: the only thing a broker acts upon. One
 * mutable image per node, changed by replaying records in offset order (metadata/replay.ts) and by nothing else.
 * Readers must not keep parts of it across turns unless they are told they may (TopicImage and PartitionImage objects
 * are replaced, never changed in place, so holding one is safe; the maps are not).
 */
export interface MetadataImage {
  /** Offset and epoch of the last record applied; -1 before the first. */
  readonly offset: number
  readonly epoch: number
  /** Finalized feature levels by name; metadata.version among them, kraft.version not. Level 0 is absent. */
  readonly features: ReadonlyMap<string, number>
  readonly brokers: ReadonlyMap<number, BrokerImage>
  readonly controllers: ReadonlyMap<number, ControllerImage>
  readonly topicsByName: ReadonlyMap<string, TopicImage>
  readonly topicsById: ReadonlyMap<Uuid, TopicImage>
  /** By {@link configResourceKey}. A resource without dynamic values is absent. */
  readonly configs: ReadonlyMap<string, ConfigImage>
  readonly clientQuotas: readonly ClientQuotaImage[]
  readonly scramCredentials: readonly ScramCredentialImage[]
  /** By ACL id. */
  readonly acls: ReadonlyMap<Uuid, AclImage>
  /** By token id. */
  readonly delegationTokens: ReadonlyMap<string, DelegationTokenImage>
  /** First producer id not yet handed out in a block. */
  readonly nextProducerId: number
}

export interface TopicImage {
  readonly id: Uuid
  readonly name: string
  /** Index = partition id. */
  readonly partitions: readonly PartitionImage[]
}

export interface PartitionImage {
  /** Broker ids in order of preference. */
  readonly replicas: readonly number[]
  /** Log directory id of each replica, same order as replicas. */
  readonly directories: readonly Uuid[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** KIP-966. */
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** -1 = none. */
  readonly leader: number
  /** 0 RECOVERED, 1 RECOVERING (after an unclean election). */
  readonly leaderRecoveryState: number
  /** Grows by one with every leader field in a record. */
  readonly leaderEpoch: number
  /** Grows by one with every change record. */
  readonly partitionEpoch: number
}

export interface EndpointImage {
  readonly name: string
  readonly host: string
  readonly port: number
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface BrokerImage {
  readonly id: number
  /** Offset of its registration record. */
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly supportedFeatures: ReadonlyMap<string, { readonly min: number; readonly max: number }>
  readonly rack: string | null
  readonly isFenced: boolean
  readonly isInControlledShutdown: boolean
  readonly directories: readonly Uuid[]
  readonly cordonedDirectories: readonly Uuid[]
}

export interface ControllerImage {
  readonly id: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly supportedFeatures: ReadonlyMap<string, { readonly min: number; readonly max: number }>
}

/** Wire and record codes of ConfigResource types. */
export const configResourceType = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const

export interface ConfigImage {
  readonly type: number
  /** Topic, broker id ('' = cluster default), client-metrics or group name. */
  readonly name: string
  readonly values: ReadonlyMap<string, string>
}

export function configResourceKey(type: number, name: string): string {
  return `${type}:${name}`
}

export interface ClientQuotaImage {
  /** Entity type (user, client-id, ip) to name; null = the default entity. */
  readonly entity: ReadonlyMap<string, string | null>
  readonly values: ReadonlyMap<string, number>
}

export interface ScramCredentialImage {
  readonly user: string
  /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  readonly mechanism: number
  readonly salt: Uint8Array
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
  readonly iterations: number
}

export interface AclImage {
  readonly id: Uuid
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

export interface DelegationTokenImage {
  readonly tokenId: string
  /** As `TYPE:name`. */
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  readonly issueTimestamp: number
  readonly maxTimestamp: number
  readonly expirationTimestamp: number
}

/**
 * What one publication changed. Names and ids only: look the rest up in the image. A topic deleted and made again under
 * the same name is a deletion of one id and a change of another.
 */
export interface MetadataDelta {
  readonly topicsChanged: ReadonlySet<Uuid>
  /** Those of topicsChanged that were made since the last publication. */
  readonly topicsCreated: ReadonlySet<Uuid>
  readonly topicsDeleted: ReadonlyMap<Uuid, TopicImage>
  /** Of topicsDeleted, and of topics that were made and deleted since the last publication. */
  readonly topicIdsRemoved: ReadonlySet<Uuid>
  readonly brokersChanged: ReadonlySet<number>
  /** By configResourceKey. */
  readonly configsChanged: ReadonlySet<string>
  readonly featuresChanged: boolean
  readonly clientQuotasChanged: boolean
  readonly scramChanged: boolean
  readonly aclsChanged: boolean
  /** First image of this process, or one rebuilt from a snapshot: treat everything as changed. */
  readonly isWhole: boolean
}

/** Where the committed image is announced; listeners run in the order they were added, at the end of a turn. */
export interface ImageFeed {
  readonly image: MetadataImage
  on(publish: (image: MetadataImage, delta: MetadataDelta) => void): void
}
