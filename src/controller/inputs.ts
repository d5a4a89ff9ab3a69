import type { MetadataRecord } from '../metadata/index.ts'
import type {
  AllocateProducerIds,
  AlterClientQuotas,
  AlterConfigs,
  AlterPartition,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  AssignReplicasToDirs,
  BrokerHeartbeat,
  BrokerRegistration,
  ControllerRegistration,
  CreateAcls,
  CreatePartitions,
  CreateTopics,
  DeleteAcls,
  DeleteTopics,
  ElectLeaders,
  IncrementalAlterConfigs,
  ListPartitionReassignments,
  RequestOf,
  ResponseIn,
  UnregisterBroker,
  UpdateFeatures,
} from '../protocol/index.ts'

/** The requests that a controller answers, by their name in lower camel case. */
interface ControllerApis {
  readonly allocateProducerIds: typeof AllocateProducerIds
  readonly alterClientQuotas: typeof AlterClientQuotas
  readonly alterConfigs: typeof AlterConfigs
  readonly alterPartition: typeof AlterPartition
  readonly alterPartitionReassignments: typeof AlterPartitionReassignments
  readonly alterUserScramCredentials: typeof AlterUserScramCredentials
  readonly assignReplicasToDirs: typeof AssignReplicasToDirs
  readonly brokerHeartbeat: typeof BrokerHeartbeat
  readonly brokerRegistration: typeof BrokerRegistration
  readonly controllerRegistration: typeof ControllerRegistration
  readonly createAcls: typeof CreateAcls
  readonly createPartitions: typeof CreatePartitions
  readonly createTopics: typeof CreateTopics
  readonly deleteAcls: typeof DeleteAcls
  readonly deleteTopics: typeof DeleteTopics
  readonly electLeaders: typeof ElectLeaders
  readonly incrementalAlterConfigs: typeof IncrementalAlterConfigs
  readonly listPartitionReassignments: typeof ListPartitionReassignments
  readonly unregisterBroker: typeof UnregisterBroker
  readonly updateFeatures: typeof UpdateFeatures
}

export type ControllerAsk = keyof ControllerApis
export type AskRequest<K extends ControllerAsk> = RequestOf<ControllerApis[K]>
export type AskResponse<K extends ControllerAsk> = ResponseIn<ControllerApis[K]>

/** An entry of a list in an answer, as it is written. */
export type Item<List> = NonNullable<List> extends readonly (infer I)[] ? I : never

/** What a request brings along besides its body. */
export interface AskContext {
  readonly version: number
  /** It came through a broker that has checked what it could (brokers check the values of their own keys). */
  readonly isForwarded?: boolean
  /** Who asked a broker, which asks in his name. */
  readonly asker?: {
    readonly principal: { readonly type: string; readonly name: string }
    readonly host: string
  }
  /** createTopics: names whose configuration the asker may see; absent = all. */
  readonly mayDescribe?: (topic: string) => boolean
  /**
   * brokerRegistration: this node is its own controller, so it knows that the incarnation registered before has ended;
   * nobody needs to wait for its session to run out.
   */
  readonly formerIncarnationIsDead?: boolean
}

export type AskInput = {
  readonly [K in ControllerAsk]: { readonly kind: K; readonly request: AskRequest<K> } & AskContext
}[ControllerAsk]

/** What nobody asks for: timers and what the network tells. */
export type EventInput =
  | { readonly kind: 'activate' }
  /** A broker's session may have run out. */
  | { readonly kind: 'sessionDue'; readonly brokerId: number }
  /** Its connections closed and its port refuses: the process is gone, whatever its session says. */
  | { readonly kind: 'brokerRefused'; readonly brokerId: number; readonly brokerEpoch: number }
  | { readonly kind: 'balanceDue' }
  | { readonly kind: 'uncleanDue' }
  | { readonly kind: 'idleDue' }

export type ControllerInput = AskInput | EventInput

/** An answer to an ask; `kind` tells which. Events have none. */
export type ControllerAnswer =
  | { readonly [K in ControllerAsk]: { readonly kind: K; readonly response: AskResponse<K> } }[ControllerAsk]
  | { readonly kind: 'none' }

/** What deciding one ask comes to. */
export interface Outcome<K extends ControllerAsk> {
  readonly records: readonly MetadataRecord[]
  /** More records, behind those, made one by one: for what may touch every partition (runtime: Decision.rest). */
  readonly rest?: Iterable<MetadataRecord>
  readonly response: AskResponse<K>
}
