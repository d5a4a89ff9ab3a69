/** The state of share partitions in `__share_group_state`. */

import { array, int8, int16, int32, int64, string, uuid } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

export const ShareSnapshot = keyedRecord({
  type: 0,
  name: 'ShareSnapshot',
  key: {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ absent: -1, tag: 0 }),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
})

export const ShareUpdate = keyedRecord({
  type: 1,
  name: 'ShareUpdate',
  key: {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
  valueVersions: [0, 0],
  flexible: 0,
  value: {
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ absent: -1, tag: 0 }),
    stateBatches: array({
      firstOffset: int64(),
      lastOffset: int64(),
      deliveryState: int8(),
      deliveryCount: int16(),
    }),
  },
})
