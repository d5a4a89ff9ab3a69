/**
 * A kind as the API server knows it: one row each. Built-in kinds are rows of `kinds/`, a CustomResourceDefinition adds
 * its rows at run time, and discovery, OpenAPI, tables, storage and admission are derived from them.
 */
import type { Json, Obj } from '../kube-client/index.ts'
import type { ProtoTable } from './proto-table.ts'
import type { MergeRule, Node } from './schema/node.ts'

export type { MergeRule } from './schema/node.ts'

/** One thing that is wrong with an object, in `field.Error`'s terms; `details.causes` and the message come from it. */
export interface FieldError {
  readonly type:
    | 'Required'
    | 'Invalid'
    | 'NotSupported'
    | 'Duplicate'
    | 'Forbidden'
    | 'TooLong'
    | 'TooMany'
    | 'NotFound'
    | 'TypeInvalid'
    | 'Internal'
  /** `spec.template.spec.containers[0].name` */
  readonly field: string
  readonly detail: string
  /** What was there; absent for Required, Forbidden and the like. */
  readonly value?: unknown
  /** For NotSupported. */
  readonly supported?: readonly string[]
}

/** Keys of maps as they are; `*` stands for any element of a list. */
export type Path = readonly string[]

/**
 * The schema of one version of a kind: one tree from which defaulting, pruning, validation, OpenAPI, strategic merge and
 * apply are derived. It covers apiVersion, kind and metadata, too.
 */
export interface Schema {
  /**
   * The object with defaults set and what the schema does not know removed, which `unknown` names by path; `errors` holds
   * what is wrong with what is left. The argument is not written into. `prev`: what stood there before, for rules that
   * compare (`oldSelf`).
   */
  check(
    object: Obj,
    prev?: Obj,
  ): {
    readonly value: Obj
    readonly errors: readonly FieldError[]
    readonly unknown: readonly string[]
    /**
     * Built-in kinds: why it cannot be decoded (`json: cannot unmarshal …`), which is a bad request, not an invalid object:
     * `Pod in version "v1" cannot be handled as a Pod: ` and this. Then `value` is what was given.
     */
    readonly malformed?: string
  }
  merge(path: Path): MergeRule
  /** The tree, for all that walks objects: patches, managed fields. */
  readonly root: Node
  /** The OpenAPI v3 schema of the whole object, without group-version-kind; `$ref`s name what `definitions` holds. */
  openApi(): { readonly schema: JsonObject; readonly definitions?: Readonly<Record<string, JsonObject>> }
}

export type JsonObject = { readonly [key: string]: Json | undefined }

export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: 'name' | 'date-time' | ''
  readonly description?: string
  /** Above 0: only `-o wide` shows it. */
  readonly priority?: number
  /** What stands in the row. Times are given as ages (`5m`, `3d2h`): {@link age} makes them. */
  cell(object: Obj, nowMs: number): Json
}

export interface KindVersion {
  readonly name: string
  readonly served: boolean
  readonly schema: Schema
  /** Without Name, which comes first unless one of them is called so, but with Age where it is wanted. */
  readonly columns: readonly Column[]
  /** Said in a Warning header to whoever uses this version. */
  readonly warning?: string
}

/** JSON paths (`.spec.replicas`) of the scale subresource. */
export interface ScalePaths {
  readonly specReplicas: string
  readonly statusReplicas: string
  readonly selector?: string
}

export interface Kind {
  /** Empty for core. */
  readonly group: string
  /** Plural, as in the path. */
  readonly resource: string
  readonly singular: string
  /** Also accepted under these paths and apiVersions (`extensions/v1beta1`); answers come in the kind's own. */
  readonly aliases?: readonly {
    readonly group: string
    readonly version: string
    /** What an object of that time left out. */
    upgrade?(object: JsonObject): JsonObject
  }[]
  readonly kind: string
  /** What names must be; a DNS subdomain when absent. `path`: anything that fits between slashes. */
  readonly names?: 'label' | 'label-1035' | 'path'
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The preferred one first. */
  readonly versions: readonly KindVersion[]
  /** The version in which objects are stored. */
  readonly storage: string
  /** Absent: bodies in protobuf are answered with 415. */
  readonly proto?: ProtoTable
  readonly subresources: {
    readonly status?: true
    readonly scale?: ScalePaths
    /** Served by whoever runs the pods. */
    readonly connect?: readonly Connect[]
  }
  /** The least that is done when absent: {@link Verb}s all. SelfSubjectAccessReview and the like have `create` alone. */
  readonly verbs?: readonly Verb[]
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly fields?: (object: Obj) => Readonly<Record<string, string>>
  /** Absent: versions differ in apiVersion only. */
  readonly convert?: Convert
  /** Behaves as a custom resource does: no strategic merge patch, no PUT without resourceVersion. By group when absent. */
  readonly isCustom?: boolean
  readonly strategy?: Strategy
}

export type Connect = 'exec' | 'attach' | 'portforward' | 'log'
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** Pure, and round-trips: what a version has no place for is kept. `to` and `from` are versions, not apiVersions. */
export type Convert = (
  object: Obj,
  from: string,
  to: string,
) => { readonly object: Obj; readonly warnings: readonly string[] }

/** Who asks. */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
}

export interface StrategyContext {
  readonly user: User
  readonly nowMs: number
  uid(): string
  /** All objects of a kind as the next write will find them, in the storage version: for what must be unique. */
  all(group: string, resource: string): Iterable<Obj>
  /** Said in a Warning header. */
  warn(text: string): void
}

/**
 * What is particular about a kind. Objects are in the storage version, defaulted and pruned; metadata is the server's
 * business and done already.
 */
export interface Strategy {
  /** What the server sets or keeps: `prev` is null for a create. */
  prepare?(next: Obj, prev: Obj | null, context: StrategyContext): Obj
  validate?(next: Obj, prev: Obj | null): readonly FieldError[]
  /** Before a write of the status subresource, of which all but status (and some metadata) is `prev`'s already. */
  prepareStatus?(next: Obj, prev: Obj, context: StrategyContext): Obj
  /**
   * Seconds between the wish to delete and the end, in which somebody (the kubelet) cleans up and deletes with 0; 0 = at
   * once. `asked` is what the caller wishes.
   */
  graceSeconds?(object: Obj, asked: number | null): number
  /** As it stands from the wish to delete on, as a namespace's phase `Terminating`. */
  prepareDelete?(object: Obj): Obj
  /** Something besides finalizers and grace keeps it, as a namespace's `spec.finalizers`. */
  isHeld?(object: Obj): boolean
}
