import type { Slab } from './slab.ts'
import type { Slice } from './slice.ts'
import { utf8Length, utf8Write } from './utf8.ts'
import { type Uuid, uuidWrite } from './uuid.ts'
import { uvarintSize } from './varint-size.ts'

const TWO_32 = 0x1_0000_0000
const TWO_63 = 2 ** 63

/** Foreign bytes shorter than this are copied by {@link Writer.lend}: a part of its own costs more in writev. */
const LEND_MIN = 512

/** What a writer takes from a slab to begin with; what it does not use goes back. */
const REGION = 1_024

/**
 * Growable big-endian output that can hold foreign bytes without copying them: {@link Writer.parts} is what one writev
 * takes. The writer owns its bytes and never uses them again; lent slices must stay as they are until the parts are
 * used.
 */
export class Writer {
  #bytes: Uint8Array
  #at = 0
  /** Start of what is written in #bytes but not yet in #parts. */
  #start = 0
  /** End of what this writer may fill. */
  #end: number
  #parts: Uint8Array[] = []
  #partsLength = 0
  readonly #slab: Slab | null

  constructor(room: number | Slab = 256) {
    if (typeof room === 'number') {
      this.#slab = null
      this.#bytes = new Uint8Array(room)
      this.#end = room
    } else {
      this.#slab = room
      this.#at = this.#start = room.take(REGION)
      this.#bytes = room.bytes
      this.#end = this.#at + REGION
    }
  }

  /** Bytes written so far, lent ones included. */
  get length(): number {
    return this.#partsLength + this.#at - this.#start
  }

  /** Everything written, in order. Writing may go on; ask again then. */
  parts(): Uint8Array[] {
    this.#cut()
    this.#giveBack()
    return this.#parts
  }

  /** Everything written in one array: the writer's own when nothing was lent, else a copy. */
  toBytes(): Uint8Array {
    const parts = this.parts()
    if (parts.length < 2) return parts[0] ?? new Uint8Array(0)
    const all = new Uint8Array(this.#partsLength)
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }

  #cut(): void {
    if (this.#at === this.#start) return
    const part = this.#bytes.subarray(this.#start, this.#at)
    this.#parts.push(part)
    this.#partsLength += part.length
    this.#start = this.#at
  }

  /** Makes room for `length` bytes and returns where they go. */
  #take(length: number): number {
    const at = this.#at
    if (at + length > this.#end) return this.#grow(length)
    this.#at = at + length
    return at
  }

  #grow(length: number): number {
    const kept = this.#at - this.#start
    const bytes = new Uint8Array(Math.max(256, (kept + length) * 2))
    bytes.set(this.#bytes.subarray(this.#start, this.#at))
    this.#giveBack()
    this.#bytes = bytes
    this.#start = 0
    this.#at = kept + length
    this.#end = bytes.length
    return kept
  }

  /** Returns the unused end of its region to the slab, if that is where the slab goes on. */
  #giveBack(): void {
    const slab = this.#slab
    if (slab === null || slab.bytes !== this.#bytes || slab.at !== this.#end) return
    slab.at = this.#end = this.#at
  }

  int8(value: number): void {
    const at = this.#take(1)
    this.#bytes[at] = value
  }

  bool(value: boolean): void {
    const at = this.#take(1)
    this.#bytes[at] = value ? 1 : 0
  }

  /** Also uint16. */
  int16(value: number): void {
    const at = this.#take(2)
    const b = this.#bytes
    b[at] = value >>> 8
    b[at + 1] = value
  }

  /** Also uint32. */
  int32(value: number): void {
    const at = this.#take(4)
    const b = this.#bytes
    b[at] = value >>> 24
    b[at + 1] = value >>> 16
    b[at + 2] = value >>> 8
    b[at + 3] = value
  }

  /** A number beyond int64 is clamped to its nearer limit. */
  int64(value: number): void {
    let high = Math.floor(value / TWO_32)
    let low = value | 0
    if (value >= TWO_63) {
      high = 0x7fffffff
      low = -1
    } else if (value < -TWO_63) {
      high = -0x80000000
      low = 0
    }
    const at = this.#take(8)
    const b = this.#bytes
    b[at] = high >>> 24
    b[at + 1] = high >>> 16
    b[at + 2] = high >>> 8
    b[at + 3] = high
    b[at + 4] = low >>> 24
    b[at + 5] = low >>> 16
    b[at + 6] = low >>> 8
    b[at + 7] = low
  }

  int64Wide(value: bigint): void {
    this.int32(Number(BigInt.asIntN(32, value >> 32n)))
    this.int32(Number(BigInt.asIntN(32, value)))
  }

  float64(value: number): void {
    const at = this.#take(8)
    new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).setFloat64(0, value)
  }

  /** Unsigned varint of 32 bits. */
  uvarint(value: number): void {
    const at = this.#take(5)
    this.#at = writeUvarint(this.#bytes, at, value)
  }

  /** Zigzag varint of 32 bits. */
  varint(value: number): void {
    this.uvarint((value << 1) ^ (value >> 31))
  }

  /** Zigzag varint of 64 bits; `value` is an integer within ±2^53. */
  varlong(value: number): void {
    let at = this.#take(10)
    const b = this.#bytes
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
    this.#at = at
  }

  uuid(value: Uuid): void {
    const at = this.#take(16)
    uuidWrite(value, this.#bytes, at)
  }

  /** The bytes of `text` alone; the caller has written {@link utf8Length}. */
  utf8(text: string, length: number = utf8Length(text)): void {
    const at = this.#take(length)
    utf8Write(text, this.#bytes, at)
  }

  /** Copies `bytes[from..to)`. */
  copy(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    const at = this.#take(to - from)
    this.#bytes.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at)
  }

  /** Appends foreign bytes without copying them (a few hundred bytes are copied: cheaper than one more part). */
  lend(slice: Slice): void {
    if (slice.to - slice.from < LEND_MIN) {
      this.copy(slice.bytes, slice.from, slice.to)
      return
    }
    this.#cut()
    this.#parts.push(slice.bytes.subarray(slice.from, slice.to))
    this.#partsLength += slice.to - slice.from
  }

  /** Leaves four bytes for {@link patchInt32}; returns their position. */
  reserveInt32(): number {
    const position = this.length
    this.int32(0)
    return position
  }

  patchInt32(position: number, value: number): void {
    let bytes = this.#bytes
    let at = this.#start + position - this.#partsLength
    if (position < this.#partsLength) {
      let i = 0
      at = position
      while (at >= this.#parts[i]!.length) at -= this.#parts[i++]!.length
      bytes = this.#parts[i]!
    }
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
  }

  /** Begins bytes that {@link closeVarintLength} will put their length in front of. Nothing may be lent between. */
  openVarintLength(): number {
    this.#take(1)
    return this.length
  }

  closeVarintLength(opened: number): void {
    const size = this.length - opened
    const extra = uvarintSize(size) - 1
    if (extra > 0) this.#take(extra)
    const from = this.#start + opened - this.#partsLength
    if (from < this.#start) throw new Error('bytes were lent inside a length-prefixed field')
    if (extra > 0) this.#bytes.copyWithin(from + extra, from, from + size)
    writeUvarint(this.#bytes, from - 1, size)
  }
}

function writeUvarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0
  while (rest > 127) {
    bytes[at++] = rest | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
