/** Committed offsets and classic groups in `__consumer_offsets`. */

import { array, bytes, int32, int64, string, uuid } from '../schema/index.ts'
import { keyedRecord } from './keyed-record.ts'

const memberMetadata = {
  memberId: string(),
  groupInstanceId: string({ since: 3, nullable: 3, absent: null, ignorable: true }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ since: 1, absent: -1, ignorable: true }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
}

/** The form of offset commits that the oldest releases wrote; read, never written. */
export const LegacyOffsetCommit = keyedRecord({
  type: 0,
  name: 'LegacyOffsetCommit',
  key: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
  valueVersions: [0, 0],
  flexible: null,
  value: {
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  },
})

/** Stores offsets of a group. Versions: 5 retention is the broker's · 6 leader epoch · 7 static members · 8 flexible · 9 consumer groups (KIP-848): STALE_MEMBER_EPOCH · 10 topic ids. */
export const OffsetCommit = keyedRecord({
  type: 1,
  name: 'OffsetCommit',
  key: {
    group: string(),
    topic: string(),
    partition: int32(),
  },
  valueVersions: [0, 4],
  flexible: 4,
  value: {
    offset: int64(),
    leaderEpoch: int32({ since: 3, absent: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    /** -1 unless an old client chose a retention. */
    expireTimestamp: int64({ since: 1, until: 1, absent: -1, ignorable: true }),
    topicId: uuid({ since: 4, tag: 0, ignorable: true }),
  },
})

export const GroupMetadata = keyedRecord({
  type: 2,
  name: 'GroupMetadata',
  key: {
    group: string(),
  },
  valueVersions: [0, 4],
  flexible: 4,
  value: {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: 0 }),
    leader: string({ nullable: 0 }),
    /** When the group entered its state; -1 = unknown. */
    currentStateTimestamp: int64({ since: 2, absent: -1, ignorable: true }),
    members: array(memberMetadata),
  },
})
