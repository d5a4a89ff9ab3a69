import type { Reader, Writer } from '../../bytes/index.ts'

/** The facts that change how a kind is written. */
export interface Shape {
  readonly version: number
  /** Compact lengths and tagged fields (KIP-482). */
  readonly flexible: boolean
  /** Fields that the version does not have are left out when written, not refused. */
  readonly drops: boolean
  /** The value is that of a tagged field. */
  readonly tagged: boolean
}

export type Read<T> = (r: Reader) => T
export type Write<I> = (w: Writer, value: I) => void
/** Work that may be long: it pauses after a few dozen elements. */
export type Pieces<T> = Generator<undefined, T, undefined>
export type ReadPieces<T> = (r: Reader) => Pieces<T>
export type WritePieces<I> = (w: Writer, value: I) => Pieces<void>

/**
 * A kind of value: it carries its own reading, writing and default, so no walk over a schema asks which kind it meets.
 * T is what decoding gives, I what encoding takes. `read` and `write` are called once per (message, version), never per
 * message; the closures they return are the hot path.
 */
export interface Kind<T, I = T> {
  readonly name: string
  /** Of a struct, or of the structs in an array: for those who describe a schema. */
  readonly fields?: Fields | undefined
  /** The value of a field that says nothing else. */
  readonly absent: T
  read(shape: Shape, nullable: boolean): Read<T>
  write(shape: Shape, nullable: boolean): Write<I>
  /** The same in pieces, of kinds that may be long: those that are or hold an array. */
  readonly pieces?: KindPieces<T, I> | undefined
  /** The least number of bytes a value takes: what an array's count is checked against. */
  bytesMin(shape: Shape, nullable: boolean): number
  /** Whether writing `value` says no more than leaving the field out. */
  isAbsent(value: I, absent: T): boolean
}

export interface KindPieces<T, I> {
  read(shape: Shape, nullable: boolean): ReadPieces<T>
  write(shape: Shape, nullable: boolean): WritePieces<I>
  /** Elements in it, at every depth; counting may end beyond `most`. */
  count(value: I, most: number): number
}

/** A field of a message: a kind, the versions that have it, and its value in those that do not. */
export interface Field<T, I = T> {
  readonly kind: Kind<T, I>
  readonly absent: T
  readonly since: number
  readonly until: number
  /** Null may be written in these versions. */
  readonly nullableSince: number
  readonly nullableUntil: number
  /** Tag number of a tagged field, or -1. */
  readonly tag: number
  /** A value is dropped, not refused, when the version has no such field. */
  readonly ignorable: boolean
  /** The length stays two or four bytes wide in flexible versions (client id of the request header). */
  readonly neverCompact: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: the one place that says "a field of whatever type"
export type AnyField = Field<any, any>
export type Fields = Readonly<Record<string, AnyField>>

/** What decoding a struct of these fields gives: every field, absent ones with their default. */
export type Out<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T, infer _I> ? T : never }
/** What encoding takes: fields left out have their default. */
export type In<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer _T, infer I> ? I | undefined : never
}

interface Versions {
  readonly since?: number
  readonly until?: number
  readonly tag?: number
  readonly ignorable?: boolean
  readonly neverCompact?: boolean
}

export interface Options<T> extends Versions {
  readonly absent?: T
  readonly nullable?: undefined
}

/** `nullable` is the first version in which null may be written. */
export interface NullableOptions<T> extends Versions {
  readonly absent?: T | null
  readonly nullable: number
  readonly nullableUntil?: number
}

export function field<T, I>(kind: Kind<T, I>, o?: Options<T>): Field<T, I>
export function field<T, I>(kind: Kind<T, I>, o: NullableOptions<T>): Field<T | null, I | null>
export function field(kind: Kind<unknown, unknown>, o: Options<unknown> | NullableOptions<unknown> = {}): AnyField {
  const until = o.until ?? Number.POSITIVE_INFINITY
  return {
    kind,
    absent: o.absent === undefined ? kind.absent : o.absent,
    since: o.since ?? 0,
    until,
    nullableSince: o.nullable ?? Number.POSITIVE_INFINITY,
    nullableUntil: o.nullable === undefined ? -1 : (o.nullableUntil ?? until),
    tag: o.tag ?? -1,
    ignorable: o.ignorable ?? false,
    neverCompact: o.neverCompact ?? false,
  }
}
