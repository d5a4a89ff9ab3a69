import type { MetadataRecord, PartitionImage } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import { mapNested, type Pieces } from '../runtime/index.ts'
import { isUncleanAllowed } from './elections.ts'
import type { AskContext, AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { changePartition } from './partition-change.ts'
import { refuseBrokerEpoch } from './registration.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'alterPartition'>
type Asked = Request['topics'][number]['partitions'][number]
type Answered = Item<Item<AskResponse<'alterPartition'>['topics']>['partitions']>

const RECOVERED = 0
const RECOVERING = 1

interface Member {
  readonly brokerId: number
  /** -1 = not to be checked. */
  readonly brokerEpoch: number
}

/**
 * AlterPartition: the leader of a partition asks for another ISR (KIP-497), with the epochs of its members so that one
 * that restarted in between is not taken for in sync (KIP-903).
 *
 * FENCED_LEADER_EPOCH: the leader is of the past; INVALID_UPDATE_VERSION: the partition changed since; NOT_CONTROLLER: it
 * knows more than we do, so another controller is active; INELIGIBLE_REPLICA: a member is fenced, leaving, gone or
 * another incarnation; NEW_LEADER_ELECTED: this change completed a reassignment that moved the leadership.
 */
export function* alterPartition(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  { version }: AskContext,
): Pieces<Outcome<'alterPartition'>> {
  const stale = refuseBrokerEpoch(state, request.brokerId, request.brokerEpoch)
  if (stale !== errors.NONE) return { records: [], response: { errorCode: stale, topics: [] } }
  const records: MetadataRecord[] = []
  const topics = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    (asked, { topicId }): Answered => {
      const topic = state.image.topicsById.get(topicId)
      if (topic === undefined) return refused(asked, errors.UNKNOWN_TOPIC_ID)
      const partition = topic.partitions[asked.partitionIndex]
      if (partition === undefined) return refused(asked, errors.UNKNOWN_TOPIC_OR_PARTITION)
      const members =
        version >= 3 ? asked.newIsrWithEpochs : asked.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
      const wrong = refusePartition(state, request.brokerId, partition, asked, members)
      if (wrong !== errors.NONE) return refused(asked, wrong)
      const record = changePartition(
        state,
        options,
        { topic, index: asked.partitionIndex, partition },
        {
          election: isUncleanAllowed(state, options, topic.name) ? 'unclean' : 'online',
          isr: members.map((m) => m.brokerId),
          leaderRecoveryState: asked.leaderRecoveryState,
        },
      )
      if (record === null) return granted(asked, partition)
      records.push(record)
      const after = afterChange(partition, record)
      return after.leader === request.brokerId ? granted(asked, after) : refused(asked, errors.NEW_LEADER_ELECTED)
    },
    ({ topicId }, partitions) => ({ topicId, partitions }),
  )
  return { records, response: { errorCode: errors.NONE, topics } }
}

function refusePartition(
  state: ControllerState,
  brokerId: number,
  partition: PartitionImage,
  asked: Asked,
  members: readonly Member[],
): ErrorCode {
  if (asked.leaderEpoch > partition.leaderEpoch || asked.partitionEpoch > partition.partitionEpoch) {
    return errors.NOT_CONTROLLER
  }
  if (asked.leaderEpoch < partition.leaderEpoch) return errors.FENCED_LEADER_EPOCH
  if (brokerId !== partition.leader) return errors.INVALID_REQUEST
  if (asked.partitionEpoch < partition.partitionEpoch) return errors.INVALID_UPDATE_VERSION
  const isr = members.map((m) => m.brokerId)
  const isValidIsr =
    isr.length > 0 && new Set(isr).size === isr.length && isr.every((id) => partition.replicas.includes(id))
  if (!isValidIsr || !isr.includes(partition.leader)) return errors.INVALID_REQUEST
  if (asked.leaderRecoveryState !== RECOVERED && asked.leaderRecoveryState !== RECOVERING) return errors.INVALID_REQUEST
  if (asked.leaderRecoveryState === RECOVERING) {
    if (isr.length > 1 || partition.leaderRecoveryState === RECOVERED) return errors.INVALID_REQUEST
  }
  const isEligible = (m: Member) =>
    state.isActive(m.brokerId) && (m.brokerEpoch === -1 || state.image.brokers.get(m.brokerId)!.epoch === m.brokerEpoch)
  return members.every(isEligible) ? errors.NONE : errors.INELIGIBLE_REPLICA
}

/** The fields of the answer as they will be once the record is applied. */
function afterChange(partition: PartitionImage, record: MetadataRecord): PartitionImage {
  if (record.type !== 'PartitionChangeRecord') return partition
  const { isr, leader, leaderRecoveryState } = record.value
  return {
    ...partition,
    isr: isr ?? partition.isr,
    leader: leader === -2 ? partition.leader : leader,
    leaderEpoch: partition.leaderEpoch + (leader === -2 ? 0 : 1),
    leaderRecoveryState: leaderRecoveryState === -1 ? partition.leaderRecoveryState : leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch + 1,
  }
}

function refused({ partitionIndex }: Asked, errorCode: ErrorCode): Answered {
  return { partitionIndex, errorCode, isr: [] }
}

function granted({ partitionIndex }: Asked, p: PartitionImage): Answered {
  return {
    partitionIndex,
    errorCode: errors.NONE,
    leaderId: p.leader,
    leaderEpoch: p.leaderEpoch,
    isr: p.isr,
    leaderRecoveryState: p.leaderRecoveryState,
    partitionEpoch: p.partitionEpoch,
  }
}
