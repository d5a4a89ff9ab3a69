import { UuidTable } from '../../bytes/index.ts'
import type { Address, Timer } from '../../env/index.ts'
import { clientError, isKafkaError, type KafkaError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { backoffMs } from '../waiting.ts'
import { type Connection, connect } from './connection.ts'

/** What is known of one endpoint: its connection, or when to try again. */
interface Endpoint {
  connection: Connection | null
  connecting: Promise<Connection> | null
  failures: number
  /** Monotonic; no attempt before. */
  retryMs: number
  lastError: unknown
}

/**
 * Connections by endpoint, made when asked for. `lane` keeps traffic apart that would wait for each other on one
 * connection: a broker answers in order, and a long poll or a join holds up all that comes after it.
 */
export class ConnectionPool {
  readonly #o: ResolvedOptions
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #uuids = new UuidTable()
  #isClosed = false
  #idleTimer: Timer | null = null

  constructor(o: ResolvedOptions) {
    this.#o = o
  }

  /** Rejects at once while the endpoint is in its reconnect backoff, with the error of the last attempt. */
  async get(address: Address, lane = ''): Promise<Connection> {
    if (this.#isClosed) throw clientError('CLOSED', 'The client is closed')
    const endpoint = this.#endpoint(address, lane)
    if (endpoint.connection?.isOpen) return endpoint.connection
    if (endpoint.connecting) return endpoint.connecting
    if (this.#o.env.clock.monoMs() < endpoint.retryMs && endpoint.lastError !== null) throw endpoint.lastError
    endpoint.connecting = this.#connect(address, endpoint)
    try {
      return await endpoint.connecting
    } finally {
      endpoint.connecting = null
    }
  }

  /** The open connection, if there is one: for hot paths that must not wait a turn. */
  peek(address: Address, lane = ''): Connection | null {
    const connection = this.#endpoints.get(keyOf(address, lane))?.connection
    return connection?.isOpen ? connection : null
  }

  /** Monotonic time at which an attempt may be made; 0 = now. */
  retryAtMs(address: Address, lane = ''): number {
    return this.#endpoints.get(keyOf(address, lane))?.retryMs ?? 0
  }

  /** What endpoints said that could not be connected to and have not been since. */
  failures(): KafkaError[] {
    return [...this.#endpoints.values()].map((e) => e.lastError).filter((e) => isKafkaError(e))
  }

  close(): void {
    this.#isClosed = true
    this.#idleTimer?.cancel()
    for (const endpoint of this.#endpoints.values()) endpoint.connection?.close('the client is closed')
    this.#endpoints.clear()
  }

  #endpoint(address: Address, lane: string): Endpoint {
    const key = keyOf(address, lane)
    let endpoint = this.#endpoints.get(key)
    if (!endpoint) {
      endpoint = { connection: null, connecting: null, failures: 0, retryMs: 0, lastError: null }
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }

  async #connect(address: Address, endpoint: Endpoint): Promise<Connection> {
    try {
      const connection = await connect(address, this.#o, this.#uuids)
      if (this.#isClosed) {
        connection.close('the client is closed')
        throw clientError('CLOSED', 'The client is closed')
      }
      endpoint.failures = 0
      endpoint.retryMs = 0
      endpoint.lastError = null
      endpoint.connection = connection
      this.#watchIdle()
      return connection
    } catch (error) {
      const { reconnectBackoffMs, reconnectBackoffMaxMs, env } = this.#o
      const wait = backoffMs(endpoint.failures++, reconnectBackoffMs, reconnectBackoffMaxMs, env.random.next())
      endpoint.retryMs = env.clock.monoMs() + wait
      endpoint.lastError = error
      if (isKafkaError(error)) {
        const fields = { logger: 'client.pool', broker: `${address.host}:${address.port}`, reason: error.message }
        // said once for each time it goes away
        if (endpoint.failures === 1) env.logger.warn('Connection to broker could not be established; trying on', fields)
        else env.logger.debug('Connection to broker could not be established', fields)
      }
      throw error
    }
  }

  #watchIdle(): void {
    if (this.#idleTimer !== null) return
    const { clock } = this.#o.env
    this.#idleTimer = clock.at(clock.monoMs() + Math.max(this.#o.connectionsMaxIdleMs / 2, 1000), () => {
      this.#idleTimer = null
      const oldest = clock.monoMs() - this.#o.connectionsMaxIdleMs
      let open = 0
      for (const { connection } of this.#endpoints.values()) {
        if (!connection?.isOpen) continue
        if (connection.inFlight === 0 && connection.usedMs < oldest) connection.close('idle')
        else open++
      }
      if (open > 0) this.#watchIdle()
    })
  }
}

function keyOf({ host, port }: Address, lane: string): string {
  return lane === '' ? `${host}:${port}` : `${host}:${port} ${lane}`
}
