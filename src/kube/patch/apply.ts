/**
 * Server-side apply: somebody says which fields he wants; what he said before and says no more goes, unless another owns
 * it too; what another owns and he would change is a conflict, unless he insists.
 */
import type { Obj } from '../../kube-client/index.ts'
import { isRecord, type Node, sameJson } from '../schema/node.ts'
import { zeroObject } from '../schema/zero.ts'
import { compare } from './compare.ts'
import { elementEdge, type FieldSet, FieldSet as Fields, fieldsOf, isAtomic } from './field-set.ts'
import {
  type Manager,
  type Managers,
  managerKey,
  newEntry,
  ownFields,
  readManagers,
  withoutChanged,
  withoutManaged,
  writeManagers,
} from './managed-fields.ts'

export interface ApplyAsk {
  /** null: there is none yet. In the version of the request. */
  readonly live: Obj | null
  readonly applied: Obj
  readonly root: Node
  /** Its operation is `Apply`. */
  readonly manager: Manager
  readonly force: boolean
  /** RFC 3339 */
  readonly time: string
}

export interface Conflict {
  /** `conflict with "kubectl" using v1` */
  readonly message: string
  /** `.spec.replicas` */
  readonly field: string
}

export type Applied =
  | { readonly object: Obj; readonly conflicts: null }
  /** 409, reason Conflict. */
  | { readonly conflicts: readonly Conflict[]; readonly message: string }

/** The object as it should be stored, before defaults and validation. */
export function serverSideApply(ask: ApplyAsk): Applied {
  const { live, applied, root, manager, force, time } = ask
  const before = (live === null ? zeroObject(root) : withoutManaged(live)) as Obj
  const managers = readManagers(live)
  const key = managerKey(manager)
  const last = managers.get(key)
  const fields = ownFields(fieldsOf(withoutManaged(applied), root))
  let merged = merge(before, withoutManaged(applied), root) as Obj
  managers.set(key, newEntry(manager, time, fields))
  if (last !== undefined) merged = prune(merged, last.fields, managers, root)
  const difference = compare(before, withoutManaged(merged), root)
  const conflicts = conflictsOf(managers, difference.added.union(difference.modified), key)
  if (conflicts.length > 0 && !force) return { conflicts, message: conflictMessage(conflicts) }
  withoutChanged(managers, difference, key)
  if (fields.isEmpty) managers.delete(key)
  const isSame = live !== null && last?.fields.equals(fields) === true && sameJson(before, withoutManaged(merged))
  if (isSame) managers.set(key, last)
  return {
    object: writeManagers({ ...merged, apiVersion: applied.apiVersion, kind: applied.kind }, managers),
    conflicts: null,
  }
}

/** `wanted` laid over `standing`: lists by their keys, atomic ones as a whole. Shares with both. */
function merge(standing: unknown, wanted: unknown, node: Node | null): unknown {
  if (wanted === undefined) return standing
  if (isAtomic(node, wanted) || standing === undefined || standing === null) return wanted
  if (Array.isArray(wanted)) return Array.isArray(standing) ? mergeLists(standing, wanted, node!) : wanted
  if (!isRecord(wanted) || !isRecord(standing)) return wanted
  const merged: Record<string, unknown> = { ...standing }
  for (const [key, value] of Object.entries(wanted)) {
    merged[key] = merge(standing[key], value, node?.fields?.get(key) ?? node?.values ?? null)
  }
  return merged
}

/** In the order that is wished; elements which the wish does not name stay where they were among the others. */
function mergeLists(standing: readonly unknown[], wanted: readonly unknown[], node: Node): unknown[] {
  const was = new Map(standing.map((element) => [elementEdge(node, element), element]))
  const is = new Map(wanted.map((element) => [elementEdge(node, element), element]))
  const out: unknown[] = []
  const done = new Set<string>()
  const wantedEdges = [...is.keys()]
  let next = 0
  const take = (edge: string): void => {
    if (done.has(edge)) return
    done.add(edge)
    out.push(is.has(edge) ? merge(was.get(edge), is.get(edge), node.items ?? null) : was.get(edge))
  }
  for (const edge of was.keys()) {
    if (!is.has(edge)) {
      take(edge)
      continue
    }
    while (next < wantedEdges.length && !done.has(edge)) take(wantedEdges[next++]!)
  }
  while (next < wantedEdges.length) take(wantedEdges[next++]!)
  return out
}

/** Takes away what its applier said last time, and neither he nor another says now. */
function prune(object: Obj, last: FieldSet, managers: Managers, root: Node): Obj {
  let owned = new Fields()
  for (const { fields } of managers.values()) owned = owned.union(fields)
  return (remove(object, last, owned, root) ?? object) as Obj
}

/** undefined: nothing is left. */
function remove(value: unknown, last: FieldSet, owned: FieldSet, node: Node | null): unknown {
  if (Array.isArray(value) && !isAtomic(node, value)) {
    const kept = value.flatMap((element) => {
      const edge = elementEdge(node!, element)
      const mine = last.children.get(edge)
      if (mine === undefined) return [element]
      const theirs = owned.children.get(edge)
      if (theirs === undefined) return []
      const rest = remove(element, mine, theirs, node!.items ?? null)
      return rest === undefined ? [] : [rest]
    })
    return kept.length === 0 && value.length > 0 && owned.isEmpty ? undefined : kept
  }
  if (!isRecord(value) || isAtomic(node, value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, child] of Object.entries(value)) {
    const edge = `f:${key}`
    const mine = last.children.get(edge)
    const theirs = owned.children.get(edge)
    if (mine === undefined || (mine.children.size === 0 && theirs !== undefined)) kept[key] = child
    else if (theirs === undefined) {
      const rest = mine.children.size === 0 ? undefined : remove(child, mine, new Fields(), childNode(node, key))
      if (rest !== undefined && !isHollow(rest)) kept[key] = rest
    } else {
      const rest = remove(child, mine, theirs, childNode(node, key))
      if (rest !== undefined) kept[key] = rest
    }
  }
  return kept
}

const childNode = (node: Node | null, key: string): Node | null => node?.fields?.get(key) ?? node?.values ?? null
const isHollow = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0

function conflictsOf(managers: Managers, changed: FieldSet, self: string): Conflict[] {
  const found: (Conflict & { readonly key: string })[] = []
  for (const [key, entry] of [...managers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === self) continue
    const message = `conflict with ${managerText(entry)}`
    for (const field of entry.fields.and(changed).paths()) found.push({ message, field, key })
  }
  return found.map(({ message, field }) => ({ message, field }))
}

function managerText(entry: Manager & { readonly time: string | null }): string {
  const name = JSON.stringify(entry.manager)
  const who = entry.subresource === '' ? name : `${name} with subresource ${JSON.stringify(entry.subresource)}`
  return entry.operation === 'Update' ? `${who} using ${entry.apiVersion}` : who
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  if (conflicts.length === 1) return `Apply failed with 1 conflict: ${conflicts[0]!.message}: ${conflicts[0]!.field}`
  const lines: string[] = []
  for (const message of new Set(conflicts.map((one) => one.message))) {
    lines.push(`${message.replace('conflict with', 'conflicts with')}:`)
    lines.push(...conflicts.filter((one) => one.message === message).map(({ field }) => `- ${field}`))
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}
