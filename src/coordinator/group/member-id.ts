import { type Uuid, uuidFromBytes } from '../../bytes/index.ts'
import type { Random } from '../../env/index.ts'

const hex = '0123456789abcdef'

/** A random (version 4) uuid in the text form that Java prints. */
export function randomUuidText(random: Random): string {
  const bytes = random.bytes(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  let text = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-'
    text += hex[bytes[i]! >> 4]! + hex[bytes[i]! & 15]!
  }
  return text
}

/** A random uuid as Kafka prints its own: 22 characters, never beginning with a dash (a tool would take it for an option). */
export function randomUuid(random: Random): Uuid {
  const bytes = random.bytes(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  // 0xf8 and above make the first character a dash (or an underscore).
  if (bytes[0]! >= 0xf8) bytes[0]! &= 0x7f
  return uuidFromBytes(bytes)
}
