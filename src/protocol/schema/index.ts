/** The schema language: one declaration of a message gives its types, decoding, encoding, sizes and defaults. */
export {
  type AnyApi,
  type Api,
  api,
  type ListenerRole,
  type RequestIn,
  type RequestOf,
  type ResponseIn,
  type ResponseOf,
} from './api.ts'
export { array, arrayOf } from './array.ts'
export { type AnyCodec, type Codec, codec } from './codec.ts'
export type { AnyField, Field, Fields, In, Kind, Out, Pieces } from './kind.ts'
export {
  bool,
  float64,
  INT64_MAX,
  INT64_MIN,
  int8,
  int16,
  int32,
  int64,
  int64Wide,
  uint16,
  uint32,
  uuid,
} from './scalars.ts'
export { type BytesIn, bytes, type RecordsIn, records, string } from './strings.ts'
export { FieldNotInVersionError, struct } from './struct.ts'
