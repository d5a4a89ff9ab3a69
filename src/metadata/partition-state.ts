import { MIGRATING_DIRECTORY, type Uuid } from '../bytes/index.ts'
import type { PartitionImage } from './image.ts'
import type { MetadataRecordValues } from './record.ts'

const noIds: readonly number[] = Object.freeze([])

/** Shared, so that 10,000 partitions do not hold 40,000 empty arrays. */
function ids(list: readonly number[] | null): readonly number[] {
  return list === null || list.length === 0 ? noIds : list
}

/** `list`, or `like` when both say the same: most partitions have all replicas in sync. */
function sharing(list: readonly number[], like: readonly number[]): readonly number[] {
  return list.length === like.length && list.every((id, i) => id === like[i]) ? like : ids(list)
}

/** A record older than directory assignment (3.7-IV2) says nothing of directories: they are to be found. */
function directories(given: readonly Uuid[], replicas: readonly number[]): readonly Uuid[] {
  return given.length === 0 ? replicas.map(() => MIGRATING_DIRECTORY) : given
}

export function partitionOf(record: MetadataRecordValues['PartitionRecord']): PartitionImage {
  const replicas = ids(record.replicas)
  return {
    replicas,
    directories: directories(record.directories, replicas),
    isr: sharing(record.isr, replicas),
    removingReplicas: ids(record.removingReplicas),
    addingReplicas: ids(record.addingReplicas),
    elr: ids(record.eligibleLeaderReplicas),
    lastKnownElr: ids(record.lastKnownElr),
    leader: record.leader,
    leaderRecoveryState: record.leaderRecoveryState,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  }
}

/** partitionEpoch' = partitionEpoch + 1; leaderEpoch' = leaderEpoch + 1 exactly when the record names a leader. */
export function changePartition(
  before: PartitionImage,
  change: MetadataRecordValues['PartitionChangeRecord'],
): PartitionImage {
  const replicas = change.replicas === null ? before.replicas : ids(change.replicas)
  return {
    replicas,
    directories: change.directories === null ? before.directories : directories(change.directories, replicas),
    isr: sharing(change.isr ?? before.isr, replicas),
    removingReplicas: ids(change.removingReplicas ?? before.removingReplicas),
    addingReplicas: ids(change.addingReplicas ?? before.addingReplicas),
    elr: ids(change.eligibleLeaderReplicas ?? before.elr),
    lastKnownElr: ids(change.lastKnownElr ?? before.lastKnownElr),
    leader: change.leader === -2 ? before.leader : change.leader,
    leaderRecoveryState: change.leaderRecoveryState === -1 ? before.leaderRecoveryState : change.leaderRecoveryState,
    leaderEpoch: change.leader === -2 ? before.leaderEpoch : before.leaderEpoch + 1,
    partitionEpoch: before.partitionEpoch + 1,
  }
}

/** Null when there is nothing to clear. */
export function clearElr(before: PartitionImage): PartitionImage | null {
  if (before.elr.length === 0 && before.lastKnownElr.length === 0) return null
  return { ...before, elr: noIds, lastKnownElr: noIds, partitionEpoch: before.partitionEpoch + 1 }
}
