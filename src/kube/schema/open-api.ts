/** A tree of nodes as OpenAPI v3, the way `/openapi/v3` publishes it. */
import type { Json } from '../../kube-client/index.ts'
import type { JsonObject } from '../kind.ts'
import type { Node } from './node.ts'

/**
 * `definitions` collects what nodes with a Go type's name refer to; a ref is `#/components/schemas/NAME`. Absent: all in
 * one schema.
 */
export function toOpenApi(node: Node, definitions?: Record<string, JsonObject>): JsonObject {
  const ref = node.go?.ref
  if (ref === undefined || definitions === undefined) return schemaOf(node, definitions)
  if (definitions[ref] === undefined) {
    definitions[ref] = {}
    definitions[ref] = schemaOf(node, definitions)
  }
  const target = { $ref: `#/components/schemas/${ref}` }
  return node.merge?.retainKeys === true ? { allOf: [target], 'x-kubernetes-patch-strategy': 'retainKeys' } : target
}

function schemaOf(node: Node, definitions?: Record<string, JsonObject>): JsonObject {
  const schema: Record<string, Json | undefined> = {}
  const inner = (child: Node): JsonObject => toOpenApi(child, definitions)
  if (node.description !== undefined) schema['description'] = node.description
  if (node.intOrString === true) schema['x-kubernetes-int-or-string'] = true
  else if (node.type !== undefined) schema['type'] = node.type
  if (node.format !== undefined) schema['format'] = node.format
  if (node.default !== undefined) schema['default'] = node.default
  if (node.nullable === true && node.go === undefined) schema['nullable'] = true
  if (node.fields !== undefined && node.fields.size > 0) {
    schema['properties'] = Object.fromEntries([...node.fields].map(([name, child]) => [name, inner(child)]))
  }
  if (node.required !== undefined && node.required.length > 0) schema['required'] = node.required
  if (node.values !== undefined) schema['additionalProperties'] = inner(node.values)
  if (node.items !== undefined) schema['items'] = inner(node.items)
  if (node.preserve === true) schema['x-kubernetes-preserve-unknown-fields'] = true
  if (node.embedded === true) schema['x-kubernetes-embedded-resource'] = true
  if (node.rules !== undefined) schema['x-kubernetes-validations'] = node.rules as unknown as Json
  addMerge(schema, node)
  addLimits(schema, node, inner)
  return schema
}

function addMerge(schema: Record<string, Json | undefined>, { merge }: Node): void {
  if (merge === undefined) return
  if (merge.list !== undefined) schema['x-kubernetes-list-type'] = merge.list
  if (merge.keys !== undefined) schema['x-kubernetes-list-map-keys'] = merge.keys
  if (merge.atomic === true) schema['x-kubernetes-map-type'] = 'atomic'
  const strategies = [
    ...(merge.patchKey === undefined ? [] : ['merge']),
    ...(merge.retainKeys === true ? ['retainKeys'] : []),
  ]
  if (strategies.length > 0) schema['x-kubernetes-patch-strategy'] = strategies.join(',')
  if (merge.patchKey !== undefined && merge.patchKey !== '') schema['x-kubernetes-patch-merge-key'] = merge.patchKey
}

function addLimits(
  schema: Record<string, Json | undefined>,
  { limits }: Node,
  inner: (node: Node) => JsonObject,
): void {
  if (limits === undefined) return
  const { allOf, anyOf, oneOf, not, matches: _, ...plain } = limits
  Object.assign(schema, plain)
  if (allOf !== undefined) schema['allOf'] = allOf.map(inner)
  if (anyOf !== undefined) schema['anyOf'] = anyOf.map(inner)
  if (oneOf !== undefined) schema['oneOf'] = oneOf.map(inner)
  if (not !== undefined) schema['not'] = inner(not)
}
