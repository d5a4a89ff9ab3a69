import { isMalformed, Reader, type UuidTable, Writer } from '../../bytes/index.ts'
import type { Address, Env, Failure, Socket, Timer } from '../../env/index.ts'
import {
  type AnyApi,
  ApiVersions,
  errors,
  RequestHeader,
  type RequestIn,
  ResponseHeader,
  type ResponseOf,
} from '../../protocol/index.ts'
import { brokerError, clientError, type KafkaError } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { promised } from '../waiting.ts'
import { FrameCutter } from './frames.ts'
import { BrokerVersions } from './versions.ts'

/** Larger answers than this are not believed: fetches ask for far less. */
const ANSWER_BYTES_MAX = 1 << 30

interface Waiting {
  readonly api: AnyApi
  readonly version: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: KafkaError) => void
  readonly deadlineMs: number
}

/**
 * One connection to one broker, past its handshakes. Requests are pipelined and answered in order. An answer that does
 * not come in time closes the connection, as its place in the order is lost; all that wait fail with it.
 */
export class Connection {
  readonly address: Address
  /** Set once the broker has said what it can do; {@link connect} hands out no connection before. */
  versions: BrokerVersions
  /** Monotonic time of the last request or answer. */
  usedMs: number
  onClosed: () => void = () => {}
  readonly #env: Env
  readonly #socket: Socket
  readonly #clientId: string
  readonly #uuids: UuidTable
  readonly #waiting = new Map<number, Waiting>()
  readonly #cutter = new FrameCutter(ANSWER_BYTES_MAX)
  #correlationId = 0
  #closed: KafkaError | null = null
  #timer: Timer | null = null

  constructor(socket: Socket, address: Address, o: ResolvedOptions, uuids: UuidTable) {
    this.address = address
    this.#env = o.env
    this.#socket = socket
    this.#clientId = o.clientId
    this.#uuids = uuids
    this.usedMs = o.env.clock.monoMs()
    this.versions = new BrokerVersions(ApiVersions.response.absent, false)
    socket.onBytes = (chunk) => this.#received(chunk)
    socket.onClose = (failure) => this.#socketClosed(failure)
  }

  get isOpen(): boolean {
    return this.#closed === null
  }

  get inFlight(): number {
    return this.#waiting.size
  }

  /** Sends one request of a version that {@link BrokerVersions} allows. */
  send<P extends AnyApi>(api: P, version: number, body: RequestIn<P>, timeoutMs: number): Promise<ResponseOf<P>> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) return reject(this.#closed)
      const correlationId = this.#write(api, version, body)
      const deadlineMs = this.#env.clock.monoMs() + timeoutMs
      this.#waiting.set(correlationId, { api, version, resolve: resolve as (a: unknown) => void, reject, deadlineMs })
      this.#arm(deadlineMs)
    })
  }

  /** Sends a request that is never answered (Produce with acks=0). */
  sendUnanswered<P extends AnyApi>(api: P, version: number, body: RequestIn<P>): void {
    if (this.#closed !== null) throw this.#closed
    this.#write(api, version, body)
  }

  close(): void {
    this.#end(clientError('CONNECTION_CLOSED', `The connection to ${this.#name()} was closed by this client`))
  }

  #name(): string {
    return `${this.address.host}:${this.address.port}`
  }

  #write<P extends AnyApi>(api: P, version: number, body: RequestIn<P>): number {
    const correlationId = this.#correlationId
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    const w = new Writer(512)
    const sizeAt = w.reserveInt32()
    RequestHeader.encode(
      w,
      { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId: this.#clientId },
      api.requestHeaderVersion(version),
    )
    api.request.encode(w, body, version)
    w.patchInt32(sizeAt, w.length - 4)
    this.usedMs = this.#env.clock.monoMs()
    this.#socket.write(w.parts())
    return correlationId
  }

  #received(chunk: Uint8Array): void {
    const reason = this.#cutter.push(chunk, (frame) => this.#answered(frame))
    if (reason !== null) {
      this.#end(clientError('MALFORMED_ANSWER', `${this.#name()} does not speak Kafka: ${reason}`))
    }
  }

  #answered(frame: Uint8Array): void {
    if (this.#closed !== null) return
    const r = new Reader(frame, 0, frame.length, { uuids: this.#uuids })
    const correlationId = r.int32()
    const waiting = this.#waiting.get(correlationId)
    if (!waiting) {
      return this.#end(
        clientError('MALFORMED_ANSWER', `${this.#name()} answered request ${correlationId}, which nobody sent`),
      )
    }
    this.#waiting.delete(correlationId)
    this.usedMs = this.#env.clock.monoMs()
    try {
      r.at = 0
      ResponseHeader.decode(r, waiting.api.responseHeaderVersion(waiting.version))
      waiting.resolve(waiting.api.response.decode(r, isVersionRefused(waiting.api, r) ? 0 : waiting.version))
    } catch (thrown) {
      if (!isMalformed(thrown)) throw thrown
      const what = `${waiting.api.name} ${waiting.version}`
      const error = clientError(
        'MALFORMED_ANSWER',
        `${this.#name()} answered ${what} wrongly: ${thrown.message}`,
        thrown,
      )
      waiting.reject(error)
      this.#end(error)
    }
  }

  /** One timer for all that wait: it fires at the earliest deadline known when it was set and is set again if need be. */
  #arm(deadlineMs: number): void {
    this.#timer ??= this.#env.clock.at(deadlineMs, () => {
      this.#timer = null
      let next = Number.POSITIVE_INFINITY
      for (const w of this.#waiting.values()) next = Math.min(next, w.deadlineMs)
      if (next === Number.POSITIVE_INFINITY) return
      if (next > this.#env.clock.monoMs()) return this.#arm(next)
      this.#end(clientError('TIMED_OUT', `${this.#name()} did not answer in time`))
    })
  }

  #socketClosed(failure: Failure | null): void {
    const reason = failure === null ? '' : `: ${failure.message}`
    this.#end(clientError('CONNECTION_CLOSED', `The broker at ${this.#name()} closed the connection${reason}`))
  }

  #end(error: KafkaError): void {
    if (this.#closed !== null) return
    this.#closed = error
    this.#timer?.cancel()
    this.#timer = null
    this.#socket.close('reset')
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
    this.onClosed()
  }
}

/** KIP-511: an ApiVersions request of an unknown version is answered in version 0, error code first. */
function isVersionRefused(api: AnyApi, r: Reader): boolean {
  return (
    api === ApiVersions &&
    r.remaining >= 2 &&
    ((r.bytes[r.at]! << 8) | r.bytes[r.at + 1]!) === errors.UNSUPPORTED_VERSION
  )
}

/** Connects and learns what the broker can do. Rejects with TIMED_OUT, CONNECTION_FAILED or what the broker answers. */
export async function connect(address: Address, o: ResolvedOptions, uuids: UuidTable): Promise<Connection> {
  const { host, port } = address
  const socket = await promised<Socket>((done) =>
    o.env.net.connect({ host, port, timeoutMs: o.connectTimeoutMs }, done),
  )
  const connection = new Connection(socket, address, o, uuids)
  try {
    const answer = await negotiate(connection, o)
    connection.versions = new BrokerVersions(answer, false)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** KIP-511: a broker that does not know our version of ApiVersions answers version 0, naming those it knows. */
async function negotiate(connection: Connection, o: ResolvedOptions): Promise<ResponseOf<typeof ApiVersions>> {
  const body = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' }
  let version = ApiVersions.maxVersion
  for (;;) {
    const answer = await connection.send(ApiVersions, version, body, o.requestTimeoutMs)
    if (answer.errorCode === errors.NONE) return answer
    if (answer.errorCode !== errors.UNSUPPORTED_VERSION || version === 0) throw brokerError(answer.errorCode)
    const offered = answer.apiKeys.find((a) => a.apiKey === ApiVersions.key)
    version = Math.min(version - 1, offered?.maxVersion ?? 0)
  }
}
