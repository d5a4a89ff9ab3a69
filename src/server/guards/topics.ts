import { ZERO_UUID } from '../../bytes/index.ts'
import {
  DeleteRecords,
  DescribeProducers,
  errors,
  Fetch,
  ListOffsets,
  OffsetForLeaderEpoch,
  Produce,
} from '../../protocol/index.ts'
import { hasTransactionalBatch } from '../api/00-produce.ts'
import { answering, type Guarded, type GuardRow, guard, split } from './guard.ts'

const code = errors.TOPIC_AUTHORIZATION_FAILED

/** The name that a topic goes by in ACLs; null for an id that nobody has, which the handler answers. */
export function nameOf({ cx }: Guarded, topic: { readonly name: string; readonly topicId: string }): string | null {
  if (topic.topicId === ZERO_UUID) return topic.name
  return cx.services.image.topicsById.get(topic.topicId)?.name ?? null
}

const produce = guard(Produce, (who, request, reply, next) => {
  const { transactionalId } = request
  const mayAtAll =
    transactionalId === null || !hasTransactionalBatch(request) || who.may('write', 'transactionalId', transactionalId)
  const [allowed, refused] = split(request.topicData, (topic) => {
    const name = nameOf(who, topic)
    return mayAtAll && (name === null || who.may('write', 'topic', name))
  })
  if (refused.length === 0) return next(request, reply)
  const errorCode = mayAtAll ? code : errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  const refusals = refused.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
  }))
  if (request.acks === 0) return void reply.close('a produce with acks=0 was not authorized; closing tells the client')
  if (allowed.length === 0) return void reply.send({ responses: refusals })
  const together = answering(reply, (answer) => ({ ...answer, responses: [...(answer.responses ?? []), ...refusals] }))
  return next({ ...request, topicData: allowed }, together)
})

const NO_SESSION = -1
const noRecords = new Uint8Array(0)

/**
 * A session remembers what was allowed when it was added, and who it is of; when ACLs change all sessions are forgotten.
 * One with a refused partition is not made, so that the refusal is told in each answer.
 */
const fetch = guard(Fetch, (who, request, reply, next) => {
  const { sessions } = who.cx.services
  const isFollower = request.replicaState.replicaId >= 0 || request.replicaId >= 0
  const owner = `${who.cx.principal.type}:${who.cx.principal.name}`
  const known = request.sessionId === 0 ? undefined : sessions.get(request.sessionId)
  if (known !== undefined && known.owner !== owner) {
    return void reply.send({ errorCode: errors.FETCH_SESSION_ID_NOT_FOUND })
  }
  const mayAll = isFollower && who.mayCluster('clusterAction')
  const [allowed, refused] = split(request.topics, ({ topic, topicId }) => {
    const name = nameOf(who, { name: topic, topicId })
    return mayAll || (!isFollower && (name === null || who.may('read', 'topic', name)))
  })
  const owned = answering(reply, (answer) => {
    const session =
      answer.sessionId === undefined || answer.sessionId === 0 ? undefined : sessions.get(answer.sessionId)
    if (session !== undefined) session.owner = owner
    return answer
  })
  if (refused.length === 0) return next(request, owned)
  if (known !== undefined) sessions.remove(request.sessionId)
  if (request.sessionEpoch > 0) return void reply.send({ errorCode: errors.FETCH_SESSION_ID_NOT_FOUND })
  const refusals = refused.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      errorCode: code,
      highWatermark: -1,
      abortedTransactions: [],
      records: noRecords,
    })),
  }))
  if (allowed.length === 0) return void reply.send({ sessionId: 0, responses: refusals })
  const together = answering(reply, (answer) => ({ ...answer, responses: [...(answer.responses ?? []), ...refusals] }))
  // It is answered at once: what was refused is news.
  const asked = { ...request, topics: allowed, sessionId: 0, sessionEpoch: NO_SESSION, minBytes: 0 }
  return next(asked, together)
})

const listOffsets = guard(ListOffsets, (who, request, reply, next) => {
  const [allowed, refused] = split(request.topics, ({ name }) => who.may('describe', 'topic', name))
  if (refused.length === 0) return next(request, reply)
  const refusals = refused.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
  }))
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const deleteRecords = guard(DeleteRecords, (who, request, reply, next) => {
  const [allowed, refused] = split(request.topics, ({ name }) => who.may('delete', 'topic', name))
  if (refused.length === 0) return next(request, reply)
  const refusals = refused.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code, lowWatermark: -1 })),
  }))
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const offsetForLeaderEpoch = guard(OffsetForLeaderEpoch, (who, request, reply, next) => {
  if (who.mayCluster('clusterAction')) return next(request, reply)
  const [allowed, refused] = split(request.topics, ({ topic }) => who.may('describe', 'topic', topic))
  if (refused.length === 0) return next(request, reply)
  const refusals = refused.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode: code })),
  }))
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const describeProducers = guard(DescribeProducers, (who, request, reply, next) => {
  const [allowed, refused] = split(request.topics, ({ name }) => who.may('read', 'topic', name))
  if (refused.length === 0) return next(request, reply)
  const refusals = refused.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      ...{ partitionIndex, errorCode: code, errorMessage: 'Topic authorization failed.' },
    })),
  }))
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

export const topicGuards: readonly GuardRow[] = [
  ...[produce, fetch, listOffsets, deleteRecords, offsetForLeaderEpoch, describeProducers],
]
