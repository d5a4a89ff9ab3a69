import { ZERO_UUID } from '../../bytes/index.ts'
import { DescribeCluster, DescribeTopicPartitions, errors, Metadata } from '../../protocol/index.ts'
import { authorizedOn, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { aliveBrokers } from '../topic-description.ts'
import { answering, type Guarded, type GuardRow, guard, split } from './guard.ts'

const errorCode = errors.TOPIC_AUTHORIZATION_FAILED

const topicOperations = (who: Guarded, name: string) =>
  authorizedOn('topic', (operation) => who.may(operation, 'topic', name))

/** What may be done on the cluster; nothing is said to who may not see it. */
function clusterOperations(who: Guarded, isAsked: boolean): number {
  if (!isAsked) return OPERATIONS_NOT_ASKED
  return who.mayCluster('describe') ? authorizedOn('cluster', (operation) => who.mayCluster(operation)) : 0
}

const metadata = guard(Metadata, (who, request, reply, next) => {
  const { image, config } = who.cx.services
  const isAll = request.topics === null || (who.cx.apiVersion === 0 && request.topics.length === 0)
  const [described, hidden] = split(request.topics ?? [], ({ name, topicId }) => {
    const known = topicId === ZERO_UUID ? name : (image.topicsById.get(topicId)?.name ?? null)
    return known === null || who.may('describe', 'topic', known)
  })
  const mayMake = request.allowAutoTopicCreation && config.autoCreateTopicsEnable
  const [wanted, unmade] = split(described, ({ name, topicId }) => {
    if (!mayMake || name === null || topicId !== ZERO_UUID || image.topicsByName.has(name)) return true
    return who.mayCluster('create') || who.may('create', 'topic', name)
  })
  const refusals = [...hidden, ...unmade].map(({ name, topicId }) =>
    topicId === ZERO_UUID
      ? { errorCode, name, topicId, partitions: [] }
      : { errorCode, name: null, topicId, partitions: [] },
  )
  const told = answering(reply, (answer) => {
    const topics = (answer.topics ?? [])
      // Of all topics those are left out that may not be seen.
      .filter(({ name }) => !isAll || typeof name !== 'string' || who.may('describe', 'topic', name))
      .map((topic) =>
        request.includeTopicAuthorizedOperations && topic.errorCode === errors.NONE
          ? { ...topic, topicAuthorizedOperations: topicOperations(who, topic.name ?? '') }
          : topic,
      )
    return {
      ...{ ...answer, topics: [...topics, ...refusals] },
      clusterAuthorizedOperations: clusterOperations(who, request.includeClusterAuthorizedOperations),
    }
  })
  // Version 0 knows brokers and topics only, and takes an empty list for all topics.
  if (who.cx.apiVersion === 0 && !isAll && wanted.length === 0) {
    return void told.send({ brokers: aliveBrokers(image, who.cx.listener.name), topics: [] })
  }
  return next(isAll ? request : { ...request, topics: wanted }, told)
})

const describeCluster = guard(DescribeCluster, (who, request, reply, next) => {
  const told = answering(reply, (answer) => ({
    ...answer,
    clusterAuthorizedOperations: clusterOperations(who, request.includeClusterAuthorizedOperations),
  }))
  return next(request, told)
})

const describeTopicPartitions = guard(DescribeTopicPartitions, (who, request, reply, next) => {
  const isAll = request.topics.length === 0
  const [allowed, hidden] = split(request.topics, ({ name }) => who.may('describe', 'topic', name))
  const refusals = hidden.map(({ name }) => ({ errorCode, name, topicId: ZERO_UUID, partitions: [] }))
  if (!isAll && allowed.length === 0) return void reply.send({ topics: refusals })
  const told = answering(reply, (answer) => {
    const topics = (answer.topics ?? [])
      .filter(({ name }) => !isAll || who.may('describe', 'topic', name ?? ''))
      .map((topic) => ({ ...topic, topicAuthorizedOperations: topicOperations(who, topic.name ?? '') }))
    return { ...answer, topics: [...topics, ...refusals] }
  })
  return next({ ...request, topics: allowed }, told)
})

export const metadataGuards: readonly GuardRow[] = [metadata, describeCluster, describeTopicPartitions]
