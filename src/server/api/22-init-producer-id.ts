import { errors, InitProducerId } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** Idempotent producers get a fresh id each; transactional ones are refused until transactions are built. */
export const initProducerId = handler(InitProducerId, (cx, request, reply) => {
  const { producerId: knownId, producerEpoch: knownEpoch } = request
  if (knownId >= 0 !== knownEpoch >= 0) {
    reply.send({ errorCode: errors.INVALID_REQUEST, producerId: -1, producerEpoch: -1 })
    return
  }
  if (request.transactionalId !== null) {
    const errorCode =
      request.transactionalId === '' ? errors.INVALID_REQUEST : errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    reply.send({ errorCode, producerId: -1, producerEpoch: -1 })
    return
  }
  cx.services.producerIds.next((errorCode, producerId) => {
    const isGiven = errorCode === errors.NONE
    reply.send({ errorCode, producerId: isGiven ? producerId : -1, producerEpoch: isGiven ? 0 : -1 })
  })
})
