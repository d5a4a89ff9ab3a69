import type { HttpReply } from '../../env/index.ts'
import { type Obj, timestampMs, timestampOf } from '../../kube-client/index.ts'
import { shapeOf } from './accept.ts'
import { type Ask, type Ground, jsonReply } from './ask.ts'
import { isFields } from './json.ts'
import { countsGenerations } from './metadata.ts'
import { badRequest, conflict, invalid, notFound, successOf } from './problem.ts'
import { selected } from './read.ts'
import { converted, keyOf } from './registry.ts'
import { presenterOf } from './table.ts'
import { isDone, isDryRun, put, type Written } from './write.ts'

export interface DeleteOptions {
  /** null: as long as the kind likes. */
  readonly graceSeconds: number | null
  readonly propagation: 'Foreground' | 'Background' | 'Orphan' | null
  readonly uid: string | null
  readonly resourceVersion: string | null
}

/** From the body, a `DeleteOptions` or nothing, and the query, which says the same for those without a body. */
export function deleteOptionsOf({ query }: Ask, body: unknown): DeleteOptions {
  const given = isFields(body) ? body : {}
  const preconditions = isFields(given['preconditions']) ? given['preconditions'] : {}
  const grace = given['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds')
  const graceSeconds = grace === null ? null : Number(grace)
  if (graceSeconds !== null && !Number.isInteger(graceSeconds)) throw badRequest(`invalid gracePeriodSeconds: ${grace}`)
  const orphans = given['orphanDependents'] ?? query.get('orphanDependents')
  const propagation =
    given['propagationPolicy'] ??
    query.get('propagationPolicy') ??
    (orphans === null || orphans === undefined ? null : String(orphans) === 'true' ? 'Orphan' : 'Background')
  if (!['Foreground', 'Background', 'Orphan', null].includes(propagation as string | null)) {
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      {
        type: 'NotSupported',
        field: 'propagationPolicy',
        value: propagation,
        detail: '',
        supported: ['Foreground', 'Background', 'Orphan', 'nil'],
      },
    ])
  }
  return {
    graceSeconds,
    propagation: propagation as DeleteOptions['propagation'],
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Marks it, and takes it away when nobody asked to wait. */
export function remove(ground: Ground, ask: Ask, options: DeleteOptions): Written & { readonly isGone: boolean } {
  const { kind, namespace, name } = ask
  const entry = ground.store.latest(keyOf(kind, namespace, name!))
  if (entry === null) throw notFound(kind, name!)
  const { metadata } = entry.value
  checkPreconditions(ask, options, entry.value)
  const grace = Math.max(0, kind.strategy?.graceSeconds?.(entry.value, options.graceSeconds) ?? 0)
  const isMarked = metadata.deletionTimestamp !== undefined
  const finalizers = finalizersOf(metadata.finalizers ?? [], options.propagation)
  const earlier = isMarked ? Math.min(grace, metadata.deletionGracePeriodSeconds ?? 0) : grace
  const hasChanged = !isMarked || earlier < (metadata.deletionGracePeriodSeconds ?? 0)
  const sinceMs = isMarked
    ? timestampMs(metadata.deletionTimestamp!) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
    : ground.wallMs()
  let next: Obj = {
    ...entry.value,
    metadata: {
      ...metadata,
      ...(hasChanged
        ? { deletionTimestamp: timestampOf(sinceMs + earlier * 1000), deletionGracePeriodSeconds: earlier }
        : {}),
      ...(hasChanged && countsGenerations(kind) ? { generation: (metadata.generation ?? 0) + 1 } : {}),
      finalizers,
    },
  }
  if (finalizers.length === 0) {
    const { finalizers: _, ...withoutFinalizers } = next.metadata
    next = { ...next, metadata: withoutFinalizers }
  }
  if (!isMarked) next = kind.strategy?.prepareDelete?.(next) ?? next
  const isGone = isDone(kind, next)
  // As it stood, but for what only a deletion sets: nobody waited for it.
  if (isGone && !isMarked) {
    const { rev: _, ...written } = commitRemoval(ground, ask, entry.key, entry.rev, entry.value)
    return { ...written, isGone }
  }
  return { ...put(ground, ask, entry, next), isGone }
}

function commitRemoval(ground: Ground, ask: Ask, key: string, rev: number, object: Obj): Written & { rev: number } {
  if (isDryRun(ask)) return { object, synced: Promise.resolve(), isNew: false, rev }
  const done = ground.store.commit({ expect: [[key, rev]], del: [key] })
  return { object, synced: done.synced, isNew: false, rev: done.rev }
}

/** Those of the garbage collector come and go with what the last caller wishes. */
function finalizersOf(standing: readonly string[], propagation: DeleteOptions['propagation']): string[] {
  if (propagation === null) return [...standing]
  const others = standing.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion')
  if (propagation === 'Orphan') return [...others, 'orphan']
  if (propagation === 'Foreground') return [...others, 'foregroundDeletion']
  return others
}

function checkPreconditions({ kind }: Ask, { uid, resourceVersion }: DeleteOptions, { metadata }: Obj): void {
  const differs = (what: string, asked: string | null, is: string | undefined, hint: string): void => {
    if (asked === null || asked === is) return
    const why = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${is}). ${hint}`
    // By kind here, as Kubernetes has it.
    throw conflict({ group: kind.group, resource: kind.kind }, metadata.name, why)
  }
  differs('UID', uid, metadata.uid, 'The object might have been deleted and then recreated')
  differs('ResourceVersion', resourceVersion, metadata.resourceVersion, 'The object might have been modified')
}

/** What is gone is told by a Status, what still stands as it stands. */
export async function removedReply(
  ground: Ground,
  ask: Ask,
  removed: Written & { isGone: boolean },
): Promise<HttpReply> {
  const { kind, version, query, request } = ask
  await removed.synced
  const { metadata } = removed.object
  if (removed.isGone && !returnsObject.has(`${kind.group}/${kind.resource}`)) {
    const { name, uid } = metadata
    const group = kind.group === '' ? {} : { group: kind.group }
    return jsonReply(200, successOf({ name, ...group, kind: kind.resource, uid: uid ?? '' }))
  }
  const shape = shapeOf(request.headers['accept'])
  const presenter = presenterOf({ kind, version, query, shape, nowMs: () => ground.wallMs() })
  return jsonReply(200, presenter.one(converted(kind, removed.object, kind.storage, version.name).object))
}

/** Kinds whose deletion answers with what was deleted, as Kubernetes' does. */
const returnsObject: ReadonlySet<string> = new Set([
  '/pods',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/serviceaccounts',
  '/services',
  'storage.k8s.io/storageclasses',
])

export async function removeCollection(ground: Ground, ask: Ask, options: DeleteOptions): Promise<HttpReply> {
  const { kind } = ask
  const { objects, metadata } = selected(ground, ask)
  const all: Promise<void>[] = []
  const removed: Obj[] = []
  for (const { metadata } of objects) {
    const one: Ask = { ...ask, name: metadata.name, namespace: metadata.namespace ?? null }
    if (ground.store.latest(keyOf(kind, one.namespace, metadata.name)) === null) continue
    const { object, synced } = remove(ground, one, options)
    all.push(synced)
    removed.push(object)
  }
  await Promise.all(all)
  const { version, query, request } = ask
  const shape = shapeOf(request.headers['accept'])
  const presenter = presenterOf({ kind, version, query, shape, nowMs: () => ground.wallMs() })
  const shown = removed.map((object) => converted(kind, object, kind.storage, version.name).object)
  return jsonReply(200, presenter.list(shown, { resourceVersion: metadata.resourceVersion ?? '' }))
}
