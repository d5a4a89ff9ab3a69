import type { Clock, Timer } from '../env/index.ts'

/** A request under way must bring this much in such a time, or its connection is closed. */
const windowMs = 30_000
const windowBytesMin = 30 * 1024
/** After a deadline the peer gets a last look: this process may be the one that was late and not have read yet. */
const graceMs = 100

/** What the deadlines of a connection depend on. */
export interface Signs {
  /** Bytes received, and whole frames cut from them, since the beginning. */
  readonly receivedBytes: number
  readonly frames: number
  /** A frame has begun and is not whole. */
  readonly isPartial: boolean
  /** Nothing is read at present, by our choice. */
  readonly isPaused: boolean
  /** The peer waits for us: a request is being worked on and no reply waits to be taken. */
  readonly isOwing: boolean
}

export interface Lateness {
  readonly kind: 'idle' | 'slow'
  readonly message: string
}

/** The deadlines of one connection behind one timer. Times that this side spent not reading do not count as slow. */
export class Liveness {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #firstFrameMs: number
  readonly #signs: () => Signs
  readonly #late: (lateness: Lateness) => void
  readonly #openedMs: number
  #activeMs: number
  #windowFromMs: number
  #windowFrom: Signs
  #wasPaused = false
  #isInGrace = false
  #timer: Timer

  constructor(
    clock: Clock,
    limits: { readonly idleMs: number; readonly firstFrameMs: number },
    signs: () => Signs,
    late: (lateness: Lateness) => void,
  ) {
    this.#clock = clock
    this.#idleMs = limits.idleMs
    this.#firstFrameMs = limits.firstFrameMs
    this.#signs = signs
    this.#late = late
    this.#openedMs = clock.monoMs()
    this.#activeMs = this.#openedMs
    this.#windowFromMs = this.#openedMs
    this.#windowFrom = signs()
    this.#timer = this.#arm(this.#openedMs + Math.min(windowMs, limits.idleMs, limits.firstFrameMs))
  }

  /** Something was received, or a reply has left. */
  active(): void {
    this.#activeMs = this.#clock.monoMs()
  }

  paused(): void {
    this.#wasPaused = true
  }

  cancel(): void {
    this.#timer.cancel()
  }

  #arm(atMs: number): Timer {
    return this.#clock.at(atMs, () => this.#check())
  }

  #check(): void {
    const nowMs = this.#clock.monoMs()
    const signs = this.#signs()
    const lateness = this.#judge(nowMs, signs)
    if (lateness !== null && this.#isInGrace) return this.#late(lateness)
    this.#isInGrace = lateness !== null
    if (this.#isInGrace) {
      this.#timer = this.#arm(nowMs + graceMs)
      return
    }
    if (nowMs >= this.#windowFromMs + windowMs) {
      this.#windowFromMs = nowMs
      this.#windowFrom = signs
      this.#wasPaused = signs.isPaused
    }
    let nextMs = Math.min(this.#windowFromMs + windowMs, nowMs + this.#idleMs)
    if (!signs.isOwing) nextMs = Math.min(nextMs, this.#activeMs + this.#idleMs)
    if (signs.frames === 0 && !this.#wasPaused) nextMs = Math.min(nextMs, this.#openedMs + this.#firstFrameMs)
    this.#timer = this.#arm(nextMs)
  }

  #judge(nowMs: number, signs: Signs): Lateness | null {
    if (!signs.isOwing && nowMs >= this.#activeMs + this.#idleMs) {
      return { kind: 'idle', message: `nothing was received or sent for ${this.#idleMs} ms` }
    }
    if (signs.frames === 0 && !this.#wasPaused && nowMs >= this.#openedMs + this.#firstFrameMs) {
      return { kind: 'slow', message: `no whole request came within ${this.#firstFrameMs} ms` }
    }
    const from = this.#windowFrom
    const isSame = from.isPartial && signs.isPartial && from.frames === signs.frames
    const bytes = signs.receivedBytes - from.receivedBytes
    if (isSame && !this.#wasPaused && nowMs >= this.#windowFromMs + windowMs && bytes < windowBytesMin) {
      return { kind: 'slow', message: `an unfinished request brought ${bytes} bytes in ${windowMs} ms` }
    }
    return null
  }
}
