import type { Clock, Logger, Net, Timer } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import type { Controller } from './controller.ts'
import type { ConnectionState } from './handler.ts'

export interface BrokerLivenessParts {
  readonly clock: Clock
  readonly net: Net
  readonly logger: Logger
  readonly nodeId: number
  /** Of this node. */
  readonly controller: Pick<Controller, 'isActive' | 'tell'>
  image(): MetadataImage
  /** millrace.fence.on.refused */
  readonly isOn: boolean
  /** The listener between brokers, at which they are looked for. */
  readonly listener: string
}

interface Incarnation {
  readonly brokerId: number
  readonly epoch: number
}

const CONNECT_TIMEOUT_MS = 2_000
/** A process that is being killed may still listen when its other connections are closed already. */
const LOOKS_AFTER_CLOSE = 5
const FIRST_WAIT_MS = 10

/**
 * What the network tells an active controller of its brokers, sooner than their sessions do. The kernel closes the
 * connections of a process that ends: when the last one of a broker is gone, it is looked for at its own listener, and
 * one whose port refuses is fenced at once. Silence tells nothing and is left to the session.
 *
 *   last connection closes, or this node becomes active ─▶ look ─▶ refused ─▶ controller hears brokerRefused
 *                                                           ├─▶ accepted: alive, or dying: looked for again a few times
 *                                                           └─▶ anything else: left to the session
 */
export class BrokerLiveness {
  readonly #parts: BrokerLivenessParts
  /** Who speaks on which connection. */
  readonly #speakers = new Map<ConnectionState, Incarnation>()
  /** Brokers whose last connection to this controller was closed, by the epoch they had. */
  readonly #gone = new Map<number, number>()
  readonly #timers = new Set<Timer>()
  #isClosed = false

  constructor(parts: BrokerLivenessParts) {
    this.#parts = parts
  }

  /** A broker has said on this connection who it is, and the controller believed it. */
  heard(brokerId: number, epoch: number, connection: ConnectionState): void {
    const before = this.#speakers.get(connection)
    if (before?.brokerId === brokerId && before.epoch === epoch) return
    this.#speakers.set(connection, { brokerId, epoch })
    this.#gone.delete(brokerId)
    connection.onClosed = () => {
      this.#speakers.delete(connection)
      if (this.#isHeard(brokerId, epoch)) return
      this.#gone.set(brokerId, epoch)
      this.#look(brokerId, epoch, LOOKS_AFTER_CLOSE, FIRST_WAIT_MS)
    }
  }

  /**
   * Whether the incarnation that is registered cannot be alive when another one registers: its connections to this
   * controller were closed; or it has none and the newcomer listens where it did, which two processes cannot.
   */
  isSucceeded(newcomer: {
    readonly brokerId: number
    readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  }): boolean {
    const existing = this.#parts.image().brokers.get(newcomer.brokerId)
    if (existing === undefined || !this.#parts.isOn) return false
    if (this.#isHeard(existing.id, existing.epoch)) return false
    if (this.#gone.get(existing.id) === existing.epoch) return true
    return existing.endpoints.every((e) =>
      newcomer.listeners.some((l) => l.name === e.name && l.host === e.host && l.port === e.port),
    )
  }

  /** The controller of this node decides from now on: a broker that died with the one before it is found now. */
  activated(): void {
    for (const { id, epoch, isFenced } of this.#parts.image().brokers.values()) {
      if (id !== this.#parts.nodeId && !isFenced) this.#look(id, epoch, 1, FIRST_WAIT_MS)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #look(brokerId: number, epoch: number, times: number, waitMs: number): void {
    const { net, controller, logger, image, listener, isOn } = this.#parts
    if (this.#isClosed || !isOn || !controller.isActive || this.#isHeard(brokerId, epoch)) return
    const broker = image().brokers.get(brokerId)
    const at = broker?.endpoints.find((e) => e.name === listener) ?? broker?.endpoints[0]
    if (broker === undefined || at === undefined || broker.epoch !== epoch || broker.isFenced) return
    net.connect({ host: at.host, port: at.port, timeoutMs: CONNECT_TIMEOUT_MS }, (failure, socket) => {
      if (failure === null) {
        socket.onClose = () => undefined
        socket.close('reset')
        if (times > 1) this.#later(waitMs, () => this.#look(brokerId, epoch, times - 1, waitMs * 2))
        return
      }
      if (failure.code !== 'ECONNREFUSED' || this.#isClosed || this.#isHeard(brokerId, epoch)) return
      logger.warn('A broker is gone: its connections closed and its port refuses; fencing it', {
        ...{ brokerId, address: `${at.host}:${at.port}` },
      })
      controller.tell({ kind: 'brokerRefused', brokerId, brokerEpoch: epoch })
    })
  }

  #isHeard(brokerId: number, epoch: number): boolean {
    for (const speaker of this.#speakers.values()) {
      if (speaker.brokerId === brokerId && speaker.epoch === epoch) return true
    }
    return false
  }

  #later(waitMs: number, run: () => void): void {
    const { clock } = this.#parts
    const timer = clock.at(clock.monoMs() + waitMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }
}
