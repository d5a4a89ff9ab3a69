import type { AnyApi, RequestOf, ResponseIn } from '../../protocol/index.ts'
import {
  type AclOperation,
  type AclResource,
  type Asker,
  type Authorizer,
  aclHost,
  CLUSTER_NAME,
} from '../../security/index.ts'
import type { Handling, Reply, RequestContext } from '../handler.ts'

/** What a guard knows of who asks. */
export interface Guarded {
  readonly cx: RequestContext
  may(operation: AclOperation, type: AclResource, name: string): boolean
  mayAny(operation: AclOperation, type: AclResource): boolean
  /** On the cluster as such. */
  mayCluster(operation: AclOperation): boolean
}

/**
 * What stands before a handler when there is an authorizer: answers what may not be done, hands on the rest, and adds
 * what was refused to the answer.
 */
export type Guard<P extends AnyApi = AnyApi> = (
  who: Guarded,
  request: RequestOf<P>,
  reply: Reply<ResponseIn<P>>,
  next: (request: RequestOf<P>, reply: Reply<ResponseIn<P>>) => Handling,
) => Handling

export interface GuardRow {
  readonly api: AnyApi
  readonly guard: Guard
}

export function guard<P extends AnyApi>(api: P, run: Guard<P>): GuardRow {
  return { api, guard: run as unknown as Guard }
}

/** Who asks, as ACLs name him. */
export function askerOf({ principal, peer }: Pick<RequestContext, 'principal' | 'peer'>): Asker {
  return { principal: `${principal.type}:${principal.name}`, host: aclHost(peer.host) }
}

export function guarded(cx: RequestContext, authorizer: Authorizer): Guarded {
  const asker = askerOf(cx)
  return {
    cx,
    may: (operation, type, name) => authorizer.may(asker, operation, type, name),
    mayAny: (operation, type) => authorizer.mayAny(asker, operation, type),
    mayCluster: (operation) => authorizer.may(asker, operation, 'cluster', CLUSTER_NAME),
  }
}

/** The same reply, whose answer is changed on its way. */
export function answering<A>(reply: Reply<A>, change: (answer: A) => A): Reply<A> {
  return {
    send: (answer, lease) => reply.send(change(answer), lease),
    sendPieces: (pieces) =>
      reply.sendPieces(
        (function* () {
          return change(yield* pieces)
        })(),
      ),
    none: () => reply.none(),
    close: (why) => reply.close(why),
  }
}

/** Two halves of a list: what may be, and what may not. */
export function split<T>(items: readonly T[], may: (item: T) => boolean): readonly [allowed: T[], refused: T[]] {
  const allowed: T[] = []
  const refused: T[] = []
  for (const item of items) (may(item) ? allowed : refused).push(item)
  return [allowed, refused]
}

/** All or nothing: the request goes on when `may` says so, else `refusal` is the answer. */
export function whole<P extends AnyApi>(
  api: P,
  may: (who: Guarded, request: RequestOf<P>) => boolean,
  refusal: (request: RequestOf<P>, who: Guarded) => ResponseIn<P>,
): GuardRow {
  return guard(api, (who, request, reply, next) => {
    if (may(who, request)) return next(request, reply)
    reply.send(refusal(request, who))
    return undefined
  })
}

/** For everybody, or checked elsewhere. */
export function open(api: AnyApi): GuardRow {
  return guard(api, (_who, request, reply, next) => next(request, reply))
}
