import { errors, SaslAuthenticate } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

const nothing = new Uint8Array(0)

/** One step of the exchange; a refusal comes after connection.failed.authentication.delay.ms and ends the connection. */
export const saslAuthenticate = handler(SaslAuthenticate, (cx, { authBytes }, reply) => {
  const { sasl } = cx.connection
  if (sasl === null) {
    const errorMessage = 'SaslAuthenticate request received after successful authentication'
    return void reply.send({ errorCode: errors.ILLEGAL_SASL_STATE, errorMessage, authBytes: nothing })
  }
  const { step, lifetimeMs } = sasl.authenticate(authBytes)
  if (step.kind !== 'failed') {
    const answer = { errorCode: errors.NONE, errorMessage: null, authBytes: step.bytes, sessionLifetimeMs: lifetimeMs }
    return void reply.send(answer)
  }
  const { clock } = cx.services.env
  clock.at(clock.monoMs() + sasl.failureDelayMs, () => {
    reply.send({ errorCode: errors.SASL_AUTHENTICATION_FAILED, errorMessage: step.message, authBytes: nothing })
    sasl.end(step.message)
  })
  return 'waits'
})
