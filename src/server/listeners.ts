import { BufferPool, type Lease } from '../bytes/index.ts'
import type { BrokerConfig, ListenerEndpoint } from '../config/index.ts'
import type { Address, Env, Failure, Listener, ListenOptions, ListenTls, Logger, Socket } from '../env/index.ts'
import type { ListenerRole } from '../protocol/index.ts'
import {
  Budget,
  type CloseReason,
  type ConnectionLimits,
  defaultLimits,
  FrameMemory,
  type ReplySlot,
  ServerConnection,
} from '../wire/index.ts'
import type { Dispatcher } from './dispatch.ts'
import type { ConnectionState, ListenerFacts } from './handler.ts'
import type { NodeSecurity } from './node-security.ts'
import { admit } from './sasl-gate.ts'
import type { SaslListener } from './sasl-listener.ts'
import { SaslSession } from './sasl-session.ts'

export interface BoundListener {
  readonly name: string
  readonly kind: ListenerRole
  /** As it was bound; '' = every address. */
  readonly host: string
  readonly port: number
}

interface BoundFacts extends ListenerFacts {
  readonly sasl: SaslListener | null
}

export interface ListenersParts {
  readonly env: Env
  readonly config: BrokerConfig
  readonly dispatcher: Dispatcher
  readonly security: NodeSecurity
}

/** Request bytes held over all connections when queued.max.request.bytes does not say. */
const BUDGET_BYTES = 256 * 1024 * 1024

/** Buffers of large requests that lie ready for the next. */
const FRAMES_READY_BYTES = 8 * 1024 * 1024

/** Why a connection ended, when the log should say so. */
const worthALine: ReadonlySet<CloseReason['kind']> = new Set(['malformed', 'slow', 'memory'])

/** The ports of a node. They are bound early, so that their numbers are known, and served when the node is ready. */
export class Listeners {
  readonly #parts: ListenersParts
  readonly #logger: Logger
  readonly #budget: Budget
  readonly #memory = new FrameMemory(new BufferPool(FRAMES_READY_BYTES))
  readonly #limits: ConnectionLimits
  readonly #open: Listener[] = []
  readonly #connections = new Set<ServerConnection>()
  /** Connections that came before the node was ready for their kind. */
  #early: { socket: Socket; facts: BoundFacts }[] = []
  readonly #served = new Set<ListenerRole>()
  readonly bound: BoundListener[] = []

  constructor(parts: ListenersParts) {
    const { env, config } = parts
    this.#parts = parts
    this.#logger = env.logger
    const limit = config.queuedMaxRequestBytes
    this.#budget = new Budget(env.clock, limit > 0 ? limit : BUDGET_BYTES)
    this.#limits = {
      ...defaultLimits,
      frameBytesMax: config.socketRequestMaxBytes,
      idleMs: config.connectionsMaxIdleMs < 0 ? Number.POSITIVE_INFINITY : config.connectionsMaxIdleMs,
    }
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  bind(done: (failure: Failure | null) => void): void {
    const { endpoints, controllerListeners } = this.#parts.config
    const next = (index: number): void => {
      const endpoint = endpoints[index]
      if (endpoint === undefined) return done(null)
      const kind: ListenerRole = controllerListeners.includes(endpoint.listener) ? 'controller' : 'broker'
      this.#bindOne(endpoint, { name: endpoint.listener, kind }, (failure) =>
        failure === null ? next(index + 1) : done(failure),
      )
    }
    next(0)
  }

  #bindOne(endpoint: ListenerEndpoint, facts: ListenerFacts, done: (failure: Failure | null) => void): void {
    const { security, config } = this.#parts
    security.open(config, endpoint, (failure, open) => {
      if (failure !== null) done(failure)
      else this.#listen(endpoint, { ...facts, sasl: open.sasl }, open.tls, done)
    })
  }

  #listen(
    endpoint: ListenerEndpoint,
    facts: BoundFacts,
    tls: ListenTls | null,
    done: (failure: Failure | null) => void,
  ): void {
    const { host, port, listener: name, isWildcard } = endpoint
    if (isWildcard && tls?.clientAuth !== 'required' && facts.sasl === null) {
      this.#logger.warn('A listener is open to every network of this machine and has no authentication', {
        listener: name,
        port,
      })
    }
    const backlog = this.#parts.config.socketListenBacklogSize
    const accept = (socket: Socket) => this.#accept(socket, facts)
    const at: ListenOptions = {
      ...{ host: isWildcard ? '' : host, port, backlog },
      ...(tls === null ? {} : { tls: { ...tls, refused: (peer, reason) => this.#refused(peer, name, reason) } }),
    }
    this.#parts.env.net.listen(at, accept, (failure, opened) => {
      if (failure !== null) return done({ ...failure, message: whyNotBound(endpoint, failure) })
      this.#open.push(opened)
      this.bound.push({ name, kind: facts.kind, host, port: opened.address.port })
      done(null)
    })
  }

  #refused(peer: Address, listener: string, reason: string): void {
    this.#said(peer, listener, `TLS: ${reason}`)
  }

  #said(peer: Address, listener: string, reason: string): void {
    this.#logger.warn('Closed a connection', { peer: `${peer.host}:${peer.port}`, listener, reason })
  }

  #accept(socket: Socket, facts: BoundFacts): void {
    if (this.#served.has(facts.kind)) return this.#connect(socket, facts)
    socket.pause()
    this.#early.push({ socket, facts })
  }

  /** The node is ready for connections of that kind: whoever waits is served, and whoever comes. */
  serve(kind: ListenerRole): void {
    this.#served.add(kind)
    const early = this.#early
    this.#early = early.filter(({ facts }) => facts.kind !== kind)
    for (const { socket, facts } of early) {
      if (facts.kind !== kind) continue
      this.#connect(socket, facts)
      socket.resume()
    }
  }

  #connect(socket: Socket, listener: BoundFacts): void {
    const { dispatcher, env, security } = this.#parts
    const { peer } = socket
    const principal = security.principalOf(socket.tls)
    if (principal === null) {
      this.#refused(peer, listener.name, 'ssl.principal.mapping.rules makes no name of its certificate')
      return socket.close('reset')
    }
    const direct = (frame: Lease, slot: ReplySlot) => dispatcher.dispatch(caller, frame, slot)
    const sasl =
      listener.sasl === null
        ? null
        : new SaslSession(listener.sasl, env.clock, {
            authenticated: (who, isForGood) => {
              caller.principal = who
              connection.frameBytesMax = this.#limits.frameBytesMax
              if (isForGood) connection.onFrame = direct
            },
            refused: (why) => {
              this.#said(peer, listener.name, `authentication failed: ${why}`)
              connection.close(why, 'after-replies')
            },
          })
    const state: ConnectionState = {
      ...{ clientSoftwareName: '', clientSoftwareVersion: '', sasl, onClosed: null },
      holdBack: (throttleMs) => {
        connection.mute()
        env.clock.at(env.clock.monoMs() + throttleMs, () => connection.unmute())
      },
    }
    const caller = { principal, listener, peer, state }
    const connection: ServerConnection = new ServerConnection({
      socket,
      clock: env.clock,
      budget: this.#budget,
      limits: this.#limits,
      memory: this.#memory,
      onFrame: sasl === null ? direct : (frame, slot) => admit(sasl, frame, slot, direct),
      onClosed: (reason) => {
        this.#connections.delete(connection)
        state.onClosed?.()
        if (worthALine.has(reason.kind)) this.#said(peer, listener.name, reason.message)
      },
    })
    if (listener.sasl !== null) connection.frameBytesMax = listener.sasl.receiveBytesMax
    this.#connections.add(connection)
  }

  /** No new connections; those there are go on. */
  refuse(): void {
    for (const listener of this.#open) listener.close()
    this.#open.length = 0
  }

  close(): void {
    this.refuse()
    for (const { socket } of this.#early) socket.close('reset')
    this.#early = []
    for (const connection of [...this.#connections]) connection.close('the broker shuts down')
  }
}

function whyNotBound({ listener, host, port }: ListenerEndpoint, failure: Failure): string {
  const at = `${host === '' ? '*' : host}:${port}`
  if (failure.code === 'EADDRINUSE') {
    return `cannot listen on ${at} (${listener}): the port is in use. Stop the other process, or choose another port in listeners.`
  }
  if (failure.code === 'EACCES')
    return `cannot listen on ${at} (${listener}): this user may not; choose a port above 1023.`
  return `cannot listen on ${at} (${listener}): ${failure.message}`
}
