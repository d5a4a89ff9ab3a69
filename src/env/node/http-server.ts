import type http from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { failureOf } from '../failure.ts'
import type {
  HttpBody,
  HttpHandler,
  HttpListener,
  HttpListenOptions,
  HttpPeer,
  HttpReply,
  HttpRequest,
} from '../http.ts'
import type { Done, Logger } from '../index.ts'
import { Holdings } from './holdings.ts'
import type { PodWorld } from './pod-world.ts'
import { address, NodeSocket, type SocketOwner } from './socket.ts'
import type { Turns } from './turns.ts'

/** A body above this is compressed when the client takes it, as Kubernetes' API server does. */
const gzipFromBytes = 128 * 1024
/** How long a connection may stand idle. */
const keepAliveMs = 120_000

/** HTTP and HTTPS for handlers: bodies bounded, replies as values, streams or raw connections. */
export class NodeHttp implements SocketOwner {
  readonly turns: Turns
  readonly #logger: Logger
  readonly #pod: PodWorld | null
  readonly #servers = new Set<Server>()
  readonly #sockets = new Holdings<NodeSocket>()
  #unflushed: NodeSocket[] = []

  /** `pod`: whose addresses these are. */
  constructor(turns: Turns, logger: Logger, pod: PodWorld | null = null) {
    this.turns = turns
    this.#pod = pod
    this.#logger = logger
    turns.addFlusher('sockets', () => this.#flush())
  }

  listen(options: HttpListenOptions, handler: HttpHandler, done: Done<HttpListener>): void {
    const server = newServer(options)
    const upgraded = new Set<NodeSocket>()
    server.keepAliveTimeout = keepAliveMs
    server.on('request', (incoming, outgoing) => {
      this.#serve(incoming, outgoing, options.bodyBytesMax, handler).catch((thrown: unknown) => {
        this.#logger.error('A request could not be served', { logger: 'env.http', reason: String(thrown) })
        outgoing.destroy()
      })
    })
    server.on('upgrade', (incoming, stream, head) => {
      stream.on('error', () => stream.destroy())
      this.#serveUpgrade(incoming, stream, head, handler, upgraded).catch((thrown: unknown) => {
        this.#logger.error('A request could not be served', { logger: 'env.http', reason: String(thrown) })
        stream.destroy()
      })
    })
    server.on('clientError', (_, stream) => stream.destroy())
    let isListening = false
    server.on('error', (error) => {
      if (isListening) return this.#logger.warn('A listener failed', { logger: 'env.http', reason: String(error) })
      this.#servers.delete(server)
      done(failureOf(`listening on ${options.host}:${options.port}`, error), undefined as never)
    })
    this.#servers.add(server)
    const place = this.#pod?.listen(options.host, options.port) ?? options
    server.listen({ host: place.host, port: place.port, exclusive: true }, () => {
      isListening = true
      if (this.turns.isClosed) return
      const bound = server.address() as net.AddressInfo
      const here = address(bound.address, bound.port)
      done(null, {
        address: place === options ? here : this.#pod!.listens(options.port, here),
        close: (gone = () => {}) => {
          this.#servers.delete(server)
          for (const socket of upgraded) socket.close('reset')
          server.close(() => gone())
          server.closeAllConnections()
        },
      })
    })
  }

  flushLater(socket: NodeSocket): void {
    if (this.#unflushed.at(-1) === socket) return
    this.#unflushed.push(socket)
    this.turns.wake()
  }

  closed(socket: NodeSocket): void {
    this.#sockets.delete(socket)
  }

  /** `gone` hears when the system holds no socket any more. */
  close(gone: () => void): void {
    for (const socket of this.#sockets.list()) socket.abandon()
    let open = this.#servers.size + 1
    const closed = (): void => {
      if (--open === 0) this.#sockets.whenNone(gone)
    }
    for (const server of this.#servers) {
      server.close(closed)
      server.closeAllConnections()
    }
    closed()
  }

  async #serve(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    bytesMax: number,
    handler: HttpHandler,
  ): Promise<void> {
    const gone: (() => void)[] = []
    // Of a reply that has ended, too: whoever listens lets go of what he holds.
    outgoing.on('close', () => {
      for (const tell of gone.splice(0)) tell()
    })
    outgoing.on('error', () => outgoing.destroy())
    const body = await readBody(incoming, bytesMax)
    if (body === 'gone') return
    if (body === 'too long') return refuseLong(outgoing, bytesMax)
    const request = requestOf(incoming, body, (tell) => void (outgoing.destroyed ? tell() : gone.push(tell)))
    const reply = await handler(request)
    if (outgoing.destroyed || this.turns.isClosed) return void outgoing.destroy()
    if (reply.stream !== undefined) return stream(reply, reply.stream, outgoing, gone)
    await send(reply, incoming, outgoing)
  }

  async #serveUpgrade(
    incoming: IncomingMessage,
    stream: Duplex,
    head: Uint8Array,
    handler: HttpHandler,
    upgraded: Set<NodeSocket>,
  ): Promise<void> {
    const gone: (() => void)[] = []
    stream.on('close', () => {
      for (const tell of gone.splice(0)) tell()
    })
    const request = requestOf(incoming, new Uint8Array(0), (tell) => void (stream.destroyed ? tell() : gone.push(tell)))
    const reply = await handler(request)
    if (stream.destroyed || this.turns.isClosed) return void stream.destroy()
    if (reply.upgrade === undefined) {
      const bytes = bytesOf(reply.body)
      const headers = { ...headersOf(reply), 'content-length': String(bytes.length), connection: 'close' }
      stream.write(headOf(reply.status, headers))
      stream.end(bytes)
      return
    }
    stream.write(headOf(reply.status, reply.headers ?? {}))
    // What the client sent behind its request already.
    if (head.length > 0) stream.unshift(head)
    const socket = new NodeSocket(this, stream as net.Socket, false)
    this.#sockets.add(socket)
    upgraded.add(socket)
    stream.on('close', () => upgraded.delete(socket))
    reply.upgrade(socket)
    socket.begin()
  }

  #flush(): boolean {
    const sockets = this.#unflushed
    if (sockets.length === 0) return false
    this.#unflushed = []
    for (const socket of sockets) socket.flush()
    return this.#unflushed.length > 0
  }
}

// The modules are loaded at the first use: a broker without HTTP need not pay for them.
function newServer({ tls }: HttpListenOptions): Server {
  if (tls === null) return process.getBuiltinModule('node:http').createServer({ noDelay: true })
  const { cert, key, clientCa } = tls
  return process.getBuiltinModule('node:https').createServer({
    noDelay: true,
    cert,
    key,
    ALPNProtocols: ['http/1.1'],
    // Whoever shows none may have a token; one of another CA counts as none.
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  })
}

function requestOf(incoming: IncomingMessage, body: Uint8Array, onGone: (tell: () => void) => void): HttpRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    headers,
    body,
    peer: peerOf(incoming),
    onGone,
  }
}

function peerOf({ socket }: IncomingMessage): HttpPeer {
  const from = address(socket.remoteAddress, socket.remotePort)
  const secure = socket as Partial<TLSSocket>
  if (secure.authorized !== true) return { address: from, certificate: null }
  const subject = secure.getPeerCertificate?.().subject as { CN?: unknown; O?: unknown } | undefined
  if (typeof subject?.CN !== 'string') return { address: from, certificate: null }
  const { CN: commonName, O: organization } = subject
  const organizations = Array.isArray(organization)
    ? organization.map(String)
    : organization
      ? [String(organization)]
      : []
  return { address: from, certificate: { commonName, organizations } }
}

/** Memory is taken as bytes come, never for what a header announces. */
function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Uint8Array | 'too long' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    incoming.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
      else {
        chunks.length = 0
        incoming.pause()
        resolve('too long')
      }
    })
    incoming.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    incoming.on('error', () => resolve('gone'))
    incoming.on('close', () => resolve('gone'))
  })
}

function refuseLong(outgoing: ServerResponse, bytesMax: number): void {
  const text = `Request entity too large: limit is ${bytesMax}`
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: text }
  outgoing.writeHead(413, { 'content-type': 'application/json', connection: 'close' })
  outgoing.end(JSON.stringify({ ...body, reason: 'RequestEntityTooLarge', code: 413 }))
}

async function send(reply: HttpReply, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  let bytes = bytesOf(reply.body)
  const headers = { ...headersOf(reply) }
  if (bytes.length > gzipFromBytes && /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''))) {
    bytes = await gzip(bytes)
    headers['content-encoding'] = 'gzip'
    headers['vary'] = 'Accept-Encoding'
  }
  headers['content-length'] = String(bytes.length)
  if (outgoing.destroyed) return
  outgoing.writeHead(reply.status, headers)
  outgoing.end(incoming.method === 'HEAD' ? undefined : bytes)
}

const gzip = (bytes: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    process.getBuiltinModule('node:zlib').gzip(bytes, { level: 1 }, (error, zipped) => {
      if (error === null) resolve(zipped)
      else reject(error)
    })
  })

function stream(
  reply: HttpReply,
  begin: NonNullable<HttpReply['stream']>,
  outgoing: ServerResponse,
  gone: (() => void)[],
): void {
  outgoing.writeHead(reply.status, reply.headers ?? {})
  outgoing.flushHeaders()
  const sink = {
    write(chunk: HttpBody): boolean {
      return outgoing.destroyed || outgoing.writableEnded || outgoing.write(bytesOf(chunk))
    },
    end: () => void outgoing.end(),
    onDrain: () => {},
    onGone: () => {},
  }
  outgoing.on('drain', () => sink.onDrain())
  gone.push(() => sink.onGone())
  begin(sink)
}

const headersOf = (reply: HttpReply): Record<string, string> => {
  const isJson = typeof reply.body === 'object' && 'json' in reply.body
  return { ...(isJson ? { 'content-type': 'application/json' } : {}), ...reply.headers }
}

function bytesOf(body: HttpBody | undefined): Uint8Array {
  if (body === undefined) return Buffer.alloc(0)
  if (typeof body === 'string') return Buffer.from(body)
  return 'json' in body ? Buffer.from(`${JSON.stringify(body.json)}\n`) : body
}

function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  const reason = (process.getBuiltinModule('node:http') as typeof http).STATUS_CODES[status] ?? ''
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`)
  return [`HTTP/1.1 ${status} ${reason}`, ...lines, '', ''].join('\r\n')
}
