/** Objects of a Kubernetes API as this repository handles them: plain JSON with a kind and metadata. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly generateName?: string
  readonly uid?: string
  /** Opaque to all but the store that gave it. */
  readonly resourceVersion?: string
  /** Moves only with what the user asks for (`spec`). */
  readonly generation?: number
  /** RFC 3339, whole seconds, UTC. */
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly Json[]
}

/** An object as it stands in a request, a store or a cache. Frozen by convention: nobody writes into one he was given. */
export interface Obj {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** Which collection: `group` is empty for core. `version` is the one that its user speaks. */
export interface KindRef<T extends Obj = Obj> {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Plural, lower case, as in the path. */
  readonly resource: string
  readonly namespaced: boolean
  /** Only for the checker: which type its objects have. */
  readonly object?: T
}

/** Which object of a kind; `namespace` is null for kinds that have none. */
export interface Ref {
  readonly namespace: string | null
  readonly name: string
}

/** What of a kind; null namespace = all. */
export interface Selector {
  readonly namespace?: string | null
  /** As kubectl writes it: `a=b,c!=d,e in (f,g),!h`. */
  readonly labels?: string
  /** As kubectl writes it: `metadata.name=x,involvedObject.uid=y`. */
  readonly fields?: string
}

export const apiVersionOf = (kind: KindRef): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
