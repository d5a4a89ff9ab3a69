import type { Crc32c } from '../bytes/index.ts'
import type { Clock, Failure, Net, Random } from '../env/index.ts'
import { errors } from '../protocol/index.ts'
import { type Handshake, Peer } from '../wire/index.ts'
import type { RaftRequest, RaftResponse } from './messages.ts'
import type { Destination } from './state.ts'
import { apiOf, encodeRaftRequest, versionMin } from './wire-requests.ts'
import { decodeRaftResponse } from './wire-responses.ts'

export interface TransportOptions {
  readonly net: Net
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
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

/** How a quorum waits between two attempts is raft's own affair. */
const backoffMs = { first: 0, most: 0 }

/** Other nodes of the quorum, one to each address, connected to when something is to be sent. */
export class RaftTransport {
  readonly #options: TransportOptions
  readonly #peers = new Map<string, Peer>()
  #isClosed = false

  constructor(options: TransportOptions) {
    this.#options = options
  }

  /** `done` is called once, in a later turn; not after {@link close}. */
  send(
    to: Destination,
    message: RaftRequest,
    timeoutMs: number,
    done: (failure: SendFailure | null, answer: RaftResponse | null) => void,
  ): void {
    if (this.#isClosed) return
    const { crc32c, onAnswer, software } = this.#options
    const peer = this.#peerOf(to)
    peer.ask(
      apiOf[message.api],
      (version) => encodeRaftRequest(message, version, software) as never,
      (failure, got) => {
        if (this.#isClosed) return
        if (failure?.code === 'EVERSION') {
          return done(null, { api: message.api, errorCode: errors.UNSUPPORTED_VERSION, epoch: -1, leaderId: null })
        }
        if (failure !== null) {
          this.#trouble(to, failure)
          return done(whyOf(failure), null)
        }
        let decoded: RaftResponse
        try {
          decoded = decodeRaftResponse(message.api, got.answer, crc32c)
        } catch (thrown) {
          const reason = (thrown as Error).message
          this.#trouble(to, { code: 'EPROTO', message: reason, retry: 'later', cause: thrown })
          peer.distrust(reason)
          return done('lost', null)
        }
        onAnswer?.(to)
        done(null, decoded)
      },
      { floor: versionMin(message), timeoutMs },
    )
  }

  close(): void {
    this.#isClosed = true
    for (const peer of this.#peers.values()) peer.close('the raft node is closed')
    this.#peers.clear()
  }

  #trouble(to: Destination, failure: Failure): void {
    if (!this.#isClosed) this.#options.onTrouble?.(to, failure)
  }

  #peerOf(to: Destination): Peer {
    const { net, clock, random, clientId, software, connectTimeoutMs, handshake } = this.#options
    const name = `${to.host}:${to.port}`
    let peer = this.#peers.get(name)
    if (peer === undefined) {
      peer = new Peer({
        ...{ net, clock, random, clientId, software, connectTimeoutMs, frameBytesMax, backoffMs },
        address: { host: to.host, port: to.port },
        requestTimeoutMs: connectTimeoutMs,
        ...(handshake === undefined ? {} : { handshake }),
        onLost: (failure) => {
          if (failure.code === 'EPROTO') this.#trouble(to, failure)
        },
      })
      this.#peers.set(name, peer)
    }
    return peer
  }
}

function whyOf({ code }: Failure): SendFailure {
  if (code === 'ECONNREFUSED') return 'refused'
  return code === 'ETIMEDOUT' ? 'timeout' : 'lost'
}
