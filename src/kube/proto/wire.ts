/** Reading protocol buffers: a hostile message is refused before anything is allocated for it. */

export class ProtoError extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'ProtoError'
  }
}

export const isProtoError = (thrown: unknown): thrown is ProtoError =>
  (thrown as { name?: unknown } | null)?.name === 'ProtoError'

export type WireType = 0 | 1 | 2 | 5

/** A cursor over one message; nested ones are read in place. */
export class ProtoReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number
  #end: number

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = from
    this.#end = to
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** Number and wire type of the next field. */
  tag(): { number: number; wire: WireType } {
    const tag = this.#small()
    const wire = tag & 7
    const number = tag >>> 3
    if (number === 0 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) throw new ProtoError('illegal tag')
    return { number, wire }
  }

  /** A varint as a signed 64 bit number. */
  int64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    throw new ProtoError('varint is too long')
  }

  double(): number {
    this.#need(8)
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  /** The bytes of a length-delimited field; a view, not a copy. */
  bytes(): Uint8Array {
    const { from, to } = this.#span()
    return this.#bytes.subarray(from, to)
  }

  message(): ProtoReader {
    const { from, to } = this.#span()
    return new ProtoReader(this.#bytes, from, to)
  }

  skip(wire: WireType): void {
    if (wire === 0) this.int64()
    else if (wire === 2) this.#span()
    else {
      const length = wire === 1 ? 8 : 4
      this.#need(length)
      this.#at += length
    }
  }

  #span(): { from: number; to: number } {
    const length = this.#small()
    this.#need(length)
    const from = this.#at
    this.#at += length
    return { from, to: this.#at }
  }

  #small(): number {
    const value = this.int64()
    if (value < 0n || value > 0xffff_ffffn) throw new ProtoError('length out of range')
    return Number(value)
  }

  #byte(): number {
    this.#need(1)
    return this.#bytes[this.#at++]!
  }

  #need(count: number): void {
    if (this.#at + count > this.#end) throw new ProtoError('unexpected EOF')
  }
}
