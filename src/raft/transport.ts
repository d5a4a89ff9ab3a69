import type { Crc32c } from '../bytes/index.ts'
import type { Clock, Failure, Net } from '../env/index.ts'
import { errors } from '../protocol/index.ts'
import { type ClientConnection, connectClient, type Handshake } from '../wire/index.ts'
import type { RaftRequest, RaftResponse } from './messages.ts'
import type { Destination } from './state.ts'
import { apiOf, encodeRaftRequest, versionMin } from './wire-requests.ts'
import { decodeRaftResponse } from './wire-responses.ts'

export interface TransportOptions {
  readonly net: Net
  readonly clock: Clock
  readonly crc32c: Crc32c
  readonly clientId: string
  readonly software: { readonly name: string; readonly version: string }
  readonly connectTimeoutMs: number
  /** SASL, when the controller listener asks for it. */
  readonly handshake?: Handshake
  /** An answer came from there. */
  readonly onAnswer?: (to: Destination) => void
  /** A connection could not be used as it should, or an answer did not come. */
  readonly onTrouble?: (to: Destination, failure: Failure) => void
}

/** Why no answer came. `refused`: nobody listens there. */
export type SendFailure = 'refused' | 'lost' | 'timeout'

/** An answer holds at most one batch, or one piece of a snapshot, and little around it. */
const frameBytesMax = 64 * 1024 * 1024

type Ready = (failure: Failure | null, connection: ClientConnection | null) => void

/** Connections to other nodes of the quorum, one to each address, made when something is to be sent. */
export class RaftTransport {
  readonly #options: TransportOptions
  readonly #open = new Map<string, ClientConnection>()
  readonly #opening = new Map<string, Ready[]>()
  #isClosed = false

  constructor(options: TransportOptions) {
    this.#options = options
  }

  /** `done` is called once, in a later turn. */
  send(
    to: Destination,
    message: RaftRequest,
    timeoutMs: number,
    done: (failure: SendFailure | null, answer: RaftResponse | null) => void,
  ): void {
    this.#connection(to, (failure, connection) => {
      if (failure !== null || connection === null) return done(whyOf(failure), null)
      const api = apiOf[message.api]
      const version = connection.versions.pick(api)
      if (version === null || version < versionMin(message)) {
        const { clock } = this.#options
        const answer = { api: message.api, errorCode: errors.UNSUPPORTED_VERSION, epoch: -1, leaderId: null }
        return clock.atTurnEnd(() => done(null, answer))
      }
      const body = encodeRaftRequest(message, version, this.#options.software)
      connection.send(api, version, body as never, timeoutMs, (sendFailure, answer) => {
        if (sendFailure !== null) {
          this.#trouble(to, sendFailure)
          return done(whyOf(sendFailure), null)
        }
        let decoded: RaftResponse
        try {
          decoded = decodeRaftResponse(message.api, answer, this.#options.crc32c)
        } catch (thrown) {
          const reason = (thrown as Error).message
          this.#trouble(to, { code: 'EPROTO', message: reason, retry: 'later', cause: thrown })
          connection.close(reason)
          return done('lost', null)
        }
        this.#options.onAnswer?.(to)
        done(null, decoded)
      })
    })
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#open.values()) connection.close('the raft node is closed')
    this.#open.clear()
  }

  #trouble(to: Destination, failure: Failure): void {
    if (!this.#isClosed) this.#options.onTrouble?.(to, failure)
  }

  #connection(to: Destination, ready: Ready): void {
    const { net, clock, clientId, software, connectTimeoutMs, handshake } = this.#options
    const name = `${to.host}:${to.port}`
    const open = this.#open.get(name)
    if (open?.isOpen === true) return ready(null, open)
    const waiting = this.#opening.get(name)
    if (waiting !== undefined) {
      waiting.push(ready)
      return
    }
    this.#opening.set(name, [ready])
    connectClient(
      {
        net,
        clock,
        address: { host: to.host, port: to.port },
        clientId,
        software,
        connectTimeoutMs,
        requestTimeoutMs: connectTimeoutMs,
        frameBytesMax,
        ...(handshake === undefined ? {} : { handshake }),
        onClosed: (failure) => {
          this.#open.delete(name)
          if (failure.code === 'EPROTO') this.#trouble(to, failure)
        },
      },
      (failure, connection) => {
        const all = this.#opening.get(name) ?? []
        this.#opening.delete(name)
        if (failure === null && this.#isClosed) connection.close('the raft node is closed')
        else if (failure === null) this.#open.set(name, connection)
        else this.#trouble(to, failure)
        for (const each of all) each(failure, failure === null ? connection : null)
      },
    )
  }
}

function whyOf(failure: Failure | null): SendFailure {
  if (failure?.code === 'ECONNREFUSED') return 'refused'
  return failure?.code === 'ETIMEDOUT' ? 'timeout' : 'lost'
}
