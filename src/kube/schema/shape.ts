/** Removing what a schema does not know, and filling in what it has a default for. */
import { fieldPath, indexPath, isRecord, type Node } from './node.ts'

type Bag = Record<string, unknown>

/** A copy without unknown fields and without nulls that nothing allows; `unknown` gets the paths of the former. */
export function prune(value: unknown, node: Node | null, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const items = node?.items ?? (node?.preserve === true ? node : null)
    return value.map((element, index) => prune(element, items, indexPath(path, index), unknown))
  }
  if (!isRecord(value)) return value
  const kept: Bag = {}
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue
    const where = fieldPath(path, key)
    const known = node?.fields?.get(key) ?? node?.values
    if (known !== undefined) {
      if (child === null && known.nullable !== true && known.default === undefined && known.type !== undefined) continue
      kept[key] = prune(child, known, where, unknown)
    } else if (node?.preserve === true || (node?.embedded === true && isMetaField(key))) {
      kept[key] = child
    } else if (!(path === '' && isMetaField(key))) {
      unknown.push(where)
    }
  }
  return kept
}

const isMetaField = (key: string): boolean => key === 'apiVersion' || key === 'kind' || key === 'metadata'

/** Sets defaults in a value that is ours to write into. */
export function setDefaults(value: unknown, node: Node): void {
  if (Array.isArray(value)) {
    if (node.items !== undefined) for (const element of value) setDefaults(element, node.items)
    return
  }
  if (!isRecord(value)) return
  const bag = value as Bag
  if (node.fields !== undefined) {
    for (const [key, child] of node.fields) {
      if (child.default === undefined) continue
      const isMissing = bag[key] === undefined || (bag[key] === null && child.nullable !== true)
      if (isMissing) bag[key] = structuredCopy(child.default)
    }
  }
  for (const [key, child] of Object.entries(bag)) {
    const known = node.fields?.get(key) ?? node.values
    if (known !== undefined) setDefaults(child, known)
  }
}

/** A copy of JSON that shares nothing. */
export function structuredCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(structuredCopy) as T
  if (!isRecord(value)) return value
  const copy: Bag = {}
  for (const [key, child] of Object.entries(value)) if (child !== undefined) copy[key] = structuredCopy(child)
  return copy as T
}
