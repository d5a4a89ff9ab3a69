/**
 * Strategic merge patch, as kubectl sends it for built-in kinds: lists that the schema says have a merge key are merged
 * element by element; directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say what a
 * merge alone cannot.
 */
import type { MergeRule, Path } from '../kind.ts'
import { isRecord, sameJson } from '../schema/node.ts'
import { PatchError } from './failure.ts'

type Bag = Record<string, unknown>
type Fields = Readonly<Bag>

/** What of a schema is needed. */
export interface MergeRules {
  merge(path: Path): MergeRule
}

const orderPrefix = '$setElementOrder/'
const deletePrefix = '$deleteFromPrimitiveList/'
const retainKeys = '$retainKeys'
const directive = '$patch'
const badRetain = 'invalid patch format of retainKeys'

const bad = (why: string): PatchError => new PatchError('BadRequest', why)

/** A new object; throws {@link PatchError}. Neither argument is written into. */
export function strategicMerge(target: Fields, patch: Fields, rules: MergeRules): Fields {
  return mergeObjects(target, patch, rules, [])
}

function mergeObjects(target: Fields, patch: Fields, rules: MergeRules, path: Path): Fields {
  const how = patch[directive]
  if (how !== undefined) {
    if (how === 'replace') return plain(without(patch, directive)) as Fields
    if (how === 'delete') return {}
    if (how !== 'merge') throw bad(`unknown patch type: ${String(how)} in map: ${JSON.stringify(patch)}`)
  }
  const merged: Bag = { ...target }
  retain(merged, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || key === directive || key === retainKeys) continue
    if (key.startsWith(deletePrefix)) deleteFromList(merged, key.slice(deletePrefix.length), value)
    else if (!key.startsWith(orderPrefix)) mergeField(merged, key, value, rules, path)
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(orderPrefix)) setOrder(merged, key.slice(orderPrefix.length), value, target, patch, rules, path)
  }
  return merged
}

const without = (fields: Fields, key: string): Fields => {
  const { [key]: _, ...rest } = fields
  return rest
}

function retain(merged: Bag, patch: Fields): void {
  const kept = patch[retainKeys]
  if (kept === undefined) return
  if (!Array.isArray(kept)) throw bad(badRetain)
  for (const [key, value] of Object.entries(patch)) {
    const isDirective =
      key === retainKeys || key === directive || key.startsWith(orderPrefix) || key.startsWith(deletePrefix)
    if (value !== null && !isDirective && !kept.includes(key)) throw bad(badRetain)
  }
  for (const key of Object.keys(merged)) if (!kept.includes(key)) delete merged[key]
}

function deleteFromList(merged: Bag, key: string, values: unknown): void {
  const list = merged[key]
  if (!Array.isArray(values)) throw bad('invalid patch format of delete primitive list')
  if (Array.isArray(list)) merged[key] = list.filter((one) => !values.some((gone) => sameJson(one, gone)))
}

function mergeField(merged: Bag, key: string, value: unknown, rules: MergeRules, path: Path): void {
  if (value === null) {
    delete merged[key]
    return
  }
  const before = merged[key]
  const at = [...path, key]
  if (isRecord(value)) {
    merged[key] = mergeObjects(isRecord(before) ? before : {}, value, rules, at)
    if (value[directive] === 'delete') delete merged[key]
  } else if (Array.isArray(value)) {
    const { patchKey } = rules.merge(at)
    merged[key] =
      patchKey === undefined
        ? plain(value)
        : mergeLists(Array.isArray(before) ? before : [], value, patchKey, rules, [...at, '*'])
  } else merged[key] = value
}

/** What is taken over as it stands has no directives left and no nulls in objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => !(isRecord(one) && one[directive] !== undefined)).map(plain)
  }
  if (!isRecord(value)) return value
  const clean: Bag = {}
  for (const [key, child] of Object.entries(value)) {
    if (child === null || child === undefined) continue
    if (key === directive || key === retainKeys || key.startsWith(orderPrefix) || key.startsWith(deletePrefix)) continue
    clean[key] = plain(child)
  }
  return clean
}

/** `path` is that of the elements; an empty key: they are primitives. */
function mergeLists(
  before: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  rules: MergeRules,
  path: Path,
): readonly unknown[] {
  if (!patch.some(isRecord)) {
    return [...before, ...patch.filter((one) => !before.some((standing) => sameJson(standing, one)))]
  }
  let merged = [...before]
  const isReplaced = patch.some((one) => isRecord(one) && one[directive] === 'replace')
  for (const element of patch) {
    if (!isRecord(element)) throw bad('cannot merge a list of objects with primitives')
    const how = element[directive]
    if (how === 'replace') continue
    const id = element[key]
    if (how === 'delete' && id === undefined) throw noKey(element, key)
    if (how === 'delete') merged = merged.filter((one) => !(isRecord(one) && sameJson(one[key], id)))
    else if (how !== undefined && how !== 'merge') {
      throw bad(`unknown patch type: ${String(how)} in map: ${JSON.stringify(element)}`)
    }
  }
  const rest = patch.filter((one): one is Fields => isRecord(one) && one[directive] === undefined)
  if (isReplaced) return rest.map(plain)
  for (const element of rest) {
    const id = element[key]
    if (id === undefined) throw noKey(element, key)
    const at = merged.findIndex((one) => isRecord(one) && sameJson(one[key], id))
    if (at >= 0) merged[at] = mergeObjects(merged[at] as Fields, element, rules, path)
    else merged.push(mergeObjects({}, element, rules, path))
  }
  return merged
}

const noKey = (element: Fields, key: string): PatchError =>
  bad(`map: ${JSON.stringify(element)} does not contain declared merge key: ${key}`)

/** Elements that the patch names stand in its order; those that it does not know keep their place among them. */
function setOrder(
  merged: Bag,
  field: string,
  order: unknown,
  target: Fields,
  patch: Fields,
  rules: MergeRules,
  path: Path,
): void {
  const list = merged[field]
  if (!Array.isArray(order)) throw bad('invalid patch format of setElementOrder list')
  if (!Array.isArray(list)) return
  const key = rules.merge([...path, field]).patchKey ?? ''
  const idOf = (element: unknown): unknown => (key !== '' && isRecord(element) ? element[key] : element)
  const patched = Array.isArray(patch[field]) ? (patch[field] as unknown[]) : []
  for (const element of patched) {
    if (isRecord(element) && element[directive] !== undefined) continue
    if (!order.some((one) => sameJson(idOf(one), idOf(element)))) {
      throw bad(
        `The order in patch list:\n${JSON.stringify(patched)}\n doesn't match ${orderPrefix}${field} list:\n${JSON.stringify(order)}\n`,
      )
    }
  }
  const rank = (element: unknown): number => order.findIndex((one) => sameJson(idOf(one), idOf(element)))
  const named = list.filter((element) => rank(element) >= 0).sort((a, b) => rank(a) - rank(b))
  const others = list.filter((element) => rank(element) < 0)
  const before = Array.isArray(target[field]) ? (target[field] as unknown[]) : []
  const place = (element: unknown): number => before.findIndex((one) => sameJson(idOf(one), idOf(element)))
  merged[field] = interleave(others, named, place)
}

/** An element of `left` comes before one of `right` only where both stood before, in that order. */
function interleave(
  left: readonly unknown[],
  right: readonly unknown[],
  place: (element: unknown) => number,
): unknown[] {
  const out: unknown[] = []
  let l = 0
  let r = 0
  while (l < left.length || r < right.length) {
    if (l === left.length) out.push(right[r++])
    else if (r === right.length) out.push(left[l++])
    else {
      const [a, b] = [place(left[l]), place(right[r])]
      out.push(a >= 0 && b >= 0 && a < b ? left[l++] : right[r++])
    }
  }
  return out
}
