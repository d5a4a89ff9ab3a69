import { type Crc32c, METADATA_TOPIC_UUID, type Slice } from '../bytes/index.ts'
import {
  AddRaftVoter,
  type ApiVersions,
  BeginQuorumEpoch,
  EndQuorumEpoch,
  type ErrorCode,
  errors,
  Fetch,
  FetchSnapshot,
  RemoveRaftVoter,
  type ResponseIn,
  type ResponseOf,
  UpdateRaftVoter,
  Vote,
} from '../protocol/index.ts'
import {
  BatchCursor,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  isControlBatch,
  isCrcRight,
} from '../records/index.ts'
import { decodeControlBatch } from './control-records.ts'
import type { ControlRecordAt, FetchedRecords, RaftRequest, RaftResponse } from './messages.ts'
import { metadataTopic } from './wire-requests.ts'

/** What is said around the message itself: bytes, and where the log begins. */
export interface AnswerBytes {
  readonly records: readonly Slice[]
  readonly logStartOffset: number
  readonly piece: { readonly bytes: Uint8Array; readonly size: number; readonly position: number } | null
}

export const noBytes: AnswerBytes = Object.freeze({ records: [], logStartOffset: -1, piece: null })

interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Errors that speak of the request as a whole. */
function isTopLevel(errorCode: ErrorCode): boolean {
  return errorCode === errors.INCONSISTENT_CLUSTER_ID
}

/** The answer to an API of the quorum, as Kafka spells it. */
export function encodeRaftResponse(m: RaftResponse, request: RaftRequest, more: AnswerBytes): unknown {
  const endpoint = m.leaderId === null ? null : (m.leaderEndpoint ?? null)
  switch (m.api) {
    case 'vote':
    case 'beginQuorumEpoch':
    case 'endQuorumEpoch':
      return quorumAnswer(m, endpoint)
    case 'fetch':
      return fetchAnswer(m, endpoint, more)
    case 'fetchSnapshot':
      return fetchSnapshotAnswer(m, request as RaftRequest & { api: 'fetchSnapshot' }, endpoint, more)
    case 'addVoter':
    case 'removeVoter':
      return { errorCode: m.errorCode, errorMessage: m.errorMessage ?? null } satisfies ResponseIn<typeof AddRaftVoter>
    case 'updateVoter':
      return {
        errorCode: m.errorCode,
        currentLeader: {
          leaderId: m.leaderId ?? -1,
          leaderEpoch: m.epoch,
          host: endpoint?.host ?? '',
          port: endpoint?.port ?? 0,
        },
      } satisfies ResponseIn<typeof UpdateRaftVoter>
    case 'apiVersions':
      throw new Error('the server answers ApiVersions')
  }
}

/** To a request that is not about the metadata partition. */
export function misdirected(key: number): unknown {
  if (key === FetchSnapshot.key) return { errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION }
  return { errorCode: errors.INVALID_REQUEST }
}

function nodeEndpoints(m: RaftResponse, endpoint: Endpoint | null) {
  return endpoint === null || m.leaderId === null
    ? []
    : [{ nodeId: m.leaderId, host: endpoint.host, port: endpoint.port }]
}

function quorumAnswer(
  m: RaftResponse,
  endpoint: Endpoint | null,
): ResponseIn<typeof Vote> & ResponseIn<typeof BeginQuorumEpoch> {
  if (isTopLevel(m.errorCode)) return { errorCode: m.errorCode, topics: [] }
  const { errorCode, epoch: leaderEpoch } = m
  const partition = {
    partitionIndex: 0,
    errorCode,
    leaderId: m.leaderId ?? -1,
    leaderEpoch,
    voteGranted: m.isVoteGranted === true,
  }
  return {
    errorCode: errors.NONE,
    topics: [{ topicName: metadataTopic, partitions: [partition] }],
    nodeEndpoints: nodeEndpoints(m, endpoint),
  }
}

function fetchAnswer(m: RaftResponse, endpoint: Endpoint | null, more: AnswerBytes): ResponseIn<typeof Fetch> {
  if (isTopLevel(m.errorCode)) return { errorCode: m.errorCode, responses: [] }
  return {
    errorCode: errors.NONE,
    responses: [
      {
        topic: metadataTopic,
        topicId: METADATA_TOPIC_UUID,
        partitions: [
          {
            partitionIndex: 0,
            errorCode: m.errorCode,
            highWatermark: m.highWatermark ?? -1,
            logStartOffset: more.logStartOffset,
            currentLeader: { leaderId: m.leaderId ?? -1, leaderEpoch: m.epoch },
            ...(m.diverging == null ? {} : { divergingEpoch: { ...m.diverging } }),
            ...(m.snapshot == null ? {} : { snapshotId: { endOffset: m.snapshot.offset, epoch: m.snapshot.epoch } }),
            records: more.records,
          },
        ],
      },
    ],
    nodeEndpoints: nodeEndpoints(m, endpoint),
  }
}

function fetchSnapshotAnswer(
  m: RaftResponse,
  request: RaftRequest & { api: 'fetchSnapshot' },
  endpoint: Endpoint | null,
  more: AnswerBytes,
): ResponseIn<typeof FetchSnapshot> {
  if (isTopLevel(m.errorCode)) return { errorCode: m.errorCode, topics: [] }
  const { id, position } = request
  return {
    errorCode: errors.NONE,
    topics: [
      {
        name: metadataTopic,
        partitions: [
          {
            index: 0,
            errorCode: m.errorCode,
            snapshotId: { endOffset: id.offset, epoch: id.epoch },
            currentLeader: { leaderId: m.leaderId ?? -1, leaderEpoch: m.epoch },
            size: more.piece?.size ?? 0,
            position,
            unalignedRecords: more.piece?.bytes ?? new Uint8Array(0),
          },
        ],
      },
    ],
    nodeEndpoints: nodeEndpoints(m, endpoint),
  }
}

/** What another node answered. Throws when it is not what was asked, or holds damaged batches. */
export function decodeRaftResponse(api: RaftRequest['api'], body: unknown, crc32c: Crc32c): RaftResponse {
  switch (api) {
    case 'vote': {
      const r = body as ResponseOf<typeof Vote>
      const p = only(r, r.topics[0]?.partitions, api)
      return { ...told(api, r, p), isVoteGranted: p?.voteGranted === true }
    }
    case 'beginQuorumEpoch':
    case 'endQuorumEpoch': {
      const r = body as ResponseOf<typeof BeginQuorumEpoch>
      return told(api, r, only(r, r.topics[0]?.partitions, api))
    }
    case 'fetch':
      return fetchedFrom(body as ResponseOf<typeof Fetch>, crc32c)
    case 'fetchSnapshot': {
      const r = body as ResponseOf<typeof FetchSnapshot>
      const p = only(r, r.topics[0]?.partitions, api)
      if (p === null) return told(api, r, null)
      const { endOffset, epoch } = p.snapshotId
      const bytes = p.unalignedRecords ?? { bytes: new Uint8Array(0), from: 0, to: 0 }
      const piece = { id: { offset: endOffset, epoch }, size: p.size, position: p.position, bytes }
      return { ...told(api, r, { ...p, ...p.currentLeader }), piece }
    }
    case 'addVoter':
    case 'removeVoter': {
      const { errorCode, errorMessage } = body as ResponseOf<typeof RemoveRaftVoter>
      return { api, errorCode, errorMessage, epoch: -1, leaderId: null }
    }
    case 'updateVoter': {
      const { errorCode, currentLeader } = body as ResponseOf<typeof UpdateRaftVoter>
      const { leaderId, leaderEpoch, host, port } = currentLeader
      const leaderEndpoint = host === '' ? null : { host, port }
      return { api, errorCode, epoch: leaderEpoch, leaderId: leaderId < 0 ? null : leaderId, leaderEndpoint }
    }
    case 'apiVersions': {
      const { errorCode, supportedFeatures } = body as ResponseOf<typeof ApiVersions>
      const found = supportedFeatures.find((f) => f.name === 'kraft.version')
      const kraftVersions = found === undefined ? null : { min: found.minVersion, max: found.maxVersion }
      return { api, errorCode, epoch: -1, leaderId: null, kraftVersions }
    }
  }
}

interface Told {
  readonly errorCode: ErrorCode
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** The answer about the one partition, null when the request as a whole was refused. */
function only<P>(r: { readonly errorCode: ErrorCode }, partitions: readonly P[] | undefined, api: string): P | null {
  if (r.errorCode !== errors.NONE) return null
  const partition = partitions?.[0]
  if (partition === undefined) throw new Error(`an answer to ${api} without the metadata partition`)
  return partition
}

function told(
  api: RaftRequest['api'],
  r: {
    readonly errorCode: ErrorCode
    readonly nodeEndpoints: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  },
  p: Told | null,
): RaftResponse {
  if (p === null) return { api, errorCode: r.errorCode, epoch: -1, leaderId: null }
  const { errorCode, leaderId, leaderEpoch: epoch } = p
  const found = r.nodeEndpoints.find((node) => node.nodeId === leaderId)
  const leaderEndpoint = found === undefined ? null : { host: found.host, port: found.port }
  return { api, errorCode, epoch, leaderId: leaderId < 0 ? null : leaderId, leaderEndpoint }
}

function fetchedFrom(r: ResponseOf<typeof Fetch>, crc32c: Crc32c): RaftResponse {
  const p = only(r, r.responses[0]?.partitions, 'fetch')
  if (p === null) return { ...told('fetch', r, null) }
  const { divergingEpoch, snapshotId, highWatermark } = p
  const isSnapshot = snapshotId.endOffset >= 0 || snapshotId.epoch >= 0
  return {
    ...told('fetch', r, { errorCode: p.errorCode, ...p.currentLeader }),
    highWatermark,
    diverging: divergingEpoch.epoch >= 0 ? divergingEpoch : null,
    snapshot: isSnapshot ? { offset: snapshotId.endOffset, epoch: snapshotId.epoch } : null,
    records: p.records === null ? null : checkedRecords(p.records, crc32c),
  }
}

/** Whole batches one after another, each with a right checksum; a part of one at the end is left out. */
function checkedRecords(slice: Slice, crc32c: Crc32c): FetchedRecords | null {
  const cursor = new BatchCursor(slice)
  const control: ControlRecordAt[] = []
  let baseOffset = -1
  let endOffset = -1
  let lastEpoch = -1
  while (cursor.next()) {
    const { bytes, from, to } = cursor
    if (!isCrcRight(bytes, from, to, crc32c)) throw new Error('a batch of the metadata log came damaged')
    const base = batchBaseOffset(bytes, from)
    const epoch = batchLeaderEpoch(bytes, from)
    if (baseOffset < 0) baseOffset = base
    else if (base !== endOffset)
      throw new Error(`a batch at offset ${base} came after the end of another at ${endOffset}`)
    if (epoch < lastEpoch) throw new Error(`a batch of epoch ${epoch} came after one of ${lastEpoch}`)
    endOffset = batchLastOffset(bytes, from) + 1
    lastEpoch = epoch
    if (isControlBatch(bytes, from)) control.push(...decodeControlBatch({ bytes, from, to }))
  }
  if (cursor.isBroken) throw new Error('what came is no batch of the metadata log')
  if (baseOffset < 0) return null
  return { baseOffset, endOffset, lastEpoch, control, bytes: { bytes: slice.bytes, from: slice.from, to: cursor.end } }
}

/** The keys that {@link LocalRaftNode.handle} answers. */
export const raftApiKeys: readonly number[] = Object.freeze(
  [Fetch, Vote, BeginQuorumEpoch, EndQuorumEpoch, FetchSnapshot, AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter].map(
    (api) => api.key,
  ),
)
