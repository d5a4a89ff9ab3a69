import type { Obj } from '../../kube-client/index.ts'
import type { Kind, User } from '../kind.ts'
import { Messages, TypedSchema } from '../kinds/index.ts'
import type { Ask, Ground } from './ask.ts'
import { type Fields, isFields } from './json.ts'
import { type Attributes, isAllowed, type Rule, rulesOf } from './rbac.ts'
import { defaultAudience } from './tokens.ts'

/** Questions that are asked by creating an object, and answered in it: nothing is stored. */
const authorization = 'authorization.k8s.io'
const authentication = 'authentication.k8s.io'

const rows: readonly (readonly [string, string, string, boolean])[] = [
  [authorization, 'authorization', 'SelfSubjectAccessReview', false],
  [authorization, 'authorization', 'SelfSubjectRulesReview', false],
  [authorization, 'authorization', 'SubjectAccessReview', false],
  [authorization, 'authorization', 'LocalSubjectAccessReview', true],
  [authentication, 'authentication', 'SelfSubjectReview', false],
  [authentication, 'authentication', 'TokenReview', false],
]

export function reviewKinds(): Kind[] {
  const messages = new Messages()
  return rows.map(([group, name, kind, namespaced]): Kind => {
    const message = `${name}.${kind}`
    const schema = new TypedSchema(messages, message, () => {})
    return {
      group,
      resource: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      kind,
      namespaced,
      shortNames: [],
      categories: [],
      versions: [{ name: 'v1', served: true, schema, columns: [] }],
      storage: 'v1',
      proto: messages.proto(message),
      subresources: {},
      verbs: ['create'],
    }
  })
}

export const isReview = ({ group }: Kind): boolean => group === authorization || group === authentication

/** Whoever a token stands for. */
export type Identify = (token: string) => User | null

export function review({ store }: Ground, { user, kind, namespace }: Ask, object: Obj, identify: Identify): Obj {
  const spec = fieldsOf(object['spec'])
  const answered = (status: unknown): Obj => ({ ...object, metadata: { ...object.metadata }, status })
  const allowed = (who: User, home?: string): Obj => {
    const is = isAllowed(store, who, attributesOf(spec, home))
    return answered({ allowed: is, ...(is ? { reason: 'RBAC: allowed by a role' } : {}) })
  }
  switch (kind.kind) {
    case 'SelfSubjectAccessReview':
      return allowed(user)
    case 'SubjectAccessReview':
      return allowed(namedUser(spec))
    case 'LocalSubjectAccessReview':
      return allowed(namedUser(spec), namespace ?? '')
    case 'SelfSubjectRulesReview':
      return answered(rulesStatus(distinct(rulesOf(store, user, textOf(spec['namespace']) || null))))
    case 'SelfSubjectReview':
      return answered({ userInfo: infoOf(user) })
    default: {
      const found = identify(textOf(spec['token']))
      const audiences = Array.isArray(spec['audiences']) ? spec['audiences'] : [defaultAudience]
      if (found === null) return answered({ user: {}, error: '[invalid bearer token]' })
      return answered({ authenticated: true, user: infoOf(found), audiences })
    }
  }
}

function attributesOf(spec: Fields, home?: string): Attributes {
  const path = spec['nonResourceAttributes']
  const given = fieldsOf(path ?? spec['resourceAttributes'])
  const namespace = home ?? textOf(given['namespace'])
  return {
    verb: textOf(given['verb']),
    group: textOf(given['group']),
    resource: textOf(given['resource']),
    subresource: textOf(given['subresource']),
    namespace: namespace === '' ? null : namespace,
    name: textOf(given['name']),
    ...(isFields(path) ? { path: textOf(given['path']) } : {}),
  }
}

const namedUser = (spec: Fields): User => ({
  name: textOf(spec['user']),
  groups: Array.isArray(spec['groups']) ? spec['groups'].map(String) : [],
})

/** Two bindings may say the same. */
const distinct = (rules: Iterable<Rule>): Rule[] => [
  ...new Map(Array.from(rules, (one) => [JSON.stringify(one), one])).values(),
]

function rulesStatus(rules: readonly Rule[]): unknown {
  const filled = (list: readonly string[], name: string): Record<string, readonly string[]> =>
    list.length === 0 ? {} : { [name]: list }
  return {
    incomplete: false,
    resourceRules: rules
      .filter(({ resources }) => resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        ...{ apiGroups, resources },
        ...filled(resourceNames, 'resourceNames'),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
  }
}

const infoOf = ({ name, uid, groups }: User): unknown => ({ username: name, ...(uid ? { uid } : {}), groups })
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
