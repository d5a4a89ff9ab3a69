import { errors, SaslHandshake } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** Chooses a mechanism; UNSUPPORTED_SASL_MECHANISM names those there are. ILLEGAL_SASL_STATE on a listener without SASL. */
export const saslHandshake = handler(SaslHandshake, (cx, { mechanism }, reply) => {
  const { sasl } = cx.connection
  if (sasl === null) return void reply.send({ errorCode: errors.ILLEGAL_SASL_STATE, mechanisms: [] })
  const answer = sasl.handshake(mechanism, cx.apiVersion === 0)
  reply.send(answer)
  if (answer.errorCode !== errors.NONE) sasl.end(`SaslHandshake for ${mechanism} was refused`)
})
