import type { UuidTable } from '../bytes/index.ts'
import type { Address, Clock, Done, Failure, Net, Random } from '../env/index.ts'
import type { AnyApi, RequestIn, ResponseOf } from '../protocol/index.ts'
import { type ClientConnection, connectClient, type Handshake } from './client-connection.ts'

export interface PeerOptions {
  readonly net: Net
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly address: Address
  readonly clientId: string
  readonly software: { readonly name: string; readonly version: string }
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Between two attempts to connect: the first wait, and the longest; each has up to a fifth of luck. */
  readonly backoffMs: { readonly first: number; readonly most: number }
  /** A connection ended, and why. */
  readonly onLost?: (failure: Failure) => void
  /** Larger answers are not believed. */
  readonly frameBytesMax: number
  readonly uuids?: UuidTable
  /** See {@link ClientConnection}: authentication between nodes. */
  readonly handshake?: Handshake
}

interface Queued {
  send(connection: ClientConnection): void
  fail(failure: Failure): void
}

/**
 * Another node of the cluster: one connection, made when the first request needs it and made anew after it ended. A
 * request that comes while it is being made waits for that; one that comes while the node is left alone after a failed
 * attempt fails at once with that attempt's reason, since whoever asks has its own idea of when to ask again.
 *
 * Failures: those of {@link ClientConnection}; EVERSION when the two have no version of the API in common.
 */
export class Peer {
  readonly address: Address
  readonly #options: PeerOptions
  #connection: ClientConnection | null = null
  #queue: Queued[] | null = null
  #failure: Failure | null = null
  #failures = 0
  #againAtMs = 0
  #isClosed = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.address = options.address
  }

  /** Asks with the highest version both speak, at least `floor` and at most `cap`. The answer may borrow from its frame, which is nobody else's. */
  ask<P extends AnyApi>(
    api: P,
    bodyOf: (version: number) => RequestIn<P>,
    done: Done<{ readonly version: number; readonly answer: ResponseOf<P> }>,
    o: { readonly floor?: number; readonly cap?: number; readonly timeoutMs?: number } = {},
  ): void {
    const fail = (failure: Failure): void => done(failure, undefined as never)
    this.#with({
      fail,
      send: (connection) => {
        const version = connection.versions.pick(api, o.cap)
        if (version === null || version < (o.floor ?? 0)) {
          const { host, port } = this.address
          const message = `${host}:${port} speaks no version of ${api.name} that this node does`
          return this.#options.clock.atTurnEnd(() => fail({ code: 'EVERSION', message, retry: 'later' }))
        }
        const waitMs = o.timeoutMs ?? this.#options.requestTimeoutMs
        connection.send(api, version, bodyOf(version), waitMs, (failure, answer) =>
          failure === null ? done(null, { version, answer }) : fail(failure),
        )
      },
    })
  }

  /** What it answered makes no sense: the next request goes over a connection of its own. */
  distrust(why: string): void {
    this.#connection?.close(why)
    this.#connection = null
  }

  /** Everything that waits fails with ECANCELED; nothing can be asked any more. */
  close(why: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#failure = { code: 'ECANCELED', message: why, retry: 'never' }
    this.#connection?.close(why)
    this.#connection = null
    this.#failQueue(this.#failure)
  }

  #with(queued: Queued): void {
    const { clock } = this.#options
    if (this.#connection?.isOpen === true) return queued.send(this.#connection)
    if (this.#queue !== null) {
      this.#queue.push(queued)
      return
    }
    const failure = this.#failure
    if (this.#isClosed || (failure !== null && clock.monoMs() < this.#againAtMs)) {
      return clock.atTurnEnd(() => queued.fail(failure!))
    }
    this.#queue = [queued]
    this.#connect()
  }

  #connect(): void {
    const { net, clock, clientId, software, connectTimeoutMs, requestTimeoutMs, frameBytesMax } = this.#options
    const { uuids, handshake } = this.#options
    connectClient(
      {
        ...{ net, clock, clientId, software, connectTimeoutMs, requestTimeoutMs, frameBytesMax },
        ...(uuids === undefined ? {} : { uuids }),
        ...(handshake === undefined ? {} : { handshake }),
        address: this.address,
        onClosed: (failure) => this.#lost(failure),
      },
      (failure, connection) => {
        if (failure !== null) return this.#unreachable(failure)
        if (this.#isClosed) return connection.close('not needed any more')
        this.#connection = connection
        this.#failures = 0
        this.#failure = null
        const queue = this.#queue ?? []
        this.#queue = null
        for (const { send } of queue) send(connection)
      },
    )
  }

  #unreachable(failure: Failure): void {
    if (this.#isClosed) return
    const { clock, random, backoffMs } = this.#options
    const waitMs = Math.min(backoffMs.most, backoffMs.first * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    this.#againAtMs = clock.monoMs() + (waitMs === 0 ? 0 : waitMs * (0.8 + 0.4 * random.next()))
    this.#failure = failure
    this.#failQueue(failure)
  }

  /** A connection that had been in use: it may be made again at once. */
  #lost(failure: Failure): void {
    this.#connection = null
    this.#options.onLost?.(failure)
  }

  #failQueue(failure: Failure): void {
    const queue = this.#queue ?? []
    this.#queue = null
    for (const { fail } of queue) fail(failure)
  }
}
