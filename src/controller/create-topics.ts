import type { Uuid } from '../bytes/index.ts'
import { configResourceType, type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { mapPieces, type Pieces } from '../runtime/index.ts'
import { alterResource, type ConfigChange, clearElrRecords } from './alter-resource.ts'
import type { AskContext, AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { randomUuid } from './random-uuid.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'
import { assignPartition, type NewPartition, partitionRecord, placePartitions } from './replicas.ts'
import type { ControllerState } from './state.ts'
import { refuseTopicName } from './topic-name.ts'

type Request = AskRequest<'createTopics'>
type Topic = Request['topics'][number]
type Result = Item<AskResponse<'createTopics'>['topics']>

/** Deciding upon a topic takes about as long as placing so many partitions. */
const partitionsPerTopic = 8
const partitionsPerPiece = 256
const partitionsPerRequestMax = 10_000
const metadataTopic = '__cluster_metadata'

/**
 * CreateTopics: each topic alone, all that succeed in one batch. INVALID_TOPIC_EXCEPTION, TOPIC_ALREADY_EXISTS,
 * INVALID_CONFIG, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST,
 * POLICY_VIOLATION (the whole request is too large).
 */
export function* createTopics(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  context: AskContext,
): Pieces<Outcome<'createTopics'>> {
  const { topics } = request
  const refuseAll = function* (refusal: Refusal): Pieces<Outcome<'createTopics'>> {
    return { records: [], response: { topics: yield* mapPieces(topics, (t) => refused(t.name, refusal)) } }
  }
  const partitionCount = topics.reduce((sum, t) => sum + askedPartitions(t, options), 0)
  if (partitionCount > partitionsPerRequestMax) {
    return yield* refuseAll(refuse(errors.POLICY_VIOLATION, 'Excessively large number of partitions per request.'))
  }
  const count = Map.groupBy(topics, (t) => t.name)
  const isTwice = (name: string) => count.get(name)!.length > 1
  const made: NewTopic[] = []
  const results: Result[] = []
  let recordCount = 0
  let weight = 0
  for (const topic of topics) {
    weight += partitionsPerTopic + askedPartitions(topic, options)
    if (weight >= partitionsPerPiece) {
      weight = 0
      yield
    }
    if (isTwice(topic.name) || topic.name === metadataTopic) continue
    const created = createTopic(state, options, topic, context)
    if (isRefusal(created)) {
      results.push(refused(topic.name, created))
      continue
    }
    made.push(created)
    recordCount += created.records.length + created.partitions.length
    results.push(created.result)
  }
  if (recordCount > recordsPerOperationMax) {
    return yield* refuseAll(refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.'))
  }
  for (const name of count.keys()) {
    if (isTwice(name)) results.push(refused(name, refuse(errors.INVALID_REQUEST, 'Duplicate topic name.')))
    else if (name === metadataTopic) {
      results.push(
        refused(name, refuse(errors.INVALID_REQUEST, `Creation of internal topic ${metadataTopic} is prohibited.`)),
      )
    }
  }
  return { records: [], rest: request.validateOnly ? [] : recordsOf(state, made), response: { topics: results } }
}

/** A topic that may be made: its own records, and what its partitions' records are to say. */
interface NewTopic {
  readonly topicId: Uuid
  readonly records: readonly MetadataRecord[]
  readonly partitions: readonly NewPartition[]
  readonly result: Result
}

function* recordsOf(state: ControllerState, topics: readonly NewTopic[]): Generator<MetadataRecord, void> {
  for (const { topicId, records, partitions } of topics) {
    yield* records
    for (let id = 0; id < partitions.length; id++) yield partitionRecord(state, topicId, id, partitions[id]!)
  }
}

function askedPartitions(topic: Topic, { config }: ControllerOptions): number {
  if (topic.assignments.length > 0) return topic.assignments.length
  return topic.numPartitions === -1 ? config.numPartitions : Math.max(0, topic.numPartitions)
}

function refused(name: string, { code, message }: Refusal): Result {
  return { name, errorCode: code, errorMessage: message, configs: [] }
}

function createTopic(
  state: ControllerState,
  options: ControllerOptions,
  topic: Topic,
  context: AskContext,
): NewTopic | Refusal {
  const nameRefusal = refuseNewName(state, topic.name)
  if (nameRefusal !== null) return nameRefusal
  const nulls = topic.configs.filter((c) => c.value === null).map((c) => c.name)
  if (nulls.length > 0) {
    return refuse(errors.INVALID_CONFIG, `Null value not supported for topic configs: ${nulls.join(',')}`)
  }
  const changes = topic.configs.map((c): ConfigChange => ({ name: c.name, operation: 0, value: c.value }))
  const resource = { type: configResourceType.topic, name: topic.name }
  const configRecords =
    changes.length === 0 ? [] : alterResource(state, options, resource, changes, { isNew: true, isForwarded: true })
  if (isRefusal(configRecords)) return configRecords

  const partitions = newPartitions(state, options, topic)
  if (isRefusal(partitions)) return partitions
  const topicId = randomUuid(options.random)
  const records: MetadataRecord[] = [
    metadataRecord('TopicRecord', { name: topic.name, topicId }),
    ...configRecords,
    ...clearElrRecords(state, configRecords),
  ]
  const head = { name: topic.name, topicId, errorCode: errors.NONE, errorMessage: null }
  if (context.mayDescribe !== undefined && !context.mayDescribe(topic.name)) {
    return {
      topicId,
      records,
      partitions,
      result: { ...head, topicConfigErrorCode: errors.TOPIC_AUTHORIZATION_FAILED, configs: [] },
    }
  }
  const own = new Map(topic.configs.map((c) => [c.name, c.value!]))
  return {
    ...{ topicId, records, partitions },
    result: {
      ...head,
      numPartitions: partitions.length,
      replicationFactor: partitions[0]!.replicas.length,
      configs: state.topicEntries(options.config, own).map(({ name, value, source, isSensitive }) => ({
        name,
        value,
        readOnly: false,
        configSource: source,
        isSensitive,
      })),
    },
  }
}

function refuseNewName(state: ControllerState, name: string): Refusal | null {
  const bad = refuseTopicName(name)
  if (bad !== null) return bad
  if (state.image.topicsByName.has(name)) return refuse(errors.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  const other = state.topicFoldedLike(name)
  if (other === undefined) return null
  return refuse(errors.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`)
}

function newPartitions(
  state: ControllerState,
  options: ControllerOptions,
  topic: Topic,
): readonly NewPartition[] | Refusal {
  if (topic.assignments.length > 0) return assignedPartitions(state, topic)
  const { numPartitions, replicationFactor } = topic
  if (replicationFactor < -1 || replicationFactor === 0) {
    return refuse(
      errors.INVALID_REPLICATION_FACTOR,
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return refuse(errors.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.')
  }
  const { config } = options
  return placePartitions(
    state,
    options,
    numPartitions === -1 ? config.numPartitions : numPartitions,
    replicationFactor === -1 ? config.defaultReplicationFactor : replicationFactor,
  )
}

function assignedPartitions(state: ControllerState, topic: Topic): readonly NewPartition[] | Refusal {
  if (topic.replicationFactor !== -1) {
    return refuse(
      errors.INVALID_REQUEST,
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    )
  }
  if (topic.numPartitions !== -1) {
    return refuse(
      errors.INVALID_REQUEST,
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    )
  }
  const byId = new Map<number, NewPartition>()
  let replicationFactor: number | null = null
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byId.has(partitionIndex)) {
      return refuse(
        errors.INVALID_REPLICA_ASSIGNMENT,
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      )
    }
    const partition = assignPartition(state, partitionIndex, brokerIds, replicationFactor)
    if (isRefusal(partition)) return partition
    replicationFactor = brokerIds.length
    byId.set(partitionIndex, partition)
  }
  const partitions: NewPartition[] = []
  for (let id = 0; id < byId.size; id++) {
    const partition = byId.get(id)
    if (partition === undefined) {
      return refuse(errors.INVALID_REPLICA_ASSIGNMENT, 'partitions should be a consecutive 0-based integer sequence')
    }
    partitions.push(partition)
  }
  return partitions
}
