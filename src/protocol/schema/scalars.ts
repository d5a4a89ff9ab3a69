import type { Reader, Uuid, Writer } from '../../bytes/index.ts'
import { ZERO_UUID } from '../../bytes/index.ts'
import { type Field, field, type Kind, type Options, type Read, type Write } from './kind.ts'

function fixed<T>(name: string, bytes: number, absent: T, read: Read<T>, write: Write<T>): Kind<T> {
  return {
    name,
    absent,
    read: () => read,
    write: () => write,
    bytesMin: () => bytes,
    isAbsent: (value, absent) => value === absent,
  }
}

const int8Kind = fixed<number>(
  'int8',
  1,
  0,
  (r: Reader) => r.int8(),
  (w: Writer, v) => w.int8(v),
)
const int16Kind = fixed<number>(
  'int16',
  2,
  0,
  (r: Reader) => r.int16(),
  (w: Writer, v) => w.int16(v),
)
const uint16Kind = fixed<number>(
  'uint16',
  2,
  0,
  (r: Reader) => r.uint16(),
  (w: Writer, v) => w.int16(v),
)
const int32Kind = fixed<number>(
  'int32',
  4,
  0,
  (r: Reader) => r.int32(),
  (w: Writer, v) => w.int32(v),
)
const uint32Kind = fixed<number>(
  'uint32',
  4,
  0,
  (r: Reader) => r.uint32(),
  (w: Writer, v) => w.int32(v),
)
const int64Kind = fixed<number>(
  'int64',
  8,
  0,
  (r: Reader) => r.int64(),
  (w: Writer, v) => w.int64(v),
)
const int64WideKind = fixed<bigint>(
  'int64',
  8,
  0n,
  (r: Reader) => r.int64Wide(),
  (w: Writer, v) => w.int64Wide(v),
)
const float64Kind = fixed<number>(
  'float64',
  8,
  0,
  (r: Reader) => r.float64(),
  (w: Writer, v) => w.float64(v),
)
const boolKind = fixed<boolean>(
  'bool',
  1,
  false,
  (r: Reader) => r.bool(),
  (w: Writer, v) => w.bool(v),
)
const uuidKind = fixed<Uuid>(
  'uuid',
  16,
  ZERO_UUID,
  (r: Reader) => r.uuid(),
  (w: Writer, v) => w.uuid(v),
)

export const int8 = (o?: Options<number>): Field<number> => field(int8Kind, o)
export const int16 = (o?: Options<number>): Field<number> => field(int16Kind, o)
export const uint16 = (o?: Options<number>): Field<number> => field(uint16Kind, o)
export const int32 = (o?: Options<number>): Field<number> => field(int32Kind, o)
export const uint32 = (o?: Options<number>): Field<number> => field(uint32Kind, o)
/** Read as the nearest double, written clamped: exact within ±2^53 and at both limits. */
export const int64 = (o?: Options<number>): Field<number> => field(int64Kind, o)
/** For a field whose whole 64-bit range has meaning. */
export const int64Wide = (o?: Options<bigint>): Field<bigint> => field(int64WideKind, o)
export const float64 = (o?: Options<number>): Field<number> => field(float64Kind, o)
export const bool = (o?: Options<boolean>): Field<boolean> => field(boolKind, o)
export const uuid = (o?: Options<Uuid>): Field<Uuid> => field(uuidKind, o)

/** The limits of int64 as the doubles they decode to; they encode to the limits again. */
export const INT64_MAX = 2 ** 63
export const INT64_MIN = -(2 ** 63)
