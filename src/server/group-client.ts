import type { GroupClient } from '../coordinator/index.ts'
import type { RequestContext } from './handler.ts'

/** What a coordinator keeps of who asks; the host as Java prints an address without a name. */
export function groupClient(cx: RequestContext): GroupClient {
  return { clientId: cx.clientId ?? '', host: `/${cx.peer.host}`, apiVersion: cx.apiVersion }
}
