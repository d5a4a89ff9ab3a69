import { EndTxn } from '../../protocol/index.ts'
import { handler } from '../handler.ts'
import { clientCode } from '../transaction-codes.ts'

/** From this version on the client takes a new epoch at every end (KIP-890 part 2). */
const BUMPS_SINCE = 5

export const endTxn = handler(EndTxn, (cx, request, reply) => {
  const { transactionalId, producerId, producerEpoch, committed } = request
  const ask = {
    transactionalId,
    producerId,
    producerEpoch,
    outcome: committed ? 'commit' : 'abort',
    clientVersion: cx.apiVersion >= BUMPS_SINCE ? 2 : 0,
  } as const
  cx.services.transactions.ask('endTransaction', transactionalId, ask, (answer) =>
    reply.send({ ...answer, errorCode: clientCode(answer.errorCode, cx.apiVersion >= 2) }),
  )
})
