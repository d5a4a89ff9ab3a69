import { type Reader, uvarintSize, type Writer } from '../../bytes/index.ts'
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
  type Read,
  type ReadPieces,
  type Shape,
  type Write,
  type WritePieces,
} from './kind.ts'
import { refuseNull } from './lengths.ts'

/** A value was given to a field that the version to be written does not have, and that may not be dropped. */
export class FieldNotInVersionError extends Error {
  override readonly name = 'FieldNotInVersionError'
  readonly code = 'FIELD_NOT_IN_VERSION'
  readonly field: string
  readonly version: number

  constructor(field: string, version: number) {
    super(`version ${version} has no field ${field}, yet it was given a value`)
    this.field = field
    this.version = version
  }
}

type Struct = Record<string, unknown>
/** A field within one version: its name and the closures for it. */
interface Placed {
  readonly name: string
  readonly field: AnyField
  readonly read: Read<unknown>
  readonly write: Write<unknown>
  readonly readPieces: ReadPieces<unknown> | null
  readonly writePieces: WritePieces<unknown> | null
}

/** The fields of a struct sorted by what one version does with them. */
interface Plan {
  readonly present: Placed[]
  readonly tagged: Placed[]
  /** Not in this version, and an error if given. */
  readonly refused: [string, AnyField][]
}

function plan(fields: Fields, shape: Shape, inPieces = false): Plan {
  const present: Placed[] = []
  const tagged: Placed[] = []
  const refused: [string, AnyField][] = []
  const { version } = shape
  for (const [name, f] of Object.entries(fields)) {
    if (version < f.since || version > f.until) {
      if (!f.ignorable) refused.push([name, f])
      continue
    }
    const nullable = version >= f.nullableSince && version <= f.nullableUntil
    const own = shapeOf(f, shape)
    const { kind } = f
    const placed = {
      ...{ name, field: f, read: kind.read(own, nullable), write: kind.write(own, nullable) },
      readPieces: (inPieces && kind.pieces?.read(own, nullable)) || null,
      writePieces: (inPieces && kind.pieces?.write(own, nullable)) || null,
    }
    if (f.tag < 0) present.push(placed)
    else tagged.push(placed)
  }
  tagged.sort((a, b) => a.field.tag - b.field.tag)
  return { present, tagged, refused }
}

function shapeOf(f: AnyField, { version, flexible, drops }: Shape): Shape {
  return { version, flexible: flexible && !f.neverCompact, tagged: f.tag >= 0, drops }
}

/**
 * A maker of blank structs. Each has a constructor, hence a hidden class, of its own; sharing Object's prototype keeps
 * the results plain objects to everyone else.
 */
function blank(): new () => Struct {
  const Blank = function Blank() {} as unknown as new () => Struct
  Blank.prototype = Object.prototype
  return Blank
}

function reader(fields: Fields, shape: Shape): Read<Struct> {
  const { present, tagged } = plan(fields, shape)
  const Blank = blank()
  const names = Object.keys(fields)
  const count = names.length
  const absents = Object.values(fields).map((f) => f.absent)
  const reads = names.map((name) => present.find((p) => p.name === name)?.read ?? null)
  const readTags = shape.flexible ? tagReader(tagged) : null
  return (r) => {
    const struct = new Blank()
    for (let i = 0; i < count; i++) {
      const read = reads[i]!
      struct[names[i]!] = read === null ? absents[i] : read(r)
    }
    if (readTags !== null) readTags(r, struct)
    return struct
  }
}

function pieceReader(fields: Fields, shape: Shape): ReadPieces<Struct> {
  const { present, tagged } = plan(fields, shape, true)
  const Blank = blank()
  const readTags = shape.flexible ? tagReader(tagged) : null
  const all = Object.entries(fields).map(([name, f]) => ({ name, f, placed: present.find((p) => p.name === name) }))
  return function* (r): Pieces<Struct> {
    const struct = new Blank()
    for (const { name, f, placed } of all) {
      if (placed === undefined) struct[name] = f.absent
      else struct[name] = placed.readPieces === null ? placed.read(r) : yield* placed.readPieces(r)
    }
    if (readTags !== null) readTags(r, struct)
    return struct
  }
}

function pieceWriter(fields: Fields, shape: Shape): WritePieces<Struct | null> {
  const { present, tagged, refused } = plan(fields, shape, true)
  const refuse = refusedWriter(refused, shape)
  return function* (w, struct): Pieces<void> {
    if (struct === null) refuseNull('struct')
    for (const { name, field: f, write, writePieces } of present) {
      const given = struct[name]
      const value = given === undefined ? f.absent : given
      if (writePieces === null) write(w, value)
      else yield* writePieces(w, value)
    }
    refuse(struct)
    if (!shape.flexible) return
    if (tagged.length === 0) w.uvarint(0)
    else writeTags(w, struct, tagged)
  }
}

/** Throws for a value in a field that the version has not. */
function refusedWriter(refused: readonly [string, AnyField][], { drops, version }: Shape): (struct: Struct) => void {
  if (drops || refused.length === 0) return () => {}
  return (struct) => {
    for (const [name, f] of refused) {
      const value = struct[name]
      if (value !== undefined && !f.kind.isAbsent(value, f.absent)) throw new FieldNotInVersionError(name, version)
    }
  }
}

/** Reads the tagged fields after a struct; tags it does not know are skipped. */
function tagReader(tagged: readonly Placed[]): (r: Reader, into: Struct) => void {
  const byTag: (Placed | undefined)[] = []
  for (const placed of tagged) byTag[placed.field.tag] = placed
  return (r, into) => {
    const count = r.uvarint()
    if (count === 0) return
    if (count * 2 > r.remaining) r.fail(`${count} tagged fields cannot fit in the ${r.remaining} bytes left`)
    for (let i = 0; i < count; i++) {
      const tag = r.uvarint()
      const size = r.uvarint()
      const at = r.at
      if (size > r.remaining) r.fail(`tagged field of ${size} bytes, ${r.remaining} are left`)
      const known = byTag[tag]
      if (known === undefined) {
        r.skip(size)
        continue
      }
      into[known.name] = known.read(r)
      if (r.at !== at + size) r.fail(`tagged field ${known.name} said ${size} bytes and took ${r.at - at}`, at)
    }
  }
}

function writer(fields: Fields, shape: Shape): Write<Struct> {
  const { present, tagged, refused } = plan(fields, shape)
  const presentCount = present.length
  const names = present.map((p) => p.name)
  const writes = present.map((p) => p.write)
  const absents = present.map((p) => p.field.absent)
  const refuse = refusedWriter(refused, shape)
  const { flexible } = shape
  return (w, struct) => {
    for (let i = 0; i < presentCount; i++) {
      const value = struct[names[i]!]
      writes[i]!(w, value === undefined ? absents[i] : value)
    }
    refuse(struct)
    if (!flexible) return
    if (tagged.length === 0) w.uvarint(0)
    else writeTags(w, struct, tagged)
  }
}

function writeTags(w: Writer, struct: Struct, tagged: readonly Placed[]): void {
  let count = 0
  for (let i = 0; i < tagged.length; i++) if (isGiven(struct[tagged[i]!.name], tagged[i]!.field)) count++
  w.uvarint(count)
  if (count === 0) return
  for (const { name, field, write } of tagged) {
    const value = struct[name]
    if (!isGiven(value, field)) continue
    w.uvarint(field.tag)
    const opened = w.openVarintLength()
    write(w, value)
    w.closeVarintLength(opened)
  }
}

function isGiven(value: unknown, f: AnyField): boolean {
  return value !== undefined && !f.kind.isAbsent(value, f.absent)
}

/** A struct that may be null is told by a byte before it: -1 or 1; in a tagged field 0 or 1, as a varint. */
function nullableReader(read: Read<Struct>, { tagged }: Shape): Read<Struct | null> {
  if (tagged) return (r) => (r.uvarint() === 0 ? null : read(r))
  return (r) => (r.int8() < 0 ? null : read(r))
}

function nullableWriter(write: Write<Struct>, { tagged }: Shape): Write<Struct | null> {
  const none = tagged ? 0 : -1
  return (w, value) => {
    w.int8(value === null ? none : 1)
    if (value !== null) write(w, value)
  }
}

function refusingWriter(write: Write<Struct>): Write<Struct | null> {
  return (w, value) => {
    if (value === null) refuseNull('struct')
    write(w, value)
  }
}

export function structKind(fields: Fields): Kind<unknown> {
  const entries = Object.entries(fields)
  let absent: Struct | null = null
  let pieces: Kind<Struct | null>['pieces'] | null = null
  const kind: Kind<Struct | null> = {
    name: 'struct',
    fields,
    // made when first asked for: most structs stand in arrays, whose default is empty
    get absent() {
      absent ??= Object.freeze(Object.fromEntries(entries.map(([name, f]) => [name, f.absent])))
      return absent
    },
    read: (shape, nullable) => (nullable ? nullableReader(reader(fields, shape), shape) : reader(fields, shape)),
    write: (shape, nullable) =>
      nullable ? nullableWriter(writer(fields, shape), shape) : refusingWriter(writer(fields, shape)),
    get pieces() {
      if (pieces !== null) return pieces
      const long = entries.flatMap(([name, f]) => (f.kind.pieces === undefined ? [] : [[name, f.kind.pieces] as const]))
      if (long.length === 0) return (pieces = undefined)
      return (pieces = {
        read(shape: Shape, nullable: boolean): ReadPieces<Struct | null> {
          if (!nullable) return pieceReader(fields, shape)
          const read = kind.read(shape, true)
          // biome-ignore lint/correctness/useYield: a struct that may be null is never the long one
          return function* (r) {
            return read(r)
          }
        },
        write(shape: Shape, nullable: boolean): WritePieces<Struct | null> {
          if (!nullable) return pieceWriter(fields, shape)
          const write = kind.write(shape, true)
          // biome-ignore lint/correctness/useYield: a struct that may be null is never the long one
          return function* (w, value) {
            write(w, value)
          }
        },
        count(struct, most) {
          let count = 0
          if (struct === null) return count
          for (let i = 0; i < long.length && count <= most; i++) {
            const value = struct[long[i]![0]]
            if (value !== undefined) count += long[i]![1].count(value, most)
          }
          return count
        },
      })
    },
    bytesMin: (shape, nullable) => (nullable ? 1 : bytesMin(fields, shape)),
    isAbsent(value, absent) {
      if (value === absent) return true
      if (value === null || absent === null) return false
      for (const [name, f] of entries) if (isGiven(value[name], f)) return false
      return true
    },
  }
  return kind as Kind<unknown>
}

function bytesMin(fields: Fields, shape: Shape): number {
  let bytes = shape.flexible ? uvarintSize(0) : 0
  for (const f of Object.values(fields)) {
    if (shape.version < f.since || shape.version > f.until || f.tag >= 0) continue
    const nullable = shape.version >= f.nullableSince && shape.version <= f.nullableUntil
    bytes += f.kind.bytesMin(shapeOf(f, shape), nullable)
  }
  return bytes
}

export function struct<F extends Fields>(of: F, o?: Options<Out<F>>): Field<Out<F>, In<F>>
export function struct<F extends Fields>(of: F, o: NullableOptions<Out<F>>): Field<Out<F> | null, In<F> | null>
export function struct(of: Fields, o?: Options<unknown> | NullableOptions<unknown>): AnyField {
  return field(structKind(of), o as NullableOptions<unknown>)
}
