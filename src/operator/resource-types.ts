/** Parts of Strimzi's resources by name. */
import type {
  Kafka,
  KafkaNodePool,
  KafkaSpec,
  KafkaStatus,
  KafkaTopic,
  KafkaUser,
  StrimziPodSet,
} from '../resources/index.ts'

export type { Kafka, KafkaNodePool, KafkaStatus, KafkaTopic, KafkaUser, StrimziPodSet }

type KafkaPart = KafkaSpec['kafka']
type Some<T> = NonNullable<T>

export type Condition = Some<KafkaStatus['conditions']>[number]
export type Listener = KafkaPart['listeners'][number]
export type ListenerConfiguration = Some<Listener['configuration']>
export type ListenerBroker = Some<ListenerConfiguration['brokers']>[number]
export type ListenerStatus = Some<KafkaStatus['listeners']>[number]
export type KafkaTemplate = Some<KafkaPart['template']>
export type PoolTemplate = Some<KafkaNodePool['spec']['template']>
export type PodTemplate = Some<PoolTemplate['pod']>
export type ContainerTemplate = Some<PoolTemplate['kafkaContainer']>
export type Probe = Some<KafkaPart['livenessProbe']>
export type Storage = KafkaNodePool['spec']['storage']
export type SingleStorage = Some<Storage['volumes']>[number]
export type CaSpec = Some<KafkaSpec['clusterCa']>
export type EntityOperator = Some<KafkaSpec['entityOperator']>
export type Role = KafkaNodePool['spec']['roles'][number]

export interface MetaTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}
