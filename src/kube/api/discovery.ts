import type { Kind, KindVersion, Verb } from '../kind.ts'
import type { Shape } from './accept.ts'
import { groupVersion, type Registry } from './registry.ts'

/** What is served: plain, as old clients ask for it piece by piece, and aggregated, as kubectl does in two requests. */

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Groups in the order of their importance; others follow by name. */
const groupOrder = [
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'policy',
  'networking.k8s.io',
]

interface Group {
  readonly name: string
  readonly versions: readonly { readonly name: string; readonly kinds: readonly (readonly [Kind, KindVersion])[] }[]
}

function groupsOf(registry: Registry): Group[] {
  const groups = new Map<string, Map<string, [Kind, KindVersion][]>>()
  for (const kind of registry.all()) {
    let versions = groups.get(kind.group)
    if (versions === undefined) groups.set(kind.group, (versions = new Map()))
    for (const version of kind.versions) {
      if (!version.served) continue
      const kinds = versions.get(version.name)
      if (kinds === undefined) versions.set(version.name, [[kind, version]])
      else kinds.push([kind, version])
    }
  }
  const rank = (name: string): number => (groupOrder.indexOf(name) + groupOrder.length + 1) % (groupOrder.length + 1)
  return [...groups]
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .map(([version, kinds]) => ({
          name: version,
          kinds: kinds.sort(([a], [b]) => (a.resource < b.resource ? -1 : 1)),
        }))
        .sort((a, b) => byPriority(a.name, b.name)),
    }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
}

/** Kubernetes' order of versions: stable before beta before alpha, higher numbers first. */
function byPriority(a: string, b: string): number {
  const parts = (name: string): [number, number, number] => {
    const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name)
    if (found === null) return [0, 0, 0]
    return [found[2] === undefined ? 3 : found[2] === 'beta' ? 2 : 1, Number(found[1]), Number(found[3] ?? 0)]
  }
  const left = parts(a)
  const right = parts(b)
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return right[i]! - left[i]!
  return a < b ? -1 : 1
}

/** `/api` */
export function coreVersions(address: string): unknown {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }]
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs }
}

function groupJson({ name, versions }: Group): Record<string, unknown> {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version.name}`, version: version.name }))
  return { name, versions: all, preferredVersion: all[0] }
}

/** `/apis` */
export function groupList(registry: Registry): unknown {
  const groups = groupsOf(registry).filter(({ name }) => name !== '')
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupJson) }
}

/** `/apis/GROUP`; null when there is none. */
export function oneGroup(registry: Registry, name: string): unknown {
  const group = groupsOf(registry).find((one) => one.name === name && name !== '')
  return group === undefined ? null : { kind: 'APIGroup', apiVersion: 'v1', ...groupJson(group) }
}

/** `/api/v1`, `/apis/GROUP/VERSION`; null when there is none. */
export function resourceList(registry: Registry, name: string, version: string): unknown {
  const found = groupsOf(registry)
    .find((group) => group.name === name)
    ?.versions.find((one) => one.name === version)
  if (found === undefined) return null
  const resources = found.kinds.flatMap(([kind]) => [
    {
      name: kind.resource,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs ?? allVerbs,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    },
    ...subresourcesOf(kind, version).map(({ name, group, version, kind: of, verbs }) => ({
      name: `${kind.resource}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(group === kind.group ? {} : { group, version }),
      kind: of,
      verbs,
    })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(name, version), resources }
}

/** `/api` or `/apis` in one. */
export function aggregated(registry: Registry, isCore: boolean, shape: Shape): unknown {
  const groups = groupsOf(registry).filter(({ name }) => (name === '') === isCore)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${shape === 'discovery-v2' ? 'v2' : 'v2beta1'}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { name: name === '' ? null : name, creationTimestamp: null },
      versions: versions.map(({ name: version, kinds }) => ({
        version,
        resources: kinds.map(([kind]) => discovered(kind, version)),
        freshness: 'Current',
      })),
    })),
  }
}

function discovered(kind: Kind, version: string): unknown {
  const subresources = subresourcesOf(kind, version).map(({ name, group, version, kind: of, verbs }) => ({
    subresource: name,
    responseKind: { group, version, kind: of },
    verbs,
  }))
  return {
    resource: kind.resource,
    responseKind: { group: kind.group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs ?? allVerbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  }
}

interface Subresource {
  readonly name: string
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly verbs: readonly string[]
}

function subresourcesOf({ group, resource, kind, subresources }: Kind, version: string): Subresource[] {
  const all: Subresource[] = []
  const own = { group, version, kind }
  if (subresources.status) all.push({ name: 'status', ...own, verbs: ['get', 'patch', 'update'] })
  if (subresources.scale !== undefined) {
    const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
    all.push({ name: 'scale', ...scale, verbs: ['get', 'patch', 'update'] })
  }
  for (const connect of subresources.connect ?? []) {
    if (connect === 'log') all.push({ name: 'log', ...own, verbs: ['get'] })
    else {
      const options = { exec: 'PodExecOptions', attach: 'PodAttachOptions', portforward: 'PodPortForwardOptions' }[
        connect
      ]
      all.push({ name: connect, group, version, kind: options, verbs: ['create', 'get'] })
    }
  }
  if (group === '' && resource === 'pods') {
    all.push({ name: 'binding', group, version, kind: 'Binding', verbs: ['create'] })
    all.push({ name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] })
  }
  if (group === '' && resource === 'serviceaccounts') {
    all.push({ name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] })
  }
  if (group === '' && resource === 'namespaces') all.push({ name: 'finalize', ...own, verbs: ['update'] })
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}
