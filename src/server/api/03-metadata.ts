import { ZERO_UUID } from '../../bytes/index.ts'
import type { TopicImage } from '../../metadata/index.ts'
import { type ErrorCode, errors, Metadata, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import type { Pieces } from '../../runtime/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { aliveBrokers, describePartitions } from '../topic-description.ts'

type Request = RequestOf<typeof Metadata>
type Asked = NonNullable<Request['topics']>[number]
type TopicAnswer = NonNullable<ResponseIn<typeof Metadata>['topics']>[number]

const TOPICS_PER_PIECE = 64
const PARTITIONS_PER_PIECE = 256

export const metadata = handler(Metadata, function* (cx, request, reply) {
  if (asksTooEarly(cx.apiVersion, request)) {
    reply.send({ topics: refusedTopics(request) })
    return
  }
  const missing = yield* missingTopics(cx, request)
  if (missing.length === 0) reply.send(yield* answerTo(cx, request, () => undefined))
  else yield* cx.services.topicMaker.make(missing, (refused) => reply.sendPieces(answerTo(cx, request, refused)))
})

function* answerTo(
  cx: RequestContext,
  request: Request,
  refused: (name: string) => ErrorCode | undefined,
): Pieces<ResponseIn<typeof Metadata>> {
  const { image, clusterId, nodeId } = cx.services
  const brokers = aliveBrokers(image, cx.listener.name)
  return {
    brokers,
    clusterId,
    controllerId: brokers.some((b) => b.nodeId === nodeId) ? nodeId : (brokers[0]?.nodeId ?? -1),
    topics: yield* describeTopics(cx, request, refused),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? allOperations.cluster
      : OPERATIONS_NOT_ASKED,
  }
}

/** Versions 10 and 11 have topic ids, but only in answers. */
function asksTooEarly(version: number, { topics }: Request): boolean {
  return version < 12 && topics !== null && topics.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID)
}

function refusedTopics({ topics }: Request): TopicAnswer[] {
  return (topics ?? []).map(({ name, topicId }) => ({ errorCode: errors.INVALID_REQUEST, name: name ?? '', topicId }))
}

/** An id says which topic is meant, whatever stands beside it: the Java client sends an empty name, not a missing one. */
function isById({ name, topicId }: Asked): boolean {
  return name === null || topicId !== ZERO_UUID
}

/** Names that are asked for, do not exist, and may be made (auto.create.topics.enable and the client's wish). */
function* missingTopics(cx: RequestContext, request: Request): Pieces<string[]> {
  const { config, image } = cx.services
  if (request.topics === null || !request.allowAutoTopicCreation || !config.autoCreateTopicsEnable) return []
  const missing = new Set<string>()
  if (request.topics.some(isById)) return []
  let seen = 0
  for (const { name } of request.topics) {
    if (++seen % TOPICS_PER_PIECE === 0) yield
    if (name !== null && !image.topicsByName.has(name)) missing.add(name)
  }
  return [...missing]
}

function* describeTopics(
  cx: RequestContext,
  request: Request,
  refused: (name: string) => ErrorCode | undefined,
): Pieces<TopicAnswer[]> {
  const { image } = cx.services
  const isAll = request.topics === null || (cx.apiVersion === 0 && request.topics.length === 0)
  const answers: TopicAnswer[] = []
  if (isAll) {
    // The image may move between two pieces: each topic is as it is when its turn comes.
    let weight = 0
    for (const topic of image.topicsByName.values()) {
      answers.push(describe(cx, topic, request))
      weight += 1 + topic.partitions.length
      if (weight < PARTITIONS_PER_PIECE) continue
      weight = 0
      yield
    }
    return answers
  }
  // As soon as one topic is asked for by its id, those asked for by name alone are not answered.
  const isByIds = request.topics.some(isById)
  const seen = new Set<string>()
  let weight = 0
  for (const { name, topicId } of request.topics) {
    if (++weight >= PARTITIONS_PER_PIECE) {
      weight = 0
      yield
    }
    const byId = name === null || isByIds
    // Beside an id the Java client sends an empty name.
    const key = byId ? topicId : name
    if (seen.has(key)) continue
    seen.add(key)
    if (isByIds && topicId === ZERO_UUID && name !== null) continue
    const topic = byId ? image.topicsById.get(topicId) : image.topicsByName.get(name)
    if (topic !== undefined) {
      answers.push(describe(cx, topic, request))
      weight += topic.partitions.length
    } else if (byId) answers.push(unknown(errors.UNKNOWN_TOPIC_ID, null, topicId))
    else answers.push(unknown(refused(name) ?? errors.UNKNOWN_TOPIC_OR_PARTITION, name, ZERO_UUID))
  }
  return answers
}

function describe(cx: RequestContext, topic: TopicImage, request: Request): TopicAnswer {
  return {
    errorCode: errors.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: describePartitions(cx.services.image, cx.listener.name, topic),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? allOperations.topic : OPERATIONS_NOT_ASKED,
  }
}

function unknown(errorCode: ErrorCode, name: string | null, topicId: string): TopicAnswer {
  return { errorCode, name, topicId, isInternal: name !== null && isInternalTopic(name), partitions: [] }
}
