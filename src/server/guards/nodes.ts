import {
  AllocateProducerIds,
  AlterPartition,
  ApiVersions,
  AssignReplicasToDirs,
  BeginQuorumEpoch,
  BrokerHeartbeat,
  BrokerRegistration,
  ControllerRegistration,
  EndQuorumEpoch,
  Envelope,
  errors,
  Fetch,
  FetchSnapshot,
  SaslAuthenticate,
  SaslHandshake,
  UpdateRaftVoter,
  Vote,
} from '../../protocol/index.ts'
import { type Guarded, type GuardRow, open, whole } from './guard.ts'

const refused = { errorCode: errors.CLUSTER_AUTHORIZATION_FAILED }
const isNode = (who: Guarded) => who.mayCluster('clusterAction')

/** What nodes of the cluster ask each other, and what is asked before anybody is known. */
export const nodeGuards: readonly GuardRow[] = [
  open(ApiVersions),
  open(SaslHandshake),
  open(SaslAuthenticate),
  whole(Envelope, isNode, () => ({ ...refused, responseData: null })),
  whole(AllocateProducerIds, isNode, () => refused),
  whole(AlterPartition, isNode, () => ({ ...refused, topics: [] })),
  whole(AssignReplicasToDirs, isNode, () => ({ ...refused, directories: [] })),
  whole(BrokerHeartbeat, isNode, () => refused),
  whole(BrokerRegistration, isNode, () => refused),
  whole(ControllerRegistration, isNode, () => refused),
  whole(Vote, isNode, () => ({ ...refused, topics: [] })),
  whole(BeginQuorumEpoch, isNode, () => ({ ...refused, topics: [] })),
  whole(EndQuorumEpoch, isNode, () => ({ ...refused, topics: [] })),
  whole(FetchSnapshot, isNode, () => ({ ...refused, topics: [] })),
  whole(UpdateRaftVoter, isNode, () => refused),
]

/** On a controller listener Fetch is the metadata log, for nodes. */
export const controllerFetch = whole(Fetch, isNode, () => ({ ...refused, sessionId: 0, responses: [] }))
