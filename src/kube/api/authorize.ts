import type { HttpRequest } from '../../env/index.ts'
import type { User } from '../kind.ts'
import type { Store } from '../store/store.ts'
import type { Ask } from './ask.ts'
import { forbidden, forbiddenPath } from './problem.ts'
import { isAllowed } from './rbac.ts'

/** Refuses what no role allows. */
export function authorize(store: Store, ask: Ask): void {
  const { user, kind, namespace, name, subresource } = ask
  const verb = verbOf(ask)
  const attributes = { verb, group: kind.group, resource: kind.resource, subresource: subresource ?? '', namespace }
  if (isAllowed(store, user, { ...attributes, name: name ?? '' })) return
  throw forbidden(kind, name ?? '', deniedText(user, attributes))
}

export function deniedText(
  user: User,
  {
    verb,
    group,
    resource,
    subresource,
    namespace,
  }: Record<'verb' | 'group' | 'resource' | 'subresource', string> & {
    namespace: string | null
  },
): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace === null ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
}

export function authorizePath(store: Store, user: User, { method }: HttpRequest, path: string): void {
  const verb = method === 'GET' ? 'get' : method.toLowerCase()
  const nothing = { group: '', resource: '', subresource: '', namespace: null, name: '' }
  if (!isAllowed(store, user, { ...nothing, verb, path })) throw forbiddenPath(user.name, verb, path)
}

function verbOf({ request, name, query }: Ask): string {
  switch (request.method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === null ? 'deletecollection' : 'delete'
    default:
      if (query.is('watch')) return 'watch'
      return name === null ? 'list' : 'get'
  }
}
