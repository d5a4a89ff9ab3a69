import type { Reader } from '../../bytes/index.ts'
import {
  type AnyField,
  type Field,
  type Fields,
  field,
  type In,
  type Kind,
  type NullableOptions,
  type Options,
  type Out,
  type Pieces,
} from './kind.ts'
import { checkLength, refuseNull, wideLength } from './lengths.ts'
import { structKind } from './struct.ts'

/** Up to here an array is made at its announced size; a longer one grows as its elements arrive. */
const SIZED_MAX = 1024

type List<T> = readonly T[] | null

/** Elements between two pauses. */
const PIECE = 64

function arrayKind(item: Kind<unknown>): Kind<List<unknown>> {
  return {
    name: `[]${item.name}`,
    fields: item.fields,
    absent: Object.freeze([]),
    read(shape, nullable) {
      const form = wideLength(shape)
      const read = item.read(shape, false)
      const bytesMin = Math.max(1, item.bytesMin(shape, false))
      return (r: Reader) => {
        const count = checkLength(r, form.read(r), nullable, 'array')
        if (count < 0) return null
        r.elements(count, bytesMin)
        if (count > SIZED_MAX) {
          const grown: unknown[] = []
          for (let i = 0; i < count; i++) grown.push(read(r))
          return grown
        }
        const sized: unknown[] = new Array(count)
        for (let i = 0; i < count; i++) sized[i] = read(r)
        return sized
      }
    },
    write(shape, nullable) {
      const form = wideLength(shape)
      const write = item.write(shape, false)
      return (w, list) => {
        if (list === null) {
          if (!nullable) refuseNull('array')
          form.write(w, -1)
          return
        }
        const count = list.length
        form.write(w, count)
        for (let i = 0; i < count; i++) write(w, list[i])
      }
    },
    pieces: {
      read(shape, nullable) {
        const form = wideLength(shape)
        const read = item.read(shape, false)
        const readPieces = item.pieces?.read(shape, false)
        const bytesMin = Math.max(1, item.bytesMin(shape, false))
        return function* (r): Pieces<List<unknown>> {
          const count = checkLength(r, form.read(r), nullable, 'array')
          if (count < 0) return null
          r.elements(count, bytesMin)
          const list: unknown[] = []
          for (let i = 0; i < count; i++) {
            list.push(readPieces === undefined ? read(r) : yield* readPieces(r))
            if (i % PIECE === PIECE - 1) yield
          }
          return list
        }
      },
      write(shape, nullable) {
        const form = wideLength(shape)
        const write = item.write(shape, false)
        const writePieces = item.pieces?.write(shape, false)
        return function* (w, list): Pieces<void> {
          if (list === null) {
            if (!nullable) refuseNull('array')
            form.write(w, -1)
            return
          }
          const count = list.length
          form.write(w, count)
          for (let i = 0; i < count; i++) {
            if (writePieces === undefined) write(w, list[i])
            else yield* writePieces(w, list[i])
            if (i % PIECE === PIECE - 1) yield
          }
        }
      },
      count(list, most) {
        let count = list?.length ?? 0
        const inner = item.pieces
        if (list === null || inner === undefined) return count
        for (let i = 0; i < list.length && count <= most; i++) count += inner.count(list[i], most)
        return count
      },
    },
    bytesMin: (shape) => wideLength(shape).bytes,
    isAbsent: (value, absent) => (value === null || absent === null ? value === absent : value.length === 0),
  }
}

/** An array of structs. */
export function array<F extends Fields>(
  of: F,
  o?: Options<readonly Out<F>[]>,
): Field<readonly Out<F>[], readonly In<F>[]>
export function array<F extends Fields>(
  of: F,
  o: NullableOptions<readonly Out<F>[]>,
): Field<readonly Out<F>[] | null, readonly In<F>[] | null>
export function array(of: Fields, o?: Options<readonly unknown[]> | NullableOptions<readonly unknown[]>): AnyField {
  return field(arrayKind(structKind(of)), o as NullableOptions<readonly unknown[]>)
}

/** An array of scalars: `arrayOf(int32())`. */
export function arrayOf<T, I>(of: Field<T, I>, o?: Options<readonly T[]>): Field<readonly T[], readonly I[]>
export function arrayOf<T, I>(
  of: Field<T, I>,
  o: NullableOptions<readonly T[]>,
): Field<readonly T[] | null, readonly I[] | null>
export function arrayOf(of: AnyField, o?: Options<readonly unknown[]> | NullableOptions<readonly unknown[]>): AnyField {
  return field(arrayKind(of.kind), o as NullableOptions<readonly unknown[]>)
}
