import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { User } from '../../kube/index.ts'

const keyBytes = 32

interface Claims {
  readonly namespace: string
  readonly account: string
  readonly expiresAtMs: number
}

/** Tokens of service accounts: claims, and a signature by a key that this home alone has. */
export class Tokens {
  readonly #key: Buffer
  readonly #nowMs: () => number

  constructor(keyFile: string, nowMs: () => number) {
    this.#key = keyIn(keyFile)
    this.#nowMs = nowMs
  }

  make(namespace: string, account: string, lifetimeSeconds: number): string {
    const claims: Claims = { namespace, account, expiresAtMs: this.#nowMs() + lifetimeSeconds * 1000 }
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${body}.${this.#sign(body).toString('base64url')}`
  }

  /** Whose it is; null: nobody's, or no longer. */
  readonly user = (token: string): User | null => {
    const [body = '', signature = ''] = token.split('.')
    const expected = this.#sign(body)
    const given = Buffer.from(signature, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
    const { namespace, account, expiresAtMs } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
    if (this.#nowMs() > expiresAtMs) return null
    return {
      name: `system:serviceaccount:${namespace}:${account}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    }
  }

  #sign(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest()
  }
}

function keyIn(file: string): Buffer {
  try {
    const key = readFileSync(file)
    if (key.length === keyBytes) return key
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'ENOENT') throw thrown
  }
  const key = randomBytes(keyBytes)
  writeFileSync(file, key, { mode: 0o600 })
  return key
}
