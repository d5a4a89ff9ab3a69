import { base64Encode, utf8Encode } from '../bytes/index.ts'
import { hmac, type ShaName, sha } from './sha2.ts'

/** What both ends of SCRAM (RFC 5802) compute and write in the same way. */

export const GS2_HEADER = 'n,,'
/** GS2_HEADER in base64: no channel is bound. */
export const CHANNEL_BINDING = 'biws'

/** Commas and equals signs in user names. */
export function saslName(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

export function userOfSaslName(name: string): string | null {
  if (/=(?!2C|3D)/.test(name)) return null
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

/** The attributes of a message: `r=…,s=…,i=…`; null when it is none. The value may hold equals signs. */
export function attributes(message: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>()
  for (const part of message.split(',')) {
    const at = part.indexOf('=')
    if (at !== 1) return null
    found.set(part.slice(0, at), part.slice(at + 1))
  }
  return found
}

export function clientProof(hash: ShaName, clientKey: Uint8Array, authMessage: string): Uint8Array {
  const signature = hmac(hash, sha(hash, clientKey), utf8Encode(authMessage))
  return xor(clientKey, signature)
}

export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from(a, (byte, i) => byte ^ b[i]!)
}

/** Takes as long for a wrong byte at the front as for one at the end. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** Null for what is not base64. */
export function fromBase64(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

/** Printable ASCII without commas. */
export function nonceOf(random: { bytes(into: Uint8Array): Uint8Array }): string {
  return base64Encode(random.bytes(new Uint8Array(18)))
}
