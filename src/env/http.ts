import type { Address, Socket } from './index.ts'

/**
 * HTTP as rooms see it: a request whose body was read, and a reply that may be a value, a stream or an upgraded
 * connection. The same shape serves a listener's handler, a client's transport, and a call inside one process, which hands
 * JSON over as it is: what is in `json` is never written into by either side.
 */
export type HttpBody = Uint8Array | string | { readonly json: unknown }

export interface HttpRequest {
  readonly method: string
  /** As it came: path and query, still escaped. */
  readonly target: string
  /** Names in lower case. Several values of a name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpBody
  readonly peer: HttpPeer
  /** Called once when whoever asked has gone, or the reply has ended. */
  onGone(gone: () => void): void
}

export interface HttpPeer {
  readonly address: Address | null
  /** Of a client certificate that the listener has checked. */
  readonly certificate: { readonly commonName: string; readonly organizations: readonly string[] } | null
}

export interface HttpReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Exactly one of these, or none for an empty answer. */
  readonly body?: HttpBody
  readonly stream?: (out: HttpSink) => void
  /** Status 101: the raw connection, after the reply's headers. */
  readonly upgrade?: (socket: Socket) => void
}

/** Where a stream goes. Each write leaves at once; a JSON value takes a line of its own. */
export interface HttpSink {
  /** False when the receiver is slow: `onDrain` tells when it goes on. Nothing is dropped. */
  write(chunk: HttpBody): boolean
  end(): void
  onDrain: () => void
  /** Called once when the receiver has gone. */
  onGone: () => void
}

/** Rejects only when there is no answer at all. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpReply>

export interface HttpListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** PEM. Null: plain HTTP. With a client CA, certificates are asked for and must be of it when they are shown. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string } | null
  /** A request with a longer body is answered with 413. */
  readonly bodyBytesMax: number
}

export interface HttpListener {
  readonly address: Address
  /** Ends all connections; `gone` hears when there is none any more. */
  close(gone?: () => void): void
}
