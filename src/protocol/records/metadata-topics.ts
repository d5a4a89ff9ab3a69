/** Topics and partitions in `__cluster_metadata`. */

import { arrayOf, int8, int32, string, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

export const TopicRecord = metadataRecord({
  type: 2,
  name: 'TopicRecord',
  versions: [0, 0],
  fields: {
    name: string(),
    topicId: uuid(),
  },
})

export const RemoveTopicRecord = metadataRecord({
  type: 9,
  name: 'RemoveTopicRecord',
  versions: [0, 0],
  fields: {
    topicId: uuid(),
  },
})

export const PartitionRecord = metadataRecord({
  type: 3,
  name: 'PartitionRecord',
  versions: [0, 2],
  fields: {
    partitionId: int32({ absent: -1 }),
    topicId: uuid(),
    replicas: arrayOf(int32()),
    isr: arrayOf(int32()),
    removingReplicas: arrayOf(int32()),
    addingReplicas: arrayOf(int32()),
    /** -1 = no leader. */
    leader: int32({ absent: -1 }),
    /** 0 recovered, 1 recovering from an unclean election. */
    leaderRecoveryState: int8({ tag: 0 }),
    leaderEpoch: int32({ absent: -1 }),
    partitionEpoch: int32({ absent: -1 }),
    directories: arrayOf(uuid(), { since: 1, ignorable: true }),
    eligibleLeaderReplicas: arrayOf(int32(), { since: 2, nullable: 2, absent: null, tag: 1, ignorable: true }),
    lastKnownElr: arrayOf(int32(), { since: 2, nullable: 2, absent: null, tag: 2, ignorable: true }),
  },
})

export const PartitionChangeRecord = metadataRecord({
  type: 5,
  name: 'PartitionChangeRecord',
  versions: [0, 2],
  fields: {
    partitionId: int32({ absent: -1 }),
    topicId: uuid(),
    /** Null = unchanged, as in all fields below. */
    isr: arrayOf(int32(), { nullable: 0, absent: null, tag: 0 }),
    /** -1 no leader, -2 unchanged. */
    leader: int32({ absent: -2, tag: 1 }),
    replicas: arrayOf(int32(), { nullable: 0, absent: null, tag: 2 }),
    removingReplicas: arrayOf(int32(), { nullable: 0, absent: null, tag: 3 }),
    addingReplicas: arrayOf(int32(), { nullable: 0, absent: null, tag: 4 }),
    /** -1 unchanged. */
    leaderRecoveryState: int8({ absent: -1, tag: 5 }),
    directories: arrayOf(uuid(), { since: 1, nullable: 1, absent: null, tag: 8, ignorable: true }),
    eligibleLeaderReplicas: arrayOf(int32(), { since: 2, nullable: 2, absent: null, tag: 6, ignorable: true }),
    lastKnownElr: arrayOf(int32(), { since: 2, nullable: 2, absent: null, tag: 7, ignorable: true }),
  },
})

export const ClearElrRecord = metadataRecord({
  type: 28,
  name: 'ClearElrRecord',
  versions: [0, 0],
  fields: {
    /** Empty = every topic. */
    topicName: string(),
  },
})
