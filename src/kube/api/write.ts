import type { HttpReply } from '../../env/index.ts'
import type { Obj, ObjectMeta } from '../../kube-client/index.ts'
import type { FieldError, Kind, Schema, StrategyContext } from '../kind.ts'
import type { Entry } from '../store/store.ts'
import { shapeOf } from './accept.ts'
import { type Ask, type Ground, jsonReply, nowOf } from './ask.ts'
import { refuseEscalation } from './escalation.ts'
import { type Fields, isFields, isSameJson } from './json.ts'
import { tracked, type Writer, withOwners } from './managed-fields.ts'
import { countsGenerations, createdMeta, metadataErrors, updatedMeta } from './metadata.ts'
import { alreadyExists, badRequest, conflict, forbidden, invalid, modified, notFound } from './problem.ts'
import { aliasOf, converted, groupVersion, isCustom, keyOf, prefixOf } from './registry.ts'
import { presenterOf } from './table.ts'

/**
 * Writes: an object that a caller wishes, on its way into the store. Between the look at what stands and the commit
 * nothing is awaited, so only a caller's own resourceVersion can be out of date.
 */

export interface Wish {
  /** In the version of the request. */
  readonly object: Obj
  /** Who writes which fields. */
  readonly writer: Writer
}

export interface Written {
  /** In the storage version. */
  readonly object: Obj
  /** Resolves when it is as durable as it can be. */
  readonly synced: Promise<void>
  readonly isNew: boolean
}

const generatedTries = 8

export function create(ground: Ground, ask: Ask, { object, writer }: Wish): Written {
  const { kind, namespace } = ask
  checkType(ask, object)
  const { metadata } = object
  checkNamespace(ask, metadata)
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
  if (!metadata.name && !metadata.generateName) {
    const detail = 'name or generateName is required'
    throw invalid(kind, '', [{ type: 'Required', field: 'metadata.name', detail }])
  }
  const context = contextOf(ground, ask)
  const withoutStatus = kind.subresources.status ? omit(object, 'status') : object
  const { next: checked, errors } = admitted(ask, withoutStatus)
  for (let tries = 1; ; tries++) {
    const name = metadata.name || `${metadata.generateName!.slice(0, 58)}${ground.suffix()}`
    const key = keyOf(kind, namespace, name)
    if (ground.store.latest(key) !== null) {
      if (metadata.name || tries === generatedTries) throw alreadyExists(kind, name)
      continue
    }
    checkHome(ground, kind, namespace, name)
    const server = {
      name,
      namespace,
      uid: metadata.uid && writer.keepsUid ? metadata.uid : ground.uid(),
      now: nowOf(ground),
    }
    let next: Obj = { ...checked, metadata: createdMeta(kind, checked.metadata, server) }
    // What the server sets by itself is nobody's.
    const asked = kind.subresources.status ? omit(next, 'status') : next
    const owned = tracked(ask, writer, asked, null, nowOf(ground))
    next = kind.strategy?.prepare?.(next, null, context) ?? next
    refuse(kind, next, [
      ...errors,
      ...metadataErrors(kind, next, null),
      ...(kind.strategy?.validate?.(next, null) ?? []),
    ])
    refuseEscalation(ground.store, ask, next, null)
    next = withOwners(next, owned)
    if (isDryRun(ask)) return { object: next, synced: Promise.resolve(), isNew: true }
    const { synced, values } = ground.store.commit({ expect: [[key, 0]], put: [[key, next]] })
    return { object: values[0]!, synced, isNew: true }
  }
}

/** `wish` is asked with what stands, in the version of the request. */
export function update(ground: Ground, ask: Ask, wish: (current: Obj) => Wish): Written {
  const { kind, version, namespace, name, subresource } = ask
  const entry = ground.store.latest(keyOf(kind, namespace, name!))
  if (entry === null) throw notFound(kind, name!)
  const prev = entry.value
  const current = converted(kind, prev, kind.storage, version.name).object
  const { object, writer } = wish(current)
  checkType(ask, object)
  checkNamespace(ask, object.metadata)
  checkIdentity(ask, object.metadata, prev.metadata)
  const context = contextOf(ground, ask)
  const { next: checked, errors } = admitted(ask, ownPart(ask, object, current), current)
  let next: Obj = { ...checked, metadata: updatedMeta(checked.metadata, prev.metadata) }
  const owned = tracked(ask, writer, next, prev, nowOf(ground))
  const prepare = subresource === 'status' ? kind.strategy?.prepareStatus : kind.strategy?.prepare
  next = prepare?.call(kind.strategy, next, prev, context) ?? next
  const particular = subresource === 'status' ? [] : (kind.strategy?.validate?.(next, prev) ?? [])
  refuse(kind, next, [...errors, ...metadataErrors(kind, next, prev), ...particular])
  refuseEscalation(ground.store, ask, next, prev)
  // What only an old version can say stands in an annotation of the stored one.
  const shown = (): Obj => converted(kind, next, kind.storage, version.name).object
  const isNew = hasNewWish(kind, next, prev) || (version.name !== kind.storage && hasNewWish(kind, shown(), current))
  if (countsGenerations(kind) && isNew) {
    next = { ...next, metadata: { ...next.metadata, generation: (prev.metadata.generation ?? 0) + 1 } }
  }
  return put(ground, ask, entry, withOwners(next, owned))
}

/** What stands afterwards; nothing is written when nothing changed, and an object that only waited for this is gone. */
export function put(ground: Ground, ask: Ask, entry: Entry, next: Obj): Written {
  const { store } = ground
  if (isDryRun(ask)) return { object: next, synced: Promise.resolve(), isNew: false }
  if (isDone(ask.kind, next)) {
    const { synced, rev } = store.commit({ expect: [[entry.key, entry.rev]], del: [entry.key] })
    const metadata = { ...next.metadata, resourceVersion: String(rev) }
    return { object: { ...next, metadata }, synced, isNew: false }
  }
  if (isSameJson(next, entry.value)) return { object: entry.value, synced: store.synced(), isNew: false }
  const { synced, values } = store.commit({ expect: [[entry.key, entry.rev]], put: [[entry.key, next]] })
  return { object: values[0]!, synced, isNew: false }
}

/** Nobody asked to wait any more. */
export function isDone(kind: Kind, { metadata, ...rest }: Obj): boolean {
  if (metadata.deletionTimestamp === undefined) return false
  if ((metadata.finalizers?.length ?? 0) > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return false
  return kind.strategy?.isHeld?.({ metadata, ...rest } as Obj) !== true
}

/** The answer to a write, in the version and the shape asked. */
export async function writtenReply(ground: Ground, ask: Ask, written: Written, status = 200): Promise<HttpReply> {
  const { kind, version, query, request } = ask
  await written.synced
  const { object, warnings } = converted(kind, written.object, kind.storage, version.name)
  for (const warning of warnings) ask.warnings.add(warning)
  const shape = shapeOf(request.headers['accept'])
  const presenter = presenterOf({ kind, version, query, shape, nowMs: () => ground.wallMs() })
  return jsonReply(status, presenter.one(object))
}

export const isDryRun = ({ query }: Pick<Ask, 'query'>): boolean => {
  const values = query.all('dryRun')
  for (const value of values) {
    if (value !== 'All')
      throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
        { type: 'NotSupported', field: 'dryRun', value: values, detail: '', supported: ['All'] },
      ])
  }
  return values.length > 0
}

/** Schema, defaults and the way to the storage version. */
function admitted(ask: Ask, object: Obj, prev?: Obj): { next: Obj; errors: readonly FieldError[] } {
  const { kind, version, query } = ask
  const { value, errors, unknown, malformed } = version.schema.check(object, prev)
  if (malformed !== undefined) {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${kind.kind}: ${malformed}`,
    )
  }
  const mode = query.get('fieldValidation') ?? 'Warn'
  if (unknown.length > 0 && mode !== 'Ignore') {
    const texts = unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
    if (mode === 'Strict') {
      throw badRequest(
        `${kind.kind} in version ${JSON.stringify(version.name)} cannot be handled as a ${kind.kind}: strict decoding error: ${texts.join(', ')}`,
      )
    }
    for (const text of texts) ask.warnings.add(text)
  }
  if (version.warning !== undefined) ask.warnings.add(version.warning)
  // What is wrong in form cannot be converted.
  refuse(kind, object, errors)
  const { object: next, warnings } = converted(kind, value, version.name, kind.storage)
  for (const warning of warnings) ask.warnings.add(warning)
  // An old version may know less about what is wrong than the one that is stored.
  if (version.name !== kind.storage) refuse(kind, next, storageSchema(kind).check(next).errors)
  return { next, errors: [] }
}

const storageSchema = (kind: Kind): Schema => kind.versions.find((version) => version.name === kind.storage)!.schema

/** Of an update: status is written through its own path, and nothing else is written there. */
function ownPart({ kind, subresource }: Ask, object: Obj, current: Obj): Obj {
  if (subresource === 'status') {
    const { managedFields, resourceVersion } = object.metadata
    const metadata = {
      ...current.metadata,
      ...(managedFields === undefined ? {} : { managedFields }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }
    return { ...omit(current, 'status'), metadata, ...('status' in object ? { status: object['status'] } : {}) } as Obj
  }
  if (!kind.subresources.status) return object
  return { ...omit(object, 'status'), ...('status' in current ? { status: current['status'] } : {}) } as Obj
}

export function omit(object: Obj, field: string): Obj {
  if (!(field in object)) return object
  const { [field]: _, ...rest } = object
  return rest as unknown as Obj
}

/** Whether something else than metadata and status changed. */
function hasNewWish(kind: Kind, next: Obj, prev: Obj): boolean {
  const wish = (object: Obj): Fields => {
    const { metadata: _, status, ...rest } = object
    return kind.subresources.status ? rest : { ...rest, status }
  }
  return !isSameJson(wish(next), wish(prev))
}

function checkType({ kind, version }: Ask, object: Obj): void {
  const apiVersion = groupVersion(kind.group, version.name)
  if (object.kind !== kind.kind || object.apiVersion !== apiVersion) {
    const [group = '', named = ''] = object.apiVersion.includes('/')
      ? object.apiVersion.split('/')
      : ['', object.apiVersion]
    throw badRequest(
      object.kind === kind.kind && group === kind.group
        ? `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`
        : `${object.kind} in version ${JSON.stringify(named)} cannot be handled as a ${kind.kind}: converting (${object.apiVersion}.${object.kind}) to (${kind.group.split('.')[0] || 'core'}.${kind.kind}): unknown conversion`,
    )
  }
}

function checkNamespace({ kind, namespace }: Ask, metadata: ObjectMeta): void {
  if (kind.namespaced && namespace === null) throw badRequest('an empty namespace may not be set during creation')
  if (kind.namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
  }
}

function checkIdentity({ kind, name }: Ask, asked: ObjectMeta, prev: ObjectMeta): void {
  if (asked.name !== name) {
    throw badRequest(`the name of the object (${asked.name}) does not match the name on the URL (${name})`)
  }
  if (asked.uid && asked.uid !== prev.uid) {
    throw conflict(
      kind,
      prev.name,
      `Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${prev.uid}`,
    )
  }
  if (asked.resourceVersion && asked.resourceVersion !== prev.resourceVersion) throw modified(kind, prev.name)
  if (!asked.resourceVersion && isCustom(kind)) {
    const detail = 'must be specified for an update'
    // By resource here, as Kubernetes has it.
    const named = { group: kind.group, kind: kind.resource }
    throw invalid(named, prev.name, [{ type: 'Invalid', field: 'metadata.resourceVersion', value: 0, detail }])
  }
}

/** The namespace must be there and stay. */
function checkHome({ store }: Ground, kind: Kind, namespace: string | null, name: string): void {
  if (!kind.namespaced || namespace === null) return
  const home = store.latest(keyOf(namespaces, null, namespace))
  if (home === null) throw notFound(namespaces, namespace)
  if (home.value.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }])
}

export const namespaces = { group: '', resource: 'namespaces', kind: 'Namespace', namespaced: false } as const

function refuse(kind: Kind, object: Obj, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(kind, object.metadata.name ?? '', errors)
}

function contextOf(ground: Ground, ask: Ask): StrategyContext {
  return {
    user: ask.user,
    nowMs: ground.wallMs(),
    uid: () => ground.uid(),
    all: function* (group, resource) {
      for (const { value } of ground.store.latestAll(prefixOf({ group, resource }, null))) yield value
    },
    warn: (text) => void ask.warnings.add(text),
  }
}

/** What came in a body must be an object with metadata at least. */
export function objectOf(value: unknown, { kind, version }: Pick<Ask, 'kind' | 'version'>): Obj {
  if (!isFields(value)) throw badRequest('the body of the request is not a JSON object')
  const { metadata = {}, apiVersion, kind: named } = value
  if (!isFields(metadata)) throw badRequest('metadata is not an object')
  if (apiVersion !== undefined && typeof apiVersion !== 'string') throw badRequest('apiVersion is not a string')
  if (named !== undefined && typeof named !== 'string') throw badRequest('kind is not a string')
  const alias = aliasOf(kind, apiVersion ?? '')
  if (alias !== null) {
    const own = { ...value, apiVersion: groupVersion(kind.group, version.name) }
    return objectOf(alias.upgrade?.(own) ?? own, { kind, version })
  }
  return {
    ...value,
    // Those who use typed clients leave them out.
    apiVersion: apiVersion || groupVersion(kind.group, version.name),
    kind: named || kind.kind,
    metadata: metadata as unknown as ObjectMeta,
  }
}
