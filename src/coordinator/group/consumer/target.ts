import type { Uuid } from '../../../bytes/index.ts'
import { consumerAssignmentIntervalMs } from '../group-config.ts'
import type { Turn } from '../turn.ts'
import { type Assignment, type Assignor, type MemberSpec, NO_PARTITIONS } from './assignor.ts'
import { rangeAssignor } from './assignor-range.ts'
import { uniformAssignor } from './assignor-uniform.ts'
import type { ConsumerGroup } from './group.ts'
import { type ConsumerMember, regexOf } from './member.ts'
import { targetEpochRecord, targetRecord } from './records.ts'

const assignors: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', uniformAssignor],
  ['range', rangeAssignor],
])

/** The assignors that `group.consumer.assignors` names and this coordinator has. */
export function assignorNames(turn: Turn): readonly string[] {
  return turn.config.consumerAssignors.filter((name) => assignors.has(name))
}

export interface Target {
  readonly epoch: number
  readonly assignment: Assignment
}

/** A group's members with one of them changed. */
export interface Changed {
  readonly old: ConsumerMember
  readonly now: ConsumerMember
}

/**
 * The target that a member is on its way to: a new one, written too, when the group's epoch has passed the last one's;
 * not more often than the assignment interval allows (KIP-1263).
 */
export function currentTarget(
  turn: Turn,
  group: ConsumerGroup,
  groupEpoch: number,
  changed: Changed,
  isHomogeneous: boolean,
): Target {
  const { now } = changed
  const previousId = group.staticMemberId(now.instanceId)
  if (group.assignmentEpoch >= groupEpoch || !mayAssign(turn, group)) {
    const assignment = now.instanceId === null ? group.target(now.id) : group.target(previousId ?? '')
    return { epoch: group.assignmentEpoch, assignment }
  }
  const resolve = topicResolver(turn, group)
  const specs = new Map<string, MemberSpec>()
  for (const member of group.members.values()) specs.set(member.id, specOf(member, group.target(member.id), resolve))
  const isReplaced = previousId !== null && previousId !== now.id
  specs.set(now.id, specOf(now, group.target(isReplaced ? previousId : now.id), resolve))
  if (isReplaced) specs.delete(previousId)
  const name = group.preferredAssignor(changed.old, now) ?? assignorNames(turn)[0]!
  const image = turn.deps.image()
  const targets = assignors.get(name)!({
    members: specs,
    isHomogeneous,
    partitionCount: (topicId) => image.topicsById.get(topicId)?.partitions.length ?? -1,
    isAssigned: (topicId, partition) => group.isTargeted(topicId, partition),
  })
  turn.deps.logger.info('group is assigned', {
    group: group.id,
    epoch: groupEpoch,
    assignor: name,
    members: specs.size,
  })
  for (const memberId of specs.keys()) {
    const assignment = targets.get(memberId) ?? NO_PARTITIONS
    const old = group.targets.get(memberId)
    if (old === undefined || !equalAssignments(old, assignment))
      turn.write(targetRecord(group.id, memberId, assignment))
  }
  turn.write(targetEpochRecord(group.id, groupEpoch, turn.now.wallMs))
  return { epoch: groupEpoch, assignment: targets.get(now.id) ?? NO_PARTITIONS }
}

function mayAssign(turn: Turn, group: ConsumerGroup): boolean {
  const intervalMs = consumerAssignmentIntervalMs(turn, group.id)
  const lastMs = group.assignmentTimestampMs
  return lastMs === 0 || intervalMs === 0 || turn.now.wallMs >= lastMs + intervalMs
}

type Resolve = (member: ConsumerMember) => readonly Uuid[]

/** Topic ids of a member, worked out once for all members with the same subscription. */
function topicResolver(turn: Turn, group: ConsumerGroup): Resolve {
  const image = turn.deps.image()
  const known = new Map<string, readonly Uuid[]>()
  return (member) => {
    const regex = regexOf(member)
    const key = `${regex ?? ''}\n${member.topicNames.join('\n')}`
    let ids = known.get(key)
    if (ids === undefined) {
      const names = new Set([
        ...member.topicNames,
        ...(regex === null ? [] : (group.resolved.get(regex)?.topics ?? [])),
      ])
      ids = [...names].flatMap((name) => image.topicsByName.get(name)?.id ?? [])
      known.set(key, ids)
    }
    return ids
  }
}

function specOf(member: ConsumerMember, target: Assignment, resolve: Resolve): MemberSpec {
  return { instanceId: member.instanceId, topicIds: resolve(member), target }
}

function equalAssignments(a: Assignment, b: Assignment): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    if (others === undefined || others.length !== partitions.length) return false
    const set = new Set(others)
    if (!partitions.every((partition) => set.has(partition))) return false
  }
  return true
}
