import { hmac, sha2, utf8Encode } from '../../bytes/index.ts'
import type { Done, Heavy, Random } from '../../env/index.ts'
import { completeRecord } from '../codec.ts'
import type { MetadataRecord } from '../record.ts'
import type { ScramArgument } from './scram-argument.ts'

/** StoredKey and ServerKey of RFC 5802 from the salted password. */
export function scramKeys(
  mechanism: 1 | 2,
  saltedPassword: Uint8Array,
): { readonly storedKey: Uint8Array; readonly serverKey: Uint8Array } {
  const kind = mechanism === 1 ? 'sha256' : 'sha512'
  const clientKey = hmac(kind, saltedPassword, utf8Encode('Client Key'))
  return { storedKey: sha2(kind, clientKey), serverKey: hmac(kind, saltedPassword, utf8Encode('Server Key')) }
}

/** The credential's record; the password itself goes no further than this. */
export function scramCredentialRecord(
  env: { readonly heavy: Heavy; readonly random: Random },
  argument: ScramArgument,
  done: Done<MetadataRecord>,
): void {
  const { name, mechanism, iterations, secret } = argument
  const salt = argument.salt ?? randomSalt(env.random)
  const finish = (saltedPassword: Uint8Array): void => {
    const value = { name, mechanism, salt, iterations, ...scramKeys(mechanism, saltedPassword) }
    done(null, completeRecord({ type: 'UserScramCredentialRecord', value }))
  }
  if ('saltedPassword' in secret) return finish(secret.saltedPassword)
  const hash = mechanism === 1 ? 'sha256' : 'sha512'
  const ask = { hash, password: utf8Encode(secret.password), salt, iterations } as const
  env.heavy.run('pbkdf2', ask, (failure, key) => {
    if (failure !== null) done(failure, undefined as never)
    else finish(key)
  })
}

/** 130 random bits in base 36, as the text that Kafka makes its salts of. */
function randomSalt(random: Random): Uint8Array {
  let bits = 0n
  for (const byte of random.bytes(new Uint8Array(17))) bits = (bits << 8n) | BigInt(byte)
  return utf8Encode((bits >> 6n).toString(36))
}
