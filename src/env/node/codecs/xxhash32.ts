const prime1 = 0x9e3779b1 | 0
const prime2 = 0x85ebca77 | 0
const prime3 = 0xc2b2ae3d | 0
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
const round = (lane: number, word: number): number =>
  Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1)

/** xxHash32 with seed 0 of `bytes[from..to)`, unsigned: the checksum of LZ4 frames. */
export function xxhash32(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let hash = prime5
  let i = from
  if (to - from >= 16) {
    let a = (prime1 + prime2) | 0
    let b = prime2
    let c = 0
    let d = -prime1 | 0
    for (const last = to - 16; i <= last; i += 16) {
      a = round(a, view.getInt32(i, true))
      b = round(b, view.getInt32(i + 4, true))
      c = round(c, view.getInt32(i + 8, true))
      d = round(d, view.getInt32(i + 12, true))
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  }
  hash = (hash + (to - from)) | 0
  for (; i + 4 <= to; i += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(i, true), prime3)) | 0, 17), prime4)
  }
  for (; i < to; i++) hash = Math.imul(rotate((hash + Math.imul(bytes[i]!, prime5)) | 0, 11), prime1)
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return (hash ^ (hash >>> 16)) >>> 0
}
