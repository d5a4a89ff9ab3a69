import type { MetadataRecord } from '../metadata/index.ts'
import type { ControllerOptions } from './options.ts'
import { changePartition, type PartitionAim } from './partition-change.ts'
import type { ControllerState, PartitionAt } from './state.ts'

/** One broker whose standing changes, before the change is in the state. */
export interface Standing {
  /** Leaves ISRs and leaderships: fenced, shutting down, unregistered, or its directory is gone. */
  readonly leaving?: number
  /** May lead from now on. */
  readonly joining?: number
  /** Came back without a clean shutdown: leaves ISRs and ELRs, for what it had acknowledged may be gone. */
  readonly lost?: number
}

/**
 * The records that give these partitions the ISR, ELR and leader that follow from a broker's new standing; made as they
 * are asked for, since they may be every partition there is.
 */
export function* followStanding(
  state: ControllerState,
  options: ControllerOptions,
  partitions: readonly PartitionAt[],
  { leaving, joining, lost }: Standing,
): Generator<MetadataRecord, void> {
  const isAlive = (id: number) => id !== leaving && id !== lost && (id === joining || state.isActive(id))
  for (const at of partitions) {
    const aim: PartitionAim = {
      election: isUncleanAllowed(state, options, at.topic.name) ? 'unclean' : 'online',
      isr: at.partition.isr.filter((id) => id !== leaving && id !== lost),
      isAlive,
      ...(lost === undefined ? {} : { uncleanShutdown: lost }),
    }
    const record = changePartition(state, options, at, aim)
    if (record !== null) yield record
  }
}

export function isUncleanAllowed(state: ControllerState, options: ControllerOptions, topicName: string): boolean {
  return state.topicConfig(options.config, topicName).uncleanLeaderElectionEnable
}

export function inIsrOf(state: ControllerState, brokerId: number): PartitionAt[] {
  return state.partitionsWhere((p) => p.isr.includes(brokerId))
}

export function inElrOf(state: ControllerState, brokerId: number): PartitionAt[] {
  return state.partitionsWhere((p) => p.elr.includes(brokerId))
}

export function leaderless(state: ControllerState): PartitionAt[] {
  return state.partitionsWhere((p) => p.leader === -1)
}
