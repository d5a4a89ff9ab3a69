import { ZERO_UUID } from '../../bytes/index.ts'
import { type ErrorCode, errors, OffsetCommit, type RequestOf } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler, type RequestContext } from '../handler.ts'

type Topic = RequestOf<typeof OffsetCommit>['topics'][number]
type Partition = Topic['partitions'][number]
interface TopicAnswer {
  name: string
  topicId: string
  partitions: readonly { partitionIndex: number; errorCode: ErrorCode }[]
}

/** Topics and partitions that do not exist are answered here; the coordinator gets the rest, by name and id. */
export const offsetCommit = handler(OffsetCommit, (cx, request, reply) => {
  const { known, refused } = resolve(cx, request.topics)
  const ask = { client: groupClient(cx), request: { ...request, topics: known } }
  // Asked even when no topic is known: an unknown member must hear so.
  cx.services.groups.ask('offsetCommit', request.groupId, ask, (answer) => {
    reply.send({ ...answer, topics: merge([...((answer.topics ?? []) as TopicAnswer[]), ...refused], request.topics) })
  })
})

function resolve(cx: RequestContext, topics: readonly Topic[]): { known: Topic[]; refused: TopicAnswer[] } {
  const { image } = cx.services
  const byId = cx.apiVersion >= 10
  const known: Topic[] = []
  const refused: TopicAnswer[] = []
  for (const topic of topics) {
    const found = byId ? image.topicsById.get(topic.topicId) : image.topicsByName.get(topic.name)
    const refuse = (partitions: readonly Partition[], errorCode: ErrorCode) => {
      if (partitions.length === 0) return
      const { name, topicId } = topic
      refused.push({
        name,
        topicId,
        partitions: partitions.map((p) => ({ partitionIndex: p.partitionIndex, errorCode })),
      })
    }
    if (found === undefined) {
      refuse(topic.partitions, byId ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION)
      continue
    }
    const exists = (p: Partition) => found.partitions[p.partitionIndex] !== undefined
    refuse(
      topic.partitions.filter((p) => !exists(p)),
      errors.UNKNOWN_TOPIC_OR_PARTITION,
    )
    const partitions = topic.partitions.filter(exists)
    if (partitions.length > 0) known.push({ name: found.name, topicId: found.id, partitions })
  }
  return { known, refused }
}

/** One entry a topic, in the order asked. */
function merge(answers: readonly TopicAnswer[], asked: readonly Topic[]): TopicAnswer[] {
  const keyOf = (topic: { name: string; topicId: string }) => (topic.name !== '' ? topic.name : topic.topicId)
  const byKey = new Map<string, TopicAnswer>()
  for (const answer of answers) {
    for (const key of [answer.name, answer.topicId]) {
      if (key === '' || key === ZERO_UUID) continue
      const earlier = byKey.get(key)
      byKey.set(
        key,
        earlier === undefined ? answer : { ...answer, partitions: [...earlier.partitions, ...answer.partitions] },
      )
    }
  }
  return asked.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: byKey.get(keyOf(topic))?.partitions ?? [],
  }))
}
