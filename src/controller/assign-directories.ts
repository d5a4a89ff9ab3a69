import { type MetadataRecord, metadataLevel } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { mapNested, type Pieces } from '../runtime/index.ts'
import { followStanding } from './elections.ts'
import type { AskRequest, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { changePartition } from './partition-change.ts'
import { refuseBrokerEpoch } from './registration.ts'
import type { ControllerState, PartitionAt } from './state.ts'

/**
 * AssignReplicasToDirs (KIP-858): a broker says in which of its directories replicas are. One in a directory that it has
 * not registered is offline there, and leaves its ISR. UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION,
 * NOT_LEADER_OR_FOLLOWER (no replica of that broker), STALE_BROKER_EPOCH, UNSUPPORTED_VERSION before 3.7-IV2.
 */
export function* assignDirectories(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'assignReplicasToDirs'>,
): Pieces<Outcome<'assignReplicasToDirs'>> {
  const { brokerId, brokerEpoch } = request
  const refused =
    state.metadataVersion < metadataLevel.directoryAssignment
      ? errors.UNSUPPORTED_VERSION
      : refuseBrokerEpoch(state, brokerId, brokerEpoch)
  if (refused !== errors.NONE) return { records: [], response: { errorCode: refused, directories: [] } }
  const online = state.image.brokers.get(brokerId)!.directories
  const records: MetadataRecord[] = []
  const offline: PartitionAt[] = []
  const directories = []
  for (const { id, topics } of request.directories) {
    const assigned = yield* mapNested(
      topics,
      ({ partitions }) => partitions,
      ({ partitionIndex }, { topicId }) => {
        const at = partitionOf(state, topicId, partitionIndex, brokerId)
        if (typeof at === 'number') return { partitionIndex, errorCode: at }
        const record = changePartition(state, options, at, { directory: { brokerId, id } })
        if (record !== null) records.push(record)
        if (!online.includes(id)) offline.push(at)
        return { partitionIndex, errorCode: errors.NONE }
      },
      ({ topicId }, partitions) => ({ topicId, partitions }),
    )
    directories.push({ id, topics: assigned })
  }
  const rest = followStanding(state, options, offline, { leaving: brokerId })
  return { records, rest, response: { errorCode: errors.NONE, directories } }
}

function partitionOf(
  state: ControllerState,
  topicId: string,
  index: number,
  brokerId: number,
): PartitionAt | ErrorCode {
  const topic = state.image.topicsById.get(topicId)
  if (topic === undefined) return errors.UNKNOWN_TOPIC_ID
  const partition = topic.partitions[index]
  if (partition === undefined) return errors.UNKNOWN_TOPIC_OR_PARTITION
  return partition.replicas.includes(brokerId) ? { topic, index, partition } : errors.NOT_LEADER_OR_FOLLOWER
}
