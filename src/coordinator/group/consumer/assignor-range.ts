import type { Uuid } from '../../../bytes/index.ts'
import { type Assignment, type Assignor, type GroupSpec, Pace } from './assignor.ts'

/**
 * Server-side `range`: of each topic, members get ranges that follow each other, in the order of static members by
 * instance id, then the others by member id; the first ones get one more when it does not come out even. Members with
 * equal subscriptions get the same partitions of topics that are equally many.
 */
export const rangeAssignor: Assignor = function* (spec) {
  const memberIds = sortedMembers(spec)
  const subscriberCounts = new Map<Uuid, number>()
  const pace = new Pace()
  for (const { topicIds } of spec.members.values()) {
    for (const topicId of topicIds) subscriberCounts.set(topicId, (subscriberCounts.get(topicId) ?? 0) + 1)
    if (pace.isDue(topicIds.length)) yield
  }
  const next = new Map<Uuid, { start: number; extra: number }>()
  const targets = new Map<string, Assignment>()
  for (const memberId of memberIds) {
    const target = new Map<Uuid, readonly number[]>()
    for (const topicId of spec.members.get(memberId)!.topicIds) {
      const count = spec.partitionCount(topicId)
      const subscribers = subscriberCounts.get(topicId)!
      const range = next.get(topicId) ?? { start: 0, extra: count % subscribers }
      next.set(topicId, range)
      const quota = Math.floor(count / subscribers) + (range.extra > 0 ? 1 : 0)
      range.extra--
      if (quota > 0)
        target.set(
          topicId,
          Array.from({ length: quota }, (_, i) => range.start + i),
        )
      range.start += quota
      if (pace.isDue(1 + quota)) yield
    }
    targets.set(memberId, target)
  }
  return targets
}

function sortedMembers(spec: GroupSpec): readonly string[] {
  const keyed = [...spec.members].map(([id, { instanceId }]) => ({ id, instanceId }))
  keyed.sort((a, b) => {
    if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId)
    if (a.instanceId !== null) return -1
    if (b.instanceId !== null) return 1
    return compareText(a.id, b.id)
  })
  return keyed.map(({ id }) => id)
}

/** By UTF-16 units, as Java compares. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
