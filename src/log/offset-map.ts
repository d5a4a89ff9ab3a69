import type { Random } from '../env/index.ts'

/** 16 bytes of hash and 8 of offset. */
export const MAP_ENTRY_BYTES = 24
const LOAD_FACTOR = 0.9
const EMPTY = -1

/**
 * The newest offset of each key, without the keys: a 128-bit keyed hash stands for each (two HalfSipHash-2-4 with
 * secrets of this map, so that nobody can choose two keys that the cleaner would take for one).
 */
export class OffsetMap {
  readonly #slots: number
  readonly #sizeMax: number
  readonly #hashes: Int32Array
  readonly #offsets: Float64Array
  readonly #secret = new Int32Array(4)
  readonly #hash = new Int32Array(4)
  #size = 0
  /** Everything up to here is in the map. */
  latestOffset = -1

  /** @param entriesMax keys that must fit, if the bytes allow it. */
  constructor(random: Random, bytesMax: number, entriesMax: number) {
    const wanted = Math.ceil(Math.max(16, entriesMax) / LOAD_FACTOR) + 1
    this.#slots = Math.max(16, Math.min(wanted, Math.floor(bytesMax / MAP_ENTRY_BYTES)))
    this.#sizeMax = Math.floor(this.#slots * LOAD_FACTOR)
    this.#hashes = new Int32Array(this.#slots * 4)
    this.#offsets = new Float64Array(this.#slots).fill(EMPTY)
    const bytes = random.bytes(new Uint8Array(16))
    for (let i = 0; i < 16; i++) this.#secret[i >> 2] = (this.#secret[i >> 2]! << 8) | bytes[i]!
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= this.#sizeMax
  }

  put(bytes: Uint8Array, from: number, length: number, offset: number): void {
    const slot = this.#find(bytes, from, length)
    if (this.#offsets[slot] === EMPTY) {
      this.#hashes.set(this.#hash, slot * 4)
      this.#size++
    }
    this.#offsets[slot] = offset
  }

  /** -1 when the key is not in the map. */
  get(bytes: Uint8Array, from: number, length: number): number {
    return this.#offsets[this.#find(bytes, from, length)]!
  }

  #find(bytes: Uint8Array, from: number, length: number): number {
    const hash = this.#hash
    const secret = this.#secret
    halfSipHash64(bytes, from, length, secret[0]!, secret[1]!, hash, 0)
    halfSipHash64(bytes, from, length, secret[2]!, secret[3]!, hash, 2)
    const hashes = this.#hashes
    const offsets = this.#offsets
    let slot = (hash[0]! >>> 0) % this.#slots
    while (offsets[slot] !== EMPTY) {
      const at = slot * 4
      if (
        hashes[at] === hash[0] &&
        hashes[at + 1] === hash[1] &&
        hashes[at + 2] === hash[2] &&
        hashes[at + 3] === hash[3]
      )
        break
      slot = slot + 1 === this.#slots ? 0 : slot + 1
    }
    return slot
  }
}

/** HalfSipHash-2-4 with 64 bits of output, in 32-bit arithmetic. */
export function halfSipHash64(
  b: Uint8Array,
  from: number,
  length: number,
  k0: number,
  k1: number,
  out: Int32Array,
  at: number,
): void {
  let v0 = k0
  let v1 = k1 ^ 0xee
  let v2 = 0x6c796765 ^ k0
  let v3 = 0x74656462 ^ k1
  const end = from + length - (length & 3)
  for (let i = from; i <= end; i += 4) {
    let m: number
    if (i < end) m = b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)
    else {
      m = length << 24
      if ((length & 3) > 2) m |= b[i + 2]! << 16
      if ((length & 3) > 1) m |= b[i + 1]! << 8
      if ((length & 3) > 0) m |= b[i]!
    }
    v3 ^= m
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= m
  }
  v2 ^= 0xee
  for (let half = 0; half < 2; half++) {
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    out[at + half] = v1 ^ v3
    v1 ^= 0xdd
  }
}
