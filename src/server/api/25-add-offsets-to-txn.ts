import { AddOffsetsToTxn, errors } from '../../protocol/index.ts'
import { handler } from '../handler.ts'
import { GROUP_TOPIC } from '../internal-topics.ts'
import { clientCode } from '../transaction-codes.ts'

/** The partition that keeps a group's offsets joins the transaction. */
export const addOffsetsToTxn = handler(AddOffsetsToTxn, function* (cx, request, reply) {
  const { groups, transactions, topicMaker } = cx.services
  const add = (partition: number | null): void => {
    if (partition === null) return reply.send({ errorCode: errors.COORDINATOR_NOT_AVAILABLE })
    const { transactionalId, producerId, producerEpoch } = request
    const partitions = [{ topic: GROUP_TOPIC, partition }]
    const ask = { transactionalId, producerId, producerEpoch, partitions, clientVersion: 0 }
    transactions.ask('addPartitions', transactionalId, ask, ({ errorCode }) =>
      reply.send({ errorCode: clientCode(errorCode, cx.apiVersion >= 2) }),
    )
  }
  const partition = groups.partitionOf(request.groupId)
  if (partition !== null) add(partition)
  else yield* topicMaker.make([GROUP_TOPIC], () => add(groups.partitionOf(request.groupId)))
})
