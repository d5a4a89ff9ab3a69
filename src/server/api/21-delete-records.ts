import { DeleteRecords, type ErrorCode, errors } from '../../protocol/index.ts'
import type { Partition, Waiter } from '../../replication/index.ts'
import { mapNested } from '../../runtime/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { Join } from '../join.ts'

/** Stands for the high watermark. */
const TO_HIGH_WATERMARK = -1

interface Answer {
  readonly partitionIndex: number
  lowWatermark: number
  errorCode: ErrorCode
}

/**
 * Moves log start offsets forward (KIP-107). Answered when they are on disk, so that what was deleted does not come back,
 * and every replica that is alive begins there, too, since a consumer may read from any; REQUEST_TIMED_OUT after the
 * client's timeout.
 */
export const deleteRecords = handler(DeleteRecords, function* (cx, request, reply) {
  const begun: { answer: Answer; partition: Partition; target: number }[] = []
  const topics = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    ({ partitionIndex, offset }, { name }) => {
      const answer: Answer = { partitionIndex, lowWatermark: -1, errorCode: 0 }
      const started = deleteBefore(cx, name, partitionIndex, offset)
      if (typeof started === 'number') answer.errorCode = started
      else begun.push({ answer, ...started })
      return answer
    },
    ({ name }, partitions) => ({ name, partitions }),
  )
  if (begun.length === 0) {
    reply.send({ topics })
    return
  }
  const join = new Join(() => reply.send({ topics }))
  cx.services.store.saveLogStarts(
    begun.map(({ partition }) => partition.log),
    () => {
      for (const { answer, partition, target } of begun) {
        if (partition.log.failure !== null) answer.errorCode = errors.KAFKA_STORAGE_ERROR
        else whenAllHave(cx, partition, target, request.timeoutMs, answer, join.add())
      }
      join.close()
    },
  )
})

function deleteBefore(
  cx: RequestContext,
  topic: string,
  index: number,
  offset: number,
): { partition: Partition; target: number } | ErrorCode {
  const partition = cx.services.findByName(topic, index)
  if (typeof partition === 'number') return partition
  if (isInternalTopic(topic)) return errors.INVALID_TOPIC_EXCEPTION
  if (!partition.isLeader) return errors.NOT_LEADER_OR_FOLLOWER
  const { log } = partition
  if (!log.config.cleanupPolicy.has('delete')) return errors.POLICY_VIOLATION
  const target = offset === TO_HIGH_WATERMARK ? log.highWatermark : offset
  if (target < 0 || target > log.highWatermark) return errors.OFFSET_OUT_OF_RANGE
  const errorCode = log.deleteRecordsBefore(target)
  return errorCode === errors.NONE ? { partition, target } : errorCode
}

function whenAllHave(
  cx: RequestContext,
  partition: Partition,
  target: number,
  timeoutMs: number,
  answer: Answer,
  done: () => void,
): void {
  const { clock } = cx.services.env
  let isOver = false
  const end = (errorCode: ErrorCode): void => {
    if (isOver) return
    isOver = true
    timer.cancel()
    answer.errorCode = errorCode
    answer.lowWatermark = errorCode === errors.NONE ? partition.lowWatermark : -1
    done()
  }
  const waiter: Waiter = { settle: end }
  const timer = clock.at(clock.monoMs() + timeoutMs, () => {
    partition.forgetDeleted(waiter)
    end(errors.REQUEST_TIMED_OUT)
  })
  partition.whenDeleted(target, waiter)
}
