import type { Obj } from '../../kube-client/index.ts'
import type { Kind, User } from '../kind.ts'
import type { Store } from '../store/store.ts'
import type { Ask } from './ask.ts'
import { isSameJson } from './json.ts'
import { forbidden, notFound } from './problem.ts'
import { covers, isAllowed, type Rule, rbac, roleOf, rulesOf, rulesOfRole } from './rbac.ts'

/**
 * Nobody gives rights that he does not hold: neither in the rules of a role (without the verb `escalate` on it) nor by
 * binding one (without the verb `bind` on it).
 */

/** One right: each list has at most one entry. */
type Right = Rule

/** Rights in the rules of one role, beyond which they are not compared one by one. */
const rightsMax = 20_000

const all: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]

/** Refuses a role or a binding, about to be written, by which the caller would give more than he has. */
export function refuseEscalation(store: Store, ask: Ask, next: Obj, prev: Obj | null): void {
  const { kind, user } = ask
  if (kind.group !== rbac || user.groups.includes('system:masters')) return
  switch (kind.resource) {
    case 'roles':
    case 'clusterroles':
      return checkRole(store, ask, next, prev)
    case 'rolebindings':
    case 'clusterrolebindings':
      return checkBinding(store, ask, next, prev)
  }
}

function checkRole(store: Store, ask: Ask, next: Obj, prev: Obj | null): void {
  const { kind, namespace, user } = ask
  const isSame = (key: string): boolean => isSameJson(next[key], prev?.[key])
  if (prev !== null && isSame('rules') && isSame('aggregationRule')) return
  const attributes = { group: rbac, resource: kind.resource, subresource: '', namespace }
  if (isAllowed(store, user, { ...attributes, verb: 'escalate', name: ask.name ?? '' })) return
  const held = [...rulesOf(store, user, namespace)]
  if (next['aggregationRule'] !== undefined && missing(held, all)?.length !== 0) {
    const why = 'must have cluster-admin privileges to use an aggregationRule'
    throw forbidden(kind, next.metadata.name, why)
  }
  const { aggregationRule: _, ...own } = next
  confirm(kind, next.metadata.name, user, held, [...rulesOfRole(store, own as unknown as Obj)])
}

function checkBinding(store: Store, ask: Ask, next: Obj, prev: Obj | null): void {
  const { kind, namespace, user } = ask
  const isSame = (key: string): boolean => isSameJson(next[key], prev?.[key])
  if (prev !== null && isSame('roleRef') && isSame('subjects')) return
  const { of, name, role } = roleOf(store, next['roleRef'], namespace)
  const attributes = { group: rbac, resource: of.resource, subresource: '', namespace }
  if (isAllowed(store, user, { ...attributes, verb: 'bind', name })) return
  if (role === null) throw notFound(of, name)
  confirm(kind, next.metadata.name, user, [...rulesOf(store, user, namespace)], [...rulesOfRole(store, role)])
}

function confirm(kind: Kind, name: string, user: User, held: readonly Rule[], wanted: readonly Rule[]): void {
  const lacking = missing(held, wanted)
  if (lacking?.length === 0) return
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`
  const what =
    lacking === null ? `more than ${rightsMax} single rights, which are too many to compare` : described(lacking)
  throw forbidden(kind, name, `${who} is attempting to grant RBAC permissions not currently held:\n${what}`)
}

/** Null: they are too many to look at. */
function missing(held: readonly Rule[], wanted: readonly Rule[]): readonly Right[] | null {
  let count = 0
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of wanted) {
    const ofResources = apiGroups.length * resources.length * Math.max(1, resourceNames.length)
    count += verbs.length * (ofResources + nonResourceURLs.length)
  }
  if (count > rightsMax) return null
  return wanted.flatMap((rule) => [...rightsOf(rule)].filter((right) => !held.some((one) => holds(one, right))))
}

function* rightsOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): Generator<Right> {
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const names of resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name])) {
        for (const verb of verbs) {
          yield {
            ...{ verbs: [verb], apiGroups: [group], resources: [resource] },
            ...{ resourceNames: names, nonResourceURLs: [] },
          }
        }
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) {
      yield { verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] }
    }
  }
}

function holds(rule: Rule, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Right): boolean {
  const [path] = nonResourceURLs
  const [resource = '', subresource = ''] = (resources[0] ?? '').split('/')
  const [name] = resourceNames
  // The right to all names is more than the right to one, whatever that name is.
  if (path === undefined && name === undefined && rule.resourceNames.length > 0) return false
  const attributes = { verb: verbs[0]!, group: apiGroups[0] ?? '', resource, subresource, namespace: null }
  return covers(rule, { ...attributes, name: name ?? '', ...(path === undefined ? {} : { path }) })
}

/** One line for all verbs on the same thing. */
function described(rights: readonly Right[]): string {
  const lines = new Map<string, string[]>()
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rights) {
    const parts = Object.entries({
      APIGroups: apiGroups,
      Resources: resources,
      NonResourceURLs: nonResourceURLs,
      ResourceNames: resourceNames,
    })
    const shown = parts.filter(([, list]) => list.length > 0).map(([key, list]) => `${key}:${quoted(list)}`)
    const key = shown.join(', ')
    const known = lines.get(key)
    if (known === undefined) lines.set(key, [...verbs])
    else if (!known.includes(verbs[0]!)) known.push(verbs[0]!)
  }
  const texts = [...lines].map(([key, verbs]) => `{${key}, Verbs:${quoted(verbs)}}`)
  return texts.sort().join('\n')
}

const quoted = (list: readonly string[]): string => `[${list.map((one) => JSON.stringify(one)).join(' ')}]`
