/** A kind with its versions, and the CustomResourceDefinition that follows from it. */
import type { Json, Obj } from '../../kube-client/index.ts'
import { type JsonSchema, jsonSchema } from './json-schema.ts'
import type { Type } from './types.ts'

export interface Column {
  readonly name: string
  readonly text: string
  readonly path: string
  readonly type: 'string' | 'integer' | 'date'
  /** 1: shown only with `-o wide`. */
  readonly priority?: number
}

export interface Version {
  readonly name: string
  readonly spec: Type
  /** What `kubectl` says to those who still write this version. */
  readonly warning?: string
}

export interface KindDeclaration {
  readonly group: string
  readonly kind: string
  readonly shortNames: readonly string[]
  readonly text: string
  readonly columns: readonly Column[]
  /** Newest first; the first is stored. */
  readonly versions: readonly Version[]
  readonly status: Type
  readonly scale?: { readonly spec: string; readonly status: string; readonly selector?: string }
}

export const pluralOf = (declared: KindDeclaration): string =>
  declared.kind.toLowerCase() + (declared.kind.endsWith('s') ? 'es' : 's')

const metadataFields: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: 'string', description: 'Group and version of this object’s kind.' },
  kind: { type: 'string', description: 'Kind of this object.' },
  metadata: { type: 'object' },
}

const versionSchema = (declared: KindDeclaration, version: Version): JsonSchema => ({
  type: 'object',
  description: declared.text,
  properties: { ...metadataFields, spec: jsonSchema(version.spec), status: jsonSchema(declared.status) },
  required: ['spec'],
})

const column = (c: Column): Json => ({
  name: c.name,
  description: c.text,
  jsonPath: c.path,
  type: c.type,
  ...(c.priority === undefined ? {} : { priority: c.priority }),
})

const scaleOf = (scale: NonNullable<KindDeclaration['scale']>): Json => ({
  specReplicasPath: scale.spec,
  statusReplicasPath: scale.status,
  ...(scale.selector === undefined ? {} : { labelSelectorPath: scale.selector }),
})

/** The definition as `kubectl apply` takes it. */
export const customResourceDefinition = (declared: KindDeclaration): Obj => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${pluralOf(declared)}.${declared.group}`,
    labels: { app: 'strimzi', 'strimzi.io/crd-install': 'true' },
  },
  spec: {
    group: declared.group,
    names: {
      kind: declared.kind,
      listKind: `${declared.kind}List`,
      singular: declared.kind.toLowerCase(),
      plural: pluralOf(declared),
      shortNames: declared.shortNames,
      categories: ['strimzi'],
    },
    scope: 'Namespaced',
    conversion: { strategy: 'None' },
    versions: declared.versions.map((version, at) => ({
      name: version.name,
      served: true,
      storage: at === 0,
      ...(version.warning === undefined ? {} : { deprecated: true, deprecationWarning: version.warning }),
      subresources: { status: {}, ...(declared.scale === undefined ? {} : { scale: scaleOf(declared.scale) }) },
      additionalPrinterColumns: declared.columns.map(column),
      schema: { openAPIV3Schema: versionSchema(declared, version) },
    })),
  },
})
