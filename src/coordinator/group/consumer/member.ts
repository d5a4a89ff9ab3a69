import type { ClassicProtocol } from '../classic/member.ts'
import type { GroupRecord } from '../records.ts'
import { equalHeld, type Held, heldFrom, listHeld, NOTHING_HELD } from './partitions.ts'

/** How far a member is on its way to its target; the numbers are the record's. */
export const memberState = {
  /** Has what the target of its epoch gives it. */
  stable: 0,
  /** Holds partitions that others are to get, and must give them up before it moves to the next epoch. */
  unrevoked: 1,
  /** Is in the target's epoch and waits for partitions that others still hold. */
  unreleased: 2,
  /** Written by a newer version. */
  unknown: 127,
} as const

export type MemberState = (typeof memberState)[keyof typeof memberState]

/** What a member is that speaks the classic protocol in a consumer group. */
export interface ClassicFacts {
  readonly sessionTimeoutMs: number
  readonly supportedProtocols: readonly ClassicProtocol[]
}

/** A member of a consumer group, as its records say. Never changed, only replaced. */
export interface ConsumerMember {
  readonly id: string
  /** 0 joining, -1 gone, -2 a static member that left for a while. */
  readonly epoch: number
  /** Accepted too when it owns nothing else: its answer with the new epoch may have been lost. */
  readonly previousEpoch: number
  readonly state: MemberState
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly clientId: string
  readonly clientHost: string
  /** Sorted. */
  readonly topicNames: readonly string[]
  /** '' or null = no pattern. */
  readonly topicRegex: string | null
  readonly assignor: string | null
  /** Null: speaks the consumer protocol. */
  readonly classic: ClassicFacts | null
  readonly assigned: Held
  readonly pendingRevocation: Held
}

export const GONE = -1
export const LEFT_FOR_A_WHILE = -2

export function newMember(id: string): ConsumerMember {
  return {
    id,
    epoch: 0,
    previousEpoch: -1,
    state: memberState.stable,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    clientId: '',
    clientHost: '',
    topicNames: [],
    topicRegex: '',
    assignor: null,
    classic: null,
    assigned: NOTHING_HELD,
    pendingRevocation: NOTHING_HELD,
  }
}

/** The pattern a member subscribes by, or null. */
export function regexOf(member: ConsumerMember | null | undefined): string | null {
  return member?.topicRegex ? member.topicRegex : null
}

export function isReconciledTo(member: ConsumerMember, epoch: number): boolean {
  return member.state === memberState.stable && member.epoch === epoch
}

export function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

export function equalNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]))
}

/** Whether two members say the same of what a subscription record keeps. */
export function equalSubscription(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    equalNames(a.topicNames, b.topicNames) &&
    a.topicRegex === b.topicRegex &&
    a.assignor === b.assignor &&
    equalClassic(a.classic, b.classic)
  )
}

function equalClassic(a: ClassicFacts | null, b: ClassicFacts | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.supportedProtocols.length === b.supportedProtocols.length &&
    a.supportedProtocols.every((one, i) => {
      const other = b.supportedProtocols[i]!
      return (
        one.name === other.name &&
        one.metadata.length === other.metadata.length &&
        one.metadata.every((byte, at) => byte === other.metadata[at])
      )
    })
  )
}

/** Whether two members say the same of what a current-assignment record keeps. */
export function equalCurrent(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.epoch === b.epoch &&
    a.previousEpoch === b.previousEpoch &&
    a.state === b.state &&
    equalHeld(a.assigned, b.assigned) &&
    equalHeld(a.pendingRevocation, b.pendingRevocation)
  )
}

type ValueOf<T extends GroupRecord['type']> = NonNullable<Extract<GroupRecord, { type: T }>['value']>

export function withSubscription(
  member: ConsumerMember,
  value: ValueOf<'ConsumerGroupMemberMetadata'>,
): ConsumerMember {
  return {
    ...member,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    topicNames: sortedNames(value.subscribedTopicNames),
    topicRegex: value.subscribedTopicRegex,
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    assignor: value.serverAssignor,
    classic: value.classicMemberMetadata,
  }
}

export function withCurrent(
  member: ConsumerMember,
  value: ValueOf<'ConsumerGroupCurrentMemberAssignment'>,
): ConsumerMember {
  const state = Object.values(memberState).find((known) => known === value.state) ?? memberState.unknown
  return {
    ...member,
    epoch: value.memberEpoch,
    previousEpoch: value.previousMemberEpoch,
    state,
    assigned: heldFrom(value.assignedPartitions, value.memberEpoch),
    pendingRevocation: heldFrom(value.partitionsPendingRevocation, value.memberEpoch),
  }
}

export function subscriptionRecord(groupId: string, member: ConsumerMember): GroupRecord {
  return {
    type: 'ConsumerGroupMemberMetadata',
    key: { groupId, memberId: member.id },
    value: {
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.topicNames,
      subscribedTopicRegex: member.topicRegex,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: member.assignor,
      classicMemberMetadata: member.classic,
    },
  }
}

export function currentRecord(groupId: string, member: ConsumerMember): GroupRecord {
  return {
    type: 'ConsumerGroupCurrentMemberAssignment',
    key: { groupId, memberId: member.id },
    value: {
      memberEpoch: member.epoch,
      previousMemberEpoch: member.previousEpoch,
      state: member.state,
      assignedPartitions: listHeld(member.assigned),
      partitionsPendingRevocation: listHeld(member.pendingRevocation),
    },
  }
}
