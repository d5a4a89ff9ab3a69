import { errors } from '../../../protocol/index.ts'
import { completeJoin, completeSync, joinRefused } from '../classic/answers.ts'
import { ClassicGroup, CONSUMER_PROTOCOL_TYPE } from '../classic/group.ts'
import { ClassicMember, NO_ASSIGNMENT } from '../classic/member.ts'
import { prepareRebalance, restartSession as restartClassicSession } from '../classic/rebalance.ts'
import { groupMetadataRecord, groupTombstone } from '../classic/record.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import type { Assignment } from './assignor.ts'
import { readAssignment, readSubscription, writeAssignment } from './embedded.ts'
import { ConsumerGroup } from './group.ts'
import {
  type ConsumerMember,
  currentRecord,
  memberState,
  newMember,
  sortedNames,
  subscriptionRecord,
} from './member.ts'
import { epochRecord, groupTombstones, targetEpochRecord, targetRecord } from './records.ts'
import { restartSession } from './sessions.ts'

/** A consumer group, and the classic one that it was made from when it has members. */
export interface Found {
  readonly group: ConsumerGroup
  readonly upgraded: ClassicGroup | null
}

/**
 * The consumer group of this name. A joining member may make it, from nothing, from an empty classic group, or, when
 * the migration policy allows it, from one with members (KIP-848, online upgrade).
 */
export function findOrMakeGroup(turn: Turn, groupId: string, isMade: boolean): Found | Refusal {
  const group = turn.state.groups.get(groupId)
  if (group?.type === 'consumer') return { group, upgraded: null }
  if (!isMade)
    return refuse(
      errors.GROUP_ID_NOT_FOUND,
      group === undefined ? `Consumer group ${groupId} not found.` : `Group ${groupId} is not a consumer group.`,
    )
  if (group === undefined) return { group: new ConsumerGroup(groupId), upgraded: null }
  if (group.state === 'Empty') {
    turn.write(groupTombstone(groupId))
    return { group: new ConsumerGroup(groupId), upgraded: null }
  }
  const made = upgrade(turn, group)
  return isRefusal(made) ? made : { group: made, upgraded: group }
}

function upgrade(turn: Turn, classic: ClassicGroup): ConsumerGroup | Refusal {
  const cannot = (why: string) =>
    refuse(errors.GROUP_ID_NOT_FOUND, `Cannot upgrade classic group ${classic.id} to consumer group because ${why}.`)
  const policy = turn.config.migrationPolicy
  if (policy !== 'bidirectional' && policy !== 'upgrade') return cannot('online upgrade is disabled')
  if (!classic.usesConsumerProtocol) return cannot('the group does not use the consumer embedded protocol')
  if (classic.members.size > turn.config.consumerGroupMembersMax)
    return cannot('the group size exceeds the consumer group maximum size')
  const group = new ConsumerGroup(classic.id)
  const image = turn.deps.image()
  for (const member of classic.members.values()) {
    // While joining there may be no protocol yet: what the member likes best stands for it.
    const metadata = member.metadataFor(classic.protocolName ?? '') ?? member.protocols[0]!.metadata
    const subscription = readSubscription(metadata)
    const assigned =
      member.assignment.length === 0 ? { partitions: [], hasUserData: false } : readAssignment(member.assignment, image)
    if (subscription === null || assigned === null) return cannot('the embedded consumer protocol is malformed')
    if (assigned.hasUserData)
      return cannot(
        'an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade',
      )
    const target: Assignment = new Map(assigned.partitions.map((listed) => [listed.topicId, listed.partitions]))
    group.setTarget(member.id, target)
    group.put({
      ...newMember(member.id),
      epoch: classic.generation,
      previousEpoch: classic.generation,
      state: memberState.stable,
      instanceId: member.instanceId,
      rackId: subscription.rackId,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      clientId: member.clientId,
      clientHost: member.clientHost,
      topicNames: sortedNames(subscription.topics),
      assigned: new Map(
        assigned.partitions.map(({ topicId, partitions }) => [
          topicId,
          new Map(partitions.map((partition) => [partition, classic.generation])),
        ]),
      ),
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, supportedProtocols: member.protocols },
    })
  }
  group.setEpoch(classic.generation, turn.state.hashOf(group.topics.keys(), image))
  group.setTargetEpoch(classic.generation, 0)
  turn.write(groupTombstone(classic.id))
  const members = [...group.members.values()]
  for (const member of members) turn.write(subscriptionRecord(group.id, member))
  turn.write(epochRecord(group.id, group.epoch, group.metadataHash))
  for (const member of members) turn.write(targetRecord(group.id, member.id, group.target(member.id)))
  turn.write(targetEpochRecord(group.id, group.assignmentEpoch, group.assignmentTimestampMs))
  for (const member of members) turn.write(currentRecord(group.id, member))
  return group
}

/** The upgrade goes through: who waited in the classic group has to ask again. */
export function finishUpgrade(turn: Turn, classic: ClassicGroup, group: ConsumerGroup): void {
  for (const member of classic.members.values()) {
    completeJoin(turn, classic, member, joinRefused(errors.REBALANCE_IN_PROGRESS, member.id))
    completeSync(turn, member, { errorCode: errors.REBALANCE_IN_PROGRESS })
    turn.cancel('classic-session', classic.id, member.id)
    restartSession(turn, group.id, group.members.get(member.id)!)
  }
  turn.cancel('classic-join', classic.id)
  turn.cancel('classic-sync', classic.id)
  turn.deps.logger.info('group is upgraded to the consumer protocol', {
    group: group.id,
    members: classic.members.size,
  })
}

/** Whether the group becomes a classic one when these members are gone: none of the others speaks the new protocol. */
export function isDowngraded(turn: Turn, group: ConsumerGroup, leaving: readonly ConsumerMember[]): boolean {
  const left = group.members.size - leaving.length
  return left > 0 && mayDowngrade(turn, left) && group.isClassicWithout(leaving)
}

/** Whether the group becomes a classic one when a classic member takes the place of this static one. */
export function isDowngradedBy(turn: Turn, group: ConsumerGroup, replaced: ConsumerMember): boolean {
  const isLast = group.classicMemberCount === group.members.size - 1 && replaced.classic === null
  return isLast && mayDowngrade(turn, group.members.size)
}

function mayDowngrade(turn: Turn, memberCount: number): boolean {
  const policy = turn.config.migrationPolicy
  return (policy === 'bidirectional' || policy === 'downgrade') && memberCount <= turn.config.classicGroupMembersMax
}

/**
 * Makes a classic group of what is left of a consumer group. `joining` is a classic member that takes the place of a
 * static one, whose records of this turn are in the log already.
 */
export function downgrade(
  turn: Turn,
  group: ConsumerGroup,
  leaving: readonly ConsumerMember[],
  joining: ConsumerMember | null,
  isRebalanced: boolean,
): Refusal | null {
  const replaced = joining === null ? null : group.staticMember(joining.instanceId ?? '')
  const memberIds = [...group.members.keys()].map((id) => (id === replaced?.id ? joining!.id : id))
  for (const record of groupTombstones(group.id, memberIds, group.resolved.keys())) turn.write(record)
  const classic = new ClassicGroup({
    id: group.id,
    state: 'Stable',
    stateTimestampMs: turn.now.wallMs,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    generation: group.epoch,
  })
  const staying = [...group.members.values()].filter((member) => !leaving.includes(member) && member !== replaced)
  if (joining !== null) staying.push(joining)
  for (const member of staying) {
    const { sessionTimeoutMs, supportedProtocols } = member.classic!
    classic.add(
      new ClassicMember({
        id: member.id,
        instanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocolType: CONSUMER_PROTOCOL_TYPE,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        sessionTimeoutMs,
        protocols: supportedProtocols,
        assignment: NO_ASSIGNMENT,
      }),
    )
  }
  classic.protocolName = classic.selectProtocol()
  classic.subscribedTopics = classic.readSubscribedTopics()
  for (const member of classic.members.values()) {
    const subscription = readSubscription(classic.metadataOf(member))
    if (subscription === null)
      return refuse(
        errors.GROUP_ID_NOT_FOUND,
        `Cannot downgrade the consumer group ${group.id}: malformed subscription.`,
      )
    const target = group.target(member.id === joining?.id ? replaced!.id : member.id)
    const partitions = [...target].map(([topicId, indexes]) => ({ topicId, partitions: indexes }))
    member.assignment = writeAssignment(partitions, turn.deps.image(), subscription.version)
  }
  turn.write(groupMetadataRecord(classic, (id) => classic.members.get(id)!.assignment))
  turn.state.staged.set(group.id, classic)
  for (const member of classic.members.values()) restartClassicSession(turn, classic, member)
  if (isRebalanced) prepareRebalance(turn, classic, 'downgraded from the consumer protocol')
  turn.deps.logger.info('group is downgraded to the classic protocol', { group: group.id, members: staying.length })
  return null
}
