import type { Lease } from '../bytes/index.ts'
import type { Clock, Failure, Socket } from '../env/index.ts'
import type { Budget, BudgetHolder } from './budget.ts'
import type { Frame, FrameMemory } from './frame-memory.ts'
import { FrameReader } from './frame-reader.ts'
import { Liveness } from './liveness.ts'
import { type ReplySlot, Slot, type SlotOwner } from './reply-slot.ts'

/** Key, version and correlation id: nothing shorter is a request. */
const requestBytesMin = 8

export interface ConnectionLimits {
  /** `socket.request.max.bytes`; less before authentication. */
  readonly frameBytesMax: number
  /** `connections.max.idle.ms`: nothing received, sent or being worked on for so long closes the connection. */
  readonly idleMs: number
  /** How long a new connection may take for its first whole request. */
  readonly firstFrameMs: number
  /** Requests whose replies have not left yet; then reading stops. */
  readonly requestsMax: number
  /** Bytes of those requests; one request may always pass it. */
  readonly requestBytesMax: number
  /** Bytes of replies that the peer has not taken; then reading stops. One reply may always pass it. */
  readonly replyBytesMax: number
}

/** Limits that fit a broker's listener; frameBytesMax and idleMs are Kafka's defaults. */
export const defaultLimits: ConnectionLimits = Object.freeze({
  frameBytesMax: 100 * 1024 * 1024,
  idleMs: 600_000,
  firstFrameMs: 60_000,
  requestsMax: 128,
  requestBytesMax: 16 * 1024 * 1024,
  replyBytesMax: 4 * 1024 * 1024,
})

/**
 * Why a connection ended: `peer` closed it in order; `failure` of the network; `malformed`: what the peer sent is not the
 * protocol, or its handler refused it; `idle`, `slow` and `memory`: a limit; `closed` by this side, in order.
 */
export interface CloseReason {
  readonly kind: 'peer' | 'failure' | 'malformed' | 'idle' | 'slow' | 'memory' | 'closed'
  readonly message: string
}

export interface ServerConnectionOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly budget: Budget
  readonly limits: ConnectionLimits
  /** Shared by the connections of a server; of its own when it is not given. */
  readonly memory?: FrameMemory
  /**
   * A request, in the order of arrival. The bytes are the receiver's until he releases the lease, which he does only
   * when he holds none of them; they count until then, and until the reply has left at most. True mutes the connection
   * until the reply.
   */
  readonly onFrame: (frame: Lease, reply: ReplySlot) => boolean
  /** Called once, when nothing of the connection is left. */
  readonly onClosed: (reason: CloseReason) => void
}

/**
 * The server's end of one connection: requests in, replies out in the order of their requests whenever they are ready,
 * and no more memory than allowed in between. Reading stops at the caps and goes on when replies have left.
 */
export class ServerConnection implements BudgetHolder, SlotOwner {
  /** Where requests go. SASL takes them over for its time, with a smaller {@link frameBytesMax}. */
  onFrame: (frame: Lease, reply: ReplySlot) => boolean
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #budget: Budget
  readonly #limits: ConnectionLimits
  readonly #onClosed: (reason: CloseReason) => void
  readonly #frames: FrameReader
  readonly #liveness: Liveness
  #state: 'open' | 'draining' | 'closing' | 'closed' = 'open'
  #reason: CloseReason | null = null
  /** Requests whose replies are not written, oldest first. */
  #first: Slot | null = null
  #last: Slot | null = null
  /** Requests whose replies have not left, their bytes, and the bytes of replies on their way. */
  #requests = 0
  #requestBytes = 0
  #replyBytes = 0
  #mutes = 0
  #isPaused = false
  #isWaitingForBudget = false
  #isPumpQueued = false
  #receivedBytes = 0
  #framesCut = 0

  constructor(options: ServerConnectionOptions) {
    const { socket, clock, limits } = options
    this.onFrame = options.onFrame
    this.#socket = socket
    this.#clock = clock
    this.#budget = options.budget
    this.#limits = limits
    this.#onClosed = options.onClosed
    this.#frames = new FrameReader(limits.frameBytesMax, requestBytesMin, options.memory)
    const signs = () => ({
      receivedBytes: this.#receivedBytes,
      frames: this.#framesCut,
      isPartial: this.#frames.missingBytes > 0,
      isPaused: this.#isPaused,
      isOwing: this.#requests > 0 && this.#replyBytes === 0,
    })
    this.#liveness = new Liveness(clock, limits, signs, (lateness) => this.#end(lateness, 'reset'))
    socket.onBytes = (chunk) => this.#received(chunk)
    socket.onRoom = () => this.#room()
    socket.onClose = (failure) => this.#closed(failure)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get missingBytes(): number {
    return this.#isBlocked() ? 0 : this.#frames.missingBytes
  }

  get frameBytes(): number {
    const missing = this.#frames.missingBytes
    return missing === 0 ? 0 : this.#frames.pendingBytes + missing
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** Requests whose replies have not left. */
  get inFlight(): number {
    return this.#requests
  }

  get frameBytesMax(): number {
    return this.#frames.frameBytesMax
  }

  /** For the frames to come. */
  set frameBytesMax(bytes: number) {
    this.#frames.frameBytesMax = bytes
  }

  /** The next requests wait; calls nest. Throttling mutes after the reply. */
  mute(): void {
    this.#mutes++
  }

  unmute(): void {
    if (this.#mutes === 0) throw new Error('unmuted more often than muted')
    if (--this.#mutes === 0) this.#pumpLater()
  }

  /** Ends the connection: now, dropping what is owed, or after the replies that are owed have left. */
  close(message: string, when: 'now' | 'after-replies' = 'now'): void {
    if (when === 'now') return this.#end({ kind: 'closed', message }, 'flush')
    if (this.#state !== 'open') return
    this.#state = 'draining'
    this.#reason = { kind: 'closed', message }
    this.#pause()
    if (this.#requests === 0) this.#end(this.#reason, 'flush')
  }

  resumeReading(): void {
    this.#isWaitingForBudget = false
    this.#pumpLater()
  }

  evict(): void {
    const message = `its unfinished request holds ${this.#frames.pendingBytes} bytes that others need`
    this.#end({ kind: 'memory', message }, 'reset')
  }

  replied(slot: Slot): void {
    if (slot.isMuting) this.unmute()
    while (this.#first?.isDone) {
      const ready = this.#first
      this.#first = ready.next
      if (this.#first === null) this.#last = null
      if (ready.parts === null) this.#left(ready, 0)
      else this.#write(ready, ready.parts)
    }
  }

  refused(why: string): void {
    this.#end({ kind: 'malformed', message: why }, 'flush')
  }

  released(bytes: number): void {
    this.#budget.released(bytes)
  }

  #received(chunk: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#liveness.active()
    this.#receivedBytes += chunk.byteLength
    this.#budget.received(chunk.byteLength)
    this.#frames.push(chunk)
    this.#pump()
  }

  #room(): Uint8Array | null {
    const size = this.#budget.readSize
    if (size === 'any') return this.#frames.room()
    return size === 'usual' ? null : this.#frames.littleRoom()
  }

  #isBlocked(): boolean {
    const { requestsMax, requestBytesMax, replyBytesMax } = this.#limits
    return (
      this.#mutes > 0 ||
      this.#requests >= requestsMax ||
      this.#requestBytes >= requestBytesMax ||
      this.#replyBytes >= replyBytesMax
    )
  }

  /** Hands on what is whole, as far as the caps allow, and decides whether to go on reading. */
  #pump(): void {
    while (this.#state === 'open' && !this.#isBlocked()) {
      const frame = this.#frames.next()
      if (frame === null) break
      if (typeof frame === 'string') return this.#end({ kind: 'malformed', message: frame }, 'reset')
      this.#framesCut++
      this.#handle(frame)
    }
    if (this.#state !== 'open') return
    if (!this.#isWaitingForBudget) this.#isWaitingForBudget = this.#budget.mustWait(this)
    // A blocked connection may take one more chunk: mostly it is free again before that comes.
    if (this.#isWaitingForBudget || (this.#isBlocked() && this.#frames.pendingBytes > 0)) this.#pause()
    else this.#resume()
  }

  #handle(frame: Frame): void {
    const slot = new Slot(this, frame)
    if (this.#last === null) this.#first = slot
    else this.#last.next = slot
    this.#last = slot
    this.#requests++
    this.#requestBytes += slot.heldBytes
    this.#budget.begun(slot.heldBytes)
    if (this.onFrame(slot, slot) && !slot.isDone) {
      slot.isMuting = true
      this.#mutes++
    }
  }

  #write(slot: Slot, parts: readonly Uint8Array[]): void {
    let length = 0
    for (const part of parts) length += part.byteLength
    this.#replyBytes += length
    this.#socket.write(parts, () => this.#left(slot, length))
  }

  /** The reply has left: the request is over. */
  #left(slot: Slot, length: number): void {
    this.#requests--
    this.#requestBytes -= slot.heldBytes
    this.#replyBytes -= length
    this.#liveness.active()
    slot.over()
    if (this.#state === 'draining' && this.#requests === 0) this.#end(this.#reason!, 'flush')
    else if (this.#isPaused || this.#frames.pendingBytes > 0) this.#pumpLater()
  }

  /** Never inside the call that freed the way. */
  #pumpLater(): void {
    if (this.#isPumpQueued || this.#state !== 'open') return
    this.#isPumpQueued = true
    this.#clock.atTurnEnd(() => {
      this.#isPumpQueued = false
      this.#pump()
    })
  }

  #pause(): void {
    this.#liveness.paused()
    if (!this.#isPaused) this.#socket.pause()
    this.#isPaused = true
  }

  #resume(): void {
    if (this.#isPaused) this.#socket.resume()
    this.#isPaused = false
  }

  /** The first reason is the one that is told. */
  #end(reason: CloseReason, how: 'flush' | 'reset'): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    this.#reason ??= reason
    this.#liveness.cancel()
    this.#socket.close(how)
  }

  #closed(failure: Failure | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#liveness.cancel()
    this.#budget.left(this, this.#frames.pendingBytes)
    this.#frames.drop()
    let slot = this.#first
    this.#first = null
    this.#last = null
    for (; slot !== null; slot = slot.next) slot.gone()
    const ended: CloseReason =
      failure === null
        ? { kind: 'peer', message: 'the peer closed the connection' }
        : { kind: 'failure', message: failure.message }
    this.#onClosed(this.#reason ?? ended)
  }
}
