import type { HttpRequest } from '../../env/index.ts'
import type { User } from '../kind.ts'
import { forbidden, unauthorized } from './problem.ts'

/** Who a bearer token stands for; null when nobody. */
export type Tokens = (token: string) => User | null

/** Who asks, or as whom an administrator asks (`kubectl --as`). */
export function authenticate(request: HttpRequest, tokens: Tokens): User {
  const user = askerOf(request, tokens)
  const name = request.headers['impersonate-user']
  if (name === undefined) return user
  if (!user.groups.includes('system:masters')) {
    const why = `User ${JSON.stringify(user.name)} cannot impersonate resource "users" in API group "" at the cluster scope`
    throw forbidden({ group: '', resource: 'users' }, name, why)
  }
  const groups = (request.headers['impersonate-group'] ?? '').split(',').map((group) => group.trim())
  return { name, groups: [...groups.filter((group) => group !== ''), ...accountGroups(name), 'system:authenticated'] }
}

function accountGroups(name: string): string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? []
  return namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}

/** By client certificate (common name and organizations), or by bearer token. */
function askerOf(request: HttpRequest, tokens: Tokens): User {
  const { certificate } = request.peer
  if (certificate !== null) {
    return { name: certificate.commonName, groups: [...certificate.organizations, 'system:authenticated'] }
  }
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers['authorization'] ?? '')
  if (bearer !== null) {
    const user = tokens(bearer[1]!)
    if (user === null) throw unauthorized()
    return { ...user, groups: [...user.groups, 'system:authenticated'] }
  }
  if (request.headers['authorization'] !== undefined) throw unauthorized()
  return anonymous
}

export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
