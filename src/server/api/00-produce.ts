import type { Appended, Refusal } from '../../log/index.ts'
import { type ErrorCode, errors, Produce, type ResponseIn } from '../../protocol/index.ts'
import type { Partition } from '../../replication/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { currentLeader, leaderEndpoints } from '../leader-hint.ts'
import { ProduceOperation } from '../produce-operation.ts'

type TopicAnswer = NonNullable<ResponseIn<typeof Produce>['responses']>[number]
type PartitionAnswer = {
  index: number
  errorCode: ErrorCode
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors?: { batchIndex: number; batchIndexErrorMessage: string | null }[]
  errorMessage?: string | null
  currentLeader?: { leaderId: number; leaderEpoch: number }
}

/** Versions 0–2 are advertised for librdkafka's sake (KAFKA-18659) and refused: dispatch never brings them here. */
export const produce = handler(Produce, (cx, request, reply) => {
  const { acks } = request
  const leaderHints = new Set<number>()
  if (acks !== 0 && acks !== 1 && acks !== -1) {
    reply.send(refuseAll(request.topicData, errors.INVALID_REQUIRED_ACKS))
    return
  }
  if (request.transactionalId !== null) {
    reply.send(refuseAll(request.topicData, errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, transactionsNotBuilt))
    return
  }
  const topics: TopicAnswer[] = []
  let hasError = false
  const operation = new ProduceOperation(() => {
    if (acks !== 0) reply.send({ responses: topics, nodeEndpoints: leaderEndpoints(cx, leaderHints) })
    else if (hasError) reply.close('a produce with acks=0 failed; closing tells the client')
    else reply.none()
  })
  for (const topic of request.topicData) {
    const byId = cx.apiVersion >= 13
    const partitions: PartitionAnswer[] = []
    topics.push({ name: topic.name, topicId: topic.topicId, partitionResponses: partitions })
    for (const asked of topic.partitionData) {
      const answer: PartitionAnswer = {
        index: asked.index,
        errorCode: 0,
        baseOffset: -1,
        logAppendTimeMs: -1,
        logStartOffset: -1,
      }
      partitions.push(answer)
      const partition = byId
        ? cx.services.findById(topic.topicId, asked.index)
        : cx.services.findByName(topic.name, asked.index)
      const outcome = typeof partition === 'number' ? partition : append(cx, partition, topic.name, asked.records, acks)
      if (typeof outcome === 'number') {
        answer.errorCode = outcome
        hasError = true
        if (typeof partition !== 'number') describeRefusal(answer, outcome, partition.refusal)
        if (outcome === errors.NOT_LEADER_OR_FOLLOWER && cx.apiVersion >= 10) {
          const leader = currentLeader(cx, byId ? topic.topicId : null, topic.name, asked.index)
          if (leader !== null) {
            answer.currentLeader = leader
            leaderHints.add(leader.leaderId)
          }
        }
        continue
      }
      answer.baseOffset = outcome.firstOffset
      answer.logAppendTimeMs = outcome.logAppendTimeMs
      answer.logStartOffset = outcome.logStartOffset
      if (acks === 0 || typeof partition === 'number') continue
      operation.wait(partition, acks, outcome.lastOffset + 1, (code) => {
        if (code === errors.NONE) return
        answer.errorCode = code
        answer.baseOffset = -1
        answer.logAppendTimeMs = -1
        answer.logStartOffset = -1
      })
    }
  }
  operation.start(cx.services.env.clock, request.timeoutMs)
})

const transactionsNotBuilt = 'Millrace does not run transactions yet: produce without transactional.id'

function append(
  cx: RequestContext,
  partition: Partition,
  topic: string,
  records: { bytes: Uint8Array; from: number; to: number } | null,
  acks: number,
): Appended | ErrorCode {
  if (records === null || records.from === records.to) return errors.INVALID_RECORD
  if (partition.topic === '__consumer_offsets' || topic === '__transaction_state') return errors.INVALID_TOPIC_EXCEPTION
  return partition.append(records, { acks, origin: 'client', expectedLeaderEpoch: -1 }, cx.services.env.clock.wallMs())
}

function describeRefusal(answer: PartitionAnswer, code: ErrorCode, refusal: Refusal | null): void {
  if (refusal === null || refusal.code !== code) return
  answer.errorMessage = refusal.message
  answer.recordErrors = refusal.recordErrors.map((e) => ({
    batchIndex: e.batchIndex,
    batchIndexErrorMessage: e.message,
  }))
}

function refuseAll(
  topics: readonly { name: string; topicId: string; partitionData: readonly { index: number }[] }[],
  errorCode: ErrorCode,
  errorMessage: string | null = null,
): ResponseIn<typeof Produce> {
  return {
    responses: topics.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: topic.partitionData.map(({ index }) => ({
        index,
        errorCode,
        baseOffset: -1,
        logAppendTimeMs: -1,
        logStartOffset: -1,
        errorMessage,
      })),
    })),
  }
}
