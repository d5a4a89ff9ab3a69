/**
 * The tree of a schema: one node for each place of an object. Built-in kinds make theirs from tables, custom ones from a
 * CustomResourceDefinition's `openAPIV3Schema`; all that knows the shape of objects walks it.
 */
import type { Json } from '../../kube-client/index.ts'

/** How a list is merged by strategic merge patch and by apply. */
export interface MergeRule {
  readonly list?: 'map' | 'set' | 'atomic'
  /** `x-kubernetes-list-map-keys` */
  readonly keys?: readonly string[]
  /** `x-kubernetes-patch-merge-key`; with it, strategic merge patch merges the list. */
  readonly patchKey?: string
  /** `x-kubernetes-patch-strategy`, as far as it says `retainKeys`. */
  readonly retainKeys?: true
  /** A map or struct that is owned as one (`x-kubernetes-map-type: atomic`). */
  readonly atomic?: true
}

export type NodeType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

export interface Node {
  /** Absent: anything. */
  readonly type?: NodeType
  /** The known fields of an object. A getter where trees are recursive or large. */
  readonly fields?: ReadonlyMap<string, Node>
  /** What the values of a map are (`additionalProperties`). */
  readonly values?: Node
  /** What the elements of a list are. */
  readonly items?: Node
  readonly description?: string
  readonly default?: Json
  readonly nullable?: boolean
  readonly format?: string
  readonly required?: readonly string[]
  /** `x-kubernetes-int-or-string`: an integer or a string; `type` is absent. */
  readonly intOrString?: boolean
  /** Fields that nobody declared stay. */
  readonly preserve?: boolean
  /** A whole object with apiVersion, kind and metadata. */
  readonly embedded?: boolean
  readonly merge?: MergeRule
  readonly limits?: Limits
  /** `x-kubernetes-validations` */
  readonly rules?: readonly Rule[]
  /** Facts of a Go type, which built-in kinds are decoded into. */
  readonly go?: GoFacts
}

/** What values must be besides their type. Lengths are in characters. */
export interface Limits {
  readonly enum?: readonly Json[]
  readonly pattern?: string
  /** Whether a text has what `pattern` asks for. */
  readonly matches?: (text: string) => boolean
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly allOf?: readonly Node[]
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly not?: Node
}

export interface Rule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
  /** `.foo.bar`, from where the rule stands. */
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

export interface GoFacts {
  /** What the decoder's errors call it: `int32`, `v1.DeploymentSpec`, `[]v1.Container`. */
  readonly name: string
  /** What OpenAPI refers to: `io.k8s.api.apps.v1.DeploymentSpec`. */
  readonly ref?: string
  /** How it is read: see kinds/messages.ts. */
  readonly code?: string
  /** A pointer: absent and zero differ. */
  readonly pointer?: boolean
  /** `omitempty`: a zero value that is no struct is left out when the object is written. */
  readonly omitEmpty?: boolean
  /** `omitzero`: so is a struct. */
  readonly omitZero?: boolean
}

/** The node at a path of keys, `*` for elements of lists; null where the schema says nothing. */
export function nodeAt(root: Node, path: readonly string[]): Node | null {
  let node: Node | null = root
  for (const key of path) {
    if (node === null) return null
    node = childOf(node, key)
  }
  return node
}

/** Below a key of an object or an element of a list. */
export function childOf(node: Node, key: string): Node | null {
  if (node.items !== undefined && (key === '*' || node.type === 'array')) return node.items
  const named = node.fields?.get(key)
  if (named !== undefined) return named
  if (node.embedded === true && key === 'metadata') return null
  return node.values ?? null
}

export const fieldPath = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)
export const indexPath = (path: string, index: number): string => `${path}[${index}]`

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON Schema name of what a value is. */
export function typeName(value: unknown): NodeType | 'null' {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number'
    default:
      return 'object'
  }
}

/** Same JSON: the order of keys does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, index) => sameJson(element, b[index]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a).filter((key) => a[key] !== undefined)
  if (keys.length !== Object.keys(b).filter((key) => b[key] !== undefined).length) return false
  return keys.every((key) => b[key] !== undefined && sameJson(a[key], b[key]))
}
