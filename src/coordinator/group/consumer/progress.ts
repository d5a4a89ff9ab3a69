import { isRefusal, type Refusal } from '../refusal.ts'
import type { Turn } from '../turn.ts'
import type { ConsumerGroup } from './group.ts'
import { UNOWNED } from './holders.ts'
import { type ConsumerMember, currentRecord, equalCurrent, isReconciledTo } from './member.ts'
import type { ListedPartitions } from './partitions.ts'
import { reconcile } from './reconcile.ts'
import { epochRecord, partitionMetadataTombstone } from './records.ts'
import { watchRevocation } from './sessions.ts'
import { isHomogeneous, replaceRegex } from './subscriptions.ts'
import type { Changed, Target } from './target.ts'

/** The topics of a group are looked at this often even when no change was heard of. */
const refreshIntervalMs = 10 * 60_000

/** Raises the group's epoch when its subscriptions or topics changed. Says what holds then. */
export function updateEpoch(
  turn: Turn,
  group: ConsumerGroup,
  { old, now }: Changed,
  isBumped: boolean,
): { epoch: number; isHomogeneous: boolean } {
  const isFresh = turn.now.monoMs < group.refreshAtMonoMs && group.epoch >= group.refreshEpoch
  if (!isBumped && isFresh) return { epoch: group.epoch, isHomogeneous: group.isHomogeneous }
  const topics = group.topicsWith(old, now)
  const hash = turn.state.hashOf(topics.keys(), turn.deps.image())
  const isNew = !group.members.has(now.id) && group.staticMemberId(now.instanceId) === null
  const memberCount = group.members.size + (isNew ? 1 : 0)
  let { epoch } = group
  if (isBumped || hash !== group.metadataHash) {
    epoch++
    turn.write(epochRecord(group.id, epoch, hash))
    turn.deps.logger.info('group epoch rises', { group: group.id, epoch, member: now.id })
  }
  group.refreshAtMonoMs = turn.now.monoMs + refreshIntervalMs
  group.refreshEpoch = epoch
  if (group.hasPartitionMetadata) turn.write(partitionMetadataTombstone(group.id))
  return { epoch, isHomogeneous: isHomogeneous(replaceRegex(group.regexes, old, now), topics, memberCount) }
}

/** Takes the member's next step towards its target, if there is one, and writes it. */
export function reconcileMember(
  turn: Turn,
  group: ConsumerGroup,
  member: ConsumerMember,
  target: Target,
  hasSubscriptionChanged: boolean,
  owned: readonly ListedPartitions[] | null,
): ConsumerMember | Refusal {
  if (!hasSubscriptionChanged && isReconciledTo(member, target.epoch)) return member
  const next = reconcile(member, {
    image: turn.deps.image(),
    targetEpoch: target.epoch,
    target: target.assignment,
    hasSubscriptionChanged,
    resolved: group.resolved,
    isHeld: (topicId, partition) => group.holderEpoch(topicId, partition) !== UNOWNED,
    owned,
  })
  if (isRefusal(next) || equalCurrent(member, next)) return next
  turn.write(currentRecord(group.id, next))
  watchRevocation(turn, group.id, next)
  return next
}
