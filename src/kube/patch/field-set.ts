/**
 * Sets of fields, as `metadata.managedFields` writes them: a tree whose edges are `f:NAME` (a field or a map's key),
 * `k:{KEYS}` (an element of a list map) and `v:VALUE` (of a list set).
 */
import type { Json } from '../../kube-client/index.ts'
import { goJson } from '../schema/errors.ts'
import { isRecord, type Node } from '../schema/node.ts'

export class FieldSet {
  /** Whether the place itself belongs to the set, besides what is below it. */
  isMember = false
  readonly children = new Map<string, FieldSet>()

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0
  }

  /** The set at an edge, made when it is not there. */
  at(edge: string): FieldSet {
    let child = this.children.get(edge)
    if (child === undefined) {
      child = new FieldSet()
      this.children.set(edge, child)
    }
    return child
  }

  /** Results share with both: a set is written into only while it is made. */
  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this
    if (this.isEmpty) return other
    const out = new FieldSet()
    out.isMember = this.isMember || other.isMember
    for (const [edge, child] of this.children) out.children.set(edge, child)
    for (const [edge, child] of other.children) {
      const mine = this.children.get(edge)
      out.children.set(edge, mine === undefined ? child : mine.union(child))
    }
    return out
  }

  minus(other: FieldSet): FieldSet {
    if (!this.meets(other)) return this
    const out = new FieldSet()
    out.isMember = this.isMember && !other.isMember
    for (const [edge, child] of this.children) {
      const theirs = other.children.get(edge)
      const rest = theirs === undefined ? child : child.minus(theirs)
      if (!rest.isEmpty) out.children.set(edge, rest)
    }
    return out
  }

  and(other: FieldSet): FieldSet {
    const out = new FieldSet()
    out.isMember = this.isMember && other.isMember
    for (const [edge, child] of this.children) {
      const theirs = other.children.get(edge)
      const both = theirs === undefined ? null : child.and(theirs)
      if (both !== null && !both.isEmpty) out.children.set(edge, both)
    }
    return out
  }

  /** Whether some place belongs to both. */
  meets(other: FieldSet): boolean {
    if (this.isMember && other.isMember) return true
    for (const [edge, theirs] of other.children) if (this.children.get(edge)?.meets(theirs) === true) return true
    return false
  }

  /** The same for a set that is still JSON. */
  meetsJson(json: unknown, isRoot = true): boolean {
    if (!isRecord(json)) return false
    if (this.isMember && !isRoot && (json['.'] !== undefined || Object.keys(json).length === 0)) return true
    for (const [edge, child] of this.children) if (child.meetsJson(json[edge], false)) return true
    return false
  }

  equals(other: FieldSet): boolean {
    if (this.isMember !== other.isMember || this.children.size !== other.children.size) return false
    for (const [edge, child] of this.children) {
      const theirs = other.children.get(edge)
      if (theirs === undefined || !child.equals(theirs)) return false
    }
    return true
  }

  /** As people read them: `.spec.containers[name="a"].image`, in order. */
  paths(prefix = ''): string[] {
    const found = this.isMember ? [prefix] : []
    for (const edge of [...this.children.keys()].sort()) {
      found.push(...this.children.get(edge)!.paths(`${prefix}${edgeText(edge)}`))
    }
    return found
  }

  /** `fieldsV1` */
  toJson(): Json {
    const out: Record<string, Json> = {}
    if (this.isMember && this.children.size > 0) out['.'] = {}
    for (const edge of [...this.children.keys()].sort()) out[edge] = this.children.get(edge)!.toJson()
    return out
  }

  static fromJson(json: unknown, depth = 0): FieldSet {
    const set = new FieldSet()
    if (!isRecord(json) || depth > depthMax) return set
    const keys = Object.keys(json)
    set.isMember = depth > 0 && (keys.length === 0 || json['.'] !== undefined)
    for (const key of keys) if (key !== '.') set.children.set(key, FieldSet.fromJson(json[key], depth + 1))
    return set
  }
}

const depthMax = 200

function edgeText(edge: string): string {
  const rest = edge.slice(2)
  if (edge.startsWith('f:')) return `.${rest}`
  if (edge.startsWith('v:')) return `[=${rest}]`
  if (edge.startsWith('i:')) return `[${rest}]`
  const keys = JSON.parse(rest) as Record<string, unknown>
  return `[${Object.keys(keys)
    .map((key) => `${key}=${JSON.stringify(keys[key])}`)
    .join(',')}]`
}

/** How a list or a map is owned. Where the schema says nothing, lists are owned as one and maps key by key. */
export function isAtomic(node: Node | null, value: unknown): boolean {
  if (Array.isArray(value)) return node?.merge?.list !== 'map' && node?.merge?.list !== 'set'
  return node?.merge?.atomic === true
}

/** The edge to an element of a list map or set. */
export function elementEdge(node: Node, element: unknown): string {
  if (node.merge?.list === 'set' || !isRecord(element)) return `v:${goJson(element)}`
  const keys: Record<string, unknown> = {}
  for (const key of [...(node.merge?.keys ?? [])].sort()) {
    const value = element[key] ?? node.items?.fields?.get(key)?.default
    if (value !== undefined) keys[key] = value
  }
  return `k:${JSON.stringify(keys)}`
}

/** What an object that somebody applies says: the fields it has. */
export function fieldsOf(value: unknown, node: Node | null): FieldSet {
  const set = new FieldSet()
  collect(value, node, set)
  return set
}

function collect(value: unknown, node: Node | null, into: FieldSet): void {
  if ((!Array.isArray(value) && !isRecord(value)) || isAtomic(node, value)) {
    into.isMember = true
    return
  }
  if (Array.isArray(value)) {
    for (const element of value) {
      const child = into.at(elementEdge(node!, element))
      collect(element, node!.items ?? null, child)
      child.isMember = true
    }
    return
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue
    const known = node?.fields?.get(key)
    const below = into.at(`f:${key}`)
    collect(child, known ?? node?.values ?? null, below)
    const isEmpty = child === null || (isRecord(child) && Object.keys(child).length === 0)
    if (known === undefined || isEmpty || (Array.isArray(child) && child.length === 0)) below.isMember = true
  }
}
