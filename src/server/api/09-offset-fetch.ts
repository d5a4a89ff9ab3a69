import { ZERO_UUID } from '../../bytes/index.ts'
import type { OffsetFetchGroupAnswer, OffsetFetchGroupRequest } from '../../coordinator/index.ts'
import { errors, OffsetFetch, type RequestOf } from '../../protocol/index.ts'
import { elementsPerPiece, mapPieces, type Pieces, runPieces } from '../../runtime/index.ts'
import { groupClient } from '../group-client.ts'
import { handler, type RequestContext } from '../handler.ts'
import { Join } from '../join.ts'

type TopicAnswer = NonNullable<OffsetFetchGroupAnswer['topics']>[number]

/** Versions 0–7 ask for one group, 8 and later for many; 10 and later name topics by id. */
export const offsetFetch = handler(OffsetFetch, function* (cx, request, reply) {
  const groups = cx.apiVersion >= 8 ? request.groups : [singleGroup(request)]
  const answers: OffsetFetchGroupAnswer[] = new Array(groups.length)
  const join = new Join(() => {
    if (cx.apiVersion >= 8) return reply.send({ groups: answers })
    const { topics = [], errorCode } = answers[0]!
    // Versions 0 and 1 have no place for a group's error but its partitions.
    reply.send({ errorCode, topics: topics.map((t) => ({ name: t.name ?? '', partitions: t.partitions })) })
  })
  for (const [index, group] of groups.entries()) {
    if (index % elementsPerPiece === elementsPerPiece - 1) yield
    const end = join.add()
    yield* fetchGroup(cx, group, request.requireStable, (answer) => {
      answers[index] = answer
      end()
    })
  }
  join.close()
})

function singleGroup(request: RequestOf<typeof OffsetFetch>): OffsetFetchGroupRequest {
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return { groupId: request.groupId, memberId: null, memberEpoch: -1, topics }
}

/** `done` is called once, in a later turn. */
function* fetchGroup(
  cx: RequestContext,
  asked: OffsetFetchGroupRequest,
  requireStable: boolean,
  done: (answer: OffsetFetchGroupAnswer) => void,
): Pieces<void> {
  const { groups } = cx.services
  const { groupId } = asked
  const client = groupClient(cx)
  if (cx.apiVersion < 10) {
    groups.ask('offsetFetch', groupId, { client, group: asked, requireStable }, done)
    return
  }
  const { known, unknown } = yield* named(cx, asked.topics)
  const ask = { client, group: { ...asked, topics: known }, requireStable }
  groups.ask('offsetFetch', groupId, ask, (answer) => {
    const whole = withIds(cx, answer, answer.errorCode === errors.NONE ? unknown : [])
    runPieces(cx.services.env.clock, whole, done, () => done({ groupId, errorCode: errors.UNKNOWN_SERVER_ERROR }))
  })
}

type Topics = OffsetFetchGroupRequest['topics']

/** What is asked by id, by name; null: all. Those that there are not are answered here. */
function* named(cx: RequestContext, topics: Topics): Pieces<{ known: Topics; unknown: readonly TopicAnswer[] }> {
  if (topics === null) return { known: null, unknown: [] }
  const { topicsById } = cx.services.image
  const known: NonNullable<Topics>[number][] = []
  const unknown: TopicAnswer[] = []
  let count = 0
  for (const topic of topics) {
    if (++count % elementsPerPiece === 0) yield
    const found = topicsById.get(topic.topicId)
    if (found !== undefined) known.push({ ...topic, name: found.name })
    else unknown.push(yield* unknownTopic(topic.topicId, topic.partitionIndexes))
  }
  return { known, unknown }
}

function* withIds(
  cx: RequestContext,
  answer: OffsetFetchGroupAnswer,
  unknown: readonly TopicAnswer[],
): Pieces<OffsetFetchGroupAnswer> {
  const { topicsByName } = cx.services.image
  const topics: TopicAnswer[] = []
  let count = 0
  for (const topic of answer.topics ?? []) {
    if (++count % elementsPerPiece === 0) yield
    const topicId = topicsByName.get(topic.name ?? '')?.id
    if (topicId !== undefined) topics.push({ ...topic, topicId })
  }
  return { ...answer, topics: unknown.length === 0 ? topics : [...topics, ...unknown] }
}

function* unknownTopic(topicId: string, indexes: readonly number[]): Pieces<TopicAnswer> {
  const partitions = yield* mapPieces(indexes, (partitionIndex) => ({
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: errors.UNKNOWN_TOPIC_ID,
  }))
  return { name: '', topicId, partitions }
}
