import { utf8Encode } from '../bytes/index.ts'
import type { Done, Heavy, Random } from '../env/index.ts'
import { completeRecord, type MetadataRecord, type ScramArgument } from '../metadata/index.ts'
import { scramKeys } from '../security/index.ts'

/** The credential's record; the password itself goes no further than this. */
export function scramCredentialRecord(
  env: { readonly heavy: Heavy; readonly random: Random },
  argument: ScramArgument,
  done: Done<MetadataRecord>,
): void {
  const { name, mechanism, iterations, secret } = argument
  const salt = argument.salt ?? randomSalt(env.random)
  const hash = mechanism === 1 ? 'sha256' : 'sha512'
  const finish = (saltedPassword: Uint8Array): void => {
    const value = { name, mechanism, salt, iterations, ...scramKeys(hash, saltedPassword) }
    done(null, completeRecord({ type: 'UserScramCredentialRecord', value }))
  }
  if ('saltedPassword' in secret) return finish(secret.saltedPassword)
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
