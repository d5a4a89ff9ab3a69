import { type Lease, ZERO_UUID } from '../../bytes/index.ts'
import { errors, Fetch, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import { epochAfter, type FetchResult } from '../../replication/index.ts'
import { FetchOperation } from '../fetch-operation.ts'
import { FetchSession, type SessionPartition } from '../fetch-session.ts'
import { handler, type Reply, type RequestContext } from '../handler.ts'
import { currentLeader, leaderEndpoints } from '../leader-hint.ts'
import { preferredReplica } from '../replica-selector.ts'

type Request = RequestOf<typeof Fetch>
type Answer = ResponseIn<typeof Fetch>

/** First epoch of a session asks for one; −1 asks for none, or ends the one named (KIP-227). */
const NEW_SESSION_EPOCH = 0
const NO_SESSION_EPOCH = -1

export const fetch = handler(Fetch, (cx, request, reply) => {
  const follower = followerOf(request)
  const opened = openSession(cx, request, follower !== null)
  if (typeof opened === 'number') {
    reply.send({ errorCode: opened })
    return
  }
  const { session, isFull } = opened
  const { services } = cx
  const operation = new FetchOperation(
    session,
    {
      waitMs: request.maxWaitMs,
      bytesMin: request.minBytes,
      bytesMax: Math.min(request.maxBytes, services.config.fetchMaxBytes),
      isReadCommitted: request.isolationLevel === 1,
      follower,
      mayReadFollower: follower === null && cx.apiVersion >= 11,
      preferred: (partition, fetchOffset) =>
        preferredReplica(services.config, services.image, partition, request.rackId, fetchOffset),
      throttle: services.throttle,
    },
    (asked) => {
      if (session.usesTopicIds) return services.findById(asked.topicId, asked.index)
      return services.findByName(asked.topic, asked.index)
    },
    services.env.clock,
    (done) => send(cx, session, isFull, done.answers, reply),
  )
  cx.onGone(() => {
    operation.cancel()
    if (session.id === 0) session.close()
  })
  operation.start()
})

function followerOf({ replicaState, replicaId }: Request): { id: number; brokerEpoch: number } | null {
  if (replicaState.replicaId >= 0) return { id: replicaState.replicaId, brokerEpoch: replicaState.replicaEpoch }
  return replicaId >= 0 ? { id: replicaId, brokerEpoch: -1 } : null
}

function openSession(
  cx: RequestContext,
  request: Request,
  isFollower: boolean,
): { session: FetchSession; isFull: boolean } | number {
  const { sessions, env } = cx.services
  const nowMs = env.clock.monoMs()
  const usesTopicIds = cx.apiVersion >= 13
  const { sessionId, sessionEpoch } = request
  if (sessionEpoch === NEW_SESSION_EPOCH || sessionEpoch === NO_SESSION_EPOCH) {
    if (sessionId !== 0) sessions.remove(sessionId)
    const isWanted = sessionEpoch === NEW_SESSION_EPOCH && request.topics.length > 0
    const session =
      (isWanted ? sessions.create(usesTopicIds, nowMs, isFollower) : null) ??
      new FetchSession(0, usesTopicIds, nowMs, isFollower)
    update(session, request)
    return { session, isFull: true }
  }
  const session = sessions.get(sessionId)
  if (session === undefined) return errors.FETCH_SESSION_ID_NOT_FOUND
  if (session.nextEpoch !== sessionEpoch) return errors.INVALID_FETCH_SESSION_EPOCH
  if (session.usesTopicIds !== usesTopicIds) return errors.FETCH_SESSION_TOPIC_ID_ERROR
  session.nextEpoch = epochAfter(sessionEpoch)
  sessions.touch(session, nowMs)
  update(session, request)
  return { session, isFull: false }
}

function update(session: FetchSession, request: Request): void {
  for (const topic of request.topics) {
    for (const asked of topic.partitions) {
      const partition = session.want(topic.topicId, topic.topic, asked.partition)
      partition.fetchOffset = asked.fetchOffset
      partition.bytesMax = asked.partitionMaxBytes
      partition.currentLeaderEpoch = asked.currentLeaderEpoch
      partition.lastFetchedEpoch = asked.lastFetchedEpoch
      partition.logStartOffset = asked.logStartOffset
    }
  }
  for (const topic of request.forgottenTopicsData) {
    for (const index of topic.partitions) session.forget(session.usesTopicIds ? topic.topicId : topic.topic, index)
  }
}

type TopicAnswer = { topic: string; topicId: string; partitions: PartitionAnswer[] }
type PartitionAnswer = NonNullable<NonNullable<Answer['responses']>[number]['partitions']>[number]

function send(
  cx: RequestContext,
  session: FetchSession,
  isFull: boolean,
  answers: ReadonlyMap<SessionPartition, FetchResult>,
  reply: Reply<Answer>,
): void {
  const topics = new Map<string, TopicAnswer>()
  const leases: { release(): void }[] = []
  const leaderHints = new Set<number>()
  for (const [asked, result] of answers) {
    if (!isFull && !hasNews(asked, result)) continue
    asked.toldHighWatermark = result.highWatermark
    asked.toldLogStartOffset = result.logStartOffset
    if (result.lease !== null) leases.push(result.lease)
    const key = session.usesTopicIds ? asked.topicId : asked.topic
    let topic = topics.get(key)
    if (topic === undefined) topics.set(key, (topic = { topic: asked.topic, topicId: asked.topicId, partitions: [] }))
    topic.partitions.push(partitionAnswer(cx, asked, result, leaderHints))
  }
  if (session.id === 0) session.close()
  const answer: Answer = {
    sessionId: session.id,
    responses: [...topics.values()],
    nodeEndpoints: leaderEndpoints(cx, leaderHints),
  }
  reply.send(answer, leases.length === 0 ? null : together(leases))
}

function together(leases: readonly { release(): void }[]): Lease {
  return {
    slices: [],
    release() {
      for (const lease of leases) lease.release()
    },
  }
}

/** An incremental answer holds only what the client does not know yet. */
function hasNews(asked: SessionPartition, result: FetchResult): boolean {
  return (
    result.bytes > 0 ||
    result.preferredReadReplica >= 0 ||
    result.errorCode !== errors.NONE ||
    result.divergingEpoch !== null ||
    result.highWatermark !== asked.toldHighWatermark ||
    result.logStartOffset !== asked.toldLogStartOffset
  )
}

const noRecords = new Uint8Array(0)

/** Then Apache Kafka does not reach the partition, and leaves the fields of its answer as they are by default. */
function isUnknown(code: number): boolean {
  return code === errors.UNKNOWN_TOPIC_OR_PARTITION || code === errors.UNKNOWN_TOPIC_ID
}

function partitionAnswer(
  cx: RequestContext,
  asked: SessionPartition,
  result: FetchResult,
  leaderHints: Set<number>,
): PartitionAnswer {
  const { errorCode } = result
  let leader = null
  if (
    cx.apiVersion >= 12 &&
    (errorCode === errors.NOT_LEADER_OR_FOLLOWER || errorCode === errors.FENCED_LEADER_EPOCH)
  ) {
    leader = currentLeader(cx, asked.topicId === ZERO_UUID ? null : asked.topicId, asked.topic, asked.index)
    if (leader !== null) leaderHints.add(leader.leaderId)
  }
  return {
    partitionIndex: asked.index,
    errorCode,
    highWatermark: result.highWatermark,
    lastStableOffset: result.lastStableOffset,
    logStartOffset: result.logStartOffset,
    abortedTransactions: isUnknown(errorCode) ? [] : result.abortedTransactions,
    preferredReadReplica: result.preferredReadReplica,
    records: result.lease?.slices ?? noRecords,
    ...(result.divergingEpoch !== null ? { divergingEpoch: result.divergingEpoch } : {}),
    ...(leader !== null ? { currentLeader: leader } : {}),
  }
}
