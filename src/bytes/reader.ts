import { MalformedError } from './malformed.ts'
import type { Slice } from './slice.ts'
import { utf8Decode } from './utf8.ts'
import { type Uuid, type UuidTable, uuidFromBytes } from './uuid.ts'

const TWO_32 = 0x1_0000_0000

export interface ReaderOptions {
  /** Where known uuids are looked up; without it each read builds a string. */
  readonly uuids?: UuidTable | undefined
  /**
   * Array elements that one reader may announce in all. An element may cost fifty times its bytes in memory, so bytes
   * left alone do not bound a decode. Default {@link ELEMENTS_MAX}.
   */
  readonly elementsMax?: number | undefined
}

/** Room for a Metadata answer about a million partitions; a server reading requests should ask for less. */
export const ELEMENTS_MAX = 16_777_216

/**
 * A cursor over `bytes[from..to)`, big-endian. Every read checks its bounds first and throws {@link MalformedError};
 * nothing is allocated for a length that the remaining bytes cannot hold. The bytes are borrowed: slices point into
 * them, strings and uuids do not.
 */
export class Reader {
  readonly bytes: Uint8Array
  /** Next byte to read. */
  at: number
  /** End, exclusive. */
  readonly to: number
  readonly #uuids: UuidTable | undefined
  #elementsLeft: number

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length, options?: ReaderOptions) {
    this.bytes = bytes
    this.at = from
    this.to = to
    this.#uuids = options?.uuids
    this.#elementsLeft = options?.elementsMax ?? ELEMENTS_MAX
  }

  get remaining(): number {
    return this.to - this.at
  }

  /** Moves past `length` bytes and returns where they began. */
  take(length: number, what: string): number {
    const at = this.at
    if (length > this.to - at || length < 0) this.#short(length, what)
    this.at = at + length
    return at
  }

  #short(length: number, what: string): never {
    throw new MalformedError(`${what} needs ${length} bytes, ${this.to - this.at} are left`, this.at)
  }

  fail(reason: string, at = this.at): never {
    throw new MalformedError(reason, at)
  }

  skip(length: number): void {
    this.take(length, 'skipped bytes')
  }

  int8(): number {
    return (this.bytes[this.take(1, 'int8')]! << 24) >> 24
  }

  uint8(): number {
    return this.bytes[this.take(1, 'uint8')]!
  }

  bool(): boolean {
    return this.bytes[this.take(1, 'bool')] !== 0
  }

  int16(): number {
    const at = this.take(2, 'int16')
    return (((this.bytes[at]! << 8) | this.bytes[at + 1]!) << 16) >> 16
  }

  uint16(): number {
    const at = this.take(2, 'uint16')
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  int32(): number {
    const at = this.take(4, 'int32')
    const b = this.bytes
    return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** The nearest double: exact within ±2^53, and both limits of int64 survive a round trip. */
  int64(): number {
    const at = this.take(8, 'int64')
    const b = this.bytes
    const high = (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
    const low = (b[at + 4]! << 24) | (b[at + 5]! << 16) | (b[at + 6]! << 8) | b[at + 7]!
    return high * TWO_32 + (low >>> 0)
  }

  /** For fields that use the full range. */
  int64Wide(): bigint {
    const high = this.int32()
    return (BigInt(high) << 32n) | BigInt(this.uint32())
  }

  float64(): number {
    const at = this.take(8, 'float64')
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).getFloat64(0)
  }

  /** Unsigned varint of 32 bits: at most five bytes. */
  uvarint(): number {
    const bytes = this.bytes
    const to = this.to
    const from = this.at
    let at = from
    let value = 0
    for (let shift = 0; at < to; shift += 7) {
      const byte = bytes[at++]!
      if (shift === 28 && byte > 15) throw new MalformedError('varint is too long', from)
      value |= (byte & 127) << shift
      if (byte < 128) {
        this.at = at
        return value >>> 0
      }
    }
    this.#short(at - from + 1, 'varint')
  }

  /** Zigzag varint of 32 bits. */
  varint(): number {
    const value = this.uvarint()
    return (value >>> 1) ^ -(value & 1)
  }

  /** Zigzag varint of 64 bits, as the nearest double. */
  varlong(): number {
    const bytes = this.bytes
    const to = this.to
    const from = this.at
    let at = from
    let low = 0
    let middle = 0
    let high = 0
    for (let i = 0; at < to; i++) {
      const byte = bytes[at++]!
      if (i === 9 && byte > 1) throw new MalformedError('varlong is too long', from)
      if (i < 4) low |= (byte & 127) << (i * 7)
      else if (i < 8) middle |= (byte & 127) << ((i - 4) * 7)
      else high |= (byte & 127) << ((i - 8) * 7)
      if (byte < 128) {
        this.at = at
        const half = high * 2 ** 55 + middle * 2 ** 27 + (low >>> 1)
        return low & 1 ? -half - 1 : half
      }
    }
    this.#short(at - from + 1, 'varlong')
  }

  uuid(): Uuid {
    const at = this.take(16, 'uuid')
    return this.#uuids === undefined ? uuidFromBytes(this.bytes, at) : this.#uuids.at(this.bytes, at)
  }

  /** `length` bytes of UTF-8. */
  string(length: number): string {
    const at = this.take(length, 'string')
    return utf8Decode(this.bytes, at, at + length)
  }

  /** `length` bytes in place: borrowed from the reader's buffer. */
  slice(length: number): Slice {
    const from = this.take(length, 'bytes')
    return { bytes: this.bytes, from, to: from + length }
  }

  /** `length` bytes, copied: the caller's own. */
  copy(length: number): Uint8Array {
    const from = this.take(length, 'bytes')
    return this.bytes.slice(from, from + length)
  }

  /** Passes `count`, the announced size of an array whose elements take at least `bytesMin` each, or throws. */
  elements(count: number, bytesMin: number): number {
    if (count < 0) throw new MalformedError(`array of ${count} elements`, this.at)
    if (count * bytesMin > this.to - this.at) {
      throw new MalformedError(`array of ${count} elements cannot fit in the ${this.to - this.at} bytes left`, this.at)
    }
    if ((this.#elementsLeft -= count) < 0) throw new MalformedError(`too many array elements in one message`, this.at)
    return count
  }
}
