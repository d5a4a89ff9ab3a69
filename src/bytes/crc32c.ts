/**
 * CRC-32C (Castagnoli) of `bytes[from..to)` as an unsigned 32-bit number. `seed` is the checksum of the bytes before,
 * so a checksum can be taken in pieces. Rooms that need one take a Crc32c: the environment may have a native one.
 */
export type Crc32c = (bytes: Uint8Array, from: number, to: number, seed?: number) => number

const POLYNOMIAL_REVERSED = 0x82f63b78

/** Eight tables of 256: table k advances a byte past k zero bytes. */
const TABLE = makeTable()

function makeTable(): Int32Array {
  const table = new Int32Array(8 * 256)
  for (let i = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL_REVERSED : crc >>> 1
    table[i] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!
    table[i] = table[before & 255]! ^ (before >>> 8)
  }
  return table
}

/** The portable one: slicing by eight. */
export const crc32c: Crc32c = (bytes, from, to, seed = 0) => {
  const table = TABLE
  let crc = ~seed
  let i = from
  for (const last = to - 8; i <= last; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc =
      table[1792 + (crc & 255)]! ^
      table[1536 + ((crc >>> 8) & 255)]! ^
      table[1280 + ((crc >>> 16) & 255)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[i + 4]!]! ^
      table[512 + bytes[i + 5]!]! ^
      table[256 + bytes[i + 6]!]! ^
      table[bytes[i + 7]!]!
  }
  for (; i < to; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}
