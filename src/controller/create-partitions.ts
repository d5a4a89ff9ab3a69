import type { Uuid } from '../bytes/index.ts'
import type { MetadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { Pieces } from '../runtime/index.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { accepted, isRefusal, type Refusal, refuse } from './refusal.ts'
import { assignPartition, type NewPartition, partitionRecord, placePartitions } from './replicas.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'createPartitions'>
type Topic = Request['topics'][number]
type Result = Item<AskResponse<'createPartitions'>['results']>

/**
 * CreatePartitions: grows topics. UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS (not an increase),
 * INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR, INVALID_REQUEST (named twice), POLICY_VIOLATION.
 */
export function* createPartitions(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
): Pieces<Outcome<'createPartitions'>> {
  const byName = Map.groupBy(request.topics, (t) => t.name)
  const made: Grown[] = []
  const results: Result[] = []
  let recordCount = 0
  for (const [name, topics] of byName) {
    yield
    const grown =
      topics.length > 1
        ? refuse(errors.INVALID_REQUEST, 'Duplicate topic name.')
        : grow(state, options, topics[0]!, recordsPerOperationMax - recordCount)
    if (isRefusal(grown)) {
      results.push(result(name, grown))
      continue
    }
    made.push(grown)
    recordCount += grown.partitions.length
    results.push(result(name, accepted))
  }
  return { records: [], rest: request.validateOnly ? [] : recordsOf(state, made), response: { results } }
}

/** A topic that may grow: what the records of its new partitions are to say. */
interface Grown {
  readonly topicId: Uuid
  /** Index of the first one. */
  readonly from: number
  readonly partitions: readonly NewPartition[]
}

function* recordsOf(state: ControllerState, made: readonly Grown[]): Generator<MetadataRecord, void> {
  for (const { topicId, from, partitions } of made) {
    for (let i = 0; i < partitions.length; i++) yield partitionRecord(state, topicId, from + i, partitions[i]!)
  }
}

function result(name: string, { code, message }: Refusal): Result {
  return { name, errorCode: code, errorMessage: message }
}

function grow(
  state: ControllerState,
  options: ControllerOptions,
  { name, count, assignments }: Topic,
  recordsLeft: number,
): Grown | Refusal {
  const topic = state.image.topicsByName.get(name)
  if (topic === undefined) return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION)
  const have = topic.partitions.length
  const added = count - have
  if (added === 0) return refuse(errors.INVALID_PARTITIONS, `Topic already has ${have} partition(s).`)
  if (added < 0) {
    return refuse(
      errors.INVALID_PARTITIONS,
      `The topic ${name} currently has ${have} partition(s); ${count} would not be an increase.`,
    )
  }
  if (assignments !== null && assignments.length !== added) {
    return refuse(
      errors.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    )
  }
  if (added > recordsLeft) {
    return refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
  }
  const replicationFactor = topic.partitions[0]!.replicas.length
  const partitions: NewPartition[] = []
  if (assignments === null) {
    const placed = placePartitions(state, options, added, replicationFactor)
    if (isRefusal(placed)) return placed
    partitions.push(...placed)
  } else {
    for (let i = 0; i < assignments.length; i++) {
      const partition = assignPartition(state, have + i, assignments[i]!.brokerIds, replicationFactor)
      if (isRefusal(partition)) return partition
      partitions.push(partition)
    }
  }
  return { topicId: topic.id, from: have, partitions }
}
