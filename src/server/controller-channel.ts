import type { AskContext, AskRequest, AskResponse, ControllerAsk } from '../controller/index.ts'
import { failedAnswer } from '../controller/index.ts'
import type { Address, Clock, Failure, Logger, Timer } from '../env/index.ts'
import { type AnyApi, Envelope, type ErrorCode, errors, type RequestIn, type ResponseOf } from '../protocol/index.ts'
import type { Peer } from '../wire/index.ts'
import type { Controller } from './controller.ts'
import { controllerApis } from './controller-apis.ts'
import { addressBytes, decodeEnvelopedResponse, encodeEnvelopedRequest, encodePrincipal } from './envelope.ts'

export interface ControllerChannelParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeId: number
  readonly clientId: string
  /** Of this node; decides while this node leads the quorum. */
  readonly local: Controller
  /** Where the leader of the quorum is reached; null while nobody leads. */
  leader(): { readonly id: number; readonly host: string; readonly port: number } | null
  connect(address: Address): Peer
  /** How long an active controller is looked for before the asker hears REQUEST_TIMED_OUT. */
  readonly timeoutMs: number
}

interface Asked {
  readonly deadlineMs: number
  /** Goes to whoever is the active controller now; `again` when that turned out not to be it. */
  readonly send: (again: () => void) => void
  readonly fail: (errorCode: ErrorCode) => void
}

/** Between two looks for an active controller when nothing tells of one. */
const RETRY_MS = 50

/**
 * The way to the active controller, wherever it is: in this process, or at the other end of a connection. What is asked
 * while nobody leads waits, and goes on as soon as somebody does; NOT_CONTROLLER and broken connections are not answers.
 */
export class ControllerChannel {
  readonly #parts: ControllerChannelParts
  #waiting = new Set<Asked>()
  #peer: Peer | null = null
  #timer: Timer | null = null
  #isClosed = false

  constructor(parts: ControllerChannelParts) {
    this.#parts = parts
  }

  /** As the controller's own `ask`; the answer of a request that could not be delivered says so wherever it has a place. */
  ask<K extends ControllerAsk>(
    kind: K,
    request: AskRequest<K>,
    context: AskContext,
    done: (response: AskResponse<K>) => void,
  ): void {
    const { local } = this.#parts
    const fail = (errorCode: ErrorCode): void => {
      const answer = failedAnswer({ kind, request, ...context } as never, errorCode)
      if ('response' in answer) done(answer.response as AskResponse<K>)
    }
    this.#go({
      fail,
      deadlineMs: this.#parts.clock.monoMs() + this.#parts.timeoutMs,
      send: (again) => {
        if (local.isActive) local.ask(kind, request, context, done)
        else this.#askRemote(kind, request, context, done, { again, fail })
      },
    })
  }

  /** Asks the quorum's leader itself; `done` hears null when none was found in time. */
  askLeader<P extends AnyApi>(
    api: P,
    request: RequestIn<P>,
    done: (answer: ResponseOf<P> | null) => void,
    asWhat: { readonly cap?: number } = {},
  ): void {
    this.#go({
      deadlineMs: this.#parts.clock.monoMs() + this.#parts.timeoutMs,
      send: (again) => {
        const peer = this.#leaderPeer()
        if (peer === null) return again()
        peer.ask(
          api,
          () => request,
          (failure, got) => (failure === null ? done(got.answer) : again()),
          asWhat,
        )
      },
      fail: () => done(null),
    })
  }

  /** Another leader, or this node's controller can decide: whoever waits is sent on. */
  leadershipChanged(): void {
    const leader = this.#parts.leader()
    if (this.#peer !== null && (leader?.host !== this.#peer.address.host || leader?.port !== this.#peer.address.port)) {
      this.#peer.close('another controller leads')
      this.#peer = null
    }
    this.#sendOn()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#peer?.close('the node shuts down')
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const { fail } of waiting) fail(errors.NOT_CONTROLLER)
  }

  #go(asked: Asked): void {
    const { clock, local } = this.#parts
    if (this.#isClosed) return clock.atTurnEnd(() => asked.fail(errors.NOT_CONTROLLER))
    if (!local.isActive && this.#leaderPeer() === null) return this.#wait(asked)
    asked.send(() => this.#wait(asked))
  }

  #wait(asked: Asked): void {
    const { clock } = this.#parts
    if (this.#isClosed || clock.monoMs() >= asked.deadlineMs) {
      return clock.atTurnEnd(() => asked.fail(this.#isClosed ? errors.NOT_CONTROLLER : errors.REQUEST_TIMED_OUT))
    }
    this.#waiting.add(asked)
    this.#timer ??= clock.at(clock.monoMs() + RETRY_MS, () => {
      this.#timer = null
      this.#sendOn()
    })
  }

  #sendOn(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const asked of waiting) this.#go(asked)
  }

  #leaderPeer(): Peer | null {
    const leader = this.#parts.leader()
    if (leader === null || leader.id === this.#parts.nodeId) return null
    this.#peer ??= this.#parts.connect({ host: leader.host, port: leader.port })
    return this.#peer
  }

  #askRemote<K extends ControllerAsk>(
    kind: K,
    request: AskRequest<K>,
    { version, asker }: AskContext,
    done: (response: AskResponse<K>) => void,
    { again, fail }: { readonly again: () => void; readonly fail: (errorCode: ErrorCode) => void },
  ): void {
    const peer = this.#leaderPeer()
    if (peer === null) return again()
    const { api, isDirect } = controllerApis[kind]
    const lost = (failure: Failure): void => {
      this.#parts.logger.debug('The controller cannot be asked now', { api: api.name, reason: failure.message })
      // It will not learn another version by being asked again.
      if (failure.code === 'EVERSION') fail(errors.UNSUPPORTED_VERSION)
      else again()
    }
    // What no client asked for, the node asks for itself.
    if (isDirect || asker === undefined) {
      peer.ask(
        api,
        () => request as never,
        (failure, got) => {
          if (failure !== null) return lost(failure)
          const answer = got.answer as AskResponse<K> & { errorCode?: ErrorCode; topics?: { errorCode?: ErrorCode }[] }
          const code = answer.errorCode ?? answer.topics?.[0]?.errorCode
          if (code === errors.NOT_CONTROLLER) again()
          else done(answer)
        },
        { cap: version },
      )
      return
    }
    const body = {
      requestData: encodeEnvelopedRequest(api, version, request, this.#parts.clientId),
      requestPrincipal: encodePrincipal(asker.principal),
      clientHostAddress: addressBytes(asker.host),
    }
    peer.ask(
      Envelope,
      () => body,
      (failure, got) => {
        if (failure !== null) return lost(failure)
        const { errorCode, responseData } = got.answer
        if (errorCode === errors.NOT_CONTROLLER) return again()
        if (errorCode !== errors.NONE) return fail(errorCode)
        const answer = responseData === null ? null : decodeEnvelopedResponse(api, version, responseData)
        if (answer !== null) return done(answer as AskResponse<K>)
        const { host, port } = peer.address
        this.#parts.logger.warn('The controller gave an answer that cannot be read', { api: api.name, host, port })
        fail(errors.UNKNOWN_SERVER_ERROR)
      },
    )
  }
}
