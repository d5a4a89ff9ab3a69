import { isMalformed, type Lease, Reader, type UuidTable, Writer } from '../bytes/index.ts'
import type { Clock, Logger } from '../env/index.ts'
import {
  type AnyApi,
  ApiVersions,
  apis,
  errors,
  type ListenerRole,
  RequestHeader,
  ResponseHeader,
} from '../protocol/index.ts'
import { type Pieces, runPieces } from '../runtime/index.ts'
import type { ReplySlot } from '../wire/index.ts'
import type { ConnectionState, Handler, ListenerFacts, Principal, Reply, RequestContext } from './handler.ts'
import type { Services } from './services.ts'

/** What dispatch needs to know of a connection. */
export interface Caller {
  /** ANONYMOUS until SASL says who it is. */
  principal: Principal
  readonly listener: ListenerFacts
  readonly peer: { readonly host: string; readonly port: number }
  readonly state: ConnectionState
}

/** A longer request is decoded in slices: this much takes less than a millisecond, whatever is in it. */
const LONG_REQUEST_BYTES = 32 * 1024

/** A request may announce this many array elements in all; a million partitions are more than any client asks for. */
const REQUEST_ELEMENTS_MAX = 2_000_000

/**
 * From a frame to its handler and back: decodes, finds the handler's row, encodes. The only place where requests are
 * told apart; a request that cannot be read closes its connection with the reason (Kafka answers no error there).
 */
export class Dispatcher {
  readonly #services: Services
  readonly #handlers: Readonly<Record<ListenerRole, ReadonlyMap<number, Handler>>>
  readonly #uuids: UuidTable
  readonly #logger: Logger

  constructor(
    services: Services,
    handlers: Readonly<Record<ListenerRole, ReadonlyMap<number, Handler>>>,
    uuids: UuidTable,
    logger: Logger,
  ) {
    this.#services = services
    this.#handlers = handlers
    this.#uuids = uuids
    this.#logger = logger
  }

  /** True when the connection must not go on before the reply. */
  dispatch(caller: Caller, frame: Lease, slot: ReplySlot): boolean {
    const { bytes, from, to } = frame.slices[0]!
    if (to - from < 4) return this.#close(slot, `a request of ${to - from} bytes is too short for a header`)
    const key = (bytes[from]! << 8) | bytes[from + 1]!
    const version = (bytes[from + 2]! << 8) | bytes[from + 3]!
    const handler = this.#handlers[caller.listener.kind].get(key)
    if (handler === undefined) {
      return this.#close(slot, `API key ${key}${nameOf(key)} is not served on this listener`)
    }
    const { api } = handler
    if (version > api.maxVersion || version < api.minVersion) {
      if (api.key === ApiVersions.key) return this.#answerUnknownApiVersions(bytes, from, to, slot)
      return this.#close(
        slot,
        `${api.name} version ${version} is not supported (${api.minVersion} to ${api.maxVersion} are)`,
      )
    }
    try {
      return this.#handle(caller, handler, version, frame, slot)
    } catch (thrown) {
      if (isMalformed(thrown)) return this.#close(slot, `malformed ${api.name} version ${version}: ${thrown.message}`)
      throw thrown
    }
  }

  #handle(caller: Caller, handler: Handler, version: number, frame: Lease, slot: ReplySlot): boolean {
    const { api } = handler
    const { bytes, from, to } = frame.slices[0]!
    const reader = new Reader(bytes, from, to, { uuids: this.#uuids, elementsMax: REQUEST_ELEMENTS_MAX })
    const header = RequestHeader.decode(reader, api.requestHeaderVersion(version))
    const services = this.#services
    const { clock } = services.env
    const reply: DispatchedReply = new DispatchedReply(clock, api, version, header.correlationId, slot, (thrown) =>
      this.#failed(api, version, thrown, reply),
    )
    let isGone = false
    let cancelled = (): void => {}
    const cx: RequestContext = {
      services,
      apiVersion: version,
      clientId: header.clientId,
      principal: caller.principal,
      listener: caller.listener,
      isForwarded: false,
      peer: caller.peer,
      frame,
      arrivedMonoMs: clock.monoMs(),
      connection: caller.state,
      onGone: (cancel) => slot.onGone(cancel),
    }
    if (to - from < LONG_REQUEST_BYTES) return this.#run(handler, cx, api.request.decode(reader, version), reply)
    // Only while it is decoded: what the handler has begun it ends.
    let ending: 'waits' | 'goes on' = 'waits'
    slot.onGone(() => {
      isGone = true
      cancelled()
    })
    const late = { ...cx, onGone: (cancel: () => void) => void (cancelled = cancel) }
    const pieces = api.request.decodePieces(reader, version)
    const stoppable = (function* (): Pieces<unknown> {
      for (;;) {
        const next = pieces.next()
        if (next.done === true) return next.value
        if (isGone) return null
        yield
      }
    })()
    runPieces(
      clock,
      stoppable,
      (request) => {
        if (!isGone && !this.#run(handler, late, request, reply)) ending = 'goes on'
      },
      (thrown) => {
        if (!isMalformed(thrown)) this.#failed(api, version, thrown, reply)
        else if (!isGone) slot.close(`malformed ${api.name} version ${version}: ${thrown.message}`)
      },
    )
    return ending === 'waits' && !reply.isDone
  }

  /** True when the connection must not go on before the reply. */
  #run(handler: Handler, cx: RequestContext, request: unknown, reply: DispatchedReply): boolean {
    const failed = (thrown: unknown): void => this.#failed(handler.api, cx.apiVersion, thrown, reply)
    try {
      const handling = handler.handle(cx, request, reply)
      if (handling === undefined) return false
      if (handling === 'waits') return !reply.isDone
      let waits = true
      runPieces(
        this.#services.env.clock,
        handling,
        (handled) => {
          waits = handled === 'waits'
        },
        failed,
      )
      return waits && !reply.isDone
    } catch (thrown) {
      failed(thrown)
      return false
    }
  }

  /** A bug in a handler: said once, with its stack, and answered as such where the message can say it. */
  #failed(api: AnyApi, version: number, thrown: unknown, reply: DispatchedReply): void {
    const stack =
      typeof thrown === 'object' && thrown !== null && 'stack' in thrown ? String(thrown.stack) : String(thrown)
    this.#logger.error('A handler failed', { api: api.name, version, stack })
    if (reply.isDone) return
    if ('errorCode' in api.response.fields && !reply.isUnsayable) reply.send({ errorCode: errors.UNKNOWN_SERVER_ERROR })
    else reply.close(`${api.name} failed inside the broker`)
  }

  #close(slot: ReplySlot, why: string): boolean {
    slot.close(why)
    return false
  }

  /** KIP-511: any client can read version 0, and learns from it which versions it may ask with. */
  #answerUnknownApiVersions(bytes: Uint8Array, from: number, to: number, slot: ReplySlot): boolean {
    if (to - from < 8) return this.#close(slot, 'an ApiVersions request without a correlation id')
    const correlationId = new DataView(bytes.buffer, bytes.byteOffset + from + 4, 4).getInt32(0)
    const { key, minVersion, maxVersion } = ApiVersions
    const answer = { errorCode: errors.UNSUPPORTED_VERSION, apiKeys: [{ apiKey: key, minVersion, maxVersion }] }
    const { clock } = this.#services.env
    const reply: DispatchedReply = new DispatchedReply(clock, ApiVersions, 0, correlationId, slot, (thrown) =>
      this.#failed(ApiVersions, 0, thrown, reply),
    )
    reply.send(answer)
    return false
  }
}

class DispatchedReply implements Reply<unknown> {
  readonly #clock: Clock
  readonly #api: AnyApi
  readonly #version: number
  readonly #correlationId: number
  readonly #slot: ReplySlot
  readonly #failed: (thrown: unknown) => void
  isDone = false
  /** An answer was tried that this version has no way to say. */
  isUnsayable = false

  /** `failed` hears of an answer that cannot be encoded: the handler that gives it may run in any later turn. */
  constructor(
    clock: Clock,
    api: AnyApi,
    version: number,
    correlationId: number,
    slot: ReplySlot,
    failed: (thrown: unknown) => void,
  ) {
    this.#clock = clock
    this.#api = api
    this.#version = version
    this.#correlationId = correlationId
    this.#slot = slot
    this.#failed = failed
  }

  send(answer: unknown, lease: Lease | null = null): void {
    this.#once()
    const writer = new Writer()
    const size = writer.reserveInt32()
    const api = this.#api
    const header = { correlationId: this.#correlationId }
    const failed = (thrown: unknown): void => {
      this.isDone = false
      this.isUnsayable = true
      lease?.release()
      this.#failed(thrown)
    }
    const done = (): void => {
      writer.patchInt32(size, writer.length - 4)
      this.#slot.send(writer.parts(), lease)
    }
    try {
      ResponseHeader.encode(writer, header, api.responseHeaderVersion(this.#version))
      // Answers that lend records are bounded by their bytes.
      if (lease === null && !api.response.isShort(answer)) {
        runPieces(this.#clock, api.response.encodePieces(writer, answer, this.#version), done, failed)
        return
      }
      api.response.encode(writer, answer, this.#version)
    } catch (thrown) {
      return failed(thrown)
    }
    done()
  }

  sendPieces(answer: Pieces<unknown>): void {
    runPieces(this.#clock, answer, (whole) => this.send(whole), this.#failed)
  }

  none(): void {
    this.#once()
    this.#slot.none()
  }

  close(why: string): void {
    this.#once()
    this.#slot.close(why)
  }

  #once(): void {
    if (this.isDone) throw new Error(`${this.#api.name} was answered twice`)
    this.isDone = true
  }
}

function nameOf(key: number): string {
  const api = apis.get(key)
  return api === undefined ? '' : ` (${api.name})`
}
