import { copyBytes, repeatBytes } from './copy.ts'
import { bomb, corrupt } from './corrupt.ts'

/**
 * Snappy as Kafka's clients frame it. Java writes the stream format of the xerial library:
 *
 *   0x82 'SNAPPY' 0 | int32 version | int32 compatible version | (int32 length | raw block)*
 *
 * and everybody reads that or one raw block without a frame.
 */
const magic = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const headerBytes = 16
/** What the xerial library puts into one block. */
const blockBytesMax = 32 * 1024
/** A copy of 64 bytes takes at least 3: no block grows by more. */
const growthMax = 22

const hashBitsMax = 14
/** The last bytes of a block are always literal, so that reading four bytes never passes the end. */
const marginBytes = 15

export function snappyDecompress(bytes: Uint8Array, bytesMax: number): Uint8Array {
  if (!isFramed(bytes)) {
    const length = declaredLength(bytes, 0, bytes.length)
    if (length > bytesMax) throw bomb(bytesMax)
    const out = new Uint8Array(length)
    decodeBlock(bytes, 0, bytes.length, out, 0, length)
    return out
  }
  let total = 0
  for (const { from, to } of blocks(bytes)) {
    total += declaredLength(bytes, from, to)
    if (total > bytesMax) throw bomb(bytesMax)
  }
  const out = new Uint8Array(total)
  let at = 0
  for (const { from, to } of blocks(bytes)) {
    const length = declaredLength(bytes, from, to)
    decodeBlock(bytes, from, to, out, at, length)
    at += length
  }
  return out
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && magic.every((byte, i) => bytes[i] === byte)
}

function* blocks(bytes: Uint8Array): Generator<{ from: number; to: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = headerBytes
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw corrupt('a snappy block without its length')
    const length = view.getInt32(at)
    if (length === view.getInt32(0) && at + headerBytes <= bytes.length) {
      // Streams written one after the other repeat the header.
      at += headerBytes
      continue
    }
    if (length <= 0 || length > bytes.length - at - 4) throw corrupt('a snappy block longer than the stream')
    yield { from: at + 4, to: at + 4 + length }
    at += 4 + length
  }
}

/** The length in front of a raw block, checked against what the block could hold at all. */
function declaredLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    if (from + i >= to) throw corrupt('a snappy block without its length')
    const byte = bytes[from + i]!
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (length > (to - from) * growthMax) throw corrupt('a snappy block that declares more than it can hold')
      return length
    }
  }
  throw corrupt('a snappy length of more than five bytes')
}

function decodeBlock(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  start: number,
  length: number,
): void {
  const end = start + length
  let i = from
  let at = start
  while (bytes[i]! >= 0x80) i++
  i++
  while (i < to) {
    const tag = bytes[i++]!
    if ((tag & 3) === 0) {
      let count = (tag >>> 2) + 1
      if (count > 60) {
        const extra = count - 60
        if (i + extra > to) throw corrupt('a snappy literal cut off')
        count = 0
        for (let k = extra - 1; k >= 0; k--) count = count * 256 + bytes[i + k]!
        count++
        i += extra
      }
      if (count > to - i || count > end - at) throw corrupt('a snappy literal longer than its block')
      copyBytes(bytes, i, count, out, at)
      i += count
      at += count
      continue
    }
    let count: number
    let distance: number
    if ((tag & 3) === 1) {
      if (i >= to) throw corrupt('a snappy copy cut off')
      count = ((tag >>> 2) & 7) + 4
      distance = ((tag >>> 5) << 8) | bytes[i++]!
    } else {
      const size = (tag & 3) === 2 ? 2 : 4
      if (i + size > to) throw corrupt('a snappy copy cut off')
      count = (tag >>> 2) + 1
      distance = bytes[i]! | (bytes[i + 1]! << 8)
      if (size === 4) distance += (bytes[i + 2]! | (bytes[i + 3]! << 8)) * 65536
      i += size
    }
    if (distance === 0 || distance > at - start || count > end - at) throw corrupt('a snappy copy out of its block')
    repeatBytes(out, at, distance, count)
    at += count
  }
  if (at !== end) throw corrupt('a snappy block shorter than it declares')
}

/** Keeps its table between calls. */
export class SnappyCompressor {
  readonly #table = new Uint16Array(1 << hashBitsMax)

  /** The xerial stream. */
  compress(bytes: Uint8Array): Uint8Array {
    const count = Math.ceil(bytes.length / blockBytesMax)
    const out = new Uint8Array(headerBytes + bytes.length + Math.ceil(bytes.length / 6) + count * 40)
    const view = new DataView(out.buffer)
    out.set(magic)
    view.setInt32(8, 1)
    view.setInt32(12, 1)
    let at = headerBytes
    for (let from = 0; from < bytes.length; from += blockBytesMax) {
      const to = Math.min(from + blockBytesMax, bytes.length)
      const end = this.#encodeBlock(bytes, from, to, out, at + 4)
      view.setInt32(at, end - at - 4)
      at = end
    }
    return out.subarray(0, at)
  }

  #encodeBlock(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
    for (let left = to - from; ; left >>>= 7) {
      if (left < 0x80) {
        out[at++] = left
        break
      }
      out[at++] = (left & 0x7f) | 0x80
    }
    let literalFrom = from
    if (to - from >= marginBytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const bits = Math.min(hashBitsMax, Math.max(8, 32 - Math.clz32(to - from - 1)))
      const shift = 32 - bits
      const table = this.#table.fill(0, 0, 1 << bits)
      const last = to - marginBytes
      let i = from + 1
      // The longer nothing matches, the longer the strides: what does not compress passes quickly.
      let stride = 32
      while (i <= last) {
        const word = view.getInt32(i, true)
        const slot = Math.imul(word, 0x1e35a7bd) >>> shift
        const candidate = from + table[slot]!
        table[slot] = i - from
        if (candidate >= i || view.getInt32(candidate, true) !== word) {
          i += stride++ >>> 5
          continue
        }
        at = putLiteral(bytes, literalFrom, i - literalFrom, out, at)
        let length = 4
        while (i + length < to && bytes[candidate + length] === bytes[i + length]) length++
        at = putCopy(i - candidate, length, out, at)
        i += length
        literalFrom = i
        stride = 32
        if (i <= last) table[Math.imul(view.getInt32(i - 1, true), 0x1e35a7bd) >>> shift] = i - 1 - from
      }
    }
    return putLiteral(bytes, literalFrom, to - literalFrom, out, at)
  }
}

function putLiteral(bytes: Uint8Array, from: number, length: number, out: Uint8Array, at: number): number {
  if (length === 0) return at
  const n = length - 1
  if (n < 60) {
    out[at++] = n << 2
  } else if (n < 256) {
    out[at++] = 60 << 2
    out[at++] = n
  } else {
    out[at++] = 61 << 2
    out[at++] = n & 255
    out[at++] = n >>> 8
  }
  copyBytes(bytes, from, length, out, at)
  return at + length
}

function putCopy(distance: number, length: number, out: Uint8Array, at: number): number {
  while (length > 0) {
    // A rest of fewer than four bytes could not take the short form.
    const count = length > 64 ? (length < 68 ? 60 : 64) : length
    if (count < 12 && count >= 4 && distance < 2048) {
      out[at++] = 1 | ((count - 4) << 2) | ((distance >>> 8) << 5)
      out[at++] = distance & 255
    } else {
      out[at++] = 2 | ((count - 1) << 2)
      out[at++] = distance & 255
      out[at++] = distance >>> 8
    }
    length -= count
  }
  return at
}
