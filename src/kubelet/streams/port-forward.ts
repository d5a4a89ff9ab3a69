/** `port-forward`: connections to ports of a pod, over SPDY, which may itself be inside a WebSocket. */
import type { Address, Failure, HttpReply, HttpRequest, Net, Socket } from '../../env/index.ts'
import { type Link, socketLink } from './link.ts'
import { type Inflate, SpdySession, type SpdyStream } from './spdy.ts'
import { acceptHeaders, askedProtocols, isWebSocket, messageLink, webSocketOn } from './websocket.ts'

const protocol = 'portforward.k8s.io'
const tunnelled = `SPDY/3.1+${protocol}`
const connectMs = 10_000
const waitingMax = 512 * 1024

export interface ForwardWorld {
  readonly net: Net
  /** Where a port of the pod is; a failure to connect says `port`. */
  readonly place: (port: number) => Address
  readonly inflate: Inflate
}

/** Null: the request asks for neither. */
export function portForward(request: HttpRequest, world: ForwardWorld): HttpReply | null {
  if (isWebSocket(request) && askedProtocols(request).includes(tunnelled)) {
    return {
      status: 101,
      headers: acceptHeaders(request, tunnelled),
      upgrade: (socket) => serve(messageLink(webSocketOn(socketLink(socket))), world),
    }
  }
  if (request.headers['upgrade']?.toLowerCase() !== 'spdy/3.1') return null
  return {
    status: 101,
    headers: { upgrade: 'SPDY/3.1', connection: 'Upgrade', 'x-stream-protocol-version': protocol },
    upgrade: (socket) => serve(socketLink(socket), world),
  }
}

interface Pair {
  error: SpdyStream | null
  data: SpdyStream | null
}

function serve(link: Link, world: ForwardWorld): void {
  const session = new SpdySession(link, world.inflate)
  const pairs = new Map<string, Pair>()
  const sockets = new Set<Socket>()
  session.onStream = (stream) => {
    const type = stream.headers.get('streamtype')
    const id = stream.headers.get('requestid') ?? `${type === 'error' ? stream.id : stream.id - 2}`
    const pair = pairs.get(id) ?? { error: null, data: null }
    pairs.set(id, pair)
    if (type === 'error') pair.error = stream
    else pair.data = stream
    if (pair.error === null || pair.data === null) return
    pairs.delete(id)
    forward(session, { error: pair.error, data: pair.data }, sockets, world)
  }
  session.onDrain = () => {
    for (const socket of sockets) socket.resume()
  }
  session.onGone = () => {
    for (const socket of sockets) socket.close('reset')
  }
}

function forward(
  session: SpdySession,
  { error, data }: { readonly error: SpdyStream; readonly data: SpdyStream },
  sockets: Set<Socket>,
  { net, place }: ForwardWorld,
): void {
  const port = Number(data.headers.get('port'))
  const early: Uint8Array[] = []
  let socket: Socket | null = null
  let isEnded = false
  data.onBytes = (chunk) => {
    const copy = chunk.slice()
    if (socket === null) early.push(copy)
    else if (socket.write([copy]) > waitingMax) session.pause()
  }
  data.onEnd = () => {
    isEnded = true
    socket?.close('flush')
  }
  net.connect({ ...place(port), timeoutMs: connectMs }, (failure: Failure | null, made) => {
    if (failure !== null) {
      const why = `error forwarding port ${port} to the pod: dial tcp 127.0.0.1:${port}: ${failure.message}`
      error.write(new TextEncoder().encode(why))
      error.end()
      data.end()
      return
    }
    socket = made
    sockets.add(made)
    made.onBytes = (chunk) => {
      if (!data.write(chunk)) made.pause()
    }
    made.onDrain = () => session.resume()
    made.onClose = () => {
      sockets.delete(made)
      // what the session held back for this one
      session.resume()
      data.end()
      error.end()
    }
    if (early.length > 0) made.write(early)
    if (isEnded) made.close('flush')
  })
}
