import type { MemberSubscription } from './types.ts'

/** KIP-881: rack of each member that named one. */
export function memberRacks(members: readonly MemberSubscription[]): Map<string, string> {
  const racks = new Map<string, string>()
  for (const member of members) if (member.rackId) racks.set(member.memberId, member.rackId)
  return racks
}

/**
 * Aligning racks is worth while only if some member shares a rack with some replica, and not every partition has a
 * replica in every rack. `partitionRackIds` is the union of `racksOfPartitions`, so equal sizes mean equal sets.
 */
export function racksMatter(
  memberRackIds: ReadonlySet<string>,
  partitionRackIds: ReadonlySet<string>,
  racksOfPartitions: Iterable<ReadonlySet<string>>,
): boolean {
  if (![...memberRackIds].some((id) => partitionRackIds.has(id))) return false
  for (const racks of racksOfPartitions) if (racks.size !== partitionRackIds.size) return true
  return false
}
