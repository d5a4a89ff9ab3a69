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
  const difference = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() }
  walk(before, after, root, [], difference)
  return difference
}

function insert(set: FieldSet, path: readonly string[]): void {
  let at = set
  for (const edge of path) at = at.at(edge)
  at.isMember = true
}

const isLeaf = (value: unknown, node: Node | null): boolean =>
  (!Array.isArray(value) && !isRecord(value)) || isAtomic(node, value)

const isHollow = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0)

function walk(before: unknown, after: unknown, node: Node | null, path: readonly string[], out: Difference): void {
  const given = after ?? before
  const differ = Array.isArray(before) !== Array.isArray(after) && !isHollow(before) && !isHollow(after)
  if (isLeaf(given, node) || differ || (isHollow(before) && isHollow(after))) {
    if (before === undefined) insert(out.added, path)
    else if (after === undefined) insert(out.removed, path)
    else if (!sameJson(before, after)) insert(out.modified, path)
    return
  }
  if (Array.isArray(given)) walkList(before, after, node!, path, out)
  else walkObject(before, after, node, path, out)
  if (path.length === 0) return
  if (before === undefined) insert(out.added, path)
  else if (after === undefined) insert(out.removed, path)
}

function walkList(before: unknown, after: unknown, node: Node, path: readonly string[], out: Difference): void {
  const index = (list: unknown): Map<string, unknown> =>
    new Map((Array.isArray(list) ? list : []).map((element) => [elementEdge(node, element), element]))
  const [was, is] = [index(before), index(after)]
  for (const edge of new Set([...was.keys(), ...is.keys()])) {
    walk(was.get(edge), is.get(edge), node.items ?? null, [...path, edge], out)
  }
}

function walkObject(
  before: unknown,
  after: unknown,
  node: Node | null,
  path: readonly string[],
  out: Difference,
): void {
  const [was, is] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}]
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (was[key] === undefined && is[key] === undefined) continue
    walk(was[key], is[key], node?.fields?.get(key) ?? node?.values ?? null, [...path, `f:${key}`], out)
  }
}
