import { ZERO_UUID } from '../../bytes/index.ts'
import type { OffsetFetchGroupAnswer, OffsetFetchGroupRequest } from '../../coordinator/index.ts'
import { errors, OffsetFetch, type RequestOf } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler, type RequestContext } from '../handler.ts'
import { Join } from '../join.ts'

type TopicAnswers = NonNullable<OffsetFetchGroupAnswer['topics']>

/** Versions 0–7 ask for one group, 8 and later for many; 10 and later name topics by id. */
export const offsetFetch = handler(OffsetFetch, (cx, request, reply) => {
  const groups = cx.apiVersion >= 8 ? request.groups : [singleGroup(request)]
  const answers: OffsetFetchGroupAnswer[] = new Array(groups.length)
  const join = new Join(() => {
    if (cx.apiVersion >= 8) return reply.send({ groups: answers })
    const { topics = [], errorCode } = answers[0]!
    // Versions 0 and 1 have no place for a group's error but its partitions.
    reply.send({ errorCode, topics: topics.map((t) => ({ name: t.name ?? '', partitions: t.partitions })) })
  })
  groups.forEach((group, index) => {
    const end = join.add()
    fetchGroup(cx, group, request.requireStable, (answer) => {
      answers[index] = answer
      end()
    })
  })
  join.close()
})

function singleGroup(request: RequestOf<typeof OffsetFetch>): OffsetFetchGroupRequest {
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return { groupId: request.groupId, memberId: null, memberEpoch: -1, topics }
}

function fetchGroup(
  cx: RequestContext,
  asked: OffsetFetchGroupRequest,
  requireStable: boolean,
  done: (answer: OffsetFetchGroupAnswer) => void,
): void {
  const { image, groups } = cx.services
  const byId = cx.apiVersion >= 10
  const unknown: TopicAnswers[number][] = []
  let { topics } = asked
  if (byId && topics !== null) {
    const named = []
    for (const topic of topics) {
      const found = image.topicsById.get(topic.topicId)
      if (found !== undefined) named.push({ ...topic, name: found.name })
      else unknown.push(unknownTopic(topic.topicId, topic.partitionIndexes))
    }
    topics = named
  }
  const ask = { client: groupClient(cx), group: { ...asked, topics }, requireStable }
  groups.ask('offsetFetch', asked.groupId, ask, (answer) => {
    if (!byId) return done(answer)
    const found = (answer.topics ?? []).flatMap((topic) => {
      const topicId = image.topicsByName.get(topic.name ?? '')?.id
      return topicId === undefined ? [] : [{ ...topic, topicId }]
    })
    done({ ...answer, topics: [...found, ...(answer.errorCode === errors.NONE ? unknown : [])] })
  })
}

function unknownTopic(topicId: string, indexes: readonly number[]): TopicAnswers[number] {
  return {
    name: '',
    topicId,
    partitions: indexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode: errors.UNKNOWN_TOPIC_ID,
    })),
  }
}
