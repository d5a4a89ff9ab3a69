import type { ControllerAsk } from '../controller/index.ts'
import {
  AllocateProducerIds,
  AlterClientQuotas,
  AlterConfigs,
  AlterPartition,
  AlterPartitionReassignments,
  AlterUserScramCredentials,
  type AnyApi,
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
  UnregisterBroker,
  UpdateFeatures,
} from '../protocol/index.ts'

interface ControllerApi {
  readonly api: AnyApi
  /** A node asks it for itself; the others are clients' requests, which travel in an Envelope (KIP-590). */
  readonly isDirect: boolean
}

const direct = (api: AnyApi): ControllerApi => ({ api, isDirect: true })
const enveloped = (api: AnyApi): ControllerApi => ({ api, isDirect: false })

/** What the active controller answers, and how it is asked over the network. */
export const controllerApis: Readonly<Record<ControllerAsk, ControllerApi>> = Object.freeze({
  allocateProducerIds: direct(AllocateProducerIds),
  alterClientQuotas: enveloped(AlterClientQuotas),
  alterConfigs: enveloped(AlterConfigs),
  alterPartition: direct(AlterPartition),
  alterPartitionReassignments: enveloped(AlterPartitionReassignments),
  alterUserScramCredentials: enveloped(AlterUserScramCredentials),
  assignReplicasToDirs: direct(AssignReplicasToDirs),
  brokerHeartbeat: direct(BrokerHeartbeat),
  brokerRegistration: direct(BrokerRegistration),
  controllerRegistration: direct(ControllerRegistration),
  createAcls: enveloped(CreateAcls),
  createPartitions: enveloped(CreatePartitions),
  createTopics: enveloped(CreateTopics),
  deleteAcls: enveloped(DeleteAcls),
  deleteTopics: enveloped(DeleteTopics),
  electLeaders: enveloped(ElectLeaders),
  incrementalAlterConfigs: enveloped(IncrementalAlterConfigs),
  listPartitionReassignments: enveloped(ListPartitionReassignments),
  unregisterBroker: enveloped(UnregisterBroker),
  updateFeatures: enveloped(UpdateFeatures),
})
