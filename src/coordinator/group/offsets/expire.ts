import { groupTombstone } from '../classic/record.ts'
import { groupTombstones } from '../consumer/records.ts'
import type { Group } from '../state.ts'
import { beginSweep, type Sweep, sweepRecordsMax, sweepVisitsMax } from '../sweep.ts'
import type { Turn } from '../turn.ts'
import { offsetTombstone } from './commit.ts'
import type { CommittedOffset } from './store.ts'

/** Once per check interval: offsets past their retention, and empty groups that have none left, are deleted. */
export function expireOffsets(turn: Turn): void {
  beginSweep(turn, new ExpireSweep(turn))
  turn.schedule('expire-offsets', '', '', turn.config.offsetsRetentionCheckIntervalMs)
}

class ExpireSweep implements Sweep {
  #groups: Iterator<Group>

  constructor(turn: Turn) {
    this.#groups = turn.state.groups.values()
  }

  again(turn: Turn): void {
    this.#groups = turn.state.groups.values()
  }

  step(turn: Turn): boolean {
    for (let visits = 0; visits < sweepVisitsMax && turn.records.length < sweepRecordsMax; ) {
      const next = this.#groups.next()
      if (next.done) return true
      visits += 1 + expireGroup(turn, next.value)
    }
    return false
  }
}

/** Deletes what has expired, the group too when nothing keeps it; returns how many offsets it looked at. */
function expireGroup(turn: Turn, group: Group): number {
  const { offsets } = turn.state
  let visits = 0
  let isAllGone = !offsets.hasOpen(group.id)
  const since = retentionStart(group)
  for (const [topic, partitions] of offsets.committed.topics(group.id) ?? []) {
    if (since === null || group.isSubscribedTo(topic)) {
      isAllGone = false
      continue
    }
    for (const [partition, committed] of partitions) {
      visits++
      if (isExpired(turn, committed, since(committed)) && !offsets.isOpen(group.id, topic, partition))
        turn.write(offsetTombstone(group.id, topic, partition))
      else isAllGone = false
    }
  }
  if (isAllGone && group.state === 'Empty' && group.pendingJoins.size === 0) deleteGroup(turn, group)
  return visits
}

/** Tombstones of a group without members. */
export function deleteGroup(turn: Turn, group: Group): void {
  if (group.type === 'classic') turn.write(groupTombstone(group.id))
  else
    for (const record of groupTombstones(group.id, [...group.members.keys()], group.resolved.keys())) turn.write(record)
}

/** From when an offset's retention counts; null while it does not. */
function retentionStart(group: Group): ((offset: CommittedOffset) => number) | null {
  if (group.type === 'consumer' || group.protocolType === null) return (offset) => offset.commitMs
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
