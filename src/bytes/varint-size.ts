/** Size of an unsigned varint of 32 bits. */
export function uvarintSize(value: number): number {
  const rest = value >>> 0
  if (rest < 0x80) return 1
  if (rest < 0x4000) return 2
  if (rest < 0x20_0000) return 3
  return rest < 0x1000_0000 ? 4 : 5
}

/** Size of a zigzag varint of 32 bits. */
export function varintSize(value: number): number {
  return uvarintSize((value << 1) ^ (value >> 31))
}

/** Size of a zigzag varint of 64 bits. */
export function varlongSize(value: number): number {
  let rest = Math.floor((value < 0 ? -value - 1 : value) / 64)
  let size = 1
  for (; rest > 0; rest = Math.floor(rest / 128)) size++
  return size
}
