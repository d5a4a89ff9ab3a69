import { ZERO_UUID } from '../../bytes/index.ts'
import { type ErrorCode, errors, OffsetCommit, type RequestOf } from '../../protocol/index.ts'
import { elementsPerPiece, type Pieces } from '../../runtime/index.ts'
import { groupClient } from '../group-client.ts'
import { handler, type RequestContext } from '../handler.ts'

type Topic = RequestOf<typeof OffsetCommit>['topics'][number]
interface PartitionAnswer {
  partitionIndex: number
  errorCode: ErrorCode
}
interface TopicAnswer {
  name: string
  topicId: string
  partitions: readonly PartitionAnswer[]
}

/** Topics and partitions that do not exist are answered here; the coordinator gets the rest, by name and id. */
export const offsetCommit = handler(OffsetCommit, function* (cx, request, reply) {
  const { known, refused } = yield* resolve(cx, request.topics)
  const ask = { client: groupClient(cx), request: { ...request, topics: known } }
  // Asked even when no topic is known: an unknown member must hear so.
  cx.services.groups.ask('offsetCommit', request.groupId, ask, (answer) => {
    reply.sendPieces(
      (function* () {
        return { ...answer, topics: yield* merge([(answer.topics ?? []) as TopicAnswer[], refused], request.topics) }
      })(),
    )
  })
})

function* resolve(cx: RequestContext, topics: readonly Topic[]): Pieces<{ known: Topic[]; refused: TopicAnswer[] }> {
  const { image } = cx.services
  const byId = cx.apiVersion >= 10
  const known: Topic[] = []
  const refused: TopicAnswer[] = []
  let count = 0
  for (const topic of topics) {
    if (++count % elementsPerPiece === 0) yield
    const { name, topicId } = topic
    const found = byId ? image.topicsById.get(topicId) : image.topicsByName.get(name)
    const errorCode = found === undefined && byId ? errors.UNKNOWN_TOPIC_ID : errors.UNKNOWN_TOPIC_OR_PARTITION
    const partitions: Topic['partitions'][number][] = []
    const missing: PartitionAnswer[] = []
    for (const partition of topic.partitions) {
      if (++count % elementsPerPiece === 0) yield
      const { partitionIndex } = partition
      if (found?.partitions[partitionIndex] === undefined) missing.push({ partitionIndex, errorCode })
      else partitions.push(partition)
    }
    if (missing.length > 0) refused.push({ name, topicId, partitions: missing })
    if (found !== undefined && partitions.length > 0) known.push({ name: found.name, topicId: found.id, partitions })
  }
  return { known, refused }
}

/** One entry a topic, in the order asked. */
function* merge(answers: readonly (readonly TopicAnswer[])[], asked: readonly Topic[]): Pieces<TopicAnswer[]> {
  const byKey = new Map<string, TopicAnswer>()
  let count = 0
  for (const some of answers) {
    for (const answer of some) {
      if (++count % elementsPerPiece === 0) yield
      for (const key of [answer.name, answer.topicId]) {
        if (key === '' || key === ZERO_UUID) continue
        const earlier = byKey.get(key)
        const partitions = earlier === undefined ? answer.partitions : [...earlier.partitions, ...answer.partitions]
        byKey.set(key, { ...answer, partitions })
      }
    }
  }
  const merged: TopicAnswer[] = []
  for (const { name, topicId } of asked) {
    if (++count % elementsPerPiece === 0) yield
    merged.push({ name, topicId, partitions: byKey.get(name !== '' ? name : topicId)?.partitions ?? [] })
  }
  return merged
}
