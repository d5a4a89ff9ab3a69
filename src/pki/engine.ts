import { CryptoEngine } from 'pkijs'
import type { WebCrypto } from './types.ts'

/** WebCrypto in the library's own coat: it is given to each call, so nothing is kept in the library's module. */
export interface Engine {
  readonly subtle: CryptoEngine
  readonly web: WebCrypto
}

export function engineOf(web: WebCrypto): Engine {
  return { web, subtle: new CryptoEngine({ name: 'millrace', crypto: web as never }) }
}
