import { isMalformed, Reader, type UuidTable, Writer } from '../bytes/index.ts'
import type { Address, Clock, Done, Failure, Net, Socket, Timer } from '../env/index.ts'
import {
  type AnyApi,
  ApiVersions,
  errorName,
  errors,
  RequestHeader,
  type RequestIn,
  ResponseHeader,
  type ResponseOf,
} from '../protocol/index.ts'
import { FrameReader } from './frame-reader.ts'
import { VersionRanges } from './version-ranges.ts'

/** A correlation id and nothing else. */
const responseBytesMin = 4

export interface ClientConnectionOptions {
  readonly net: Net
  readonly clock: Clock
  readonly address: Address
  readonly clientId: string
  /** KIP-511; what the broker shows of its clients. */
  readonly software: { readonly name: string; readonly version: string }
  readonly connectTimeoutMs: number
  /** For the requests of the handshake. */
  readonly requestTimeoutMs: number
  /** Larger answers are not believed. */
  readonly frameBytesMax: number
  readonly uuids?: UuidTable
  /**
   * What has to happen between the negotiation of versions and the first use: authentication. It gives how many
   * milliseconds that lasts, 0 = for ever; towards the end it is done again, while requests are held back.
   */
  readonly handshake?: Handshake
  /** Called once when a connection that was handed out has ended, after all that waited on it failed. */
  readonly onClosed: (failure: Failure) => void
}

export type Handshake = (connection: ClientConnection, done: Done<number>) => void

/** Of the life of a session, after this part its end is near. */
const RENEWED_AFTER = 0.85

interface Waiting {
  readonly api: AnyApi
  readonly version: number
  readonly done: Done<unknown>
  readonly deadlineMs: number
}

/**
 * The client's end of one connection: requests are pipelined, answers find their request by correlation id. A request
 * that is not answered in time ends the connection, since its answer could still come; all that wait fail with it.
 *
 * Failures: the network's own; ETIMEDOUT; EPROTO for answers that are not the protocol; ECANCELED when closed by us.
 */
export class ClientConnection {
  readonly address: Address
  readonly #options: ClientConnectionOptions
  readonly #socket: Socket
  readonly #frames: FrameReader
  readonly #waiting = new Map<number, Waiting>()
  #versions: VersionRanges | null = null
  #correlationId = 0
  #timer: Timer | null = null
  #timerMs = Number.POSITIVE_INFINITY
  #failure: Failure | null = null
  #isHandedOut = false
  /** What was to be sent while the session is renewed. */
  #held: (() => void)[] | null = null
  #renewal: Timer | null = null

  constructor(options: ClientConnectionOptions, socket: Socket) {
    this.address = options.address
    this.#options = options
    this.#socket = socket
    this.#frames = new FrameReader(options.frameBytesMax, responseBytesMin)
    socket.onBytes = (chunk) => this.#received(chunk)
    socket.onRoom = () => this.#frames.room()
    socket.onClose = (failure) =>
      this.#end(failure ?? problem('ECONNRESET', `${this.#name} closed the connection`, 'later'))
  }

  get isOpen(): boolean {
    return this.#failure === null
  }

  get inFlight(): number {
    return this.#waiting.size
  }

  /** Known once the connection is handed out. */
  get versions(): VersionRanges {
    if (this.#versions === null) throw new Error('versions are not negotiated yet')
    return this.#versions
  }

  /** `version` is one that {@link VersionRanges.pick} gave. The answer may borrow from its frame, which is nobody else's. */
  send<P extends AnyApi>(
    api: P,
    version: number,
    body: RequestIn<P>,
    timeoutMs: number,
    done: Done<ResponseOf<P>>,
  ): void {
    if (this.#held !== null) this.#held.push(() => this.sendUnheld(api, version, body, timeoutMs, done))
    else this.sendUnheld(api, version, body, timeoutMs, done)
  }

  /** For the handshake itself, which nothing holds back. */
  sendUnheld<P extends AnyApi>(
    api: P,
    version: number,
    body: RequestIn<P>,
    timeoutMs: number,
    done: Done<ResponseOf<P>>,
  ): void {
    const { clock } = this.#options
    if (this.#failure !== null) {
      const failure = this.#failure
      return clock.atTurnEnd(() => done(failure, undefined as never))
    }
    const deadlineMs = clock.monoMs() + timeoutMs
    const correlationId = this.#write(api, version, body)
    this.#waiting.set(correlationId, { api, version, done: done as Done<unknown>, deadlineMs })
    this.#arm(deadlineMs)
  }

  /** For a request that has no answer (Produce with acks=0). False when the connection has ended. */
  sendUnanswered<P extends AnyApi>(api: P, version: number, body: RequestIn<P>): boolean {
    if (this.#failure !== null) return false
    if (this.#held !== null) this.#held.push(() => void this.sendUnanswered(api, version, body))
    else this.#write(api, version, body)
    return true
  }

  close(why: string): void {
    this.#end(problem('ECANCELED', `the connection to ${this.#name} was closed: ${why}`, 'never'))
  }

  /** Asks what the broker speaks (KIP-511: it answers version 0 to a version it does not know), then authenticates. */
  negotiate(done: Done<ClientConnection>): void {
    const { software, requestTimeoutMs, handshake } = this.#options
    const body = { clientSoftwareName: software.name, clientSoftwareVersion: software.version }
    const ready = (): void => {
      this.#isHandedOut = true
      done(null, this)
    }
    const failed = (failure: Failure): void => {
      this.#end(failure)
      done(failure, undefined as never)
    }
    const askWith = (version: number): void => {
      this.send(ApiVersions, version, body, requestTimeoutMs, (failure, answer) => {
        if (failure !== null) return failed(failure)
        if (answer.errorCode === errors.UNSUPPORTED_VERSION && version > 0) {
          const offered = answer.apiKeys.find((api) => api.apiKey === ApiVersions.key)
          return askWith(Math.min(version - 1, offered?.maxVersion ?? 0))
        }
        if (answer.errorCode !== errors.NONE) {
          return failed(
            problem('EPROTO', `${this.#name} answered ApiVersions with ${errorName(answer.errorCode)}`, 'later'),
          )
        }
        this.#versions = new VersionRanges(answer)
        if (handshake === undefined) return ready()
        handshake(this, (failure, lifetimeMs) => {
          if (failure !== null) return failed(failure)
          this.#renewBefore(handshake, lifetimeMs)
          ready()
        })
      })
    }
    askWith(ApiVersions.maxVersion)
  }

  #renewBefore(handshake: Handshake, lifetimeMs: number): void {
    if (!(lifetimeMs > 0) || this.#failure !== null) return
    const { clock } = this.#options
    this.#renewal = clock.at(clock.monoMs() + lifetimeMs * RENEWED_AFTER, () => {
      this.#held = []
      handshake(this, (failure, nextMs) => {
        const held = this.#held ?? []
        this.#held = null
        if (failure !== null) this.#end(failure)
        else this.#renewBefore(handshake, nextMs)
        for (const send of held) send()
      })
    })
  }

  get #name(): string {
    return `${this.address.host}:${this.address.port}`
  }

  #write<P extends AnyApi>(api: P, version: number, body: RequestIn<P>): number {
    const correlationId = this.#correlationId
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    const writer = new Writer(256)
    const sizeAt = writer.reserveInt32()
    const { clientId } = this.#options
    const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
    RequestHeader.encode(writer, header, api.requestHeaderVersion(version))
    api.request.encode(writer, body, version)
    writer.patchInt32(sizeAt, writer.length - 4)
    this.#socket.write(writer.parts())
    return correlationId
  }

  #received(chunk: Uint8Array): void {
    this.#frames.push(chunk)
    while (this.#failure === null) {
      const frame = this.#frames.next()
      if (frame === null) return
      if (typeof frame === 'string') return this.#malformed(frame)
      this.#answered(frame.bytes, frame.from, frame.to)
    }
  }

  #answered(bytes: Uint8Array, from: number, to: number): void {
    const reader = new Reader(bytes, from, to, { uuids: this.#options.uuids })
    const correlationId = reader.int32()
    const waiting = this.#waiting.get(correlationId)
    if (waiting === undefined) return this.#malformed(`an answer came to request ${correlationId}, which nobody sent`)
    const { api, version, done } = waiting
    let answer: unknown
    try {
      reader.at = from
      ResponseHeader.decode(reader, api.responseHeaderVersion(version))
      answer = api.response.decode(reader, isVersionRefused(api, reader) ? 0 : version)
    } catch (thrown) {
      if (!isMalformed(thrown)) throw thrown
      return this.#malformed(`the answer to ${api.name} version ${version}: ${thrown.message}`)
    }
    this.#waiting.delete(correlationId)
    done(null, answer)
  }

  #malformed(why: string): void {
    this.#end(problem('EPROTO', `${this.#name} does not answer as Kafka does: ${why}`, 'never'))
  }

  /** One timer for all that wait, set to the earliest deadline known when it was armed. */
  #arm(deadlineMs: number): void {
    if (deadlineMs >= this.#timerMs) return
    this.#timer?.cancel()
    this.#timerMs = deadlineMs
    this.#timer = this.#options.clock.at(deadlineMs, () => {
      this.#timerMs = Number.POSITIVE_INFINITY
      let earliest: Waiting | null = null
      for (const waiting of this.#waiting.values()) {
        if (earliest === null || waiting.deadlineMs < earliest.deadlineMs) earliest = waiting
      }
      if (earliest === null) return
      if (earliest.deadlineMs > this.#options.clock.monoMs()) return this.#arm(earliest.deadlineMs)
      this.#end(problem('ETIMEDOUT', `${this.#name} did not answer ${earliest.api.name} in time`, 'later'))
    })
  }

  #end(failure: Failure): void {
    if (this.#failure !== null) return
    this.#failure = failure
    this.#timer?.cancel()
    this.#renewal?.cancel()
    this.#socket.close('reset')
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    // In a later turn: who closes, or sends and fails, is not called back inside his call.
    this.#options.clock.atTurnEnd(() => {
      for (const { done } of waiting) done(failure, undefined)
      if (this.#isHandedOut) this.#options.onClosed(failure)
    })
  }
}

/** Connects, negotiates versions and authenticates. */
export function connectClient(options: ClientConnectionOptions, done: Done<ClientConnection>): void {
  const { host, port } = options.address
  options.net.connect({ host, port, timeoutMs: options.connectTimeoutMs }, (failure, socket) => {
    if (failure !== null) return done(failure, undefined as never)
    new ClientConnection(options, socket).negotiate(done)
  })
}

/** An ApiVersions answer in version 0, whatever was asked: its error code stands first. */
function isVersionRefused(api: AnyApi, reader: Reader): boolean {
  if (api.key !== ApiVersions.key || reader.remaining < 2) return false
  return ((reader.bytes[reader.at]! << 8) | reader.bytes[reader.at + 1]!) === errors.UNSUPPORTED_VERSION
}

function problem(code: string, message: string, retry: Failure['retry']): Failure {
  return { code, message, retry }
}
