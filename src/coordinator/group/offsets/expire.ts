import { groupTombstone } from '../classic/record.ts'
import type { Group } from '../state.ts'
import type { Turn } from '../turn.ts'
import { offsetTombstone } from './commit.ts'
import type { CommittedOffset } from './store.ts'

/** Once per check interval: offsets past their retention, and empty groups that have none left, are deleted. */
export function expireOffsets(turn: Turn): void {
  for (const group of turn.state.groups.values()) if (expireGroup(turn, group)) turn.write(groupTombstone(group.id))
  turn.schedule('expire-offsets', '', '', turn.config.offsetsRetentionCheckIntervalMs)
}

/** Whether nothing keeps the group any longer. */
function expireGroup(turn: Turn, group: Group): boolean {
  const { offsets } = turn.state
  const topics = offsets.committed.topics(group.id)
  let isAllGone = !offsets.hasOpen(group.id)
  const since = retentionStart(group)
  if (topics !== undefined && since === null) return false
  for (const [topic, partitions] of topics ?? []) {
    if (group.isSubscribedTo(topic)) {
      isAllGone = false
      continue
    }
    for (const [partition, committed] of partitions) {
      if (isExpired(turn, committed, since!(committed)) && !offsets.isOpen(group.id, topic, partition))
        turn.write(offsetTombstone(group.id, topic, partition))
      else isAllGone = false
    }
  }
  return isAllGone && group.state === 'Empty' && group.pendingJoins.size === 0
}

/** From when an offset's retention counts; null while it does not. */
function retentionStart(group: Group): ((offset: CommittedOffset) => number) | null {
  if (group.protocolType === null) return (offset) => offset.commitMs
  if (group.state === 'Empty')
    return (offset) => (group.stateTimestampMs === -1 ? offset.commitMs : group.stateTimestampMs)
  const isAware = group.usesConsumerProtocol && group.subscribedTopics !== null && group.state === 'Stable'
  return isAware ? (offset) => offset.commitMs : null
}

function isExpired(turn: Turn, offset: CommittedOffset, sinceMs: number): boolean {
  const nowMs = turn.now.wallMs
  if (offset.expireMs !== -1) return nowMs >= offset.expireMs
  return nowMs - sinceMs >= turn.config.offsetsRetentionMs
}
