import { DeleteRecords, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'

/** Stands for the high watermark. */
const TO_HIGH_WATERMARK = -1

/** Moves log start offsets forward (KIP-107). */
export const deleteRecords = handler(DeleteRecords, (cx, request, reply) => {
  reply.send({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => deleteBefore(cx, name, asked.partitionIndex, asked.offset)),
    })),
  })
})

function deleteBefore(cx: RequestContext, topic: string, partitionIndex: number, offset: number) {
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
  return errorCode === errors.NONE ? { partitionIndex, lowWatermark: log.startOffset, errorCode } : refuse(errorCode)
}
