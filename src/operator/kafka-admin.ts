/** The port to a running Kafka cluster: what operators see of it and what they change. Over the client, or a fake. */

/** PEM texts. */
export interface ClientIdentity {
  readonly trustedCerts: string
  readonly cert: string
  readonly key: string
}

export interface Bootstrap {
  /** `host:port`, comma between several. */
  readonly servers: string
  /** null: plain text. */
  readonly tls: ClientIdentity | null
}

export interface PartitionFacts {
  readonly topic: string
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly minInSync: number
}

export interface QuorumVoter {
  readonly id: number
  /** Wall times; -1: unknown. The leader's own are now. */
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
}

export interface BrokerSetting {
  readonly key: string
  readonly value: string | null
  /** `dynamic` wins over `static`; `static` is what the file of configuration said at the node's start. */
  readonly source: 'dynamic' | 'cluster' | 'static' | 'default'
  /** Of the static one, when a dynamic one hides it. */
  readonly isAlsoStatic: boolean
}

export interface KafkaFacts {
  readonly clusterId: string
  readonly brokers: readonly { readonly id: number; readonly isFenced: boolean }[]
  /** -1: none. */
  readonly quorumLeader: number
  readonly voters: readonly QuorumVoter[]
  /** All partitions with replicas; null: not asked for. */
  readonly partitions: readonly PartitionFacts[] | null
  /** What is not at its default, by broker; null: not asked for. */
  readonly settings: ReadonlyMap<number, readonly BrokerSetting[]> | null
  /** Level of the feature `metadata.version`, as `4.3-IV0`; null: unknown to us. */
  readonly metadataVersion: string | null
  /** Of users without quotas of their own, by Kafka's key; null: not asked for. */
  readonly defaultUserQuotas: Readonly<Record<string, number>> | null
}

export interface FactsAsk {
  readonly partitions: boolean
  /** Ids of the brokers whose configuration is wanted. */
  readonly settingsOf: readonly number[]
  readonly defaultUserQuotas: boolean
}

export interface TopicFacts {
  readonly name: string
  readonly id: string
  /** Replicas of each partition, in the order of the partitions. */
  readonly replicas: readonly (readonly number[])[]
  /** Values that were set for the topic, without those of brokers. */
  readonly config: ReadonlyMap<string, string>
  /** Replicas come or go. */
  readonly isReassigned: boolean
}

export interface Acl {
  readonly resourceType: 'topic' | 'group' | 'cluster' | 'transactionalId'
  readonly name: string
  readonly patternType: 'literal' | 'prefix'
  readonly host: string
  /** As KafkaUser writes it: `Read`, `DescribeConfigs`… */
  readonly operation: string
  readonly type: 'allow' | 'deny'
}

export interface UserFacts {
  /** Iterations of the SCRAM-SHA-512 credential; null: there is none. */
  readonly scramIterations: number | null
  /** null: the cluster has no authorizer. */
  readonly acls: readonly Acl[] | null
  /** By Kafka's key. */
  readonly quotas: ReadonlyMap<string, number>
}

export type ClusterAction =
  | {
      readonly kafka: 'alterBroker'
      /** null: the default of all brokers. */
      readonly id: number | null
      readonly changes: readonly ConfigChange[]
    }
  | { readonly kafka: 'unregisterBroker'; readonly id: number }
  | { readonly kafka: 'setMetadataVersion'; readonly version: string; readonly isDowngrade: boolean }
  | { readonly kafka: 'setDefaultUserQuotas'; readonly quotas: Readonly<Record<string, number | null>> }

export interface ConfigChange {
  readonly key: string
  /** null: back to what it is without. */
  readonly value: string | null
}

export type TopicAction =
  | {
      readonly kafka: 'createTopic'
      readonly topic: string
      /** null: the broker's default. */
      readonly partitions: number | null
      readonly replicas: number | null
      readonly config: Readonly<Record<string, string>>
    }
  | { readonly kafka: 'deleteTopic'; readonly topic: string }
  | { readonly kafka: 'alterTopic'; readonly topic: string; readonly changes: readonly ConfigChange[] }
  | { readonly kafka: 'addPartitions'; readonly topic: string; readonly partitions: number }
  | { readonly kafka: 'reassign'; readonly topic: string; readonly replicas: readonly (readonly number[])[] }

/** `user` is the principal's name without `User:`. */
export type UserAction =
  | { readonly kafka: 'setScram'; readonly user: string; readonly password: string }
  | { readonly kafka: 'deleteScram'; readonly user: string }
  | { readonly kafka: 'setQuotas'; readonly user: string; readonly quotas: Readonly<Record<string, number | null>> }
  | { readonly kafka: 'createAcls'; readonly user: string; readonly acls: readonly Acl[] }
  | { readonly kafka: 'deleteAcls'; readonly user: string; readonly acls: readonly Acl[] }

export type KafkaAction = ClusterAction | TopicAction | UserAction

export interface KafkaFailure {
  /** Kafka's name of the error, such as TOPIC_ALREADY_EXISTS. */
  readonly code: string
  readonly message: string
  readonly isPassing: boolean
}

export interface KafkaResult {
  /** null: done. */
  readonly error: KafkaFailure | null
}

export type Found<T> = { readonly found: T | null; readonly error: KafkaFailure | null }

export interface KafkaAdmin {
  /** Rejects when no broker answers in time. */
  facts(bootstrap: Bootstrap, ask: FactsAsk): Promise<KafkaFacts>
  /** `found` null without an error: there is no such topic. */
  topics(bootstrap: Bootstrap, names: readonly string[]): Promise<ReadonlyMap<string, Found<TopicFacts>>>
  /** Names of all topics, internal ones included. */
  topicNames(bootstrap: Bootstrap): Promise<readonly string[]>
  /** Of these principals (without `User:`); null: of all that have anything. Rejects when no broker answers in time. */
  users(bootstrap: Bootstrap, names: readonly string[] | null): Promise<ReadonlyMap<string, UserFacts>>
  /** One result for each action, in order; those of one kind that stand together go out together. */
  apply(bootstrap: Bootstrap, actions: readonly KafkaAction[]): Promise<readonly KafkaResult[]>
}
