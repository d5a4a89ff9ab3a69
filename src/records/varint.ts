/**
 * Zigzag varints inside records, read by position: value and length are two calls so that nothing is allocated and both
 * inline. A malformed one has length {@link MALFORMED}, which carries any position past every end.
 */
export const MALFORMED = 0x7fff_ffff

/** Bytes of the varint at `at` (at most five, at most ten when `isLong`). */
export function varintLengthAt(b: Uint8Array, at: number): number {
  if (b[at]! < 128) return 1
  if (b[at + 1]! < 128) return 2
  if (b[at + 2]! < 128) return 3
  if (b[at + 3]! < 128) return 4
  if (b[at + 4]! < 16) return 5
  return MALFORMED
}

export function varintAt(b: Uint8Array, at: number): number {
  let byte = b[at]!
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 127
  for (let shift = 7; shift < 35; shift += 7) {
    byte = b[++at]!
    value |= (byte & 127) << shift
    if (byte < 128) break
  }
  return (value >>> 1) ^ -(value & 1)
}

export function varlongLengthAt(b: Uint8Array, at: number): number {
  for (let i = 0; i < 9; i++) if (b[at + i]! < 128) return i + 1
  return b[at + 9]! < 2 ? 10 : MALFORMED
}

/** The nearest double. */
export function varlongAt(b: Uint8Array, at: number): number {
  let byte = b[at]!
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
  let low = byte & 127
  let middle = 0
  let high = 0
  for (let i = 1; i < 10; i++) {
    byte = b[at + i]!
    if (i < 4) low |= (byte & 127) << (i * 7)
    else if (i < 8) middle |= (byte & 127) << ((i - 4) * 7)
    else high |= (byte & 127) << ((i - 8) * 7)
    if (byte < 128) break
  }
  const half = high * 2 ** 55 + middle * 2 ** 27 + (low >>> 1)
  return low & 1 ? -half - 1 : half
}

/** Writes a zigzag varint of 32 bits and returns the position after it. */
export function putVarint(b: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 127) {
    b[at++] = rest | 128
    rest >>>= 7
  }
  b[at++] = rest
  return at
}

/** Writes a zigzag varint of 64 bits (`value` within ±2^53) and returns the position after it. */
export function putVarlong(b: Uint8Array, at: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return putVarint(b, at, value)
  const odd = value < 0 ? 1 : 0
  const half = odd ? -value - 1 : value
  let rest = Math.floor(half / 64)
  let byte = ((half % 64) << 1) | odd
  while (rest > 0) {
    b[at++] = byte | 128
    byte = rest & 127
    rest = Math.floor(rest / 128)
  }
  b[at++] = byte
  return at
}
