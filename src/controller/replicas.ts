import {
  LOST_DIRECTORY,
  MIGRATING_DIRECTORY,
  UNASSIGNED_DIRECTORY,
  type Uuid,
  uuidToBytes,
  ZERO_UUID,
} from '../bytes/index.ts'
import { type MetadataRecord, metadataLevel, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { ControllerOptions } from './options.ts'
import { type PlacementBroker, placeReplicas } from './placement.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

/** The directory in which a broker will put a new replica, as far as it is known: one is no choice, several are one. */
export function defaultDirectory(state: ControllerState, brokerId: number): Uuid {
  const broker = state.image.brokers.get(brokerId)
  if (broker === undefined) return UNASSIGNED_DIRECTORY
  if (broker.directories.length === 0) return MIGRATING_DIRECTORY
  return broker.directories.length === 1 ? broker.directories[0]! : UNASSIGNED_DIRECTORY
}

/** Whether a replica there can serve. UNASSIGNED and MIGRATING are taken on trust; a broker that names no directories too. */
export function hasOnlineDirectory(state: ControllerState, brokerId: number, directory: Uuid): boolean {
  const broker = state.image.brokers.get(brokerId)
  if (broker === undefined || directory === LOST_DIRECTORY) return false
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  return broker.directories.length === 0 || broker.directories.includes(directory)
}

/** The first hundred uuids stand for states, never for a directory. */
export function isReservedDirectory(directory: Uuid): boolean {
  if (directory === ZERO_UUID) return true
  const bytes = uuidToBytes(directory)
  return bytes.subarray(0, 15).every((b) => b === 0) && bytes[15]! < 100
}

/** Brokers that may be given replicas: registered, not leaving, with a directory that is not cordoned. */
export function usableBrokers(state: ControllerState): PlacementBroker[] {
  const usable: PlacementBroker[] = []
  for (const broker of state.image.brokers.values()) {
    const isCordoned =
      broker.directories.length > 0 && broker.directories.every((d) => broker.cordonedDirectories.includes(d))
    if (state.sessions.shutdownOffset(broker.id) >= 0 || isCordoned) continue
    usable.push({ id: broker.id, rack: broker.rack, isFenced: broker.isFenced })
  }
  return usable
}

/** One new partition: its replicas, and those of them that are in sync from the start. */
export interface NewPartition {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** Placed by the controller. */
export function placePartitions(
  state: ControllerState,
  options: ControllerOptions,
  count: number,
  replicationFactor: number,
): readonly NewPartition[] | Refusal {
  const prefix = `Unable to replicate the partition ${replicationFactor} time(s): `
  const placed = placeReplicas(usableBrokers(state), count, replicationFactor, options.random)
  if ('reason' in placed) return refuse(errors.INVALID_REPLICATION_FACTOR, prefix + placed.reason)
  const partitions: NewPartition[] = []
  for (const replicas of placed.replicas) {
    const isr = replicas.filter((id) => state.isActive(id))
    if (isr.length === 0) {
      return refuse(
        errors.INVALID_REPLICATION_FACTOR,
        `${prefix}All brokers are currently fenced or in controlled shutdown.`,
      )
    }
    partitions.push({ replicas, isr })
  }
  return partitions
}

/** Placed by the person who asks. `replicationFactor` null = the first one decides. */
export function assignPartition(
  state: ControllerState,
  partitionId: number,
  replicas: readonly number[],
  replicationFactor: number | null,
): NewPartition | Refusal {
  const wrong = refuseAssignment(state, replicas, replicationFactor)
  if (wrong !== null) return wrong
  const isr = replicas.filter((id) => state.isActive(id))
  if (isr.length > 0) return { replicas, isr }
  return refuse(
    errors.INVALID_REPLICA_ASSIGNMENT,
    `All brokers specified in the manual partition assignment for partition ${partitionId} are fenced or in controlled shutdown.`,
  )
}

export function refuseAssignment(
  state: ControllerState,
  replicas: readonly number[],
  replicationFactor: number | null,
): Refusal | null {
  const no = (message: string) => refuse(errors.INVALID_REPLICA_ASSIGNMENT, message)
  if (replicas.length === 0) return no('The manual partition assignment includes an empty replica list.')
  const sorted = [...replicas].sort((a, b) => a - b)
  for (let i = 0; i < sorted.length; i++) {
    const id = sorted[i]!
    if (!state.image.brokers.has(id)) {
      return no(`The manual partition assignment includes broker ${id}, but no such broker is registered.`)
    }
    if (i > 0 && id === sorted[i - 1]) {
      return no(`The manual partition assignment includes the broker ${id} more than once.`)
    }
  }
  if (replicationFactor === null || sorted.length === replicationFactor) return null
  return no(
    `The manual partition assignment includes a partition with ${sorted.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
  )
}

export function partitionRecord(
  state: ControllerState,
  topicId: Uuid,
  partitionId: number,
  { replicas, isr }: NewPartition,
): MetadataRecord {
  const hasDirectories = state.metadataVersion >= metadataLevel.directoryAssignment
  return metadataRecord('PartitionRecord', {
    topicId,
    partitionId,
    replicas,
    isr,
    leader: isr[0]!,
    leaderEpoch: 0,
    partitionEpoch: 0,
    ...(hasDirectories ? { directories: replicas.map((id) => defaultDirectory(state, id)) } : {}),
  })
}
