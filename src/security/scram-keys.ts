import { utf8Encode } from '../bytes/index.ts'
import { hmac, type ShaName, sha } from './sha2.ts'

/** SCRAM mechanisms by their code on the wire and in records (KIP-554). */
export interface ScramMechanism {
  readonly code: number
  readonly name: string
  readonly hash: ShaName
}

export const scramMechanisms: readonly ScramMechanism[] = Object.freeze([
  { code: 1, name: 'SCRAM-SHA-256', hash: 'sha256' },
  { code: 2, name: 'SCRAM-SHA-512', hash: 'sha512' },
])

/** Bounds of the iteration count that Kafka accepts. */
export const scramIterationsMin = 4096
export const scramIterationsMax = 16_384

/** What a server keeps of a password (RFC 5802): enough to check a proof and to prove itself, not to log in. */
export function scramKeys(
  hash: ShaName,
  saltedPassword: Uint8Array,
): { readonly storedKey: Uint8Array; readonly serverKey: Uint8Array } {
  return {
    storedKey: sha(hash, hmac(hash, saltedPassword, utf8Encode('Client Key'))),
    serverKey: hmac(hash, saltedPassword, utf8Encode('Server Key')),
  }
}
