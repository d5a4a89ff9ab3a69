import { base64Encode, utf8Decode, utf8Encode } from '../bytes/index.ts'
import type { Done, Heavy, Random } from '../env/index.ts'
import { scramIterationsMin, scramMechanisms } from './scram-keys.ts'
import {
  attributes,
  CHANNEL_BINDING,
  clientProof,
  fromBase64,
  GS2_HEADER,
  isSame,
  nonceOf,
  saslName,
} from './scram-text.ts'
import { hmac } from './sha2.ts'

/** Who a client, or a node towards other nodes, says it is. */
export interface SaslCredentials {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

export const saslMechanisms: readonly SaslCredentials['mechanism'][] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']

/** More rounds than any server asks: they would only keep this client busy. */
const ITERATIONS_MAX = 10_000_000

/** The client's end of one exchange. `next` fails with ESASL when the server does not prove that it knows the password. */
export interface SaslDialogue {
  first(): Uint8Array
  /** What to send next; null when the server has said its last. */
  next(challenge: Uint8Array, done: Done<Uint8Array | null>): void
}

export function saslDialogue(
  env: { readonly random: Random; readonly heavy: Heavy },
  credentials: SaslCredentials,
): SaslDialogue {
  const { mechanism, username, password } = credentials
  const scram = scramMechanisms.find(({ name }) => name === mechanism)
  if (scram === undefined) {
    return {
      first: () => utf8Encode(`\0${username}\0${password}`),
      next: (_challenge, done) => done(null, null),
    }
  }
  const { hash } = scram
  const clientNonce = nonceOf(env.random)
  const bare = `n=${saslName(username)},r=${clientNonce}`
  let verifier: Uint8Array | null = null
  const refuse = (done: Done<Uint8Array | null>, why: string): void =>
    done({ code: 'ESASL', message: why, retry: 'never' }, null)

  function prove(challenge: string, done: Done<Uint8Array | null>): void {
    const given = attributes(challenge)
    const nonce = given?.get('r') ?? ''
    const salt = fromBase64(given?.get('s') ?? '')
    const iterations = Number(given?.get('i'))
    if (salt === null || !Number.isInteger(iterations) || !nonce.startsWith(clientNonce)) {
      return refuse(done, 'the server’s first SCRAM message makes no sense')
    }
    if (iterations < scramIterationsMin || iterations > ITERATIONS_MAX) {
      return refuse(
        done,
        `Requested iterations ${iterations} is less than the minimum ${scramIterationsMin} for ${mechanism}, or more than sense makes`,
      )
    }
    env.heavy.run('pbkdf2', { hash, password: utf8Encode(password), salt, iterations }, (failure, salted) => {
      if (failure !== null) return done(failure, null)
      const withoutProof = `c=${CHANNEL_BINDING},r=${nonce}`
      const authMessage = `${bare},${challenge},${withoutProof}`
      const clientKey = hmac(hash, salted, utf8Encode('Client Key'))
      verifier = hmac(hash, hmac(hash, salted, utf8Encode('Server Key')), utf8Encode(authMessage))
      done(null, utf8Encode(`${withoutProof},p=${base64Encode(clientProof(hash, clientKey, authMessage))}`))
    })
  }

  return {
    first: () => utf8Encode(`${GS2_HEADER}${bare}`),
    next(bytes, done) {
      const challenge = utf8Decode(bytes, 0, bytes.length)
      if (verifier === null) return prove(challenge, done)
      const shown = fromBase64(attributes(challenge)?.get('v') ?? '')
      if (shown === null || !isSame(shown, verifier)) {
        return refuse(
          done,
          'Invalid server signature in server final message: the server does not know this user’s password',
        )
      }
      done(null, null)
    },
  }
}
