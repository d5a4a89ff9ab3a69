import net from 'node:net'
import { failure, failureOf } from '../failure.ts'
import type {
  ConnectOptions,
  Done,
  Listener,
  ListenOptions,
  Logger,
  Net,
  Socket,
  TlsContext,
  TlsMaterial,
  TlsPeer,
} from '../index.ts'
import { Holdings } from './holdings.ts'
import type { PodWorld, Reach } from './pod-world.ts'
import { SharedReader } from './shared-reader.ts'
import { address, NodeSocket, type SocketOwner } from './socket.ts'
import { connectTls, NodeTlsContext, TlsDoor, tlsPeer } from './tls.ts'
import { whyNoTls } from './tls-reasons.ts'
import type { Turns } from './turns.ts'

/** Between two log lines about connections that could not be accepted. */
const acceptLogMs = 10_000

export class NodeNet implements Net, SocketOwner {
  readonly turns: Turns
  readonly #logger: Logger
  readonly #socketsMax: number
  readonly #pod: PodWorld | null
  readonly #sockets = new Holdings<NodeSocket>()
  readonly #servers = new Set<net.Server>()
  /** Connections that are being made, and how to give each up. */
  readonly #connecting = new Holdings<() => void>()
  readonly #reader = new SharedReader()
  #unflushed: NodeSocket[] = []
  #acceptLoggedMs = Number.NEGATIVE_INFINITY

  /** `socketsMax`: beyond it newcomers are closed at once. `pod`: whose names and addresses these are. */
  constructor(turns: Turns, logger: Logger, socketsMax = Number.POSITIVE_INFINITY, pod: PodWorld | null = null) {
    this.turns = turns
    this.#pod = pod
    this.#logger = logger
    this.#socketsMax = socketsMax
    turns.addFlusher('sockets', () => this.#flush())
  }

  listen(at: ListenOptions, accept: (socket: Socket) => void, done: Done<Listener>): void {
    const door = at.tls === undefined ? null : this.#tlsDoor(at.tls, accept)
    const server = net.createServer({ noDelay: true, keepAlive: true, pauseOnConnect: door === null })
    let isListening = false
    server.on('connection', (stream) => {
      // The peer may be gone before its turn came.
      if (this.turns.isClosed || stream.remoteAddress === undefined) return void stream.destroy()
      if (this.#sockets.count + (door?.count ?? 0) >= this.#socketsMax) return this.#turnAway(stream)
      if (door !== null) return door.enter(stream)
      const socket = this.#reader.rebuild(stream, (stream, isShared) => this.#adopt(stream, isShared))
      accept(socket)
      socket.begin()
    })
    server.on('error', (error) => {
      if (isListening) return this.#notAccepted(error.message)
      this.#servers.delete(server)
      if (!this.turns.isClosed) done(failureOf(`listening on ${at.host}:${at.port}`, error), undefined as never)
    })
    const place = this.#pod?.listen(at.host, at.port) ?? at
    server.listen({ host: place.host, port: place.port, backlog: at.backlog ?? 511, exclusive: true }, () => {
      isListening = true
      if (this.turns.isClosed) return
      const bound = server.address() as net.AddressInfo
      const close = (): void => {
        this.#servers.delete(server)
        server.close()
      }
      const here = address(bound.address, bound.port)
      done(null, { address: place === at ? here : this.#pod!.listens(at.port, here), close })
    })
    this.#servers.add(server)
  }

  connect(to: ConnectOptions, done: Done<Socket>): void {
    const where = `${to.host}:${to.port}`
    const reach: Reach | null = this.#pod === null ? to : this.#pod.reach(to.host, to.port)
    if (reach === null) {
      const problem = failure('ECONNREFUSED', `connecting to ${where}: nobody is ready there`)
      return this.turns.later(done, problem, undefined as never)
    }
    const { host, port, from } = reach
    const source = from === undefined ? {} : { localAddress: from }
    let socket: NodeSocket | null = null
    const isSecure = to.tls !== undefined
    const stream = isSecure
      ? connectTls(to, to.tls, reach)
      : net.connect({
          ...{ host, port, ...source, noDelay: true, keepAlive: true },
          onread: this.#reader.options(() => socket),
        })
    const settle = (problem: ReturnType<typeof failure> | null): void => {
      clearTimeout(timeout)
      this.#connecting.delete(giveUp)
      stream.off('error', refused)
      if (this.turns.isClosed) return void stream.destroy()
      if (problem !== null) {
        // An error that still comes belongs to an attempt nobody waits for.
        stream.on('error', () => {})
        stream.destroy()
        return done(problem, undefined as never)
      }
      socket = this.#adopt(stream, !isSecure, isSecure ? tlsPeer(stream) : null)
      done(null, socket)
      socket.begin()
    }
    const refused = (error: Error): void => {
      const why = isSecure ? whyNoTls(error, 'client') : null
      settle(
        why === null ? failureOf(`connecting to ${where}`, error) : failure('ETLS', `TLS with ${where}: ${why}`, error),
      )
    }
    const timeout = setTimeout(() => {
      settle(failure('ETIMEDOUT', `connecting to ${where}: no answer within ${to.timeoutMs} ms`))
    }, to.timeoutMs)
    const giveUp = (): void => {
      clearTimeout(timeout)
      stream.once('close', () => this.#connecting.delete(giveUp))
      stream.destroy()
    }
    this.#connecting.add(giveUp)
    stream.once('error', refused)
    stream.once(isSecure ? 'secureConnect' : 'connect', () => settle(null))
  }

  tlsContext(material: TlsMaterial, done: Done<TlsContext>): void {
    let context: NodeTlsContext
    try {
      context = new NodeTlsContext(material)
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown)
      return this.turns.later(done, failure('ETLS', why, thrown), undefined as never)
    }
    this.turns.later(done, null, context)
  }

  #tlsDoor(tls: NonNullable<ListenOptions['tls']>, accept: (socket: Socket) => void): TlsDoor {
    return new TlsDoor(tls, this.#connecting, (stream) => {
      if (this.turns.isClosed || stream.remoteAddress === undefined) return void stream.destroy()
      const socket = this.#adopt(stream, false, tlsPeer(stream))
      accept(socket)
      socket.begin()
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
    for (const server of this.#servers) server.close()
    for (const giveUp of this.#connecting.list()) giveUp()
    for (const socket of this.#sockets.list()) socket.abandon()
    this.#connecting.whenNone(() => this.#sockets.whenNone(gone))
  }

  #adopt(stream: net.Socket, readsShared: boolean, tls: TlsPeer | null = null): NodeSocket {
    const socket = new NodeSocket(this, stream, readsShared, tls)
    this.#sockets.add(socket)
    return socket
  }

  #flush(): boolean {
    const sockets = this.#unflushed
    if (sockets.length === 0) return false
    this.#unflushed = []
    for (const socket of sockets) socket.flush()
    return this.#unflushed.length > 0
  }

  #turnAway(stream: net.Socket): void {
    stream.destroy()
    const most = this.#socketsMax
    this.#notAccepted(`${most} connections are open, and the other descriptors (ulimit -n) are for files`)
  }

  /** No descriptors left, most likely: the system closes the newcomer and accepting goes on. */
  #notAccepted(reason: string): void {
    const now = performance.now()
    if (now - this.#acceptLoggedMs < acceptLogMs) return
    this.#acceptLoggedMs = now
    this.#logger.warn('A connection could not be accepted', { logger: 'env.net', reason })
  }
}
