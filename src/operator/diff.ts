/**
 * What to do so that what is there becomes what should be there: create, merge what differs, delete what is left over.
 * Only fields that are wanted are compared, so what Kubernetes fills in, and labels of others, are no difference.
 */
import type { Action, KindRef, Obj } from '../kube-client/index.ts'
import { strimziPodSets } from '../resources/index.ts'
import type { OperatorConfig } from './config.ts'
import type { Observed } from './facts.ts'
import { stableJson } from './hash.ts'
import { claims, configMaps, deployments, networkPolicies, roleBindings, roles, secrets, services } from './kinds.ts'
import type { Want } from './model/desired.ts'
import { annotations, labelNames } from './names.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields whose entries are all the operator's: what is not wanted goes. */
const isWhole = (path: string): boolean => path === 'data' || path === 'spec.selector' || path.endsWith('.matchLabels')

/** Nobody fills anything in here. */
const isExact = (path: string): boolean => path === 'spec.pods'

/** Kubernetes does not keep them where they say nothing. */
const isZero = (value: unknown): boolean => value === false || value === 0 || value === ''

/** Whether `have` says all that `want` says. Lists correspond entry by entry. */
export function covers(have: unknown, want: unknown, path = ''): boolean {
  if (want === undefined) return true
  if (isExact(path)) return stableJson(have) === stableJson(want)
  if (Array.isArray(want)) {
    return Array.isArray(have) && have.length === want.length && want.every((w, i) => covers(have[i], w, `${path}[]`))
  }
  if (!isObject(want)) return have === want || (have === undefined && isZero(want))
  if (!isObject(have)) return Object.keys(want).length === 0 && have === undefined
  if (isWhole(path) && Object.keys(have).some((name) => want[name] === undefined)) return false
  return Object.entries(want).every(([name, w]) => covers(have[name], w, path === '' ? name : `${path}.${name}`))
}

/** Ports of a service keep the node ports that Kubernetes gave them. */
const portsKept = (have: unknown, want: unknown): unknown =>
  Array.isArray(want) && Array.isArray(have)
    ? want.map((w: Json) => ({ ...have.find((h: Json) => h['name'] === w['name']), ...w }))
    : want

/** RFC 7386. undefined: nothing differs. */
export function mergePatch(have: unknown, want: unknown, path = ''): Json | undefined {
  const patch: Record<string, unknown> = {}
  if (!isObject(want) || !isObject(have)) return undefined
  if (isWhole(path)) for (const name of Object.keys(have)) if (want[name] === undefined) patch[name] = null
  for (const [name, w] of Object.entries(want)) {
    const at = path === '' ? name : `${path}.${name}`
    if (w === undefined || covers(have[name], w, at)) continue
    patch[name] =
      isObject(w) && isObject(have[name])
        ? mergePatch(have[name], w, at)
        : at === 'spec.ports'
          ? portsKept(have[name], w)
          : w
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

export const refOf = (object: Obj) => ({ namespace: object.metadata.namespace ?? null, name: object.metadata.name })

/** A delete that never meets another object than the one that was looked at. */
export const deletion = (kind: KindRef, object: Obj): Action => ({
  do: 'delete',
  kind,
  ref: refOf(object),
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
  ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }),
})

/** Claims and templates of pods cannot change but in part. */
function changeOf(kind: KindRef, object: Obj, have: Obj): Action | null {
  let want: Json = { metadata: { ...object.metadata, name: undefined, namespace: undefined }, ...bodyOf(object) }
  if (kind === claims) {
    const { spec, ...rest } = want as { spec: { resources: unknown } }
    want = { ...rest, spec: { resources: spec.resources } }
  }
  const patch = mergePatch(have, want)
  return patch ? { do: 'merge', kind, ref: refOf(object), patch } : null
}

const bodyOf = (object: Obj): Json => {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...body } = object
  return body
}

export function diff(want: readonly Want[], have: Observed): Action[] {
  const actions: Action[] = []
  for (const { kind, object } of want) {
    const there = have.get(kind, object.metadata.name)
    if (!there) actions.push({ do: 'create', kind, object })
    else if (there.metadata.deletionTimestamp === undefined) {
      const change = changeOf(kind, object, there)
      if (change) actions.push(change)
    }
  }
  return actions
}

const swept: readonly KindRef[] = [
  strimziPodSets,
  deployments,
  services,
  configMaps,
  secrets,
  roleBindings,
  roles,
  networkPolicies,
  claims,
]

/** What the operator once made for this cluster and does not want any more. Claims only if their user said so. */
export function leftOver(want: readonly Want[], have: Observed, config: OperatorConfig): Action[] {
  const wanted = new Set(want.map((w) => `${w.kind.kind}/${w.object.metadata.name}`))
  const actions: Action[] = []
  for (const kind of swept) {
    for (const object of have.list(kind)) {
      const { labels = {}, annotations: noted = {}, deletionTimestamp, name } = object.metadata
      const isOurs =
        labels[labelNames.kind] === 'Kafka' &&
        labels['app.kubernetes.io/managed-by'] === config.name &&
        ['kafka', 'entity-operator'].includes(labels[labelNames.componentType] ?? '')
      if (!isOurs || deletionTimestamp !== undefined || wanted.has(`${kind.kind}/${name}`)) continue
      if (kind === claims && noted[annotations.deleteClaim] !== 'true') continue
      actions.push(deletion(kind, object))
    }
  }
  return actions
}
