import { copyBytes, repeatBytes } from './copy.ts'
import { corrupt } from './corrupt.ts'

/**
 * LZ4 blocks (lz4_Block_format.md): sequences of
 *
 *   token: literals (high 4 bits), match length − 4 (low 4 bits) | [more literals] | literals | distance (2 bytes) | [more length]
 *
 * The last sequence has literals only. The rules for its end: the last five bytes are literals, the last match begins at
 * least twelve bytes before the end.
 */
const matchMin = 4
const lastLiterals = 5
const matchStartMargin = 12
const distanceMax = 65_535
const hashBits = 13
const levelFast = 9

/** The most bytes a block of `length` takes when nothing in it repeats. */
export function lz4BlockBound(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/**
 * Decodes one block to `out[at..room)`; matches may reach back to `start`.
 * @returns the end of what was written; −1 when `room` does not suffice.
 */
export function decodeLz4Block(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
  start: number,
  room: number,
): number {
  let i = from
  while (i < to) {
    const token = bytes[i++]!
    let literals = token >>> 4
    if (literals === 15) {
      let more: number
      do {
        if (i >= to) throw corrupt('an LZ4 length cut off')
        more = bytes[i++]!
        literals += more
      } while (more === 255)
    }
    if (literals > to - i) throw corrupt('an LZ4 literal longer than its block')
    if (literals > room - at) return -1
    copyBytes(bytes, i, literals, out, at)
    i += literals
    at += literals
    if (i === to) return at
    if (i + 2 > to) throw corrupt('an LZ4 match cut off')
    const distance = bytes[i]! | (bytes[i + 1]! << 8)
    i += 2
    let length = (token & 15) + matchMin
    if (length === 15 + matchMin) {
      let more: number
      do {
        if (i >= to) throw corrupt('an LZ4 length cut off')
        more = bytes[i++]!
        length += more
      } while (more === 255)
    }
    if (distance === 0 || distance > at - start) throw corrupt('an LZ4 match before the beginning')
    if (length > room - at) return -1
    repeatBytes(out, at, distance, length)
    at += length
  }
  throw corrupt('an LZ4 block that ends with a match')
}

export class Lz4BlockCompressor {
  /** Last place of each hash, plus one, relative to the block. */
  readonly #heads = new Int32Array(1 << hashBits)
  /** The place before with the same hash, for the levels that search. */
  #chain: Int32Array | null = null

  /** Writes the block `bytes[from..to)` (at most 64 KiB) to `out[at..)`, which has room for its bound, and returns the end. */
  encode(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number, level: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const heads = this.#heads.fill(0)
    const chain = level === levelFast ? null : (this.#chain ??= new Int32Array(distanceMax + 1))
    const tries = chain === null ? 1 : 1 << Math.min(level, 12)
    const matchLast = to - matchStartMargin
    const matchEnd = to - lastLiterals
    let anchor = from
    let i = from
    let stride = 64
    while (i <= matchLast) {
      const word = view.getInt32(i, true)
      const slot = Math.imul(word, 0x9e3779b1 | 0) >>> (32 - hashBits)
      let candidate = heads[slot]! - 1
      heads[slot] = i - from + 1
      if (chain !== null) chain[i - from] = candidate
      let best = 0
      let bestAt = 0
      for (let left = tries; candidate >= 0 && left > 0; left--) {
        const place = from + candidate
        if (view.getInt32(place, true) === word && bytes[place + best] === bytes[i + best]) {
          let length = matchMin
          while (i + length < matchEnd && bytes[place + length] === bytes[i + length]) length++
          if (length > best) {
            best = length
            bestAt = place
          }
        }
        if (chain === null) break
        candidate = chain[candidate]!
      }
      if (best === 0) {
        i += chain === null ? stride++ >>> 6 : 1
        continue
      }
      at = putSequence(bytes, anchor, i - anchor, i - bestAt, best, out, at)
      const next = i + best
      if (chain === null) {
        // One place inside the match is enough to find repetitions of it.
        if (next <= matchLast) this.#note(view, from, next - 2)
      } else {
        for (i++; i < next && i <= matchLast; i++) this.#link(view, chain, from, i)
      }
      i = next
      anchor = next
      stride = 64
    }
    return putLast(bytes, anchor, to - anchor, out, at)
  }

  #note(view: DataView, from: number, place: number): void {
    this.#heads[Math.imul(view.getInt32(place, true), 0x9e3779b1 | 0) >>> (32 - hashBits)] = place - from + 1
  }

  #link(view: DataView, chain: Int32Array, from: number, place: number): void {
    const slot = Math.imul(view.getInt32(place, true), 0x9e3779b1 | 0) >>> (32 - hashBits)
    chain[place - from] = this.#heads[slot]! - 1
    this.#heads[slot] = place - from + 1
  }
}

function putSequence(
  bytes: Uint8Array,
  from: number,
  literals: number,
  distance: number,
  length: number,
  out: Uint8Array,
  at: number,
): number {
  const rest = length - matchMin
  out[at++] = (Math.min(literals, 15) << 4) | Math.min(rest, 15)
  if (literals >= 15) at = putLength(literals - 15, out, at)
  copyBytes(bytes, from, literals, out, at)
  at += literals
  out[at++] = distance & 255
  out[at++] = distance >>> 8
  return rest >= 15 ? putLength(rest - 15, out, at) : at
}

function putLast(bytes: Uint8Array, from: number, literals: number, out: Uint8Array, at: number): number {
  out[at++] = Math.min(literals, 15) << 4
  if (literals >= 15) at = putLength(literals - 15, out, at)
  copyBytes(bytes, from, literals, out, at)
  return at + literals
}

function putLength(rest: number, out: Uint8Array, at: number): number {
  for (; rest >= 255; rest -= 255) out[at++] = 255
  out[at++] = rest
  return at
}
