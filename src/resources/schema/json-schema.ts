/** The schema of a type as a CustomResourceDefinition wants it: OpenAPI v3, structural. */
import type { Type } from './types.ts'

export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema
  readonly enum?: readonly (string | number)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly example?: string
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[]
}

const quantity: JsonSchema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern:
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  'x-kubernetes-int-or-string': true,
}

const bare = (type: Type): JsonSchema => {
  switch (type.shape) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return { type: type.shape, ...(type.values === undefined ? {} : { enum: type.values }) }
    case 'quantity':
      return quantity
    case 'any':
      return { 'x-kubernetes-preserve-unknown-fields': true }
    case 'open':
      return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    case 'list':
      return { type: 'array', items: jsonSchema(type.item!) }
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(type.item!) }
    case 'object':
      return objectSchema(type)
  }
}

const objectSchema = (type: Type): JsonSchema => {
  const fields = Object.entries(type.fields!)
  const required = fields.filter(([, field]) => field.presence === 'required').map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, jsonSchema(field)])),
    ...(required.length === 0 ? {} : { required }),
    ...(type.andMore ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...(type.oneOf === undefined ? {} : { oneOf: type.oneOf.map((names) => alternative(names, type.oneOf!.length)) }),
    ...(type.rules === undefined ? {} : { 'x-kubernetes-validations': type.rules }),
  }
}

/** A single alternative is Strimzi's way of naming the fields and asking for none. */
const alternative = (names: readonly string[], of: number): JsonSchema => ({
  properties: Object.fromEntries(names.map((name) => [name, {}])),
  ...(of === 1 ? {} : { required: names }),
})

export const jsonSchema = (type: Type): JsonSchema => ({
  ...(type.text === undefined ? {} : { description: type.text }),
  ...bare(type),
  ...type.facets,
})
