import type { Uuid } from '../bytes/index.ts'
import type { Clock, Logger, Timer } from '../env/index.ts'
import { type ErrorCode, errorName, errors } from '../protocol/index.ts'
import type { ImageWaiters } from './image-waiters.ts'

/** What the controller is asked in a broker's life. */
export interface LifecyclePort {
  /** `formerEpoch`: of this very process, when the controller has forgotten it; -1 at its start. */
  register(formerEpoch: number, done: (errorCode: ErrorCode, brokerEpoch: number) => void): void
  heartbeat(ask: Heartbeat, done: (errorCode: ErrorCode, answer: HeartbeatAnswer) => void): void
}

export interface Heartbeat {
  readonly brokerEpoch: number
  readonly currentMetadataOffset: number
  readonly wantFence: boolean
  readonly wantShutDown: boolean
  /** Log directories that failed. */
  readonly offlineLogDirs: readonly Uuid[]
}

export interface HeartbeatAnswer {
  readonly isCaughtUp: boolean
  readonly isFenced: boolean
  readonly shouldShutDown: boolean
}

export interface LifecycleParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly port: LifecyclePort
  readonly nodeId: number
  readonly waiters: ImageWaiters
  /** Offset of the last record in this node's image. */
  readonly imageOffset: () => number
  readonly heartbeatIntervalMs: number
  readonly registrationTimeoutMs: number
  readonly offlineDirectories: () => readonly Uuid[]
  /** Calls back when every partition of the image has its log. */
  readonly whenOpened: (run: () => void) => void
}

const SHUTDOWN_RETRY_MS = 5
const REGISTRATION_RETRY_MS = 200
/** The incarnation before this one still has its session, or no controller was found in time. */
const passing: ReadonlySet<ErrorCode> = new Set([
  errors.DUPLICATE_BROKER_REGISTRATION,
  errors.NOT_CONTROLLER,
  errors.REQUEST_TIMED_OUT,
])

/**
 * A broker's life with the controller, driven by events; the heartbeat only keeps it alive:
 *
 *   register ─▶ registered (fenced) ─▶ image has the registration, logs are open ─▶ unfenced ─▶ controlled shutdown ─▶ gone
 */
export class BrokerLifecycle {
  readonly #parts: LifecycleParts
  #brokerEpoch = -1
  #isRegistering = false
  #timer: Timer | null = null
  #wantFence = true
  #isShuttingDown = false

  constructor(parts: LifecycleParts) {
    this.#parts = parts
  }

  /** -1 before registration. */
  get brokerEpoch(): number {
    return this.#brokerEpoch
  }

  /** `done` hears null when this broker is registered, caught up and unfenced. */
  start(done: (failure: string | null) => void): void {
    const { clock, registrationTimeoutMs } = this.#parts
    this.#register(clock.monoMs() + registrationTimeoutMs, done)
  }

  #register(deadlineMs: number, done: (failure: string | null) => void): void {
    const { clock, port, waiters, nodeId, registrationTimeoutMs, whenOpened, logger } = this.#parts
    if (this.#isShuttingDown) return done('the broker shuts down')
    port.register(this.#brokerEpoch, (errorCode, brokerEpoch) => {
      if (passing.has(errorCode) && clock.monoMs() < deadlineMs) {
        logger.info('The controller cannot register this broker yet; trying again', { error: errorName(errorCode) })
        clock.at(clock.monoMs() + REGISTRATION_RETRY_MS, () => this.#register(deadlineMs, done))
        return
      }
      if (errorCode !== errors.NONE) return done(`the controller refused the registration: ${errorName(errorCode)}`)
      this.#brokerEpoch = brokerEpoch
      logger.info('Registered with the controller', { brokerEpoch })
      const isRegistered = (epoch: number | undefined) => epoch !== undefined && epoch >= brokerEpoch
      waiters.when(
        (image) => isRegistered(image.brokers.get(nodeId)?.epoch),
        registrationTimeoutMs,
        (isTrue) => {
          if (!isTrue) return done('the registration did not come back in the metadata in time')
          whenOpened(() => this.#unfence(done))
        },
      )
    })
  }

  /** Something happened that the controller should hear of at once. */
  beatNow(): void {
    if (this.#brokerEpoch !== -1 && !this.#isRegistering) this.#beat()
  }

  /** Somebody unregistered this broker though it lives: without a registration nobody could use it any more. */
  #registerAgain(): void {
    if (this.#isRegistering || this.#isShuttingDown) return
    const { logger } = this.#parts
    logger.warn('The controller does not know this broker any more: registering again')
    this.#isRegistering = true
    this.#wantFence = true
    this.start((failure) => {
      this.#isRegistering = false
      if (failure === null) return
      logger.error('Cannot register again; it will be tried with the next heartbeat', { reason: failure })
      this.#beatLater()
    })
  }

  #unfence(done: (failure: string | null) => void): void {
    const { waiters, nodeId, registrationTimeoutMs } = this.#parts
    this.#wantFence = false
    this.#beat()
    waiters.when(
      (image) => image.brokers.get(nodeId)?.isFenced === false,
      registrationTimeoutMs,
      (isTrue) => done(isTrue ? null : 'the controller did not unfence this broker in time'),
    )
  }

  #beat(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (this.#isShuttingDown) return
    const { port, logger } = this.#parts
    port.heartbeat(this.#heartbeat(false), (errorCode) => {
      if (errorCode === errors.STALE_BROKER_EPOCH) return this.#registerAgain()
      if (errorCode !== errors.NONE) logger.warn('A heartbeat was refused', { error: errorName(errorCode) })
      this.#beatLater()
    })
  }

  #beatLater(): void {
    const { clock, heartbeatIntervalMs } = this.#parts
    if (this.#isShuttingDown) return
    this.#timer?.cancel()
    this.#timer = clock.at(clock.monoMs() + heartbeatIntervalMs, () => this.#beat())
  }

  #heartbeat(wantShutDown: boolean): Heartbeat {
    return {
      brokerEpoch: this.#brokerEpoch,
      currentMetadataOffset: this.#parts.imageOffset(),
      wantFence: this.#wantFence,
      wantShutDown,
      offlineLogDirs: this.#parts.offlineDirectories(),
    }
  }

  /** Controlled shutdown: leaders move first where they can. `done` is called when the controller agrees, or gives up waiting. */
  shutDown(timeoutMs: number, done: () => void): void {
    const { clock, port, waiters } = this.#parts
    this.#isShuttingDown = true
    this.#timer?.cancel()
    if (this.#brokerEpoch === -1) return done()
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      deadline.cancel()
      done()
    }
    const deadline = clock.at(clock.monoMs() + timeoutMs, end)
    const ask = () => {
      if (isOver) return
      const heartbeat = this.#heartbeat(true)
      port.heartbeat(heartbeat, (errorCode, answer) => {
        if (errorCode !== errors.NONE || answer.shouldShutDown) return end()
        // Asked again when this broker has seen what the controller decided, or a little later.
        waiters.when((image) => image.offset > heartbeat.currentMetadataOffset, SHUTDOWN_RETRY_MS, ask)
      })
    }
    ask()
  }
}
