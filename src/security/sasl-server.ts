import { base64Encode, utf8Decode, utf8Encode } from '../bytes/index.ts'
import { type ScramMechanism, scramIterationsMin } from './scram-keys.ts'
import {
  attributes,
  CHANNEL_BINDING,
  fromBase64,
  GS2_HEADER,
  isSame,
  nonceOf,
  userOfSaslName,
  xor,
} from './scram-text.ts'
import { hmac, type ShaName, sha } from './sha2.ts'

/** What a step of an exchange comes to. `failed` is what the client is told: it names no user and no reason beyond the known. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly bytes: Uint8Array; readonly user: string }
  | { readonly kind: 'failed'; readonly message: string }

/** The server's end of one exchange: a step for each message of the client. */
export interface SaslExchange {
  step(message: Uint8Array): SaslStep
}

/** What a server keeps of a SCRAM password. */
export interface ScramCredential {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

const failed = (message: string): SaslStep => ({ kind: 'failed', message })
const nothing = new Uint8Array(0)

/** PLAIN (RFC 4616): the password itself, which makes sense over TLS only. */
export function plainExchange(passwordOf: (user: string) => string | null): SaslExchange {
  return {
    step(message) {
      const parts = utf8Decode(message, 0, message.length).split('\0')
      if (parts.length !== 3) return failed(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
      const [authorizationId, user, password] = parts as [string, string, string]
      if (user === '') return failed('Authentication failed: username not specified')
      if (password === '') return failed('Authentication failed: password not specified')
      const wanted = passwordOf(user)
      // Compared even when there is no such user, so that both take the same time.
      const isRight = isSame(sha('sha256', utf8Encode(password)), sha('sha256', utf8Encode(wanted ?? '')))
      if (wanted === null || !isRight) return failed('Authentication failed: Invalid username or password')
      if (authorizationId !== '' && authorizationId !== user) return failed(OTHER_ID)
      return { kind: 'done', bytes: nothing, user }
    },
  }
}

const OTHER_ID = 'Authentication failed: Client requested an authorization id that is different from username'

const DECOY_SALT_BYTES = 24

/**
 * What is shown of a user that does not exist, so that nobody learns from the first step who does: the same whenever he is
 * asked for, as long as the key is, and opened by no password.
 */
export function decoyCredential(hash: ShaName, key: Uint8Array, user: string): ScramCredential {
  const made = (what: string) => hmac(hash, key, utf8Encode(`${what} ${user}`))
  const salt = made('salt').slice(0, DECOY_SALT_BYTES)
  return { salt, iterations: scramIterationsMin, storedKey: made('stored'), serverKey: made('server') }
}

/** SCRAM (RFC 5802), two steps: neither side sees what the other could log in with. */
export function scramExchange(
  mechanism: ScramMechanism,
  random: { bytes(into: Uint8Array): Uint8Array },
  credentialOf: (user: string) => ScramCredential | null,
): SaslExchange {
  const { hash, name } = mechanism
  const invalid = failed(
    `Authentication failed during authentication due to invalid credentials with SASL mechanism ${name}`,
  )
  let first: { user: string; credential: ScramCredential; bare: string; answer: string; nonce: string } | null = null
  let isOver = false

  function begin(message: string): SaslStep {
    const found = /^n,(?:a=([^,]*))?,((?:m=[^,]*,)?n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,(.*))?)$/.exec(message)
    if (found === null) return invalid
    const [, authorizationId, bare, escapedUser, clientNonce, extensions] = found
    const user = userOfSaslName(escapedUser!)
    if (user === null) return invalid
    if (authorizationId !== undefined && userOfSaslName(authorizationId) !== user) return failed(OTHER_ID)
    if (extensions !== undefined && /(?:^|,)tokenauth=true(?:,|$)/i.test(extensions)) {
      return failed('Authentication failed: delegation tokens are not built in Millrace')
    }
    const credential = credentialOf(user)
    if (credential === null || credential.iterations < scramIterationsMin) return invalid
    const nonce = clientNonce! + nonceOf(random)
    const answer = `r=${nonce},s=${base64Encode(credential.salt)},i=${credential.iterations}`
    first = { user, credential, bare: bare!, answer, nonce }
    return { kind: 'challenge', bytes: utf8Encode(answer) }
  }

  function finish(message: string): SaslStep {
    const { user, credential, bare, answer, nonce } = first!
    const at = message.lastIndexOf(',p=')
    // librdkafka writes its own nonce once more in front; Apache Kafka, too, looks at the end only.
    const withoutProof = message.slice(0, at)
    const given = at < 0 ? null : attributes(withoutProof)
    const proof = at < 0 ? null : fromBase64(message.slice(at + 3))
    if (
      given === null ||
      proof === null ||
      given.get('c') !== CHANNEL_BINDING ||
      given.get('r')?.endsWith(nonce) !== true
    )
      return invalid
    const authMessage = utf8Encode(`${bare},${answer},${withoutProof}`)
    const signature = hmac(hash, credential.storedKey, authMessage)
    if (proof.length !== signature.length) return invalid
    const clientKey = xor(proof, signature)
    if (!isSame(sha(hash, clientKey), credential.storedKey)) return invalid
    const verifier = base64Encode(hmac(hash, credential.serverKey, authMessage))
    return { kind: 'done', bytes: utf8Encode(`v=${verifier}`), user }
  }

  return {
    step(bytes) {
      const message = utf8Decode(bytes, 0, bytes.length)
      if (isOver) return invalid
      if (first === null && message.startsWith(GS2_HEADER.slice(0, 2))) return begin(message)
      isOver = true
      return first === null ? invalid : finish(message)
    },
  }
}
