/**
 * A CustomResourceDefinition's `openAPIV3Schema` as a tree of nodes, and what keeps it from being a structural schema:
 * one whose shape can be read from properties and items alone.
 */
import { RE2JS } from 're2js'
import type { Json } from '../../kube-client/index.ts'
import type { FieldError, JsonObject, MergeRule } from '../kind.ts'
import { forbidden, invalid, required } from './errors.ts'
import { objectMeta, textNode } from './meta.ts'
import { isRecord, type Limits, type Node, type NodeType, type Rule, sameJson } from './node.ts'

type Bag = Readonly<Record<string, unknown>>
type Level = 'root' | 'item' | 'field'
/** Nesting of a schema; a hostile one would use up the stack. */
const depthMax = 200

type Matcher = (text: string) => boolean
/** Those of one schema: it says the same pattern in many places, and each takes some time to compile. */
type Patterns = Map<string, Matcher>

export interface Compiled {
  /** With apiVersion, kind and metadata. */
  readonly root: Node
  readonly errors: readonly FieldError[]
}

/** `path` is where the schema stands in its CustomResourceDefinition; errors name it. */
export function compileStructural(openApi: JsonObject, path = 'spec.validation.openAPIV3Schema'): Compiled {
  const errors: FieldError[] = []
  const tree = compileNode(openApi, path, 'root', errors, 0, new Map())
  errors.sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0))
  return { root: withMetadata(tree), errors }
}

/** An object whose schema says nothing, but that is an object all the same. */
export function withMetadata(tree: Node): Node {
  const fields = new Map<string, Node>([
    ['apiVersion', textNode],
    ['kind', textNode],
    ['metadata', objectMeta],
  ])
  for (const [name, node] of tree.fields ?? []) if (!fields.has(name)) fields.set(name, node)
  return { ...tree, type: 'object', fields }
}

const types: readonly string[] = ['object', 'array', 'string', 'integer', 'number', 'boolean']

function compileNode(
  schema: unknown,
  path: string,
  level: Level,
  errors: FieldError[],
  depth: number,
  patterns: Patterns,
): Node {
  if (!isRecord(schema)) {
    errors.push(invalid(path, schema, 'must be a schema'))
    return {}
  }
  if (depth > depthMax) {
    errors.push(forbidden(path, `must not be nested deeper than ${depthMax} levels`))
    return {}
  }
  const below = (key: string, at: Level, child: unknown): Node =>
    compileNode(child, key, at, errors, depth + 1, patterns)
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  checkShape(schema, path, level, errors, { intOrString, preserve, embedded })

  const type = types.includes(String(schema['type'])) ? (schema['type'] as NodeType) : undefined
  const fields = new Map<string, Node>()
  for (const [name, child] of entriesOf(schema['properties'])) {
    fields.set(name, below(`${path}.properties[${name}]`, 'field', child))
  }
  const values = schema['additionalProperties']
  const node: { -readonly [K in keyof Node]: Node[K] } = {}
  if (type !== undefined && !intOrString) node.type = type
  if (fields.size > 0) node.fields = fields
  if (isRecord(values)) node.values = below(`${path}.additionalProperties`, 'field', values)
  else if (values === true) node.values = {}
  if (schema['items'] !== undefined) node.items = below(`${path}.items`, 'item', schema['items'])
  if (typeof schema['description'] === 'string') node.description = schema['description']
  if (schema['default'] !== undefined) node.default = schema['default'] as Json
  if (schema['nullable'] === true) node.nullable = true
  if (typeof schema['format'] === 'string') node.format = schema['format']
  if (Array.isArray(schema['required'])) node.required = schema['required'].map(String)
  if (intOrString) node.intOrString = true
  if (preserve) node.preserve = true
  if (embedded) node.embedded = true
  const merge = mergeOf(schema)
  if (merge !== null) node.merge = merge
  const limits = limitsOf(schema, path, errors, depth, intOrString, patterns)
  if (limits !== null) node.limits = limits
  const rules = schema['x-kubernetes-validations']
  if (Array.isArray(rules) && rules.length > 0) node.rules = rules as unknown as Rule[]
  return node
}

const entriesOf = (map: unknown): [string, unknown][] => (isRecord(map) ? Object.entries(map) : [])

function checkShape(
  schema: Bag,
  path: string,
  level: Level,
  errors: FieldError[],
  is: { intOrString: boolean; preserve: boolean; embedded: boolean },
): void {
  const { type } = schema
  const hasType = typeof type === 'string' && type !== ''
  if (hasType && !types.includes(type)) {
    errors.push({ type: 'NotSupported', field: `${path}.type`, value: type, detail: '', supported: [...types].sort() })
  }
  if (type === 'array' && schema['items'] === undefined) errors.push(required(`${path}.items`, 'must be specified'))
  if (level === 'root' && schema['additionalProperties'] !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'))
  }
  if (schema['properties'] !== undefined && schema['additionalProperties'] !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'))
  }
  if (is.intOrString && is.preserve) {
    const detail = 'must be false if x-kubernetes-int-or-string is true'
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, detail))
  }
  if (is.embedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true'
    errors.push(hasType ? invalid(`${path}.type`, type, detail) : required(`${path}.type`, detail))
  } else if (!hasType && !is.intOrString && !is.preserve) {
    const where = { root: 'at the root', item: 'for specified array items', field: 'for specified object fields' }[
      level
    ]
    errors.push(required(`${path}.type`, `must not be empty ${where}`))
  }
  if (level === 'root' && hasType && type !== 'object') {
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'))
  }
  for (const key of ['definitions', 'dependencies', 'patternProperties', '$ref', 'additionalItems']) {
    if (schema[key] !== undefined) errors.push(forbidden(`${path}.${key}`, `${key} is not supported`))
  }
  if (schema['uniqueItems'] === true) {
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    )
  }
  checkList(schema, path, errors)
}

function checkList(schema: Bag, path: string, errors: FieldError[]): void {
  const list = schema['x-kubernetes-list-type']
  if (list === undefined) return
  const at = `${path}.x-kubernetes-list-type`
  if (list !== 'map' && list !== 'set' && list !== 'atomic') {
    errors.push({ type: 'NotSupported', field: at, value: list, detail: '', supported: ['atomic', 'map', 'set'] })
  }
  const keys = schema['x-kubernetes-list-map-keys']
  if (list === 'map' && (!Array.isArray(keys) || keys.length === 0)) {
    errors.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'))
  }
}

function mergeOf(schema: Bag): MergeRule | null {
  const list = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys']
  if (list === 'map') return { list, keys: Array.isArray(keys) ? keys.map(String) : [] }
  if (list === 'set' || list === 'atomic') return { list }
  return schema['x-kubernetes-map-type'] === 'atomic' ? { atomic: true } : null
}

const limitKeys = [
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const

const intOrStringAnyOf = [{ type: 'integer' }, { type: 'string' }]

function limitsOf(
  schema: Bag,
  path: string,
  errors: FieldError[],
  depth: number,
  mayBeTyped: boolean,
  patterns: Patterns,
): Limits | null {
  const limits: Record<string, unknown> = {}
  for (const key of limitKeys) if (schema[key] !== undefined && schema[key] !== null) limits[key] = schema[key]
  if (typeof schema['pattern'] === 'string') {
    try {
      limits['matches'] = matcherOf(schema['pattern'], patterns)
    } catch (failure) {
      const why = (failure as { message: string }).message
      const detail = `must be a valid regular expression, but isn't: ${why}`
      errors.push(invalid(`${path}.pattern`, schema['pattern'], detail))
    }
  }
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = schema[junctor]
    if (!Array.isArray(list) || list.length === 0) continue
    // The one place where types may stand below a junctor.
    const isTyped = junctor === 'anyOf' && sameJson(list, intOrStringAnyOf) && mayBeTyped
    const isFirstTyped = (index: number): boolean => junctor === 'allOf' && index === 0 && mayBeTyped
    limits[junctor] = list.map((one, index) =>
      nested(one, `${path}.${junctor}[${index}]`, errors, depth + 1, isTyped, isFirstTyped(index), patterns),
    )
  }
  if (isRecord(schema['not']))
    limits['not'] = nested(schema['not'], `${path}.not`, errors, depth + 1, false, false, patterns)
  return Object.keys(limits).length === 0 ? null : (limits as Limits)
}

/** RE2, as in Go: no pattern can make the server hang. Throws when it does not parse. */
function matcherOf(pattern: string, patterns: Patterns): Matcher {
  const known = patterns.get(pattern)
  if (known !== undefined) return known
  const compiled = RE2JS.compile(pattern)
  const matcher: Matcher = (text) => compiled.matcher(text).find()
  patterns.set(pattern, matcher)
  return matcher
}

/** Below a junctor only values may be restricted; the shape must stand outside. */
function nested(
  schema: unknown,
  path: string,
  errors: FieldError[],
  depth: number,
  isTyped: boolean,
  holdsTyped: boolean,
  patterns: Patterns,
): Node {
  if (!isRecord(schema) || depth > depthMax) {
    errors.push(invalid(path, schema, 'must be a schema'))
    return {}
  }
  for (const key of ['type', 'additionalProperties', 'default', 'nullable', 'description']) {
    if (schema[key] === undefined || (key === 'type' && isTyped)) continue
    const what = key === 'additionalProperties' ? 'undefined' : 'empty'
    errors.push(forbidden(`${path}.${key}`, `must be ${what} to be structural`))
  }
  const node: { -readonly [K in keyof Node]: Node[K] } = {}
  if (typeof schema['type'] === 'string' && types.includes(schema['type'])) node.type = schema['type'] as NodeType
  const fields = entriesOf(schema['properties'])
  if (fields.length > 0) {
    node.fields = new Map(
      fields.map(([name, child]) => [
        name,
        nested(child, `${path}.properties[${name}]`, errors, depth + 1, false, false, patterns),
      ]),
    )
  }
  if (isRecord(schema['items']))
    node.items = nested(schema['items'], `${path}.items`, errors, depth + 1, false, false, patterns)
  if (Array.isArray(schema['required'])) node.required = schema['required'].map(String)
  if (typeof schema['format'] === 'string') node.format = schema['format']
  const limits = limitsOf(schema, path, errors, depth, holdsTyped, patterns)
  if (limits !== null) node.limits = limits
  return node
}
