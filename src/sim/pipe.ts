import type { Machine } from './machine.ts'
import type { Link } from './network.ts'
import type { World } from './world.ts'

interface InTransit {
  readonly readyMs: number
  readonly what: string
  readonly arrive: () => void
}

/**
 * One direction of a connection: what is put in comes out in order, later. A packet lost makes everything behind it wait
 * for its retransmission; a cut link makes it wait until the link is whole again. That is what TCP shows of the network
 * beneath it: a loss is a delay, a duplicate is dropped, reordering shows only between connections.
 */
export class Pipe {
  readonly to: Machine
  readonly #world: World
  readonly #link: Link
  readonly #boot: number
  /** Called when there is nobody any more who knows the connection. */
  readonly #refused: () => void
  #queue: InTransit[] = []
  #lastReadyMs = 0
  #isDue = false
  #isClosed = false

  constructor(world: World, link: Link, refused: () => void) {
    this.#world = world
    this.#link = link
    this.to = link.to
    this.#boot = link.to.boot
    this.#refused = refused
  }

  send(what: string, bytes: number, arrive: () => void): void {
    if (this.#isClosed) return
    const readyMs = Math.max(this.#world.nowMs + this.#link.delayMs(bytes), this.#lastReadyMs)
    this.#lastReadyMs = readyMs
    this.#queue.push({ readyMs, what, arrive })
    this.#wake()
  }

  /** Nothing that is under way arrives. */
  close(): void {
    this.#isClosed = true
    this.#queue = []
  }

  /** The link carries again, or the machine at the end is back. */
  resume(): void {
    this.#wake(this.#link.retransmissionMs())
  }

  #wake(atLeastMs = 0): void {
    const head = this.#queue[0]
    if (head === undefined || this.#isDue || this.#isClosed) return
    this.#isDue = true
    this.#world.schedule(null, Math.max(head.readyMs - this.#world.nowMs, atLeastMs), head.what, () => {
      this.#isDue = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#isClosed) return
    if (this.#link.isCut || !this.to.isPowered) {
      this.#link.stalled.add(this)
      return
    }
    if (this.to.boot !== this.#boot) {
      this.close()
      return this.#refused()
    }
    this.#queue.shift()?.arrive()
    this.#wake()
  }
}
