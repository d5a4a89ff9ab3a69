import type { Obj } from '../../kube-client/index.ts'
import type { User } from '../kind.ts'
import type { Store } from '../store/store.ts'
import { type Fields, isFields } from './json.ts'
import { keyOf, prefixOf } from './registry.ts'

/** What somebody would do: to a resource, or (with `path`) to a path that is none. */
export interface Attributes {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string | null
  readonly name: string
  readonly path?: string
}

export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

export const rbac = 'rbac.authorization.k8s.io'
const clusterRoles = { group: rbac, resource: 'clusterroles', namespaced: false }
const roles = { group: rbac, resource: 'roles', namespaced: true }
const clusterRoleBindings = { group: rbac, resource: 'clusterrolebindings' }
const roleBindings = { group: rbac, resource: 'rolebindings' }

/** What everybody may who is somebody: find out what there is, and about himself. */
const forAuthenticated: readonly Rule[] = [
  rule({ verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'] }),
  rule({
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  }),
  rule({ verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] }),
]
const forAll: readonly Rule[] = [
  rule({
    verbs: ['get'],
    nonResourceURLs: ['/healthz', '/livez', '/livez/*', '/readyz', '/readyz/*', '/version', '/version/'],
  }),
]
const forMasters: readonly Rule[] = [
  rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
  rule({ verbs: ['*'], nonResourceURLs: ['*'] }),
]

function rule(given: Partial<Rule>): Rule {
  return { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [], ...given }
}

export function isAllowed(store: Store, user: User, attributes: Attributes): boolean {
  for (const one of rulesOf(store, user, attributes.namespace)) if (covers(one, attributes)) return true
  return false
}

/** All rules that hold for a user: everywhere, and in the namespace when one is given. */
export function* rulesOf(store: Store, user: User, namespace: string | null): Generator<Rule> {
  if (user.groups.includes('system:masters')) yield* forMasters
  if (user.groups.includes('system:authenticated')) yield* forAuthenticated
  yield* forAll
  yield* boundRules(store, user, prefixOf(clusterRoleBindings, null))
  if (namespace !== null) yield* boundRules(store, user, prefixOf(roleBindings, namespace))
}

function* boundRules(store: Store, user: User, prefix: string): Generator<Rule> {
  for (const { value } of store.list(prefix).entries) {
    const { namespace = null } = value.metadata
    if (!listOf(value['subjects']).some((subject) => isSubject(subject, user, namespace))) continue
    const { role } = roleOf(store, value['roleRef'], namespace)
    if (role !== null) yield* rulesOfRole(store, role)
  }
}

/** What a binding in a namespace refers to; `role` is null when there is none. */
export function roleOf(
  store: Store,
  roleRef: unknown,
  namespace: string | null,
): { of: { group: string; resource: string }; name: string; role: Obj | null } {
  const { kind, name: given } = fieldsOf(roleRef)
  const of = kind === 'ClusterRole' ? clusterRoles : roles
  const name = String(given)
  return { of, name, role: store.get(keyOf(of, namespace, name))?.value ?? null }
}

/** A ClusterRole may be the sum of others, found by their labels. */
export function* rulesOfRole(store: Store, role: Obj): Generator<Rule> {
  for (const given of listOf(role['rules'])) {
    const names = (key: keyof Rule): readonly string[] => (Array.isArray(given[key]) ? (given[key] as string[]) : [])
    yield {
      verbs: names('verbs'),
      apiGroups: names('apiGroups'),
      resources: names('resources'),
      resourceNames: names('resourceNames'),
      nonResourceURLs: names('nonResourceURLs'),
    }
  }
  for (const selector of listOf(fieldsOf(role['aggregationRule'])['clusterRoleSelectors'])) {
    const labels = Object.entries(fieldsOf(selector['matchLabels']))
    for (const { value } of store.list(prefixOf(clusterRoles, null)).entries) {
      if (value.metadata.uid === role.metadata.uid || value['aggregationRule'] !== undefined) continue
      if (labels.every(([key, wanted]) => value.metadata.labels?.[key] === wanted)) yield* rulesOfRole(store, value)
    }
  }
}

function isSubject(subject: Fields, user: User, namespace: string | null): boolean {
  const name = String(subject['name'])
  switch (subject['kind']) {
    case 'User':
      return name === user.name
    case 'Group':
      return user.groups.includes(name)
    case 'ServiceAccount': {
      const home = subject['namespace'] ?? namespace
      return user.name === `system:serviceaccount:${String(home)}:${name}`
    }
    default:
      return false
  }
}

export function covers(one: Rule, { verb, group, resource, subresource, name, path }: Attributes): boolean {
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)
  if (!has(one.verbs, verb)) return false
  if (path !== undefined) {
    return one.nonResourceURLs.some(
      (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    )
  }
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const isResource = has(one.resources, full) || (subresource !== '' && one.resources.includes(`*/${subresource}`))
  return has(one.apiGroups, group) && isResource && (one.resourceNames.length === 0 || one.resourceNames.includes(name))
}

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
