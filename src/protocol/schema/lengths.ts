import type { Reader, Writer } from '../../bytes/index.ts'
import type { Shape } from './kind.ts'

/**
 * The length in front of a value, in each of Kafka's three forms; -1 stands for null. Compact lengths are written one
 * greater, so that zero is null.
 */
export interface LengthForm {
  read(r: Reader): number
  write(w: Writer, length: number): void
  readonly bytes: number
}

const compact: LengthForm = {
  read: (r) => r.uvarint() - 1,
  write: (w, length) => w.uvarint(length + 1),
  bytes: 1,
}
const wide: LengthForm = {
  read: (r) => r.int32(),
  write: (w, length) => w.int32(length),
  bytes: 4,
}
const narrow: LengthForm = {
  read: (r) => r.int16(),
  write: (w, length) => w.int16(length),
  bytes: 2,
}

export function stringLength(shape: Shape): LengthForm {
  return shape.flexible ? compact : narrow
}

/** Of arrays, bytes and records. */
export function wideLength(shape: Shape): LengthForm {
  return shape.flexible ? compact : wide
}

/** Passes a length that was read; `null` lengths are refused where the field's version has no null. */
export function checkLength(r: Reader, length: number, nullable: boolean, what: string): number {
  if (length < -1) r.fail(`${what} of length ${length}`)
  if (length === -1 && !nullable) r.fail(`null ${what} where null is not allowed`)
  return length
}

export function refuseNull(what: string): never {
  throw new TypeError(`null ${what} in a version that has no null`)
}
