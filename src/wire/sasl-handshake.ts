import type { Clock, Done, Failure, Heavy, Random } from '../env/index.ts'
import { errorName, errors, SaslAuthenticate, SaslHandshake } from '../protocol/index.ts'
import { type SaslCredentials, saslDialogue } from '../security/index.ts'
import type { ClientConnection } from './client-connection.ts'

export interface SaslWorld {
  readonly clock: Clock
  readonly random: Random
  readonly heavy: Heavy
}

/**
 * Authenticates a connection (KIP-43, KIP-152). Failures: ESASL when the other side refuses, or cannot prove itself; the
 * connection's own otherwise. `lifetimeMs`: authenticate again before (KIP-368); 0 = never.
 */
export function saslHandshake(
  world: SaslWorld,
  credentials: SaslCredentials,
  timeoutMs: number,
): (connection: ClientConnection, done: Done<number>) => void {
  const { mechanism } = credentials
  return (connection, done) => {
    const fail = (message: string): void => done({ code: 'ESASL', message, retry: 'never' }, 0)
    const { host, port } = connection.address
    const handshakeVersion = connection.versions.pick(SaslHandshake)
    const version = connection.versions.pick(SaslAuthenticate)
    if (handshakeVersion === null || version === null) {
      return fail(`${host}:${port} does not speak SaslAuthenticate: is it a listener with SASL?`)
    }
    const dialogue = saslDialogue(world, credentials)
    const send = (authBytes: Uint8Array): void => {
      connection.sendUnheld(SaslAuthenticate, version, { authBytes }, timeoutMs, (failure, answer) => {
        if (failure !== null) return lost(failure)
        if (answer.errorCode !== errors.NONE) {
          return fail(answer.errorMessage ?? `authentication failed with ${errorName(answer.errorCode)}`)
        }
        const { sessionLifetimeMs } = answer
        dialogue.next(answer.authBytes, (problem, next) => {
          if (problem !== null) return done(problem, 0)
          if (next !== null) return send(next)
          done(null, sessionLifetimeMs)
        })
      })
    }
    const lost = (failure: Failure): void => {
      const hint = failure.code === 'ECONNRESET' ? ' (it closed the connection during the SASL handshake)' : ''
      done({ ...failure, message: `${failure.message}${hint}` }, 0)
    }
    connection.sendUnheld(SaslHandshake, handshakeVersion, { mechanism }, timeoutMs, (failure, answer) => {
      if (failure !== null) return lost(failure)
      if (answer.errorCode === errors.UNSUPPORTED_SASL_MECHANISM) {
        return fail(
          `${host}:${port} does not offer ${mechanism}; it offers ${answer.mechanisms.join(', ') || 'nothing'}`,
        )
      }
      if (answer.errorCode === errors.ILLEGAL_SASL_STATE) {
        return fail(`${host}:${port} is a listener without SASL, and this side wants to authenticate`)
      }
      if (answer.errorCode !== errors.NONE)
        return fail(`SaslHandshake was answered with ${errorName(answer.errorCode)}`)
      send(dialogue.first())
    })
  }
}
