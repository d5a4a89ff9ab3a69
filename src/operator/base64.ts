/** base64 as Secrets hold it (RFC 4648, with padding). */
import { utf8Decode, utf8Encode } from '../bytes/index.ts'

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64Encode(of: Uint8Array | string): string {
  const bytes = typeof of === 'string' ? utf8Encode(of) : of
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3)
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += digits[bits >> 18]! + digits[(bits >> 12) & 63]!
    text += b === undefined ? '==' : digits[(bits >> 6) & 63]! + (c === undefined ? '=' : digits[bits & 63]!)
  }
  return text
}

/** Characters that are no digits are passed over. */
export function base64Decode(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let count = 0
  for (const character of text) {
    const value = digits.indexOf(character)
    if (value < 0) continue
    bits = ((bits << 6) | value) & 0xffffff
    count += 6
    if (count >= 8) {
      count -= 8
      bytes[length++] = (bits >> count) & 255
    }
  }
  return bytes.subarray(0, length)
}

export function textOf(base64: string): string {
  const bytes = base64Decode(base64)
  return utf8Decode(bytes, 0, bytes.length)
}
