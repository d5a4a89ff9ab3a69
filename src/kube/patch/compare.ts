/** Which fields differ between two states of an object. */
import { isRecord, type Node, sameJson } from '../schema/node.ts'
import { elementEdge, FieldSet, isAtomic } from './field-set.ts'

export interface Difference {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** undefined = absent. */
export function compare(before: unknown, after: unknown, root: Node | null): Difference {
  const found = walk(before, after, root, true)
  return {
    added: found?.added ?? new FieldSet(),
    modified: found?.modified ?? new FieldSet(),
    removed: found?.removed ?? new FieldSet(),
  }
}

/** Sets are made where there is something to put into them: most of an object did not change. */
class Found {
  added: FieldSet | null = null
  modified: FieldSet | null = null
  removed: FieldSet | null = null

  take(edge: string, below: Found): void {
    if (below.added !== null) (this.added ??= new FieldSet()).children.set(edge, below.added)
    if (below.modified !== null) (this.modified ??= new FieldSet()).children.set(edge, below.modified)
    if (below.removed !== null) (this.removed ??= new FieldSet()).children.set(edge, below.removed)
  }

  mark(what: 'added' | 'modified' | 'removed'): this {
    ;(this[what] ??= new FieldSet()).isMember = true
    return this
  }
}

const isHollow = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0)

function walk(before: unknown, after: unknown, node: Node | null, isRoot: boolean): Found | null {
  if (before === after) return null
  const given = after ?? before
  const isScalar = typeof given !== 'object' || given === null
  const isOther = Array.isArray(before) !== Array.isArray(after) && !isHollow(before) && !isHollow(after)
  if (isScalar || isAtomic(node, given) || isOther || (isHollow(before) && isHollow(after))) {
    if (before === undefined) return new Found().mark('added')
    if (after === undefined) return new Found().mark('removed')
    return sameJson(before, after) ? null : new Found().mark('modified')
  }
  const found = Array.isArray(given) ? walkList(before, after, node!) : walkObject(before, after, node)
  if (isRoot || (before !== undefined && after !== undefined)) return found
  return (found ?? new Found()).mark(before === undefined ? 'added' : 'removed')
}

function walkList(before: unknown, after: unknown, node: Node): Found | null {
  const was = new Map<string, unknown>()
  for (const element of Array.isArray(before) ? before : []) was.set(elementEdge(node, element), element)
  let found: Found | null = null
  const note = (edge: string, standing: unknown, next: unknown): void => {
    const below = walk(standing, next, node.items ?? null, false)
    if (below !== null) (found ??= new Found()).take(edge, below)
  }
  for (const element of Array.isArray(after) ? after : []) {
    const edge = elementEdge(node, element)
    note(edge, was.get(edge), element)
    was.delete(edge)
  }
  for (const [edge, element] of was) note(edge, element, undefined)
  return found
}

function walkObject(before: unknown, after: unknown, node: Node | null): Found | null {
  const was = isRecord(before) ? before : {}
  const is = isRecord(after) ? after : {}
  let found: Found | null = null
  const note = (key: string): void => {
    const below = walk(was[key], is[key], node?.fields?.get(key) ?? node?.values ?? null, false)
    if (below !== null) (found ??= new Found()).take(`f:${key}`, below)
  }
  for (const key in is) note(key)
  for (const key in was) if (is[key] === undefined) note(key)
  return found
}
