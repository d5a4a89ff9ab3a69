import type { GroupRecord } from '../records.ts'
import type { Assignment } from './assignor.ts'

export function epochRecord(groupId: string, epoch: number, metadataHash: bigint): GroupRecord {
  return { type: 'ConsumerGroupMetadata', key: { groupId }, value: { epoch, metadataHash } }
}

export function targetRecord(groupId: string, memberId: string, target: Assignment): GroupRecord {
  const topicPartitions = [...target].map(([topicId, partitions]) => ({ topicId, partitions }))
  return { type: 'ConsumerGroupTargetAssignmentMember', key: { groupId, memberId }, value: { topicPartitions } }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, assignmentTimestamp: number): GroupRecord {
  return {
    type: 'ConsumerGroupTargetAssignmentMetadata',
    key: { groupId },
    value: { assignmentEpoch, assignmentTimestamp },
  }
}

export function regexRecord(
  groupId: string,
  regularExpression: string,
  resolved: { readonly topics: ReadonlySet<string>; readonly version: number; readonly timestampMs: number },
): GroupRecord {
  return {
    type: 'ConsumerGroupRegularExpression',
    key: { groupId, regularExpression },
    value: { topics: [...resolved.topics].sort(), version: resolved.version, timestamp: resolved.timestampMs },
  }
}

export function regexTombstone(groupId: string, regularExpression: string): GroupRecord {
  return { type: 'ConsumerGroupRegularExpression', key: { groupId, regularExpression }, value: null }
}

export function currentTombstone(groupId: string, memberId: string): GroupRecord {
  return { type: 'ConsumerGroupCurrentMemberAssignment', key: { groupId, memberId }, value: null }
}

export function targetTombstone(groupId: string, memberId: string): GroupRecord {
  return { type: 'ConsumerGroupTargetAssignmentMember', key: { groupId, memberId }, value: null }
}

export function subscriptionTombstone(groupId: string, memberId: string): GroupRecord {
  return { type: 'ConsumerGroupMemberMetadata', key: { groupId, memberId }, value: null }
}

/** What Apache up to 4.0 kept of topics; only ever deleted now. */
export function partitionMetadataTombstone(groupId: string): GroupRecord {
  return { type: 'ConsumerGroupPartitionMetadata', key: { groupId }, value: null }
}

/** All of one member, in the order in which its absence is applied. */
export function memberTombstones(groupId: string, memberId: string): readonly GroupRecord[] {
  return [
    currentTombstone(groupId, memberId),
    targetTombstone(groupId, memberId),
    subscriptionTombstone(groupId, memberId),
  ]
}

/** All of a group with these members and patterns. */
export function groupTombstones(
  groupId: string,
  memberIds: readonly string[],
  regexes: Iterable<string>,
): readonly GroupRecord[] {
  return [
    ...memberIds.map((memberId) => currentTombstone(groupId, memberId)),
    ...memberIds.map((memberId) => targetTombstone(groupId, memberId)),
    { type: 'ConsumerGroupTargetAssignmentMetadata', key: { groupId }, value: null },
    ...memberIds.map((memberId) => subscriptionTombstone(groupId, memberId)),
    ...[...regexes].map((regex) => regexTombstone(groupId, regex)),
    partitionMetadataTombstone(groupId),
    { type: 'ConsumerGroupMetadata', key: { groupId }, value: null },
  ]
}
