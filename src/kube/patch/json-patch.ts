/** JSON patch (RFC 6902). Errors have the texts of the library that the API server uses, as far as people see them. */
import { isRecord, sameJson } from '../schema/node.ts'
import { structuredCopy } from '../schema/shape.ts'
import { PatchError } from './failure.ts'

/** The API server's own bound on operations. */
const operationsMax = 10_000
/** Of all copies in one patch, as JSON: a few that double each other would fill any memory. */
const copiedCharactersMax = 3 * 1024 * 1024

type Bag = Record<string, unknown>

const bad = (why: string): PatchError => new PatchError('BadRequest', why)
const unfit = (why: string): PatchError => new PatchError('Unprocessable', why)

/** A new document; throws {@link PatchError}. All or nothing. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw bad('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp')
  }
  if (operations.length > operationsMax) {
    const text = `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${operations.length}`
    throw new PatchError('Unprocessable', text)
  }
  const document: Document = { root: structuredCopy(target), copied: 0 }
  for (const operation of operations) apply(document, operation)
  return document.root
}

interface Document {
  root: unknown
  /** Characters so far. */
  copied: number
}

function apply(document: Document, operation: unknown): void {
  if (!isRecord(operation)) throw bad('error decoding patch: an operation must be an object')
  const { op, value } = operation
  const path = pointer(operation['path'], 'path')
  switch (op) {
    case 'add':
      need(operation, 'value')
      return add(document, path, structuredCopy(value))
    case 'remove':
      remove(document, path)
      return
    case 'replace':
      need(operation, 'value')
      return replace(document, path, structuredCopy(value))
    case 'move': {
      const from = pointer(operation['from'], 'from')
      if (path.length > from.length && from.every((key, at) => key === path[at])) {
        throw unfit('a value cannot be moved into itself')
      }
      return add(document, path, remove(document, from))
    }
    case 'copy':
      return copy(document, path, read(document, pointer(operation['from'], 'from')))
    case 'test':
      if (sameJson(find(document, path) ?? null, value ?? null)) return
      throw unfit(`testing value ${text(path)} failed`)
    default:
      throw unfit(`unexpected kind of operation: ${String(op)}`)
  }
}

function copy(document: Document, path: readonly string[], value: unknown): void {
  document.copied += JSON.stringify(value).length
  if (document.copied > copiedCharactersMax) {
    const grown = `the accumulated size increase of copy is ${document.copied}`
    throw unfit(`Unable to complete the copy, ${grown}, exceeding the limit ${copiedCharactersMax}`)
  }
  add(document, path, structuredCopy(value))
}

function need(operation: Readonly<Bag>, key: string): void {
  if (!(key in operation)) throw bad(`${operation['op']} operation needs a ${key}`)
}

/** `/a/b~1c` → `a`, `b/c` */
function pointer(path: unknown, what: string): string[] {
  if (typeof path !== 'string') throw bad(`an operation needs a ${what}`)
  if (path === '') return []
  if (!path.startsWith('/')) throw unfit(`${what} ${JSON.stringify(path)} must start with /`)
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const text = (path: readonly string[]): string =>
  path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function find(document: { root: unknown }, path: readonly string[]): unknown {
  let value: unknown = document.root
  for (const key of path) {
    if (Array.isArray(value)) value = value[indexOf(key, value.length - 1) ?? -1]
    else if (isRecord(value) && Object.hasOwn(value, key)) value = value[key]
    else return undefined
  }
  return value
}

function read(document: { root: unknown }, path: readonly string[]): unknown {
  const value = find(document, path)
  if (value === undefined) throw unfit(`missing value at ${text(path)}`)
  return value
}

/** The container of the last key. */
function parentOf(document: { root: unknown }, path: readonly string[], op: string): Bag | unknown[] {
  const parent = find(document, path.slice(0, -1))
  if (Array.isArray(parent)) return parent
  if (!isRecord(parent)) {
    throw unfit(`${op} operation does not apply: doc is missing path: ${JSON.stringify(text(path))}: missing value`)
  }
  return parent as Bag
}

function indexOf(key: string, max: number): number | null {
  if (!/^(0|[1-9]\d*)$/.test(key)) return null
  const index = Number(key)
  return index <= max ? index : null
}

function add(document: { root: unknown }, path: readonly string[], value: unknown): void {
  const key = path.at(-1)
  if (key === undefined) {
    document.root = value
    return
  }
  const parent = parentOf(document, path, 'add')
  if (!Array.isArray(parent)) {
    setOwn(parent, key, value)
    return
  }
  const index = key === '-' ? parent.length : indexOf(key, parent.length)
  if (index === null)
    throw unfit(
      `add operation does not apply: doc is missing path: ${JSON.stringify(text(path))}: Unable to access invalid index`,
    )
  parent.splice(index, 0, value)
}

function remove(document: { root: unknown }, path: readonly string[]): unknown {
  const key = path.at(-1)
  const missing = (): PatchError =>
    unfit(`remove operation does not apply: doc is missing path: ${JSON.stringify(text(path))}: missing value`)
  if (key === undefined) throw missing()
  const parent = parentOf(document, path, 'remove')
  if (Array.isArray(parent)) {
    const index = indexOf(key, parent.length - 1)
    if (index === null) throw missing()
    return parent.splice(index, 1)[0]
  }
  if (!Object.hasOwn(parent, key)) throw missing()
  const value = parent[key]
  delete parent[key]
  return value
}

function replace(document: { root: unknown }, path: readonly string[], value: unknown): void {
  const key = path.at(-1)
  if (key === undefined) {
    document.root = value
    return
  }
  const parent = parentOf(document, path, 'replace')
  const missing = (): PatchError =>
    unfit(`replace operation does not apply: doc is missing key: ${text(path)}: missing value`)
  if (Array.isArray(parent)) {
    const index = indexOf(key, parent.length - 1)
    if (index === null) throw missing()
    parent[index] = value
  } else {
    if (!Object.hasOwn(parent, key)) throw missing()
    setOwn(parent, key, value)
  }
}

/** `__proto__` is a key like others. */
function setOwn(bag: Bag, key: string, value: unknown): void {
  Object.defineProperty(bag, key, { value, writable: true, enumerable: true, configurable: true })
}
