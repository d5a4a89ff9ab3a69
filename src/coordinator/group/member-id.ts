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
