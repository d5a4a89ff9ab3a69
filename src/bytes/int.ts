/** Big-endian integers by position, without a cursor: for headers that are read and stamped in place. */
const TWO_32 = 0x1_0000_0000

export function int16At(b: Uint8Array, at: number): number {
  return (((b[at]! << 8) | b[at + 1]!) << 16) >> 16
}

export function int32At(b: Uint8Array, at: number): number {
  return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
}

/** The nearest double. */
export function int64At(b: Uint8Array, at: number): number {
  return int32At(b, at) * TWO_32 + (int32At(b, at + 4) >>> 0)
}

export function putInt16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8
  b[at + 1] = value
}

export function putInt32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24
  b[at + 1] = value >>> 16
  b[at + 2] = value >>> 8
  b[at + 3] = value
}

/** `value` is an integer within ±2^53. */
export function putInt64(b: Uint8Array, at: number, value: number): void {
  putInt32(b, at, Math.floor(value / TWO_32))
  putInt32(b, at + 4, value | 0)
}
