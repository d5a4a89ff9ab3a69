import { METADATA_TOPIC_UUID, type Uuid, ZERO_UUID } from '../bytes/index.ts'
import {
  AddRaftVoter,
  type AnyApi,
  ApiVersions,
  BeginQuorumEpoch,
  EndQuorumEpoch,
  Fetch,
  FetchSnapshot,
  RemoveRaftVoter,
  type RequestIn,
  type RequestOf,
  UpdateRaftVoter,
  Vote,
} from '../protocol/index.ts'
import type {
  AddVoterRequest,
  BeginQuorumEpochRequest,
  EndQuorumEpochRequest,
  FetchRequest,
  FetchSnapshotRequest,
  RaftRequest,
  UpdateVoterRequest,
  VoteRequest,
} from './messages.ts'
import type { ReplicaKey } from './types.ts'

export const metadataTopic = '__cluster_metadata'

/** Which Kafka API carries which message. */
export const apiOf: Readonly<Record<RaftRequest['api'], AnyApi>> = Object.freeze({
  vote: Vote,
  beginQuorumEpoch: BeginQuorumEpoch,
  endQuorumEpoch: EndQuorumEpoch,
  fetch: Fetch,
  fetchSnapshot: FetchSnapshot,
  addVoter: AddRaftVoter,
  removeVoter: RemoveRaftVoter,
  updateVoter: UpdateRaftVoter,
  apiVersions: ApiVersions,
})

/** The lowest version that can say it. */
export function versionMin(m: RaftRequest): number {
  if (m.api === 'vote') return m.isPreVote ? 2 : 0
  if (m.api === 'fetch') return 12
  if (m.api === 'addVoter') return m.ackWhenCommitted ? 0 : 1
  return 0
}

/** The body of a message to another node. */
export function encodeRaftRequest(
  m: RaftRequest,
  version: number,
  software: { readonly name: string; readonly version: string },
): unknown {
  switch (m.api) {
    case 'vote':
      return voteBody(m)
    case 'beginQuorumEpoch':
      return beginBody(m)
    case 'endQuorumEpoch':
      return endBody(m)
    case 'fetch':
      return fetchBody(m, version)
    case 'fetchSnapshot':
      return fetchSnapshotBody(m)
    case 'addVoter':
      return addVoterBody(m)
    case 'removeVoter':
      return {
        clusterId: m.clusterId,
        voterId: m.voter.id,
        voterDirectoryId: wireUuid(m.voter.directoryId),
      } satisfies RequestIn<typeof RemoveRaftVoter>
    case 'updateVoter':
      return updateVoterBody(m)
    case 'apiVersions':
      return { clientSoftwareName: software.name, clientSoftwareVersion: software.version }
  }
}

function topic<P>(partition: P): { topicName: string; partitions: P[] }[] {
  return [{ topicName: metadataTopic, partitions: [partition] }]
}

function voteBody(m: VoteRequest): RequestIn<typeof Vote> {
  return {
    clusterId: m.clusterId,
    voterId: m.intendedVoter?.id ?? -1,
    topics: topic({
      partitionIndex: 0,
      replicaEpoch: m.epoch,
      replicaId: m.candidate.id,
      replicaDirectoryId: wireUuid(m.candidate.directoryId),
      voterDirectoryId: wireUuid(m.intendedVoter?.directoryId ?? null),
      lastOffsetEpoch: m.lastEpoch,
      lastOffset: m.endOffset,
      preVote: m.isPreVote,
    }),
  }
}

function beginBody(m: BeginQuorumEpochRequest): RequestIn<typeof BeginQuorumEpoch> {
  return {
    clusterId: m.clusterId,
    voterId: m.intendedVoter?.id ?? -1,
    topics: topic({
      partitionIndex: 0,
      voterDirectoryId: wireUuid(m.intendedVoter?.directoryId ?? null),
      leaderId: m.leaderId,
      leaderEpoch: m.epoch,
    }),
    leaderEndpoints: [...m.endpoints],
  }
}

function endBody(m: EndQuorumEpochRequest): RequestIn<typeof EndQuorumEpoch> {
  return {
    clusterId: m.clusterId,
    topics: topic({
      partitionIndex: 0,
      leaderId: m.leaderId,
      leaderEpoch: m.epoch,
      preferredSuccessors: m.preferred.map((key) => key.id),
      preferredCandidates: m.preferred.map((key) => ({
        candidateId: key.id,
        candidateDirectoryId: wireUuid(key.directoryId),
      })),
    }),
    leaderEndpoints: [...m.endpoints],
  }
}

function fetchBody(m: FetchRequest, version: number): RequestIn<typeof Fetch> {
  return {
    clusterId: m.clusterId,
    ...(version < 15 ? { replicaId: m.replica.id } : { replicaState: { replicaId: m.replica.id, replicaEpoch: -1 } }),
    maxWaitMs: m.maxWaitMs,
    minBytes: 0,
    maxBytes: m.bytesMax,
    topics: [
      {
        topic: metadataTopic,
        topicId: METADATA_TOPIC_UUID,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: m.epoch,
            fetchOffset: m.fetchOffset,
            lastFetchedEpoch: m.lastFetchedEpoch,
            partitionMaxBytes: 0,
            replicaDirectoryId: wireUuid(m.replica.directoryId),
            highWatermark: m.highWatermark,
          },
        ],
      },
    ],
  }
}

function fetchSnapshotBody(m: FetchSnapshotRequest): RequestIn<typeof FetchSnapshot> {
  return {
    clusterId: m.clusterId,
    replicaId: m.replica.id,
    maxBytes: m.bytesMax,
    topics: [
      {
        name: metadataTopic,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: m.epoch,
            snapshotId: { endOffset: m.id.offset, epoch: m.id.epoch },
            position: m.position,
            replicaDirectoryId: wireUuid(m.replica.directoryId),
          },
        ],
      },
    ],
  }
}

function addVoterBody(m: AddVoterRequest): RequestIn<typeof AddRaftVoter> {
  return {
    clusterId: m.clusterId,
    timeoutMs: m.timeoutMs,
    voterId: m.voter.id,
    voterDirectoryId: wireUuid(m.voter.directoryId),
    listeners: [...m.endpoints],
    ackWhenCommitted: m.ackWhenCommitted,
  }
}

function updateVoterBody(m: UpdateVoterRequest): RequestIn<typeof UpdateRaftVoter> {
  const { key, endpoints, kraftVersions } = m.voter
  return {
    clusterId: m.clusterId,
    currentLeaderEpoch: m.epoch,
    voterId: key.id,
    voterDirectoryId: wireUuid(key.directoryId),
    listeners: [...endpoints],
    kRaftVersionFeature: { minSupportedVersion: kraftVersions.min, maxSupportedVersion: kraftVersions.max },
  }
}

/**
 * The message in a request that came in, null when it is not about the one partition that there is (answered
 * INVALID_REQUEST, by FetchSnapshot UNKNOWN_TOPIC_OR_PARTITION).
 */
export function decodeRaftRequest(key: number, request: unknown): RaftRequest | null {
  switch (key) {
    case Vote.key:
      return voteOf(request as RequestOf<typeof Vote>)
    case BeginQuorumEpoch.key:
      return beginOf(request as RequestOf<typeof BeginQuorumEpoch>)
    case EndQuorumEpoch.key:
      return endOf(request as RequestOf<typeof EndQuorumEpoch>)
    case Fetch.key:
      return fetchOf(request as RequestOf<typeof Fetch>)
    case FetchSnapshot.key:
      return fetchSnapshotOf(request as RequestOf<typeof FetchSnapshot>)
    case AddRaftVoter.key:
      return addVoterOf(request as RequestOf<typeof AddRaftVoter>)
    case RemoveRaftVoter.key: {
      const r = request as RequestOf<typeof RemoveRaftVoter>
      return { api: 'removeVoter', clusterId: r.clusterId, voter: keyOf(r.voterId, r.voterDirectoryId) }
    }
    case UpdateRaftVoter.key:
      return updateVoterOf(request as RequestOf<typeof UpdateRaftVoter>)
    default:
      return null
  }
}

/** The one partition; null when there is another, or none. */
export function onlyPartition<P>(
  topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[],
  indexOf: (partition: P) => number,
): P | null {
  const [found] = topics
  const partition = found?.partitions[0]
  const isIt =
    topics.length === 1 &&
    found !== undefined &&
    found.topicName === metadataTopic &&
    found.partitions.length === 1 &&
    partition !== undefined &&
    indexOf(partition) === 0
  return isIt ? partition : null
}

function voteOf(r: RequestOf<typeof Vote>): VoteRequest | null {
  const p = onlyPartition(r.topics, (partition) => partition.partitionIndex)
  if (p === null) return null
  return {
    api: 'vote',
    clusterId: r.clusterId,
    epoch: p.replicaEpoch,
    candidate: keyOf(p.replicaId, p.replicaDirectoryId),
    intendedVoter: r.voterId < 0 ? null : keyOf(r.voterId, p.voterDirectoryId),
    lastEpoch: p.lastOffsetEpoch,
    endOffset: p.lastOffset,
    isPreVote: p.preVote,
  }
}

function beginOf(r: RequestOf<typeof BeginQuorumEpoch>): BeginQuorumEpochRequest | null {
  const p = onlyPartition(r.topics, (partition) => partition.partitionIndex)
  if (p === null) return null
  return {
    api: 'beginQuorumEpoch',
    clusterId: r.clusterId,
    epoch: p.leaderEpoch,
    leaderId: p.leaderId,
    intendedVoter: r.voterId < 0 ? null : keyOf(r.voterId, p.voterDirectoryId),
    endpoints: r.leaderEndpoints,
  }
}

function endOf(r: RequestOf<typeof EndQuorumEpoch>): EndQuorumEpochRequest | null {
  const p = onlyPartition(r.topics, (partition) => partition.partitionIndex)
  if (p === null) return null
  const candidates = p.preferredCandidates.map((c) => keyOf(c.candidateId, c.candidateDirectoryId))
  return {
    api: 'endQuorumEpoch',
    clusterId: r.clusterId,
    epoch: p.leaderEpoch,
    leaderId: p.leaderId,
    preferred: candidates.length > 0 ? candidates : p.preferredSuccessors.map((id) => ({ id, directoryId: null })),
    endpoints: r.leaderEndpoints,
  }
}

function fetchOf(r: RequestOf<typeof Fetch>): FetchRequest | null {
  const [found] = r.topics
  const p = found?.partitions[0]
  if (r.topics.length !== 1 || found === undefined || found.partitions.length !== 1 || p === undefined) return null
  if (p.partition !== 0) return null
  if (found.topicId !== METADATA_TOPIC_UUID && found.topic !== metadataTopic) return null
  const replicaId = r.replicaState.replicaId >= 0 ? r.replicaState.replicaId : r.replicaId
  return {
    api: 'fetch',
    clusterId: r.clusterId,
    epoch: p.currentLeaderEpoch,
    replica: keyOf(replicaId, p.replicaDirectoryId),
    fetchOffset: p.fetchOffset,
    lastFetchedEpoch: p.lastFetchedEpoch,
    maxWaitMs: r.maxWaitMs,
    bytesMax: r.maxBytes,
    highWatermark: p.highWatermark,
  }
}

function fetchSnapshotOf(r: RequestOf<typeof FetchSnapshot>): FetchSnapshotRequest | null {
  const topics = r.topics.map(({ name, partitions }) => ({ topicName: name, partitions }))
  const p = onlyPartition(topics, ({ partition }) => partition)
  if (p === null) return null
  return {
    api: 'fetchSnapshot',
    clusterId: r.clusterId,
    epoch: p.currentLeaderEpoch,
    replica: keyOf(r.replicaId, p.replicaDirectoryId),
    id: { offset: p.snapshotId.endOffset, epoch: p.snapshotId.epoch },
    position: p.position,
    bytesMax: r.maxBytes,
  }
}

function addVoterOf(r: RequestOf<typeof AddRaftVoter>): AddVoterRequest {
  return {
    api: 'addVoter',
    clusterId: r.clusterId,
    voter: keyOf(r.voterId, r.voterDirectoryId),
    endpoints: r.listeners,
    timeoutMs: r.timeoutMs,
    ackWhenCommitted: r.ackWhenCommitted,
  }
}

function updateVoterOf(r: RequestOf<typeof UpdateRaftVoter>): UpdateVoterRequest {
  const { minSupportedVersion, maxSupportedVersion } = r.kRaftVersionFeature
  return {
    api: 'updateVoter',
    clusterId: r.clusterId,
    epoch: r.currentLeaderEpoch,
    voter: {
      key: keyOf(r.voterId, r.voterDirectoryId),
      endpoints: r.listeners,
      kraftVersions: { min: minSupportedVersion, max: maxSupportedVersion },
    },
  }
}

function keyOf(id: number, directoryId: Uuid): ReplicaKey {
  return { id, directoryId: directoryId === ZERO_UUID ? null : directoryId }
}

function wireUuid(directoryId: Uuid | null): Uuid {
  return directoryId ?? ZERO_UUID
}
