import type { Lease } from '../bytes/index.ts'
import type { Address } from '../env/index.ts'
import type { AnyApi, RequestOf, ResponseIn } from '../protocol/index.ts'
import type { Pieces } from '../runtime/index.ts'
import type { SaslSession } from './sasl-session.ts'
import type { Services } from './services.ts'

/** Who is asking: what SASL or TLS established, or ANONYMOUS. */
export interface Principal {
  readonly type: string
  readonly name: string
}

export const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' }

/** The listener a connection came in by. */
export interface ListenerFacts {
  readonly name: string
  readonly kind: 'broker' | 'controller'
}

/** What a handler knows besides the request. One per request; the connection's parts are shared. */
export interface RequestContext {
  readonly services: Services
  readonly apiVersion: number
  readonly clientId: string | null
  readonly principal: Principal
  readonly listener: ListenerFacts
  /** A broker sent it on for its client, in an Envelope. */
  readonly isForwarded: boolean
  readonly peer: Address
  /** The request's bytes; slices inside the request point into it. Released when the reply is sent, unless retained. */
  readonly frame: Lease
  readonly arrivedMonoMs: number
  /** State of this connection that outlives a request. */
  readonly connection: ConnectionState
  /** Called when the connection is gone before the reply was sent: stop waiting. */
  onGone(cancel: () => void): void
}

/** What a connection remembers between requests. */
export interface ConnectionState {
  clientSoftwareName: string
  clientSoftwareVersion: string
  /** Null on a listener without SASL. */
  readonly sasl: SaslSession | null
  /** What has come by then is not handled for so long: after the reply that is being given. */
  holdBack(throttleMs: number): void
  /** Called once when the connection is gone. */
  onClosed: (() => void) | null
}

/** Exactly one of these is called, once, now or in a later turn. */
export interface Reply<A> {
  /** `lease` holds the record bytes that the answer lends; released when the last byte has left. */
  send(answer: A, lease?: Lease | null): void
  /** Sends what is worked out in pieces: in this turn when it is short. */
  sendPieces(answer: Pieces<A>): void
  /** No reply is owed (acks=0). */
  none(): void
  /** Ends the connection with one log line naming the reason. */
  close(why: string): void
}

/**
 * What handle returns when the request has not taken effect yet (it must be recompressed, verified, forwarded first): the
 * connection is muted until the reply, so that requests take effect in the order of their arrival.
 */
export type Handled = undefined | 'waits'

/** A handler of what may be long is a generator: it is run in slices, its connection muted until it has ended. */
// biome-ignore lint/suspicious/noConfusingVoidType: what a generator without a return returns
export type Handling = Handled | Pieces<Handled | void>

/** One API on this node. */
export interface Handler {
  readonly api: AnyApi
  handle(cx: RequestContext, request: unknown, reply: Reply<unknown>): Handling
}

export function handler<P extends AnyApi>(
  api: P,
  handle: (cx: RequestContext, request: RequestOf<P>, reply: Reply<ResponseIn<P>>) => Handling,
): Handler {
  return { api, handle: handle as Handler['handle'] }
}
