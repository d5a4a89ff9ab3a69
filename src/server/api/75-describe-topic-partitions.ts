import { ZERO_UUID } from '../../bytes/index.ts'
import { badTopicName } from '../../config/index.ts'
import {
  DescribeTopicPartitions,
  type ErrorCode,
  errors,
  type RequestOf,
  type ResponseIn,
} from '../../protocol/index.ts'
import { elementsPerPiece, type Pieces, sortPieces } from '../../runtime/index.ts'
import { allOperations } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { describePartition } from '../topic-description.ts'

type Request = RequestOf<typeof DescribeTopicPartitions>
type Answer = ResponseIn<typeof DescribeTopicPartitions>
type TopicAnswer = NonNullable<Answer['topics']>[number]

/** KIP-966: topics in order of their names, a page of partitions at a time, eligible leader replicas among the facts. */
export const describeTopicPartitions = handler(DescribeTopicPartitions, function* (cx, request, reply) {
  reply.send(yield* page(cx, request))
})

function* page(cx: RequestContext, request: Request): Pieces<Answer> {
  const { image, config } = cx.services
  const { cursor } = request
  const isAll = request.topics.length === 0
  if (cursor !== null) {
    const isAsked = isAll || request.topics.some((topic) => topic.name === cursor.topicName)
    if (!isAsked || cursor.partitionIndex < 0) {
      return { topics: request.topics.map(({ name }) => noTopic(name, errors.INVALID_REQUEST)), nextCursor: null }
    }
  }
  const asked = new Set<string>(isAll ? image.topicsByName.keys() : [])
  for (const { name } of request.topics) if (asked.add(name).size % elementsPerPiece === 0) yield
  const names = yield* sortPieces([...asked])
  let left = Math.max(1, Math.min(request.responsePartitionLimit, config.maxRequestPartitionSizeLimit))
  const topics: TopicAnswer[] = []
  let count = 0
  for (const name of names) {
    if (++count % elementsPerPiece === 0) yield
    if (cursor !== null && name < cursor.topicName) continue
    const first = cursor !== null && name === cursor.topicName ? cursor.partitionIndex : 0
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: first } }
    const topic = image.topicsByName.get(name)
    if (topic === undefined) {
      const isName = badTopicName(name) === null
      const errorCode = isName ? errors.UNKNOWN_TOPIC_OR_PARTITION : errors.INVALID_TOPIC_EXCEPTION
      topics.push({ ...noTopic(name, errorCode), topicAuthorizedOperations: allOperations.topic })
      continue
    }
    const end = Math.min(topic.partitions.length, first + left)
    const partitions = []
    for (let index = first; index < end; index++) {
      if (++count % elementsPerPiece === 0) yield
      const partition = topic.partitions[index]!
      partitions.push({
        ...describePartition(image, cx.listener.name, partition, index),
        eligibleLeaderReplicas: partition.elr,
        lastKnownElr: partition.lastKnownElr,
      })
    }
    topics.push({
      errorCode: errors.NONE,
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions,
      topicAuthorizedOperations: allOperations.topic,
    })
    left -= partitions.length
    if (end < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: end } }
  }
  return { topics, nextCursor: null }
}

function noTopic(name: string, errorCode: ErrorCode): TopicAnswer {
  return { errorCode, name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [] }
}
