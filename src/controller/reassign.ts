import type { MetadataRecord, PartitionImage, TopicImage } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { elementsPerPiece, mapNested, type Pieces } from '../runtime/index.ts'
import { isUncleanAllowed } from './elections.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { changePartition } from './partition-change.ts'
import { isReassigning, planReassignment, reassignmentOf, revert } from './reassignment-plan.ts'
import { accepted, isRefusal, type Refusal, refuse } from './refusal.ts'
import { refuseAssignment } from './replicas.ts'
import type { ControllerState, PartitionAt } from './state.ts'

type Request = AskRequest<'alterPartitionReassignments'>
type ListResponse = AskResponse<'listPartitionReassignments'>

/**
 * AlterPartitionReassignments (KIP-455): begins to move partitions to other replicas, or with null replicas gives up
 * doing so. A move that needs no new replica is complete at once. UNKNOWN_TOPIC_OR_PARTITION,
 * INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR (KIP-860), NO_REASSIGNMENT_IN_PROGRESS.
 */
export function* alterReassignments(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
): Pieces<Outcome<'alterPartitionReassignments'>> {
  const { allowReplicationFactorChange } = request
  const records: MetadataRecord[] = []
  const responses = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    ({ partitionIndex, replicas }, { name }) => {
      const changed =
        records.length < recordsPerOperationMax
          ? reassign(state, options, name, partitionIndex, replicas, allowReplicationFactorChange)
          : refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
      if (changed !== null && !isRefusal(changed)) records.push(changed)
      const { code, message } = isRefusal(changed) ? changed : accepted
      return { partitionIndex, errorCode: code, errorMessage: message }
    },
    ({ name }, partitions) => ({ name, partitions }),
  )
  return { records, response: { allowReplicationFactorChange, errorCode: errors.NONE, errorMessage: null, responses } }
}

function reassign(
  state: ControllerState,
  options: ControllerOptions,
  name: string,
  index: number,
  target: readonly number[] | null,
  mayChangeFactor: boolean,
): MetadataRecord | null | Refusal {
  const topic = state.image.topicsByName.get(name)
  if (topic === undefined) {
    return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find a topic named ${name}.`)
  }
  const partition = topic.partitions[index]
  if (partition === undefined) {
    return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `Unable to find partition ${name}:${index}.`)
  }
  const at = { topic, index, partition }
  if (target === null) return cancel(state, options, at)
  const wrong = refuseAssignment(state, target, null) ?? (mayChangeFactor ? null : refuseFactor(at, target))
  if (wrong !== null) return wrong
  return changePartition(state, options, at, planReassignment(partition, target))
}

function refuseFactor({ partition }: PartitionAt, target: readonly number[]): Refusal | null {
  const { replicas, addingReplicas, removingReplicas } = partition
  const wanted = new Set([...replicas, ...addingReplicas])
  for (const id of removingReplicas) wanted.delete(id)
  if (target.length === wanted.size) return null
  return refuse(
    errors.INVALID_REPLICATION_FACTOR,
    `The replication factor is changed from ${wanted.size} to ${target.length}`,
  )
}

function cancel(state: ControllerState, options: ControllerOptions, at: PartitionAt): MetadataRecord | null | Refusal {
  if (!isReassigning(reassignmentOf(at.partition))) return refuse(errors.NO_REASSIGNMENT_IN_PROGRESS)
  const back = revert(at.partition)
  if (back === null) {
    return refuse(
      errors.INVALID_REPLICA_ASSIGNMENT,
      'Invalid replica assignment: addingReplicas contains all replicas.',
    )
  }
  const mayBeUnclean = isUncleanAllowed(state, options, at.topic.name)
  if (back.isUnclean && !mayBeUnclean) {
    return refuse(
      errors.INVALID_REPLICA_ASSIGNMENT,
      `Unable to revert partition assignment for ${at.topic.name}:${at.index} because it would require an unclean leader election.`,
    )
  }
  return changePartition(state, options, at, {
    election: mayBeUnclean ? 'unclean' : 'online',
    isr: back.isr,
    replicas: back.replicas,
    removing: [],
    adding: [],
  })
}

/** ListPartitionReassignments: what is moving, of the partitions named or of all. */
export function* listReassignments(
  state: ControllerState,
  request: AskRequest<'listPartitionReassignments'>,
): Pieces<Outcome<'listPartitionReassignments'>> {
  const asked =
    request.topics ?? [...state.image.topicsById.values()].map((t) => ({ name: t.name, partitionIndexes: null }))
  const topics: Item<ListResponse['topics']>[] = []
  let seen = 0
  for (const { name, partitionIndexes } of asked) {
    if (++seen % elementsPerPiece === 0) yield
    const topic = state.image.topicsByName.get(name)
    if (topic === undefined) continue
    const partitions = []
    for (const index of partitionIndexes ?? topic.partitions.keys()) {
      if (++seen % elementsPerPiece === 0) yield
      partitions.push(...moving(topic, index))
    }
    if (partitions.length > 0) topics.push({ name, partitions })
  }
  return { records: [], response: { errorCode: errors.NONE, errorMessage: null, topics } }
}

function moving(topic: TopicImage, partitionIndex: number) {
  const partition: PartitionImage | undefined = topic.partitions[partitionIndex]
  if (partition === undefined || !isReassigning(reassignmentOf(partition))) return []
  const { replicas, addingReplicas, removingReplicas } = partition
  return [{ partitionIndex, replicas, addingReplicas, removingReplicas }]
}
