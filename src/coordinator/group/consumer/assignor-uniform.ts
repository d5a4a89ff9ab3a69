import { javaStringHash, type Uuid } from '../../../bytes/index.ts'
import {
  type Assignment,
  type Assignor,
  type GroupSpec,
  Pace,
  partitionSet,
  TargetDraft,
  targetTopics,
  uuidHash,
} from './assignor.ts'
import { assignHeterogeneous } from './assignor-uniform-mixed.ts'
import { capacityFor, JavaHashMap } from './java-hash-map.ts'

/** Server-side `uniform`: every member gets as many partitions as another, and as few move as can be. */
export const uniformAssignor: Assignor = function* (spec) {
  if (spec.members.size === 0) return new Map()
  const memberIds = memberOrder(spec)
  return yield* spec.isHomogeneous ? assignHomogeneous(spec, memberIds) : assignHeterogeneous(spec, memberIds)
}

/** Members in the order in which Apache's map of them is walked. */
function memberOrder(spec: GroupSpec): readonly string[] {
  const map = new JavaHashMap<string, true>(javaStringHash)
  for (const memberId of spec.members.keys()) map.set(memberId, true)
  return map.keys()
}

/**
 * All members have the same topics: each may keep up to its quota of what it has, and what is free goes to those below
 * theirs. Of a number that does not come out even, those with more already keep the extra ones.
 */
function* assignHomogeneous(spec: GroupSpec, memberIds: readonly string[]): ReturnType<Assignor> {
  const topicIds = subscribedTopics(spec.members.get(memberIds[0]!)!.topicIds)
  if (topicIds.size === 0) return new Map()
  const pace = new Pace()
  const free: { topicId: Uuid; partition: number }[] = []
  let total = 0
  for (const topicId of topicIds.keys()) {
    const count = spec.partitionCount(topicId)
    for (let partition = 0; partition < count; partition++) {
      if (!spec.isAssigned(topicId, partition)) free.push({ topicId, partition })
      if (pace.isDue(1)) yield
    }
    total += count
  }
  const quotaMin = Math.floor(total / memberIds.length)
  let extras = total % memberIds.length
  const drafts = new Map<string, TargetDraft>()
  const unfilled: { draft: TargetDraft; quota: number }[] = []
  for (const [index, memberId] of memberIds.entries()) {
    const { target } = spec.members.get(memberId)!
    const draft = new TargetDraft(target)
    drafts.set(memberId, draft)
    let takesExtra = extras > 0
    let quota = quotaMin + (takesExtra ? 1 : 0)
    for (const topicId of targetTopics(target)) {
      const partitions = target.get(topicId)!
      if (!topicIds.has(topicId)) {
        draft.removeTopic(topicId)
      } else if (partitions.length <= quota) {
        quota -= partitions.length
      } else {
        for (const partition of partitionSet(partitions).keys()) {
          if (quota > 0) {
            quota--
          } else {
            draft.remove(topicId, partition)
            free.push({ topicId, partition })
          }
        }
      }
    }
    // Leave the extra to somebody else, unless so few are left that everybody must take one.
    if (quota > 0 && takesExtra && memberIds.length - index > extras) {
      quota--
      takesExtra = false
    }
    if (quota > 0) unfilled.push({ draft, quota })
    if (takesExtra) extras--
    if (pace.isDue(1 + 2 * target.size)) yield
  }
  let next = 0
  for (const { draft, quota } of unfilled) {
    for (let i = 0; i < quota && next < free.length; i++) {
      const { topicId, partition } = free[next++]!
      draft.add(topicId, partition)
    }
    if (pace.isDue(1 + quota)) yield
  }
  const targets = new Map<string, Assignment>()
  for (const [memberId, draft] of drafts) {
    const target = draft.result()
    targets.set(memberId, target)
    if (pace.isDue(1 + target.size)) yield
  }
  return targets
}

function subscribedTopics(topicIds: readonly Uuid[]): JavaHashMap<Uuid, true> {
  const set = new JavaHashMap<Uuid, true>(uuidHash, capacityFor(topicIds.length))
  for (const topicId of topicIds) set.set(topicId, true)
  return set
}
