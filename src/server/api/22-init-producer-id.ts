import { errors, InitProducerId } from '../../protocol/index.ts'
import { handler } from '../handler.ts'
import { clientCode } from '../transaction-codes.ts'

/** PRODUCER_FENCED since. */
const FENCED_SINCE = 4

/** Idempotent producers get a fresh id each; a transactional id keeps its own and gets the next epoch. */
export const initProducerId = handler(InitProducerId, (cx, request, reply) => {
  const { transactionalId, producerId: knownId, producerEpoch: knownEpoch } = request
  if (knownId >= 0 !== knownEpoch >= 0) {
    reply.send({ errorCode: errors.INVALID_REQUEST, producerId: -1, producerEpoch: -1 })
    return
  }
  if (transactionalId === null) {
    cx.services.producerIds.next((errorCode, producerId) => {
      const isGiven = errorCode === errors.NONE
      reply.send({ errorCode, producerId: isGiven ? producerId : -1, producerEpoch: isGiven ? 0 : -1 })
    })
    return
  }
  const ask = {
    transactionalId,
    timeoutMs: request.transactionTimeoutMs,
    known: knownId < 0 ? null : { producerId: knownId, producerEpoch: knownEpoch },
    enable2Pc: request.enable2Pc,
    keepPreparedTxn: request.keepPreparedTxn,
  }
  cx.services.transactions.ask('initProducerId', transactionalId, ask, (answer) =>
    reply.send({ ...answer, errorCode: clientCode(answer.errorCode, cx.apiVersion >= FENCED_SINCE) }),
  )
})
