/**
 * Built-in kinds are decoded into Go types before anything else sees them. What that does to an object: unknown fields go,
 * zero values of `omitempty` fields go, structs are there even when empty, quantities get their canonical form; and what
 * does not fit a type cannot be decoded at all.
 */
import type { Obj } from '../../kube-client/index.ts'
import type { FieldError, JsonObject, MergeRule, Path, Schema } from '../kind.ts'
import { fieldPath, indexPath, isRecord, type Node, nodeAt } from '../schema/node.ts'
import { toOpenApi } from '../schema/open-api.ts'
import { zeroOf } from '../schema/zero.ts'
import type { Messages } from './messages.ts'
import { canonicalQuantity, quantityError } from './quantity.ts'

type Bag = Record<string, unknown>

/** The schema of a built-in kind: decoding, then the kind's own defaults. */
export class TypedSchema implements Schema {
  readonly root: Node
  readonly #setDefaults: (object: Bag) => void
  readonly #name: string
  readonly #always: Always = new Map()

  /** `setDefaults` may write into what it is given, which nobody else holds. */
  constructor(messages: Messages, message: string, setDefaults: (object: Bag) => void) {
    const node = messages.node(message)
    const text: Node = { type: 'string', go: { name: 'string', code: 's', omitEmpty: true } }
    this.#name = message.split('.')[1]!
    this.root = {
      type: 'object',
      go: node.go!,
      fields: new Map([['apiVersion', text], ['kind', text], ...node.fields!]),
    }
    this.#setDefaults = setDefaults
  }

  check(object: Obj): ReturnType<Schema['check']> {
    const decoder = new Decoder(this.#always)
    const value = decoder.message(object, this.root, '', this.#name)
    if (decoder.malformed !== null) return { value: object, errors: [], unknown: [], malformed: decoder.malformed }
    this.#setDefaults(value)
    const errors: FieldError[] = []
    return { value: value as unknown as Obj, errors, unknown: decoder.unknown }
  }

  merge(path: Path): MergeRule {
    return nodeAt(this.root, path)?.merge ?? {}
  }

  openApi(): ReturnType<Schema['openApi']> {
    const definitions: Record<string, JsonObject> = {}
    const schema = toOpenApi({ ...this.root, go: { name: '' } }, definitions)
    return { schema, definitions }
  }
}

type Always = Map<ReadonlyMap<string, Node>, readonly (readonly [string, Node])[]>

class Decoder {
  readonly unknown: string[] = []
  malformed: string | null = null
  readonly #always: Always

  constructor(always: Always) {
    this.#always = always
  }

  message(value: Readonly<Bag>, node: Node, path: string, struct: string): Bag {
    const out: Bag = {}
    const fields = node.fields!
    for (const key in value) {
      const given = value[key]
      if (given === undefined) continue
      const field = fields.get(key)
      if (field === undefined) {
        this.unknown.push(plainPath(fieldPath(path, key)))
        continue
      }
      if (given === null) continue
      const kept = keep(this.value(given, field, fieldPath(path, key), struct), field)
      if (kept !== undefined) out[key] = kept
    }
    for (const [name, field] of this.#alwaysOf(fields)) {
      if (!(name in out)) out[name] = keep(undefined, field)
    }
    return out
  }

  /** Fields that are written even when nobody gave them. */
  #alwaysOf(fields: ReadonlyMap<string, Node>): readonly (readonly [string, Node])[] {
    let always = this.#always.get(fields)
    if (always === undefined) {
      always = [...fields].filter(([, field]) => keep(undefined, field) !== undefined)
      this.#always.set(fields, always)
    }
    return always
  }

  value(value: unknown, node: Node, path: string, struct: string): unknown {
    const go = node.go
    const mismatch = (): undefined => this.#mismatch(value, go?.name ?? node.type ?? '', path, struct)
    switch (go?.code) {
      case '[]':
        if (!Array.isArray(value)) return mismatch()
        return value.map((element, index) =>
          element === null ? zeroOf(node.items!) : this.value(element, node.items!, indexPath(path, index), struct),
        )
      case '{}':
        if (!isRecord(value)) return mismatch()
        return this.#map(value, node.values!, path, struct)
      case 's':
        return typeof value === 'string' ? value : mismatch()
      case 'b':
        return typeof value === 'boolean' ? value : mismatch()
      case 'i':
        return isInteger(value, 2 ** 31) ? value : mismatch()
      case 'l':
        return isInteger(value, 2 ** 63) ? value : mismatch()
      case 'd':
        return typeof value === 'number' ? value : mismatch()
      case 'y':
        if (typeof value !== 'string') return mismatch()
        if (!isBase64(value)) this.malformed ??= `illegal base64 data at input byte ${badByte(value)}`
        return value
      case 'T':
      case 'U':
        if (typeof value !== 'string') return mismatch()
        if (!isTime(value)) {
          this.malformed ??= `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`
        }
        return value
      case 'Q':
        return this.#quantity(value)
      case 'I':
        return typeof value === 'string' || isInteger(value, 2 ** 31) ? value : mismatch()
      case 'R':
      case 'F':
        return isRecord(value) ? value : mismatch()
      case 'message':
        if (!isRecord(value)) return mismatch()
        return this.message(value, node, path, go.name.replace(/^v1\./, ''))
      default:
        return this.#untyped(value, node, path, struct)
    }
  }

  #map(value: Readonly<Bag>, values: Node, path: string, struct: string): Bag {
    const out: Bag = {}
    for (const [key, child] of Object.entries(value)) {
      if (child === undefined) continue
      out[key] = child === null ? zeroOf(values) : this.value(child, values, keyPath(path, key), struct)
    }
    return out
  }

  /** ObjectMeta's nodes and free JSON. */
  #untyped(value: unknown, node: Node, path: string, struct: string): unknown {
    const mismatch = (type: string): undefined => this.#mismatch(value, type, path, node.go?.name ?? struct)
    switch (node.type) {
      case undefined:
        return value
      case 'string':
        return typeof value === 'string' ? value : mismatch('string')
      case 'boolean':
        return typeof value === 'boolean' ? value : mismatch('bool')
      case 'integer':
      case 'number':
        return isInteger(value, 2 ** 63) ? value : mismatch('int64')
      case 'array':
        if (!Array.isArray(value)) return mismatch('[]string')
        return value.map((element, index) => this.#untyped(element, node.items ?? {}, indexPath(path, index), struct))
      case 'object':
        if (!isRecord(value)) return mismatch('map[string]string')
        if (node.fields !== undefined) return this.#untypedFields(value, node, path)
        if (node.values === undefined) return value
        return this.#untypedValues(value, node.values, path, struct)
    }
  }

  #untypedFields(value: Readonly<Bag>, node: Node, path: string): Bag {
    const out: Bag = {}
    for (const [key, child] of Object.entries(value)) {
      const field = node.fields!.get(key)
      if (field === undefined) this.unknown.push(plainPath(fieldPath(path, key)))
      else if (child !== null && child !== undefined) {
        const decoded = this.#untyped(child, field, fieldPath(path, key), node.go?.name ?? 'ObjectMeta')
        if (!isZero(decoded)) out[key] = decoded
      }
    }
    return out
  }

  #untypedValues(value: Readonly<Bag>, values: Node, path: string, struct: string): Bag {
    const out: Bag = {}
    for (const [key, child] of Object.entries(value)) {
      if (child !== undefined) out[key] = child === null ? '' : this.#untyped(child, values, keyPath(path, key), struct)
    }
    return out
  }

  #quantity(value: unknown): unknown {
    const isText = typeof value === 'string' || typeof value === 'number'
    const canonical = isText ? canonicalQuantity(value) : null
    if (canonical === null) this.malformed ??= quantityError
    return canonical ?? undefined
  }

  #mismatch(value: unknown, type: string, path: string, struct: string): undefined {
    // Neither indexes of lists nor keys of maps are named.
    const field = path.replace(/\[\d+\]/g, '').replaceAll(markedKeys, '')
    this.malformed ??= `json: cannot unmarshal ${jsonName(value, type)} into Go struct field ${struct}.${field} of type ${type}`
    return undefined
  }
}

/** Below a key of a map; the key is marked, since errors leave it out. */
const keyPath = (path: string, key: string): string => `${path}<<.${key}>>`
const plainPath = (path: string): string => path.replaceAll('<<', '').replaceAll('>>', '')
const markedKeys = /<<[^>]*>>/g

/** What Go's decoder calls a JSON value. */
function jsonName(value: unknown, type: string): string {
  if (typeof value === 'number') return /^int/.test(type) ? `number ${value}` : 'number'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? 'array' : typeof value
}

const isInteger = (value: unknown, below: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= -below && value < below

const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

function badByte(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/=]/)
  return at >= 0 ? at : text.length - (text.length % 4)
}

/** What an `omitempty` field leaves out. */
export function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0
}

/** A decoded field as it is written again; undefined: left out. */
function keep(value: unknown, node: Node): unknown {
  const go = node.go
  if (go === undefined) return value
  if (go.pointer === true) return value ?? (go.omitEmpty === true ? undefined : null)
  // A Time is a struct, too.
  if ((go.code === 'T' || go.code === 'U') && go.omitZero !== true) return value ?? null
  const isStruct = go.code === 'message' || go.ref?.endsWith('.ObjectMeta') === true
  if (isStruct) return value === undefined && go.omitZero === true ? undefined : (value ?? zeroOf(node))
  if (go.omitEmpty === true) return isZero(value) && go.code !== 'I' ? undefined : value
  return value === undefined ? zeroOf(node) : value
}
