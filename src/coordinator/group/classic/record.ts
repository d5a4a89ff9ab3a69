import type { GroupMetadataValue, GroupRecord } from '../records.ts'
import type { GroupState } from '../state.ts'
import { ClassicGroup } from './group.ts'
import { ClassicMember } from './member.ts'

/** The record of a generation. */
export function groupMetadataRecord(group: ClassicGroup, assignmentOf: (memberId: string) => Uint8Array): GroupRecord {
  return {
    type: 'GroupMetadata',
    key: { group: group.id },
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestampMs,
      members: [...group.members.values()].map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: group.metadataOf(member),
        assignment: assignmentOf(member.id),
      })),
    },
  }
}

/** The record of a group that somebody is about to join for the first time. */
export function newGroupRecord(group: ClassicGroup): GroupRecord {
  return {
    type: 'GroupMetadata',
    key: { group: group.id },
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: group.stateTimestampMs,
      members: [],
    },
  }
}

export function groupTombstone(groupId: string): GroupRecord {
  return { type: 'GroupMetadata', key: { group: groupId }, value: null }
}

/**
 * While loading, a record is the group. Afterwards it says what decide has just made of a group that is there, with
 * more than the record keeps (all protocols of a member, who waits): then only the assignments are taken from it.
 */
export function applyGroupMetadata(state: GroupState, groupId: string, value: GroupMetadataValue | null): void {
  if (value === null) {
    state.groups.delete(groupId)
    return
  }
  const group = state.groups.get(groupId)
  if (!state.isLoaded || group?.type !== 'classic') {
    const made = state.staged.get(groupId) ?? groupOf(groupId, value)
    made.isWritten = true
    state.groups.set(groupId, made)
    state.staged.delete(groupId)
    return
  }
  group.isWritten = true
  if (value.members.length === 0) return
  for (const { memberId, assignment } of value.members) {
    const member = group.members.get(memberId)
    if (member !== undefined) member.assignment = assignment
  }
  if (group.state === 'CompletingRebalance') group.transition('Stable', group.stateTimestampMs)
}

function groupOf(groupId: string, value: GroupMetadataValue): ClassicGroup {
  const group = new ClassicGroup({
    id: groupId,
    state: value.members.length === 0 ? 'Empty' : 'Stable',
    stateTimestampMs: value.currentStateTimestamp,
    protocolType: value.protocolType === '' ? null : value.protocolType,
    protocolName: value.protocol,
    generation: value.generation,
    leaderId: value.leader,
  })
  for (const member of value.members) {
    group.add(
      new ClassicMember({
        id: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocolType: value.protocolType,
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        protocols: [{ name: value.protocol ?? '', metadata: member.subscription }],
        assignment: member.assignment,
      }),
    )
  }
  group.subscribedTopics = group.readSubscribedTopics()
  return group
}
