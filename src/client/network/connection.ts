import type { UuidTable } from '../../bytes/index.ts'
import type { Address } from '../../env/index.ts'
import type { AnyApi, RequestIn, ResponseOf } from '../../protocol/index.ts'
import { type ClientConnection, connectClient, saslHandshake, software } from '../../wire/index.ts'
import { clientError, failureError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { promised } from '../waiting.ts'
import { connectError } from './unreachable.ts'
import { BrokerVersions } from './versions.ts'

/** Larger answers than this are not believed: fetches ask for far less. */
const ANSWER_BYTES_MAX = 1 << 30

/** A connection of wire's, with promises and with this client's errors. */
export class Connection {
  readonly address: Address
  readonly versions: BrokerVersions
  /** Monotonic time of the last request. */
  usedMs: number
  readonly #wire: ClientConnection
  readonly #nowMs: () => number

  constructor(wire: ClientConnection, nowMs: () => number) {
    this.address = wire.address
    this.versions = new BrokerVersions(wire.versions)
    this.#wire = wire
    this.#nowMs = nowMs
    this.usedMs = nowMs()
  }

  get isOpen(): boolean {
    return this.#wire.isOpen
  }

  get inFlight(): number {
    return this.#wire.inFlight
  }

  /** Sends one request of a version that {@link BrokerVersions} allows. Not answered in time: the connection ends. */
  send<P extends AnyApi>(api: P, version: number, body: RequestIn<P>, timeoutMs: number): Promise<ResponseOf<P>> {
    this.usedMs = this.#nowMs()
    return new Promise((resolve, reject) => {
      this.#wire.send(api, version, body, timeoutMs, (failure, answer) => {
        if (failure === null) resolve(answer)
        else reject(failureError(failure))
      })
    })
  }

  /** Sends a request that is never answered (Produce with acks=0). */
  sendUnanswered<P extends AnyApi>(api: P, version: number, body: RequestIn<P>): void {
    this.usedMs = this.#nowMs()
    if (this.#wire.sendUnanswered(api, version, body)) return
    throw clientError('CONNECTION_FAILED', `The connection to ${this.address.host}:${this.address.port} has ended`)
  }

  close(why: string): void {
    this.#wire.close(why)
  }
}

/** Connects and learns what the broker can do. Rejects with who did not answer, why, and what may be done about it. */
export async function connect(address: Address, o: ResolvedOptions, uuids: UuidTable): Promise<Connection> {
  const { net, clock } = o.env
  const isGiven = o.bootstrap.some((b) => b.host === address.host && b.port === address.port)
  const wire = await promised<ClientConnection>(
    (done) =>
      connectClient(
        {
          net,
          clock,
          address,
          clientId: o.clientId,
          software,
          connectTimeoutMs: o.connectTimeoutMs,
          requestTimeoutMs: o.requestTimeoutMs,
          frameBytesMax: ANSWER_BYTES_MAX,
          uuids,
          ...(o.sasl === null ? {} : { handshake: saslHandshake(o.env, o.sasl, o.requestTimeoutMs) }),
          // requests in flight learn of it themselves; the next one connects anew
          onClosed: () => {},
        },
        done,
      ),
    (failure) => connectError(failure, address, isGiven),
  )
  return new Connection(wire, () => clock.monoMs())
}
