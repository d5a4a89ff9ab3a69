/** Garbage collection by owner references: what nobody owns any more goes; owners wait for, or let go of, what they own. */
import type { Action, Controller, KindRef, Kube, Obj, OwnerReference, Pass, View } from '../../kube-client/index.ts'
import { isDeleted, refTo, withoutFinalizer } from './refs.ts'

export interface GarbageFacts {
  readonly object: Obj
  readonly kind: KindRef
  /** By owner reference: what is known of it. `unknown`: its kind is not ours to judge. */
  readonly owners: readonly {
    readonly owner: OwnerReference
    readonly state: 'stands' | 'waits' | 'gone' | 'unknown'
  }[]
  /** What it owns; only looked up where it counts. */
  readonly dependents: readonly { readonly kind: KindRef; readonly object: Obj }[]
}

export const foreground = 'foregroundDeletion'
export const orphan = 'orphan'

/** `kinds`: those whose objects may own or be owned. */
export function garbageCollector(options: {
  readonly kube: Kube
  readonly kinds: readonly KindRef[]
}): Controller<GarbageFacts> {
  const { kube } = options
  // Those of now: only they are watched.
  const kinds = [...options.kinds]
  const indexes = new Map(kinds.map((kind, index) => [kind, index]))
  const keyOf = (kind: KindRef, { metadata }: Obj): string =>
    `${indexes.get(kind)}|${metadata.namespace ?? ''}|${metadata.name}`
  const dependentsOf = ({ metadata }: Obj, view: View): { kind: KindRef; object: Obj }[] =>
    kinds.flatMap((kind) =>
      view
        .list(kind, metadata.namespace === undefined ? {} : { namespace: metadata.namespace })
        .filter((one) => one.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true)
        .map((object) => ({ kind, object })),
    )
  return {
    name: 'garbage-collector-controller',
    concurrency: 8,
    inputs: kinds.map((kind) => ({
      kind,
      keys: (object: Obj, view: View) => {
        const { metadata } = object
        const isGone = view.get(kind, refTo(object))?.metadata.uid !== metadata.uid
        const isOwned = (metadata.ownerReferences?.length ?? 0) > 0
        const keys = !isGone && (isOwned || waitsFor(object) !== null) ? [keyOf(kind, object)] : []
        // What it owns is looked at when it goes, and what owns it when it may wait for it.
        if (isGone || isDeleted(object))
          keys.push(...dependentsOf(object, view).map((one) => keyOf(one.kind, one.object)))
        if (isOwned)
          keys.push(...waitingOwners(metadata.ownerReferences!, metadata.namespace ?? null, kinds, view, keyOf))
        return keys
      },
    })),
    gather: async (key, view) => {
      const [index = '', namespace = '', name = ''] = key.split('|')
      const kind = kinds[Number(index)]!
      const object = view.get(kind, { namespace: namespace === '' ? null : namespace, name })
      if (object === undefined) return null
      const owners = await Promise.all(
        (object.metadata.ownerReferences ?? []).map(async (owner) => ({
          owner,
          state: await stateOf(owner, namespace === '' ? null : namespace, kinds, view, kube),
        })),
      )
      const needsDependents = waitsFor(object) !== null || owners.some(({ state }) => state === 'waits')
      return { object, kind, owners, dependents: needsDependents ? dependentsOf(object, view) : [] }
    },
    plan: (_key, facts) => planGarbage(facts),
  }
}

/** Which of the collector's finalizers holds an object that goes. */
function waitsFor({ metadata }: Obj): typeof foreground | typeof orphan | null {
  if (metadata.deletionTimestamp === undefined) return null
  if (metadata.finalizers?.includes(orphan) === true) return orphan
  return metadata.finalizers?.includes(foreground) === true ? foreground : null
}

function kindOfOwner({ apiVersion, kind }: OwnerReference, kinds: readonly KindRef[]): KindRef | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
  return kinds.find((one) => one.group === group && one.kind === kind)
}

function waitingOwners(
  owners: readonly OwnerReference[],
  namespace: string | null,
  kinds: readonly KindRef[],
  view: View,
  keyOf: (kind: KindRef, object: Obj) => string,
): string[] {
  return owners.flatMap((owner) => {
    const kind = kindOfOwner(owner, kinds)
    if (kind === undefined) return []
    const object = view.get(kind, { namespace: kind.namespaced ? namespace : null, name: owner.name })
    return object !== undefined && waitsFor(object) !== null ? [keyOf(kind, object)] : []
  })
}

/** A cache may be late: before something is called gone, the API is asked. */
async function stateOf(
  owner: OwnerReference,
  namespace: string | null,
  kinds: readonly KindRef[],
  view: View,
  kube: Kube,
): Promise<GarbageFacts['owners'][number]['state']> {
  const kind = kindOfOwner(owner, kinds)
  if (kind === undefined || (kind.namespaced && namespace === null)) return 'unknown'
  const ref = { namespace: kind.namespaced ? namespace : null, name: owner.name }
  const cached = view.get(kind, ref)
  const object = cached?.metadata.uid === owner.uid ? cached : await kube.get(kind, ref)
  if (object === null || object.metadata.uid !== owner.uid) return 'gone'
  return waitsFor(object) === foreground ? 'waits' : 'stands'
}

export function planGarbage({ object, kind, owners, dependents }: GarbageFacts): Pass {
  const waiting = waitsFor(object)
  if (waiting === orphan)
    return { actions: [...dependents.map((one) => disown(one, object)), letGo(object, kind, orphan)] }
  if (waiting === foreground) {
    const blocking = dependents.filter((one) => blocks(one.object, object))
    if (blocking.length === 0) return { actions: [letGo(object, kind, foreground)] }
    return { actions: blocking.filter((one) => !isDeleted(one.object)).map((one) => remove(one, 'Background')) }
  }
  if (isDeleted(object) || owners.length === 0) return { actions: [] }
  const has = (state: GarbageFacts['owners'][number]['state']): boolean => owners.some((one) => one.state === state)
  if (has('stands') || has('unknown')) {
    const dangling = owners.filter(({ state }) => state === 'gone' || state === 'waits')
    if (dangling.length === 0) return { actions: [] }
    return { actions: [keepOwners({ kind, object }, (owner) => !dangling.some((one) => one.owner === owner))] }
  }
  // The last one waits for it, so what it owns itself goes first.
  if (has('waits') && dependents.length > 0) return { actions: [remove({ kind, object }, 'Foreground')] }
  return { actions: [remove({ kind, object }, 'Background')] }
}

const blocks = (dependent: Obj, owner: Obj): boolean =>
  dependent.metadata.ownerReferences?.some(
    ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
  ) === true

interface Named {
  readonly kind: KindRef
  readonly object: Obj
}

const remove = ({ kind, object }: Named, propagation: 'Background' | 'Foreground'): Action => ({
  do: 'delete',
  kind,
  ref: refTo(object),
  propagation,
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
  // Only as it was judged: an owner may have been added since.
  ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }),
})

const disown = (dependent: Named, owner: Obj): Action => keepOwners(dependent, ({ uid }) => uid !== owner.metadata.uid)

function keepOwners({ kind, object }: Named, isKept: (owner: OwnerReference) => boolean): Action {
  const kept = (object.metadata.ownerReferences ?? []).filter(isKept)
  const metadata = {
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
    ownerReferences: kept.length === 0 ? null : kept,
  }
  return { do: 'merge', kind, ref: refTo(object), patch: { metadata } }
}

const letGo = (object: Obj, kind: KindRef, finalizer: string): Action => ({
  do: 'merge',
  kind,
  ref: refTo(object),
  patch: withoutFinalizer(object, finalizer),
})
