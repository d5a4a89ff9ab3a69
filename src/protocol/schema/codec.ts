import { type Reader, Writer } from '../../bytes/index.ts'
import type { Fields, In, Kind, Out, Pieces, Read, ReadPieces, Write, WritePieces } from './kind.ts'
import { structKind } from './struct.ts'

/**
 * One message in all its versions. The closures for a version are composed when it is first met and kept here.
 * A decoded message is immutable and borrows only its `records` slices from the reader's buffer.
 */
export interface Codec<T, I> {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** First version with compact lengths and tagged fields; Infinity when there is none. */
  readonly flexibleFrom: number
  readonly fields: Fields
  /** All defaults: what a message without a word says. Frozen. */
  readonly absent: T
  /** Throws MalformedError. Bytes after the message are left in the reader. */
  decode(r: Reader, version: number): T
  /** Throws FieldNotInVersionError, or a TypeError or RangeError for a value that no version can hold. */
  encode(w: Writer, value: I, version: number): void
  /** The same as {@link decode} and {@link encode}, with a pause after every few dozen elements. */
  decodePieces(r: Reader, version: number): Pieces<T>
  encodePieces(w: Writer, value: I, version: number): Pieces<void>
  /** It holds so few elements that encoding it in one go takes no time. */
  isShort(value: I): boolean
  /** Bytes that encoding would write. */
  size(value: I, version: number): number
}

export interface CodecOptions<F extends Fields> {
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  readonly flexible: number | null
  readonly fields: F
  /**
   * What a version has no field for is left out instead of refused. So are responses: a handler says all it knows, and an
   * old client hears as much as it can understand.
   */
  readonly drops?: boolean
}

/** Elements that are written in some ten microseconds. */
const SHORT = 64

/** The codec of any message by name, when its type does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: "whatever the message"
export type AnyCodec = Codec<any, any>

export function codec<F extends Fields>(o: CodecOptions<F>): Codec<Out<F>, In<F>> {
  const kind = structKind(o.fields) as Kind<Out<F>, In<F>>
  const [minVersion, maxVersion] = o.versions
  const flexibleFrom = o.flexible ?? Number.POSITIVE_INFINITY
  const reads: Read<Out<F>>[] = []
  const writes: Write<In<F>>[] = []
  const readPieces: ReadPieces<Out<F>>[] = []
  const writePieces: WritePieces<In<F>>[] = []
  const shape = (version: number) => {
    if (!(version >= minVersion && version <= maxVersion)) {
      throw new RangeError(`${o.name} has versions ${minVersion} to ${maxVersion}, not ${version}`)
    }
    return { version, flexible: version >= flexibleFrom, tagged: false, drops: o.drops ?? false }
  }
  const self: Codec<Out<F>, In<F>> = {
    name: o.name,
    minVersion,
    maxVersion,
    flexibleFrom,
    fields: o.fields,
    get absent() {
      return kind.absent
    },
    decode(r, version) {
      const read = (reads[version] ??= kind.read(shape(version), false))
      return read(r)
    },
    encode(w, value, version) {
      const write = (writes[version] ??= kind.write(shape(version), false))
      write(w, value)
    },
    *decodePieces(r, version) {
      const pieces = kind.pieces
      if (pieces === undefined) return self.decode(r, version)
      const read = (readPieces[version] ??= pieces.read(shape(version), false))
      return yield* read(r)
    },
    *encodePieces(w, value, version) {
      const pieces = kind.pieces
      if (pieces === undefined) return self.encode(w, value, version)
      const write = (writePieces[version] ??= pieces.write(shape(version), false))
      yield* write(w, value)
    },
    isShort: (value) => kind.pieces === undefined || kind.pieces.count(value, SHORT) <= SHORT,
    size(value, version) {
      const w = new Writer()
      self.encode(w, value, version)
      return w.length
    },
  }
  return self
}
