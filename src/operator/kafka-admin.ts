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
  readonly source: 'dynamic' | 'static' | 'default'
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

export type KafkaAction =
  | {
      readonly kafka: 'alterBroker'
      readonly id: number
      readonly changes: readonly { readonly key: string; readonly value: string | null }[]
    }
  | { readonly kafka: 'unregisterBroker'; readonly id: number }
  | { readonly kafka: 'setMetadataVersion'; readonly version: string; readonly isDowngrade: boolean }
  | { readonly kafka: 'setDefaultUserQuotas'; readonly quotas: Readonly<Record<string, number | null>> }

export interface KafkaResult {
  /** null: done. */
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface KafkaAdmin {
  /** Rejects when no broker answers in time. */
  facts(bootstrap: Bootstrap, ask: FactsAsk): Promise<KafkaFacts>
  /** One result for each action, in order. */
  apply(bootstrap: Bootstrap, actions: readonly KafkaAction[]): Promise<readonly KafkaResult[]>
}
