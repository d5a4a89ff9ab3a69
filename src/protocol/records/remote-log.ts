/** What tiered storage writes of its segments in `__remote_log_metadata` (KIP-405). */

import { array, bool, bytes, int8, int32, int64, string, struct, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

const topicIdPartition = {
  name: string(),
  id: uuid(),
  partition: int32(),
}

const remoteLogSegmentId = {
  topicIdPartition: struct(topicIdPartition),
  id: uuid(),
}

const segmentLeaderEpochs = {
  leaderEpoch: int32(),
  offset: int64(),
}

export const RemoteLogSegmentMetadataRecord = metadataRecord({
  type: 0,
  name: 'RemoteLogSegmentMetadataRecord',
  versions: [0, 0],
  fields: {
    remoteLogSegmentId: struct(remoteLogSegmentId),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array(segmentLeaderEpochs),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: 0, absent: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
})

export const RemoteLogSegmentMetadataUpdateRecord = metadataRecord({
  type: 1,
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  versions: [0, 0],
  fields: {
    remoteLogSegmentId: struct(remoteLogSegmentId),
    brokerId: int32(),
    eventTimestampMs: int64(),
    customMetadata: bytes({ nullable: 0, absent: null }),
    remoteLogSegmentState: int8(),
  },
})

export const RemotePartitionDeleteMetadataRecord = metadataRecord({
  type: 2,
  name: 'RemotePartitionDeleteMetadataRecord',
  versions: [0, 0],
  fields: {
    topicIdPartition: struct(topicIdPartition),
    brokerId: int32(),
    eventTimestampMs: int64(),
    remotePartitionDeleteState: int8(),
  },
})

export const RemoteLogSegmentMetadataSnapshotRecord = metadataRecord({
  type: 3,
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  versions: [0, 0],
  fields: {
    segmentId: uuid(),
    startOffset: int64(),
    endOffset: int64(),
    brokerId: int32(),
    maxTimestampMs: int64(),
    eventTimestampMs: int64(),
    segmentLeaderEpochs: array(segmentLeaderEpochs),
    segmentSizeInBytes: int32(),
    customMetadata: bytes({ nullable: 0, absent: null }),
    remoteLogSegmentState: int8(),
    txnIndexEmpty: bool({ tag: 0 }),
  },
})
