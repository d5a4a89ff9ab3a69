import { utf8Decode, utf8Encode } from '../bytes/index.ts'

/** A record that cannot be shown as asked; the text names Java's exception and its message. */
export class SerializationFailure extends Error {
  readonly isSerializationFailure = true
}

export type TextOf = (bytes: Uint8Array) => string

const PREFIX = 'org.apache.kafka.common.serialization.'

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function sized(name: string, size: number, read: (v: DataView) => string): TextOf {
  return (bytes) => {
    if (bytes.length !== size) throw new SerializationFailure(`Size of data received by ${name} is not ${size}`)
    return read(view(bytes))
  }
}

/** A double as Java prints it. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) {
    const [digits = '', exponent] = value.toExponential().split('e')
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
}

/** Bytes.toString: printable ASCII as it is, all else as \xHH. */
function escaped(bytes: Uint8Array): string {
  let text = ''
  for (const b of bytes) {
    if (b >= 0x20 && b <= 0x7e && b !== 0x5c) text += String.fromCharCode(b)
    else text += b === 0x5c ? '\\\\' : `\\x${b.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

function uuid(bytes: Uint8Array): string {
  const text = utf8Decode(bytes)
  if (!/^[0-9a-f]+(-[0-9a-f]+){4}$/i.test(text))
    throw new SerializationFailure('Error when deserializing byte[] to UUID')
  return text.toLowerCase()
}

function boolean(bytes: Uint8Array): string {
  if (bytes.length === 1 && bytes[0] === 1) return 'true'
  if (bytes.length === 1 && bytes[0] === 0) return 'false'
  throw new SerializationFailure('Unexpected byte received by BooleanDeserializer: ' + (bytes[0] ?? 'none'))
}

const byName: ReadonlyMap<string, TextOf> = new Map<string, TextOf>([
  ['StringDeserializer', (bytes) => utf8Decode(bytes)],
  ['LongDeserializer', sized('LongDeserializer', 8, (v) => String(v.getBigInt64(0)))],
  ['IntegerDeserializer', sized('IntegerDeserializer', 4, (v) => String(v.getInt32(0)))],
  ['ShortDeserializer', sized('ShortDeserializer', 2, (v) => String(v.getInt16(0)))],
  ['DoubleDeserializer', sized('DoubleDeserializer', 8, (v) => javaDouble(v.getFloat64(0)))],
  ['FloatDeserializer', sized('FloatDeserializer', 4, (v) => javaDouble(Number(v.getFloat32(0).toPrecision(8))))],
  ['BooleanDeserializer', boolean],
  ['UUIDDeserializer', uuid],
  ['BytesDeserializer', escaped],
  ['ByteArrayDeserializer', (bytes) => `[B@${bytes.length.toString(16)}`],
  ['ByteBufferDeserializer', (bytes) => `java.nio.HeapByteBuffer[pos=0 lim=${bytes.length} cap=${bytes.length}]`],
  ['VoidDeserializer', () => 'null'],
])

/** By the name of Java's class; undefined when there is none. */
export function deserializerNamed(name: string): TextOf | undefined {
  return name.startsWith(PREFIX) ? byName.get(name.slice(PREFIX.length)) : undefined
}

export function asBytes(textOf: TextOf | null, bytes: Uint8Array): Uint8Array {
  return textOf === null ? bytes : utf8Encode(textOf(bytes))
}
