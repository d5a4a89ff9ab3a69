import { MalformedError, Reader } from '../../bytes/index.ts'
import { remoteLogRecords } from '../../protocol/index.ts'

const segmentStates = [
  'COPY_SEGMENT_STARTED',
  'COPY_SEGMENT_FINISHED',
  'DELETE_SEGMENT_STARTED',
  'DELETE_SEGMENT_FINISHED',
]
const partitionStates = ['DELETE_PARTITION_MARKED', 'DELETE_PARTITION_STARTED', 'DELETE_PARTITION_FINISHED']

const FRAME_VERSION = 1

/** Why this is no record of `__remote_log_metadata`; null when it may be one. */
export function remoteLogProblem(value: Uint8Array | null): string | null {
  if (value === null) return 'The record has no value'
  const frame = new Reader(value).uvarint()
  if (frame === FRAME_VERSION) return null
  return `Could not deserialize metadata record due to unknown frame version ${frame}(only frame version ${FRAME_VERSION} is supported)`
}

/** A record of `__remote_log_metadata` as Java prints what it stands for. Throws MalformedError. */
export function remoteLogText(value: Uint8Array): string {
  const record = remoteLogRecords.decode(value)
  if (record === null) throw new MalformedError('a remote log metadata record of unknown type', 0)
  switch (record.type) {
    case 'RemoteLogSegmentMetadataRecord': {
      const r = record.value
      return javaText('RemoteLogSegmentMetadata', {
        remoteLogSegmentId: segmentId(r.remoteLogSegmentId),
        startOffset: r.startOffset,
        endOffset: r.endOffset,
        brokerId: r.brokerId,
        maxTimestampMs: r.maxTimestampMs,
        eventTimestampMs: r.eventTimestampMs,
        segmentLeaderEpochs: epochs(r.segmentLeaderEpochs),
        segmentSizeInBytes: r.segmentSizeInBytes,
        customMetadata: custom(r.customMetadata),
        state: segmentStates[r.remoteLogSegmentState],
        txnIdxEmpty: r.txnIndexEmpty,
      })
    }
    case 'RemoteLogSegmentMetadataUpdateRecord': {
      const r = record.value
      return javaText('RemoteLogSegmentMetadataUpdate', {
        remoteLogSegmentId: segmentId(r.remoteLogSegmentId),
        customMetadata: custom(r.customMetadata),
        state: segmentStates[r.remoteLogSegmentState],
        eventTimestampMs: r.eventTimestampMs,
        brokerId: r.brokerId,
      })
    }
    case 'RemotePartitionDeleteMetadataRecord': {
      const r = record.value
      return javaText('RemotePartitionDeleteMetadata', {
        topicPartition: topicIdPartition(r.topicIdPartition),
        state: partitionStates[r.remotePartitionDeleteState],
        eventTimestampMs: r.eventTimestampMs,
        brokerId: r.brokerId,
      })
    }
    default: {
      const r = record.value
      return javaText('RemoteLogSegmentMetadataSnapshot', {
        segmentId: r.segmentId,
        startOffset: r.startOffset,
        endOffset: r.endOffset,
        maxTimestampMs: r.maxTimestampMs,
        segmentLeaderEpochs: epochs(r.segmentLeaderEpochs),
        segmentSizeInBytes: r.segmentSizeInBytes,
        customMetadata: custom(r.customMetadata),
        state: segmentStates[r.remoteLogSegmentState],
        txnIdxEmpty: r.txnIndexEmpty,
      })
    }
  }
}

function javaText(name: string, fields: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(fields).map(([field, value]) => `${field}=${value}`)
  return `${name}{${told.join(', ')}}`
}

interface TopicIdPartition {
  readonly name: string
  readonly id: string
  readonly partition: number
}

function topicIdPartition(p: TopicIdPartition): string {
  return `${p.id}:${p.name}-${p.partition}`
}

function segmentId(id: { readonly topicIdPartition: TopicIdPartition; readonly id: string }): string {
  return javaText('RemoteLogSegmentId', { topicIdPartition: topicIdPartition(id.topicIdPartition), id: id.id })
}

function epochs(list: readonly { readonly leaderEpoch: number; readonly offset: number }[]): string {
  const sorted = [...new Map(list.map((e) => [e.leaderEpoch, e.offset]))].sort((a, b) => a[0] - b[0])
  return `{${sorted.map(([epoch, offset]) => `${epoch}=${offset}`).join(', ')}}`
}

function custom(bytes: Uint8Array | null): string {
  return bytes === null ? 'Optional.empty' : `Optional[CustomMetadata{${bytes.length} bytes}]`
}
