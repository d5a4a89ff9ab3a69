import { type ErrorCode, errors, type RequestOf, type ResponseIn, TxnOffsetCommit } from '../../protocol/index.ts'
import { elementsPerPiece, mapNested, type Pieces } from '../../runtime/index.ts'
import { groupClient } from '../group-client.ts'
import { handler, type RequestContext } from '../handler.ts'
import { GROUP_TOPIC } from '../internal-topics.ts'
import { vouchedCode } from '../transaction-codes.ts'

type Request = RequestOf<typeof TxnOffsetCommit>
type Answer = ResponseIn<typeof TxnOffsetCommit>
type Guard = { readonly producerId: number; readonly token: number } | null | undefined

/** TRANSACTION_ABORTABLE since; and the group joins the transaction by itself since (KIP-890). */
const ABORTABLE_SINCE = 4
const ADDS_SINCE = 5

/** Offsets that count once the transaction commits. The transaction is verified before, as for records. */
export const txnOffsetCommit = handler(TxnOffsetCommit, function* (cx, request, reply) {
  const { topicsByName } = cx.services.image
  const exists = (topic: string, index: number) => topicsByName.get(topic)?.partitions[index] !== undefined
  const checked = yield* mapNested(
    request.topics,
    ({ partitions }) => partitions,
    (partition, { name }) => (exists(name, partition.partitionIndex) ? [partition] : []),
    (topic, partitions) => ({ ...topic, partitions: partitions.flat() }),
  )
  const known = checked.filter(({ partitions }) => partitions.length > 0)
  const answer = function* (codeOf: (topic: string, index: number) => ErrorCode): Pieces<Answer> {
    const topics = yield* mapNested(
      request.topics,
      ({ partitions }) => partitions,
      ({ partitionIndex }, { name }) => ({
        partitionIndex,
        errorCode: exists(name, partitionIndex) ? codeOf(name, partitionIndex) : errors.UNKNOWN_TOPIC_OR_PARTITION,
      }),
      ({ name }, partitions) => ({ name, partitions }),
    )
    return { topics }
  }
  if (known.length === 0) {
    reply.send(yield* answer(() => errors.NONE))
    return
  }
  verify(cx, request, (code, guard) => {
    if (code !== errors.NONE) return reply.sendPieces(answer(() => code))
    const ask = { client: groupClient(cx), request: { ...request, topics: known } }
    cx.services.groups.ask(
      'txnOffsetCommit',
      request.groupId,
      guard === undefined ? ask : { ...ask, guard },
      ({ topics = [] }) => {
        reply.sendPieces(
          (function* () {
            const codes = new Map<string, ErrorCode>()
            for (const { name = '', partitions = [] } of topics) {
              for (const { partitionIndex = -1, errorCode = errors.NONE } of partitions) {
                codes.set(`${name}-${partitionIndex}`, errorCode as ErrorCode)
                if (codes.size % elementsPerPiece === 0) yield
              }
            }
            return yield* answer((topic, index) => codes.get(`${topic}-${index}`) ?? errors.UNKNOWN_SERVER_ERROR)
          })(),
        )
      },
    )
  })
  return 'waits'
})

/** The guard lets the group's log take the offsets only while the transaction that was vouched for goes on. */
function verify(cx: RequestContext, request: Request, done: (code: ErrorCode, guard: Guard) => void): void {
  const { services, apiVersion } = cx
  const { transactionalId, groupId, producerId, producerEpoch } = request
  if (groupId === '') return done(errors.INVALID_GROUP_ID, undefined)
  const index = services.groups.partitionOf(groupId)
  if (index === null) return done(errors.COORDINATOR_NOT_AVAILABLE, undefined)
  const partition = services.findByName(GROUP_TOPIC, index)
  if (typeof partition === 'number' || !partition.isLeader) return done(errors.NOT_COORDINATOR, undefined)
  const add = apiVersion >= ADDS_SINCE
  if (!add && !services.config.transactionPartitionVerificationEnable) return done(errors.NONE, undefined)
  const guard = partition.log.beginVerificationOf(producerId, producerEpoch, add)
  if (typeof guard === 'number') return done(guard, undefined)
  if (guard === null) return done(errors.NONE, null)
  const partitions = [{ topic: GROUP_TOPIC, partition: index }]
  services.transactions.vouch({ transactionalId, producerId, producerEpoch, partitions, add }, ([code]) =>
    done(vouchedCode(code ?? errors.UNKNOWN_SERVER_ERROR, apiVersion >= ABORTABLE_SINCE), guard),
  )
}
