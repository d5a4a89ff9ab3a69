/** Base64 of a text's UTF-8, as `stringData` becomes `data`. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export const base64OfText = (text: string): string => base64OfBytes(new TextEncoder().encode(text))

export function base64OfBytes(bytes: Uint8Array): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1], bytes[at + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    out += alphabet[bits >> 18]! + alphabet[(bits >> 12) & 63]!
    out += b === undefined ? '=' : alphabet[(bits >> 6) & 63]!
    out += c === undefined ? '=' : alphabet[bits & 63]!
  }
  return out
}
