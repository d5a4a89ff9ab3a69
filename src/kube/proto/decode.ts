/**
 * Bodies in `application/vnd.kubernetes.protobuf`: `k8s\0`, then an Unknown that names apiVersion and kind and holds the
 * message. kubectl and client-go send built-in kinds so; answers may be JSON.
 */
import { base64Encode } from '../../bytes/index.ts'
import { timestampOf } from '../../kube-client/index.ts'
import type { ProtoField, ProtoTable } from '../proto-table.ts'
import { ProtoError, ProtoReader, type WireType } from './wire.ts'

export { isProtoError, ProtoError } from './wire.ts'

const magic = [0x6b, 0x38, 0x73, 0] as const
/** Messages in messages. */
const depthMax = 100
/** Elements and map entries of a whole body. */
const valuesMax = 1_000_000

export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

export const isProtobuf = (bytes: Uint8Array): boolean => magic.every((byte, at) => bytes[at] === byte)

/** Throws {@link ProtoError}. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!isProtobuf(bytes))
    throw new ProtoError('provided data does not appear to be a protobuf message, expected prefix k8s')
  const reader = new ProtoReader(bytes, magic.length)
  let apiVersion = ''
  let kind = ''
  let raw: Uint8Array = new Uint8Array(0)
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag()
    if (number === 1 && wire === 2) {
      const type = reader.message()
      while (!type.isAtEnd) {
        const field = type.tag()
        if (field.wire !== 2) type.skip(field.wire)
        else if (field.number === 1) apiVersion = textOf(type.bytes())
        else if (field.number === 2) kind = textOf(type.bytes())
        else type.skip(field.wire)
      }
    } else if (number === 2 && wire === 2) raw = reader.bytes()
    else reader.skip(wire)
  }
  return { apiVersion, kind, raw }
}

/** A whole object; throws {@link ProtoError}. */
export function decodeObject(bytes: Uint8Array, table: ProtoTable): Record<string, unknown> {
  const { apiVersion, kind, raw } = readEnvelope(bytes)
  return { apiVersion, kind, ...new Decoder(table).message(new ProtoReader(raw), table.message, 0) }
}

const utf8 = () => new TextDecoder('utf-8', { fatal: true })

function textOf(bytes: Uint8Array): string {
  try {
    return utf8().decode(bytes)
  } catch {
    throw new ProtoError('string field contains invalid UTF-8')
  }
}

type Bag = Record<string, unknown>

class Decoder {
  readonly #table: ProtoTable
  #values = 0

  constructor(table: ProtoTable) {
    this.#table = table
  }

  message(reader: ProtoReader, name: string, depth: number): Bag {
    if (depth > depthMax) throw new ProtoError('messages are nested too deeply')
    const out: Bag = {}
    this.#fill(out, reader, name, depth)
    return out
  }

  #fill(out: Bag, reader: ProtoReader, name: string, depth: number): void {
    const fields = this.#table.lookup(name)
    while (!reader.isAtEnd) {
      const { number, wire } = reader.tag()
      const field = fields[number]
      if (field === undefined) reader.skip(wire)
      else this.#field(out, field, reader, wire, depth)
    }
  }

  #field(out: Bag, field: ProtoField, reader: ProtoReader, wire: WireType, depth: number): void {
    if (++this.#values > valuesMax) throw new ProtoError('too many values')
    if (field.inline === true) {
      expect(wire, 2)
      this.#fill(out, reader.message(), field.type, depth + 1)
    } else if (field.map === true) {
      expect(wire, 2)
      const [key, value] = this.#entry(reader.message(), field.type, depth)
      ;(bagAt(out, field.name) as Bag)[key] = value
    } else if (field.repeated === true) {
      const list = (out[field.name] ??= []) as unknown[]
      list.push(this.#value(field.type, reader, wire, depth))
    } else {
      out[field.name] = this.#value(field.type, reader, wire, depth)
    }
  }

  #entry(reader: ProtoReader, type: string, depth: number): [string, unknown] {
    let key = ''
    let value: unknown
    while (!reader.isAtEnd) {
      const { number, wire } = reader.tag()
      if (number === 1 && wire === 2) key = textOf(reader.bytes())
      else if (number === 2) value = this.#value(type, reader, wire, depth)
      else reader.skip(wire)
    }
    return [key, value ?? emptyOf(type)]
  }

  #value(type: string, reader: ProtoReader, wire: WireType, depth: number): unknown {
    switch (type[0]) {
      case 'b':
        if (type.length > 1) break
        expect(wire, 0)
        return reader.int64() !== 0n
      case 'i':
      case 'l':
        if (type.length > 1) break
        expect(wire, 0)
        return Number(reader.int64())
      case 'd':
        if (type.length > 1) break
        expect(wire, 1)
        return reader.double()
      case 's':
        if (type.length > 1 && type[1] !== "'") break
        expect(wire, 2)
        return textOf(reader.bytes())
    }
    expect(wire, 2)
    return this.#special(type, reader, depth)
  }

  #special(type: string, reader: ProtoReader, depth: number): unknown {
    switch (type) {
      case 'y':
        return base64Encode(reader.bytes())
      case 'T':
      case 'U':
        return timeOf(reader.message(), type === 'U')
      case 'Q':
        return textField(reader.message(), 1)
      case 'I':
        return intOrString(reader.message())
      case 'W':
        return `${Number(varintField(reader.message(), 1)) / 1e9}s`
      case 'F':
      case 'R':
      case 'J':
        return jsonField(reader.message())
      default:
        return this.message(reader.message(), type, depth + 1)
    }
  }
}

function expect(wire: WireType, wanted: WireType): void {
  if (wire !== wanted) throw new ProtoError(`wrong wireType = ${wire}`)
}

function bagAt(out: Bag, name: string): unknown {
  return (out[name] ??= {})
}

/** A map entry whose value is left out. */
function emptyOf(type: string): unknown {
  if (type === 'b') return false
  if (type === 'i' || type === 'l' || type === 'd') return 0
  return type.startsWith('s') || type === 'y' || type === 'Q' ? '' : {}
}

function textField(reader: ProtoReader, wanted: number): string {
  let text = ''
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag()
    if (number === wanted && wire === 2) text = textOf(reader.bytes())
    else reader.skip(wire)
  }
  return text
}

function varintField(reader: ProtoReader, wanted: number): bigint {
  let value = 0n
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag()
    if (number === wanted && wire === 0) value = reader.int64()
    else reader.skip(wire)
  }
  return value
}

/** seconds = 1, nanos = 2; the zero Time is null in JSON. */
function timeOf(reader: ProtoReader, isMicro: boolean): string | null {
  let seconds = 0n
  let nanos = 0n
  let isSet = false
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag()
    if (wire !== 0) reader.skip(wire)
    else if (number === 1) {
      seconds = reader.int64()
      isSet = true
    } else if (number === 2) nanos = reader.int64()
    else reader.int64()
  }
  if (!isSet) return null
  const ms = Number(seconds) * 1000
  if (!Number.isSafeInteger(ms) || Math.abs(ms) > 8.64e15) throw new ProtoError('time out of range')
  const text = timestampOf(ms)
  return isMicro ? `${text.slice(0, -1)}.${String(nanos / 1000n).padStart(6, '0')}Z` : text
}

/** type = 1 (0 int, 1 string), intVal = 2, strVal = 3 */
function intOrString(reader: ProtoReader): number | string {
  let isText = false
  let number = 0
  let text = ''
  while (!reader.isAtEnd) {
    const field = reader.tag()
    if (field.number === 1 && field.wire === 0) isText = reader.int64() === 1n
    else if (field.number === 2 && field.wire === 0) number = Number(reader.int64())
    else if (field.number === 3 && field.wire === 2) text = textOf(reader.bytes())
    else reader.skip(field.wire)
  }
  return isText ? text : number
}

/** A message whose first field holds JSON text. */
function jsonField(reader: ProtoReader): unknown {
  const text = textField(reader, 1)
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ProtoError('embedded JSON does not parse')
  }
}
