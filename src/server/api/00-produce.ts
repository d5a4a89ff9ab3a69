import type { Slice } from '../../bytes/index.ts'
import { type ErrorCode, errors, Produce, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import { BATCH_HEADER_BYTES, isTransactionalBatch } from '../../records/index.ts'
import type { Partition } from '../../replication/index.ts'
import { type Handled, handler, type Reply, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { Join } from '../join.ts'
import { currentLeader, leaderEndpoints } from '../leader-hint.ts'
import { ProduceOperation } from '../produce-operation.ts'
import { type PreparedBatch, preparationFor, prepare } from '../produce-preparation.ts'
import { logStartBeside, recordErrorsOf, refusalText } from '../produce-refusal.ts'
import { type Guard, verifyAll } from '../produce-verification.ts'

type Request = RequestOf<typeof Produce>
type Answer = ResponseIn<typeof Produce>
interface PartitionAnswer {
  index: number
  errorCode: ErrorCode
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors?: { batchIndex: number; batchIndexErrorMessage: string | null }[]
  errorMessage: string | null
  currentLeader?: { leaderId: number; leaderEpoch: number }
}

/** One partition of a request: where it goes, what goes there, what is answered. */
interface PartitionAsk {
  readonly topic: string
  readonly topicId: string
  readonly partition: Partition | ErrorCode
  batch: PreparedBatch | null
  /** What the log asks of a transactional batch: see AppendAsk. */
  guard: Guard
  readonly answer: PartitionAnswer
}

/** A request for more partitions than this is appended over several turns. */
const APPENDS_PER_TURN = 256
/** Between two looks at the time. */
const APPENDS_PER_STEP = 32

/** Versions 0–2 are advertised for librdkafka's sake (KAFKA-18659) and refused: dispatch never brings them here. */
export const produce = handler(Produce, (cx, request, reply): Handled => {
  const { acks } = request
  if (acks !== 0 && acks !== 1 && acks !== -1) {
    reply.send(refuseAll(request, errors.INVALID_REQUIRED_ACKS, null))
    return
  }
  if (request.transactionalId === null && hasTransactionalBatch(request)) {
    if (acks === 0) reply.close(failedUnanswered)
    else reply.send(refuseAll(request, errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, null))
    return
  }
  const responses: NonNullable<Answer['responses']>[number][] = []
  const asks: PartitionAsk[] = []
  for (const topic of request.topicData) {
    const partitionResponses: PartitionAnswer[] = []
    responses.push({ name: topic.name, topicId: topic.topicId, partitionResponses })
    for (const { index, records } of topic.partitionData) {
      const ask = askFor(cx, topic, index, records)
      partitionResponses.push(ask.answer)
      asks.push(ask)
    }
  }
  const append = (): void => appendAll(cx, request, asks, responses, reply)
  const handled = prepareAll(cx, request.transactionalId, asks, append)
  return asks.length > APPENDS_PER_TURN ? 'waits' : handled
})

const failedUnanswered = 'a produce with acks=0 failed; closing tells the client'

export function hasTransactionalBatch(request: Request): boolean {
  for (const { partitionData } of request.topicData) {
    for (const { records } of partitionData) {
      if (records === null || records.to - records.from < BATCH_HEADER_BYTES) continue
      if (isTransactionalBatch(records.bytes, records.from)) return true
    }
  }
  return false
}

function askFor(
  cx: RequestContext,
  topic: { name: string; topicId: string },
  index: number,
  batch: Slice | null,
): PartitionAsk {
  const { services } = cx
  const partition =
    cx.apiVersion >= 13 ? services.findById(topic.topicId, index) : services.findByName(topic.name, index)
  return {
    topic: topic.name,
    topicId: topic.topicId,
    partition,
    batch,
    guard: undefined,
    answer: { index, errorCode: 0, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, errorMessage: null },
  }
}

/** Calls `then` when every batch may be appended: inline, unless one must be opened first or its log is on the move. */
function prepareAll(
  cx: RequestContext,
  transactionalId: string | null,
  asks: readonly PartitionAsk[],
  then: () => void,
): Handled {
  let join: Join | null = transactionalId === null ? null : verifyAll(cx, transactionalId, asks, then)
  for (const ask of asks) {
    const { partition, batch } = ask
    if (typeof partition === 'number' || batch === null || 'errorCode' in batch || !partition.isLeader) continue
    const preparation = preparationFor(cx.services, partition, batch)
    if (preparation === null && !partition.isHeld) continue
    join ??= new Join(then)
    if (partition.isHeld) partition.whenFree(join.add())
    if (preparation === null) continue
    const end = join.add()
    prepare(cx.services, partition, batch, preparation, (prepared) => {
      ask.batch = prepared
      end()
    })
  }
  if (join === null) {
    then()
    return undefined
  }
  join.close()
  return 'waits'
}

function appendAll(
  cx: RequestContext,
  request: Request,
  asks: readonly PartitionAsk[],
  responses: NonNullable<Answer['responses']>,
  reply: Reply<Answer>,
): void {
  const { acks } = request
  const leaderHints = new Set<number>()
  let hasError = false
  const operation = new ProduceOperation(() => {
    if (acks !== 0) reply.send({ responses, nodeEndpoints: leaderEndpoints(cx, leaderHints) })
    else if (hasError) reply.close(failedUnanswered)
    else reply.none()
  })
  const { clock } = cx.services.env
  let next = 0
  const appendUpTo = (to: number): void => {
    for (; next < to; next++) {
      const ask = asks[next]!
      const code = append(cx, ask, acks, operation)
      if (code === errors.NONE) continue
      hasError = true
      if (code === errors.NOT_LEADER_OR_FOLLOWER) hintLeader(cx, ask, leaderHints)
    }
    if (next < asks.length) return
    // The logs have copied the batches, and nothing else of the request points into its bytes.
    cx.frame.release()
    operation.start(clock, request.timeoutMs)
  }
  if (asks.length <= APPENDS_PER_TURN) return appendUpTo(asks.length)
  const step = (): boolean => {
    const to = Math.min(next + APPENDS_PER_STEP, asks.length)
    // A log that began to move meanwhile is waited for.
    const held = asks.slice(next, to).find(({ partition }) => typeof partition !== 'number' && partition.isHeld)
    if (held !== undefined) {
      ;(held.partition as Partition).whenFree(() => clock.slice(step))
      return true
    }
    appendUpTo(to)
    return next === asks.length
  }
  clock.slice(step)
}

function append(cx: RequestContext, ask: PartitionAsk, acks: number, operation: ProduceOperation): ErrorCode {
  const { partition, batch, answer } = ask
  const refuse = (code: ErrorCode, message: string | null = null): ErrorCode => {
    answer.errorCode = code
    answer.errorMessage = message
    return code
  }
  if (typeof partition === 'number') return refuse(partition)
  if (batch === null) return refuse(errors.INVALID_RECORD, 'The partition has no records')
  if ('errorCode' in batch) return refuse(batch.errorCode, batch.message)
  if (isInternalTopic(partition.topic)) {
    return refuse(errors.INVALID_TOPIC_EXCEPTION, `Cannot append to internal topic ${partition.topic}`)
  }
  const produceAsk = { acks, origin: 'client', expectedLeaderEpoch: -1 } as const
  const { guard } = ask
  const logAsk = guard === undefined ? undefined : { guard }
  const appended = partition.append(batch, produceAsk, cx.services.env.clock.wallMs(), logAsk)
  if (typeof appended === 'number') {
    const { refusal } = partition
    answer.logStartOffset = logStartBeside(appended, partition, batch)
    if (refusal === null || refusal.code !== appended) return refuse(appended)
    answer.recordErrors = recordErrorsOf(partition, refusal.recordErrors)
    return refuse(appended, refusalText(appended, refusal.message, answer.recordErrors))
  }
  answer.baseOffset = appended.firstOffset
  answer.logAppendTimeMs = appended.logAppendTimeMs
  answer.logStartOffset = appended.logStartOffset
  if (acks !== 0) operation.wait(partition, acks, appended.lastOffset + 1, (code) => settle(answer, code))
  return errors.NONE
}

function settle(answer: PartitionAnswer, code: ErrorCode): void {
  if (code === errors.NONE) return
  answer.errorCode = code
  answer.baseOffset = -1
  answer.logAppendTimeMs = -1
  answer.logStartOffset = -1
}

function hintLeader(cx: RequestContext, ask: PartitionAsk, leaderHints: Set<number>): void {
  const leader = currentLeader(cx, cx.apiVersion >= 13 ? ask.topicId : null, ask.topic, ask.answer.index)
  if (leader === null) return
  ask.answer.currentLeader = leader
  leaderHints.add(leader.leaderId)
}

function refuseAll(request: Request, errorCode: ErrorCode, errorMessage: string | null): Answer {
  const refused = { errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, errorMessage }
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, ...refused })),
    })),
  }
}
