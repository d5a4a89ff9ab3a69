import { int32At, int64At, putInt32, putInt64, utf8Decode, utf8Encode } from '../bytes/index.ts'
import { clientError } from './errors.ts'

/** Both directions of one way to write values as bytes; Kafka's own, byte for byte, where Kafka has one. */
export interface Serde<T> {
  serialize(value: T): Uint8Array
  deserialize(bytes: Uint8Array): T
}

function sized(bytes: Uint8Array, size: number, what: string): Uint8Array {
  if (bytes.length === size) return bytes
  throw clientError('DESERIALIZATION', `${what} takes ${size} bytes, not ${bytes.length}`)
}

function written(size: number, write: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(size)
  write(new DataView(bytes.buffer), bytes)
  return bytes
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export const stringSerde: Serde<string> = { serialize: utf8Encode, deserialize: (bytes) => utf8Decode(bytes) }

export const bytesSerde: Serde<Uint8Array> = { serialize: (bytes) => bytes, deserialize: (bytes) => bytes }

export const integerSerde: Serde<number> = {
  serialize: (value) => written(4, (_, bytes) => putInt32(bytes, 0, value)),
  deserialize: (bytes) => int32At(sized(bytes, 4, 'An integer'), 0),
}

/** Exact within ±2^53. */
export const longSerde: Serde<number> = {
  serialize: (value) => written(8, (_, bytes) => putInt64(bytes, 0, value)),
  deserialize: (bytes) => int64At(sized(bytes, 8, 'A long'), 0),
}

export const bigLongSerde: Serde<bigint> = {
  serialize: (value) => written(8, (into) => into.setBigInt64(0, value)),
  deserialize: (bytes) => view(sized(bytes, 8, 'A long')).getBigInt64(0),
}

export const doubleSerde: Serde<number> = {
  serialize: (value) => written(8, (into) => into.setFloat64(0, value)),
  deserialize: (bytes) => view(sized(bytes, 8, 'A double')).getFloat64(0),
}

export const jsonSerde: Serde<unknown> = {
  serialize: (value) => utf8Encode(JSON.stringify(value)),
  deserialize: (bytes) => JSON.parse(utf8Decode(bytes)),
}
