import type { GroupClient } from '../coordinator/index.ts'
import type { Asker, Authorizer } from '../security/index.ts'
import { askerOf } from './guards/guard.ts'
import type { RequestContext } from './handler.ts'

/** What a coordinator keeps of who asks; the host as Java prints an address without a name. */
export function groupClient(cx: RequestContext): GroupClient {
  const { authorizer } = cx.services
  return {
    clientId: cx.clientId ?? '',
    host: `/${cx.peer.host}`,
    apiVersion: cx.apiVersion,
    mayDescribe: authorizer === null ? null : describing(authorizer, cx),
  }
}

/** Holds the principal and the address, not the request: the coordinator may ask long after it was answered. */
function describing(authorizer: Authorizer, { principal, peer }: RequestContext): (topic: string) => boolean {
  let asker: Asker | null = null
  return (topic) => {
    asker ??= askerOf({ principal, peer })
    return authorizer.may(asker, 'describe', 'topic', topic)
  }
}
