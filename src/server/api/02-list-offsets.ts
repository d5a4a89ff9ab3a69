import type { Log, TimestampAndOffset } from '../../log/index.ts'
import { type ErrorCode, errors, ListOffsets, type RequestOf } from '../../protocol/index.ts'
import { elementsPerPiece, type Pieces } from '../../runtime/index.ts'
import { handler } from '../handler.ts'
import { Join } from '../join.ts'

/** Replica id of a consumer; -2 debugs, the others are followers: they see all that is written. */
const CONSUMER = -1
const DEBUGGER = -2

/** Timestamps below zero are questions of their own. */
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

/** The version that brought each question; one from an older client is a mistake of his. */
const sinceVersion: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])

interface PartitionAnswer {
  partitionIndex: number
  errorCode: ErrorCode
  timestamp: number
  offset: number
  leaderEpoch: number
}

export const listOffsets = handler(ListOffsets, function* (cx, request, reply) {
  const twice = yield* twiceIn(request)
  const topics: { name: string; partitions: PartitionAnswer[] }[] = []
  const join = new Join(() => reply.send({ topics }))
  const isReadCommitted = request.isolationLevel === 1
  const isReplica = request.replicaId !== CONSUMER
  let count = 0
  for (const topic of request.topics) {
    const partitions: PartitionAnswer[] = []
    topics.push({ name: topic.name, partitions })
    for (const asked of topic.partitions) {
      if (++count % elementsPerPiece === 0) yield
      const answer = { partitionIndex: asked.partitionIndex, errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1 }
      if (twice !== null) {
        const key = `${topic.name}-${asked.partitionIndex}`
        // Refused once, however often it was asked for.
        if (twice.has(key)) {
          if (twice.get(key) === false) partitions.push({ ...answer, errorCode: errors.INVALID_REQUEST })
          twice.set(key, true)
          continue
        }
      }
      partitions.push(answer)
      if (asked.timestamp < 0 && cx.apiVersion < (sinceVersion.get(asked.timestamp) ?? Number.POSITIVE_INFINITY)) {
        answer.errorCode = errors.UNSUPPORTED_VERSION
        continue
      }
      const partition = cx.services.findByName(topic.name, asked.partitionIndex)
      if (typeof partition === 'number') {
        answer.errorCode = partition
        continue
      }
      answer.errorCode =
        partition.isLeader || request.replicaId === DEBUGGER
          ? partition.checkEpoch(asked.currentLeaderEpoch)
          : errors.NOT_LEADER_OR_FOLLOWER
      if (answer.errorCode !== errors.NONE) continue
      const { log } = partition
      const bound = isReplica ? log.endOffset : isReadCommitted ? log.lastStableOffset : log.highWatermark
      // A new leader does not know yet what is committed: whoever it told less than was told before would go back (KIP-207).
      if (!isReplica && log.highWatermark < partition.epochStartOffset && asked.timestamp === LATEST) {
        answer.errorCode = cx.apiVersion >= 5 ? errors.OFFSET_NOT_AVAILABLE : errors.LEADER_NOT_AVAILABLE
      } else answerFrom(log, asked.timestamp, bound, answer, join)
    }
  }
  join.close()
})

/** The partitions that are asked for more than once, not refused yet; null when none is. */
function* twiceIn({ topics }: RequestOf<typeof ListOffsets>): Pieces<Map<string, boolean> | null> {
  let twice: Map<string, boolean> | null = null
  const seen = new Set<string>()
  let count = 0
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      if (++count % elementsPerPiece === 0) yield
      const key = `${name}-${partitionIndex}`
      if (seen.has(key)) (twice ??= new Map()).set(key, false)
      seen.add(key)
    }
  }
  return twice
}

/** `bound`: what the asker may see ends there. */
function answerFrom(log: Log, timestamp: number, bound: number, answer: PartitionAnswer, join: Join): void {
  switch (timestamp) {
    case LATEST:
      answer.offset = bound
      answer.leaderEpoch = log.latestEpoch
      return
    case EARLIEST:
    case EARLIEST_LOCAL:
      answer.offset = log.startOffset
      answer.leaderEpoch = log.epochFor(log.startOffset)
      return
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      // Nothing is tiered: the fields keep their "none".
      return
  }
  const end = join.add()
  const found = (failure: unknown, value: TimestampAndOffset | null): void => {
    if (failure !== null) answer.errorCode = errors.KAFKA_STORAGE_ERROR
    else if (value !== null && value.offset < bound) {
      answer.timestamp = value.timestamp
      answer.offset = value.offset
      answer.leaderEpoch = value.leaderEpoch
    }
    end()
  }
  if (timestamp === MAX_TIMESTAMP) log.offsetOfMaxTimestamp(found)
  else log.offsetForTimestamp(timestamp, found)
}
