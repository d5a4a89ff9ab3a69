import type { Uuid } from '../../../bytes/index.ts'
import { consumerAssignmentIntervalMs } from '../group-config.ts'
import type { Turn } from '../turn.ts'
import {
  type Assignment,
  type Assignor,
  assignNow,
  type GroupSpec,
  type MemberSpec,
  NO_PARTITIONS,
} from './assignor.ts'
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

/** A target to be computed: for which epoch of the group, by what, from what. */
export interface Plan {
  readonly epoch: number
  readonly assignorName: string
  readonly spec: GroupSpec
}

/** Members' topics plus partitions, above which a target is worked out over several turns. */
const workPerTurnMax = 5000

/** The last target, as it concerns a member; a static one that comes back has its predecessor's. */
export function lastTarget(group: ConsumerGroup, member: ConsumerMember): Target {
  const memberId = member.instanceId === null ? member.id : (group.staticMemberId(member.instanceId) ?? '')
  return { epoch: group.assignmentEpoch, assignment: group.target(memberId) }
}

/**
 * What is to be computed: null when the last target is for the group's epoch, or the assignment interval does not allow
 * another one yet (KIP-1263).
 */
export function planTarget(
  turn: Turn,
  group: ConsumerGroup,
  epoch: number,
  changed: Changed,
  isHomogeneous: boolean,
): Plan | null {
  if (group.assignmentEpoch >= epoch || turn.state.assigning.has(group.id) || !mayAssign(turn, group)) return null
  const { old, now } = changed
  const previousId = group.staticMemberId(now.instanceId)
  const resolve = topicResolver(turn, group)
  const members = new Map<string, MemberSpec>()
  for (const member of group.members.values()) members.set(member.id, specOf(member, group.target(member.id), resolve))
  const isReplaced = previousId !== null && previousId !== now.id
  members.set(now.id, specOf(now, group.target(isReplaced ? previousId : now.id), resolve))
  if (isReplaced) members.delete(previousId)
  const { topicsById } = turn.deps.image()
  const counts = new Map<Uuid, number>()
  for (const { topicIds } of members.values())
    for (const id of topicIds) if (!counts.has(id)) counts.set(id, topicsById.get(id)?.partitions.length ?? 0)
  return {
    epoch,
    assignorName: group.preferredAssignor(old, now) ?? assignorNames(turn)[0]!,
    spec: {
      members,
      isHomogeneous,
      partitionCount: (topicId) => counts.get(topicId) ?? -1,
      isAssigned: (topicId, partition) => group.isTargeted(topicId, partition),
    },
  }
}

/** Whether the plan is too much for one turn. */
export function isLarge({ spec }: Plan): boolean {
  let work = 0
  const seen = new Set<Uuid>()
  for (const { topicIds } of spec.members.values()) {
    work += 1 + topicIds.length
    for (const id of topicIds) {
      if (seen.has(id)) continue
      seen.add(id)
      work += spec.partitionCount(id)
    }
    if (work > workPerTurnMax) return true
  }
  return false
}

/** Works the plan out step by step; what it is worked out from is kept as it is now. */
export function workOut(plan: Plan): ReturnType<Assignor> {
  const owned = new Map<Uuid, Set<number>>()
  for (const { target } of plan.spec.members.values()) {
    for (const [topicId, partitions] of target) {
      const set = owned.get(topicId)
      if (set === undefined) owned.set(topicId, new Set(partitions))
      else for (const partition of partitions) set.add(partition)
    }
  }
  const isAssigned = (topicId: Uuid, partition: number) => owned.get(topicId)?.has(partition) ?? false
  return assignors.get(plan.assignorName)!({ ...plan.spec, isAssigned })
}

/** Works the plan out and writes it; the target as it concerns one member. */
export function assignAtOnce(turn: Turn, group: ConsumerGroup, plan: Plan, memberId: string): Target {
  const targets = assignNow(assignors.get(plan.assignorName)!, plan.spec)
  writeTarget(turn, group, plan, targets, plan.spec.members.keys())
  return { epoch: plan.epoch, assignment: targets.get(memberId) ?? NO_PARTITIONS }
}

/** Writes a target: of the members that it concerns, those for whom it is another. */
export function writeTarget(
  turn: Turn,
  group: ConsumerGroup,
  plan: Plan,
  targets: ReadonlyMap<string, Assignment>,
  memberIds: Iterable<string>,
): void {
  const { epoch, assignorName } = plan
  const members = plan.spec.members.size
  turn.deps.logger.info('group is assigned', { group: group.id, epoch, assignor: assignorName, members })
  for (const memberId of memberIds) {
    const assignment = targets.get(memberId) ?? NO_PARTITIONS
    const old = group.targets.get(memberId)
    if (old === undefined || !equalAssignments(old, assignment))
      turn.write(targetRecord(group.id, memberId, assignment))
  }
  turn.write(targetEpochRecord(group.id, epoch, turn.now.wallMs))
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
    // Whatever stands in the names, which nobody has checked, two subscriptions have two keys.
    const key = JSON.stringify([regex, member.topicNames])
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
