import type { HttpRequest } from '../../env/index.ts'
import type { User } from '../kind.ts'
import { unauthorized } from './problem.ts'

/** Who a bearer token stands for; null when nobody. */
export type Tokens = (token: string) => User | null

/** Who asks: by client certificate (common name and organizations), or by bearer token. */
export function authenticate(request: HttpRequest, tokens: Tokens): User {
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
