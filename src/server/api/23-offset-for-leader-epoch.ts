import { type ErrorCode, errors, OffsetForLeaderEpoch } from '../../protocol/index.ts'
import { mapNested } from '../../runtime/index.ts'
import { handler, type RequestContext } from '../handler.ts'

interface PartitionAnswer {
  errorCode: ErrorCode
  partition: number
  leaderEpoch: number
  endOffset: number
}

/** Where an epoch ended, so that a consumer that changed leaders finds out what was truncated (KIP-101, KIP-320). */
export const offsetForLeaderEpoch = handler(OffsetForLeaderEpoch, function* (cx, request, reply) {
  const topics = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    (asked, { topic }) => answerFor(cx, topic, asked),
    ({ topic }, partitions) => ({ topic, partitions }),
  )
  reply.send({ topics })
})

function answerFor(
  cx: RequestContext,
  topic: string,
  asked: { partition: number; currentLeaderEpoch: number; leaderEpoch: number },
): PartitionAnswer {
  const answer = { errorCode: 0, partition: asked.partition, leaderEpoch: -1, endOffset: -1 }
  const partition = cx.services.findByName(topic, asked.partition)
  if (typeof partition === 'number') return { ...answer, errorCode: partition }
  if (!partition.isLeader) return { ...answer, errorCode: errors.NOT_LEADER_OR_FOLLOWER }
  const errorCode = partition.checkEpoch(asked.currentLeaderEpoch)
  if (errorCode !== errors.NONE) return { ...answer, errorCode }
  const end = partition.log.epochEnd(asked.leaderEpoch)
  return { ...answer, leaderEpoch: end.epoch, endOffset: end.endOffset }
}
