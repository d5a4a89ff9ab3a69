import type { Uuid } from '../bytes/index.ts'
import {
  type MetadataRecord,
  type MetadataRecordValues,
  metadataLevel,
  metadataRecord,
  type PartitionImage,
} from '../metadata/index.ts'
import type { ControllerOptions } from './options.ts'
import { isReassigning, type Reassignment, tryComplete } from './reassignment-plan.ts'
import { defaultDirectory, hasOnlineDirectory } from './replicas.ts'
import type { ControllerState, PartitionAt } from './state.ts'

export const NO_LEADER = -1
const LEADER_UNCHANGED = -2
const RECOVERING = 1
/** 3.6-IV0: followers notice an ISR that shrank without a new leader epoch. */
const noBumpForShrink = 12

/**
 * Which replica may become leader when the present one cannot stay:
 * preferred: the first replica if it is in sync, even when another leads well; online: anyone in sync;
 * unclean: as a last resort anyone alive, which may lose data.
 */
export type Election = 'preferred' | 'online' | 'unclean'

/** What a partition should become; what is left out stays. */
export interface PartitionAim {
  readonly election?: Election
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly removing?: readonly number[]
  readonly adding?: readonly number[]
  readonly leaderRecoveryState?: number
  /** Came back without what it had: neither in sync nor eligible. */
  readonly uncleanShutdown?: number
  /** Replica to directory, over what is known. */
  readonly directory?: { readonly brokerId: number; readonly id: Uuid }
  /** Who is alive, when it is not yet in the state (a broker that is being fenced or unfenced). */
  readonly isAlive?: (brokerId: number) => boolean
}

/** What a PartitionChangeRecord says: only what changes. */
type Change = {
  -readonly [K in keyof MetadataRecordValues['PartitionChangeRecord']]?: MetadataRecordValues['PartitionChangeRecord'][K]
}

/**
 * The record that takes a partition to its aim: completes a reassignment that has become complete, keeps track of
 * eligible leaders (KIP-966), elects, and bumps the leader epoch where followers must notice. Null when nothing changes.
 *
 * ELR: while |ISR| < min ISR, replicas that leave the ISR stay eligible, since nothing is committed without them;
 * with an empty ISR the last leader is remembered and may come back although it lost its place (unclean, RECOVERING).
 */
export function changePartition(
  state: ControllerState,
  options: ControllerOptions,
  { topic, index, partition }: PartitionAt,
  aim: PartitionAim,
): MetadataRecord | null {
  const isElr = state.isElrEnabled
  const change: Change = {}
  let isr = aim.isr ?? partition.isr
  let plan: Reassignment = {
    replicas: aim.replicas ?? partition.replicas,
    removing: aim.removing ?? partition.removingReplicas,
    adding: aim.adding ?? partition.addingReplicas,
  }
  const completed = isReassigning(plan) ? tryComplete(plan, isr) : null
  if (completed !== null) {
    isr = completed.isr
    plan = { replicas: completed.replicas, removing: [], adding: [] }
  }
  const minIsr = effectiveMinIsr(state, options, topic.name, topic.partitions[0] ?? partition)
  let elr = isElr ? eligibleLeaders(partition, isr, minIsr, aim.uncleanShutdown) : partition.elr

  const isAlive = aim.isAlive ?? ((id: number) => state.isActive(id))
  const mayLead = (id: number) => isAlive(id) && hasOnlineDirectory(state, id, directoryOf(partition, id))
  const elected = elect(partition, plan.replicas, isr, elr, mayLead, aim.election ?? 'online', isElr)
  if (elected.leader !== partition.leader) {
    if (elr.includes(elected.leader)) {
      isr = [elected.leader]
      elr = elr.filter((id) => id !== elected.leader)
    }
    change.leader = elected.leader
    if (elected.isUnclean) {
      change.isr = [elected.leader]
      if (partition.leaderRecoveryState !== RECOVERING) change.leaderRecoveryState = RECOVERING
    }
  }
  // Replicas that are gone for good must notice through a new leader epoch.
  if (change.leader === undefined && !partition.replicas.every((id) => plan.replicas.includes(id))) {
    change.leader = partition.leader
  }
  if (change.isr !== undefined || !isElr) elr = []
  if (!same(elr, partition.elr)) change.eligibleLeaderReplicas = elr
  if (change.isr === undefined && (isr.length > 0 || isElr) && !same(isr, partition.isr)) change.isr = isr
  bumpForShrink(state, partition, change)
  if (isElr) rememberLastLeader(partition, change)
  setAssignment(state, partition, plan, aim, change)
  const recovery = aim.leaderRecoveryState ?? partition.leaderRecoveryState
  if (recovery !== partition.leaderRecoveryState) change.leaderRecoveryState = recovery

  if (Object.keys(change).length === 0) return null
  return metadataRecord('PartitionChangeRecord', { topicId: topic.id, partitionId: index, ...change })
}

/** min(min.insync.replicas of the topic, replication factor of its first partition). */
export function effectiveMinIsr(
  state: ControllerState,
  options: ControllerOptions,
  topicName: string,
  first: PartitionImage,
): number {
  return Math.min(state.topicConfig(options.config, topicName).minInsyncReplicas, first.replicas.length)
}

function eligibleLeaders(
  partition: PartitionImage,
  isr: readonly number[],
  minIsr: number,
  lost: number | undefined,
): readonly number[] {
  if (isr.length >= minIsr) return []
  const candidates = new Set([...partition.elr, ...partition.isr])
  return [...candidates].filter((id) => !isr.includes(id) && id !== lost).sort((a, b) => a - b)
}

function elect(
  partition: PartitionImage,
  replicas: readonly number[],
  isr: readonly number[],
  elr: readonly number[],
  mayLead: (id: number) => boolean,
  election: Election,
  isElr: boolean,
): { leader: number; isUnclean: boolean } {
  const isGood = (id: number) => (isr.includes(id) || (isr.length === 0 && elr.includes(id))) && mayLead(id)
  const first = replicas[0]
  if (election === 'preferred' && first !== undefined && isGood(first)) return { leader: first, isUnclean: false }
  if (isGood(partition.leader)) return { leader: partition.leader, isUnclean: false }
  const good = replicas.find(isGood)
  if (good !== undefined) return { leader: good, isUnclean: false }
  const last = partition.lastKnownElr
  if (isElr && isr.length === 0 && elr.length === 0 && last.length === 1 && mayLead(last[0]!)) {
    return { leader: last[0]!, isUnclean: true }
  }
  const anyone = election === 'unclean' ? replicas.find(mayLead) : undefined
  return anyone === undefined ? { leader: NO_LEADER, isUnclean: false } : { leader: anyone, isUnclean: true }
}

/** Before 3.6 brokers overlooked an ISR that shrank under the same leader epoch (KAFKA-15021). */
function bumpForShrink(state: ControllerState, partition: PartitionImage, change: Change): void {
  if (state.metadataVersion >= noBumpForShrink) return
  const next = change.isr
  if (change.leader !== undefined || next === undefined || next === null) return
  if (!partition.isr.every((id) => next.includes(id))) change.leader = partition.leader
}

function rememberLastLeader(partition: PartitionImage, change: Change): void {
  const { leader = LEADER_UNCHANGED } = change
  if (leader === NO_LEADER && partition.lastKnownElr.length === 0) change.lastKnownElr = [partition.leader]
  else if (leader >= 0 && partition.lastKnownElr.length > 0) change.lastKnownElr = []
}

function setAssignment(
  state: ControllerState,
  partition: PartitionImage,
  plan: Reassignment,
  aim: PartitionAim,
  change: Change,
): void {
  if (plan.replicas.length > 0) {
    if (state.metadataVersion >= metadataLevel.directoryAssignment) {
      const directories = plan.replicas.map((id) => {
        if (aim.directory?.brokerId === id) return aim.directory.id
        const at = partition.replicas.indexOf(id)
        return at < 0 ? defaultDirectory(state, id) : (partition.directories[at] ?? defaultDirectory(state, id))
      })
      if (!same(directories, partition.directories)) change.directories = directories
    }
    if (!same(plan.replicas, partition.replicas)) change.replicas = plan.replicas
  }
  if (!same(plan.removing, partition.removingReplicas)) change.removingReplicas = plan.removing
  if (!same(plan.adding, partition.addingReplicas)) change.addingReplicas = plan.adding
}

export function directoryOf(partition: PartitionImage, brokerId: number): Uuid {
  return partition.directories[partition.replicas.indexOf(brokerId)] ?? ''
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}
