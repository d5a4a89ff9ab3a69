import type { Slice, Writer } from '../../bytes/index.ts'
import { utf8Length } from '../../bytes/index.ts'
import { type AnyField, type Field, field, type Kind, type NullableOptions, type Options } from './kind.ts'
import { checkLength, refuseNull, stringLength, wideLength } from './lengths.ts'

/** Both string forms carry at most this many bytes. */
const STRING_BYTES_MAX = 0x7fff

const stringKind: Kind<string | null> = {
  name: 'string',
  absent: '',
  read(shape, nullable) {
    const form = stringLength(shape)
    return (r) => {
      const length = checkLength(r, form.read(r), nullable, 'string')
      if (length < 0) return null
      if (length > STRING_BYTES_MAX) r.fail(`string of ${length} bytes`)
      return r.string(length)
    }
  },
  write(shape, nullable) {
    const form = stringLength(shape)
    return (w, value) => {
      if (value === null) {
        if (!nullable) refuseNull('string')
        form.write(w, -1)
        return
      }
      const length = utf8Length(value)
      if (length > STRING_BYTES_MAX)
        throw new RangeError(`string of ${length} bytes: the protocol allows ${STRING_BYTES_MAX}`)
      form.write(w, length)
      w.utf8(value, length)
    }
  },
  bytesMin: (shape) => stringLength(shape).bytes,
  isAbsent: (value, absent) => value === absent,
}

/** Foreign bytes to write: a whole array, or a part of one. */
export type BytesIn = Uint8Array | Slice

const bytesKind: Kind<Uint8Array | null, BytesIn | null> = {
  name: 'bytes',
  absent: new Uint8Array(0),
  read(shape, nullable) {
    const form = wideLength(shape)
    return (r) => {
      const length = checkLength(r, form.read(r), nullable, 'bytes')
      return length < 0 ? null : r.copy(length)
    }
  },
  write(shape, nullable) {
    const form = wideLength(shape)
    return (w, value) => {
      if (value === null) {
        if (!nullable) refuseNull('bytes')
        form.write(w, -1)
        return
      }
      form.write(w, lengthOf(value))
      copy(w, value)
    }
  },
  bytesMin: (shape) => wideLength(shape).bytes,
  isAbsent: (value, absent) => (value === null || absent === null ? value === absent : lengthOf(value) === 0),
}

function lengthOf(value: BytesIn): number {
  return 'bytes' in value ? value.to - value.from : value.length
}

function copy(w: Writer, value: BytesIn): void {
  if ('bytes' in value) w.copy(value.bytes, value.from, value.to)
  else w.copy(value)
}

/** Record batches to write: one run of bytes, or several that follow each other. Lent until the bytes are sent. */
export type RecordsIn = Slice | Uint8Array | readonly Slice[]

const recordsKind: Kind<Slice | null, RecordsIn | null> = {
  name: 'records',
  absent: null,
  read(shape, nullable) {
    const form = wideLength(shape)
    return (r) => {
      const length = checkLength(r, form.read(r), nullable, 'records')
      return length < 0 ? null : r.slice(length)
    }
  },
  write(shape, nullable) {
    const form = wideLength(shape)
    return (w, value) => {
      if (value === null) {
        if (!nullable) refuseNull('records')
        form.write(w, -1)
      } else if (isSlices(value)) {
        let length = 0
        for (const slice of value) length += slice.to - slice.from
        form.write(w, length)
        for (const slice of value) w.lend(slice)
      } else {
        const slice = 'bytes' in value ? value : { bytes: value, from: 0, to: value.length }
        form.write(w, slice.to - slice.from)
        w.lend(slice)
      }
    }
  },
  bytesMin: (shape) => wideLength(shape).bytes,
  isAbsent: (value, absent) => value === absent,
}

function isSlices(value: RecordsIn): value is readonly Slice[] {
  return Array.isArray(value)
}

export function string(o?: Options<string>): Field<string>
export function string(o: NullableOptions<string>): Field<string | null>
export function string(o?: Options<string> | NullableOptions<string>): AnyField {
  return field(stringKind, o as NullableOptions<string>)
}

/** Small opaque bytes. Decoding copies them, so they may outlive the frame. */
export function bytes(o?: Options<Uint8Array>): Field<Uint8Array, BytesIn>
export function bytes(o: NullableOptions<Uint8Array>): Field<Uint8Array | null, BytesIn | null>
export function bytes(o?: Options<Uint8Array> | NullableOptions<Uint8Array>): AnyField {
  return field(bytesKind, o as NullableOptions<Uint8Array>)
}

interface RecordsOptions {
  readonly since?: number
  readonly until?: number
  readonly nullable?: number
  readonly nullableUntil?: number
}

/** Record batches: a slice of the frame when decoded, lent when encoded; never looked into. Null unless given. */
export function records(o: RecordsOptions = {}): Field<Slice | null, RecordsIn | null> {
  return field(recordsKind, o as NullableOptions<Slice | null>)
}
