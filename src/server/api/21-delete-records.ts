import type { Log } from '../../log/index.ts'
import { DeleteRecords, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'

/** Stands for the high watermark. */
const TO_HIGH_WATERMARK = -1

/** Moves log start offsets forward (KIP-107). Answered when they are on disk: what was deleted does not come back. */
export const deleteRecords = handler(DeleteRecords, (cx, request, reply) => {
  const moved = new Map<Answer, Log>()
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => deleteBefore(cx, name, asked.partitionIndex, asked.offset, moved)),
  }))
  if (moved.size === 0) {
    reply.send({ topics })
    return
  }
  cx.services.store.saveLogStarts([...moved.values()], () => {
    for (const [answer, { failure }] of moved) {
      if (failure !== null) Object.assign(answer, { lowWatermark: -1, errorCode: errors.KAFKA_STORAGE_ERROR })
    }
    reply.send({ topics })
  })
})

interface Answer {
  partitionIndex: number
  lowWatermark: number
  errorCode: ErrorCode
}

function deleteBefore(
  cx: RequestContext,
  topic: string,
  partitionIndex: number,
  offset: number,
  moved: Map<Answer, Log>,
): Answer {
  const refuse = (errorCode: ErrorCode) => ({ partitionIndex, lowWatermark: -1, errorCode })
  const partition = cx.services.findByName(topic, partitionIndex)
  if (typeof partition === 'number') return refuse(partition)
  if (isInternalTopic(topic)) return refuse(errors.INVALID_TOPIC_EXCEPTION)
  if (!partition.isLeader) return refuse(errors.NOT_LEADER_OR_FOLLOWER)
  const { log } = partition
  if (!log.config.cleanupPolicy.has('delete')) return refuse(errors.POLICY_VIOLATION)
  const target = offset === TO_HIGH_WATERMARK ? log.highWatermark : offset
  if (target < 0 || target > log.highWatermark) return refuse(errors.OFFSET_OUT_OF_RANGE)
  const errorCode = log.deleteRecordsBefore(target)
  if (errorCode !== errors.NONE) return refuse(errorCode)
  const answer: Answer = { partitionIndex, lowWatermark: log.startOffset, errorCode }
  moved.set(answer, log)
  return answer
}
