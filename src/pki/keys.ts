import type { Engine } from './engine.ts'
import { pemOf, readPem, writePem } from './pem.ts'
import { type KeyAlgorithm, PkiProblem } from './types.ts'

/** What `subtle` calls a kind of key, for making one, reading one and signing with it. */
interface Kind {
  readonly generate: object
  readonly import: object
}

const hash = 'SHA-256'
const ecdsa: Kind = { generate: { name: 'ECDSA', namedCurve: 'P-256' }, import: { name: 'ECDSA', namedCurve: 'P-256' } }
const rsa = (modulusLength: number): Kind => ({
  generate: { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) },
  import: { name: 'RSASSA-PKCS1-v1_5', hash },
})
const kinds: Readonly<Record<KeyAlgorithm, Kind>> = Object.freeze({
  'ecdsa-p256': ecdsa,
  'rsa-2048': rsa(2048),
  'rsa-4096': rsa(4096),
})

export interface KeyPair {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}
type CryptoKey = Parameters<Engine['subtle']['exportKey']>[1]

const usages = ['sign', 'verify'] as const

export async function generateKey({ subtle }: Engine, algorithm: KeyAlgorithm): Promise<KeyPair> {
  return (await subtle.generateKey(kinds[algorithm].generate as never, true, usages as never)) as unknown as KeyPair
}

export async function privateKeyPem({ subtle }: Engine, key: CryptoKey): Promise<string> {
  return writePem('PRIVATE KEY', (await subtle.exportKey('pkcs8', key)) as ArrayBuffer)
}

/** A PKCS#8 key, with the public half that belongs to it. */
export async function readKey({ subtle }: Engine, keyPem: string): Promise<KeyPair> {
  const other = readPem(keyPem).find(({ label }) => label.endsWith('PRIVATE KEY') && label !== 'PRIVATE KEY')
  if (other !== undefined) {
    throw new PkiProblem(
      `a key in PKCS#8 (PRIVATE KEY) was expected, this is a ${other.label}; openssl pkcs8 -topk8 converts it`,
    )
  }
  const der = pemOf(keyPem, 'PRIVATE KEY')
  for (const { import: kind } of [ecdsa, rsa(2048)]) {
    let privateKey: CryptoKey
    try {
      privateKey = (await subtle.importKey('pkcs8', der, kind as never, true, ['sign'])) as CryptoKey
    } catch {
      // Not a key of this kind: the next one is tried, and what is left is told below.
      continue
    }
    const {
      key_ops: _ops,
      d: _d,
      p: _p,
      q: _q,
      dp: _dp,
      dq: _dq,
      qi: _qi,
      ...jwk
    } = (await subtle.exportKey('jwk', privateKey)) as Record<string, unknown>
    const publicKey = (await subtle.importKey('jwk', jwk as never, kind as never, true, ['verify'])) as CryptoKey
    return { privateKey, publicKey }
  }
  throw new PkiProblem('the private key is neither RSA nor ECDSA P-256')
}
