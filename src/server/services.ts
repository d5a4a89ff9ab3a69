import type { Crc32c, Uuid } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Env } from '../env/index.ts'
import type { LogStore } from '../log/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import type { ErrorCode, ListenerRole } from '../protocol/index.ts'
import type { RaftNode } from '../raft/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Authorizer } from '../security/index.ts'
import type { BrokerLiveness } from './broker-liveness.ts'
import type { ClientQuotas } from './client-quotas.ts'
import type { Controller } from './controller.ts'
import type { ControllerChannel } from './controller-channel.ts'
import type { FetchSessions } from './fetch-session.ts'
import type { Groups } from './groups.ts'
import type { MarkerWriter } from './marker-writer.ts'
import type { NodeSecurity } from './node-security.ts'
import type { PartitionTable } from './partition-table.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { ReplicaMoves } from './replica-moves.ts'
import type { ReplicaThrottle } from './replica-throttle.ts'
import type { TopicMaker } from './topic-maker.ts'
import type { Transactions } from './transactions.ts'

export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** The parts of a running node that handlers work with. */
export interface Services {
  readonly env: Env
  readonly crc32c: Crc32c
  readonly nodeId: number
  readonly clusterId: string
  /** As of now: a dynamic change replaces it. */
  readonly config: BrokerConfig
  /** What the file and the defaults say, without dynamic changes. */
  readonly fileConfig: BrokerConfig
  /** The committed image; read it anew in each turn. */
  readonly image: MetadataImage
  readonly store: LogStore
  readonly raft: RaftNode
  readonly partitions: PartitionTable
  readonly moves: ReplicaMoves
  readonly throttle: ReplicaThrottle
  readonly quotas: ClientQuotas
  readonly sessions: FetchSessions
  /** The way to the active controller, wherever it is. */
  readonly controller: ControllerChannel
  /** This node's own, which decides while this node leads the quorum. */
  readonly localController: Controller
  readonly liveness: BrokerLiveness
  readonly security: NodeSecurity
  /** Null: everything is allowed. */
  readonly authorizer: Authorizer | null
  readonly groups: Groups
  readonly transactions: Transactions
  readonly markerWriter: MarkerWriter
  readonly producerIds: ProducerIds
  readonly topicMaker: TopicMaker
  /** UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR, or NOT_LEADER_OR_FOLLOWER when it is not here. */
  findById(topicId: Uuid, index: number): Partition | ErrorCode
  /** As findById, UNKNOWN_TOPIC_OR_PARTITION for an unknown name. */
  findByName(topic: string, index: number): Partition | ErrorCode
  /** What ApiVersions lists on such a listener. */
  advertised(role: ListenerRole): readonly AdvertisedApi[]
}
