import { type Uuid, uuidFromBytes } from '../bytes/index.ts'
import type { Random } from '../env/index.ts'

/**
 * A random (version 4) uuid whose text does not begin with a dash: command lines would take it for an option. Never one
 * of the reserved ids, which have no version.
 */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(new Uint8Array(16))
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = uuidFromBytes(bytes)
    if (!uuid.startsWith('-')) return uuid
  }
}
