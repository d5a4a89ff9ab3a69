import type { Crc32c } from '../bytes/index.ts'
import type { CodecName } from '../env/index.ts'
import { EventQueue, type SimEvent } from './event-queue.ts'
import type { Life } from './life.ts'
import { SeededRandom } from './random.ts'
import { Trace } from './trace.ts'

/** What the simulator itself needs of the machine that it runs on. */
export interface Host {
  /** Resolves when all promises that could go on have gone on. */
  readonly settled: () => Promise<void>
  readonly crc32c: Crc32c
  /** What the threads of a real machine do; it throws with a `code` where they fail. */
  readonly codecs: {
    compress(codec: CodecName, level: number | null, bytes: Uint8Array): Uint8Array
    decompress(codec: CodecName, bytes: Uint8Array, bytesMax: number): Uint8Array
  }
}

/** A promise of the house that was broken. */
export interface Violation {
  readonly invariant: string
  readonly text: string
  readonly atMs: number
}

/** More than any run needs: a world in which time stands still while events go on. */
const EVENTS_MAX = 3_000_000

/**
 * Time and luck of one run. There is one queue of events; the earliest happens next, and nothing else ever happens: no
 * timer, socket or file of the real machine. Its own luck and each machine's are streams of the one seed.
 */
export class World {
  readonly seed: number
  readonly host: Host
  readonly random: SeededRandom
  readonly trace: Trace
  readonly violations: Violation[] = []
  /** Unclean elections are allowed: what they may have cost is judged in the end. */
  isLossJudged = false
  readonly losses: { readonly partition: string; readonly invariant: string; readonly text: string }[] = []
  readonly #queue = new EventQueue()
  #nowMs = 1000
  #order = 0
  #happened = 0

  constructor(seed: number, host: Host, traceTo: ((line: string) => void) | null = null) {
    this.seed = seed
    this.host = host
    this.random = new SeededRandom(seed, 'world')
    this.trace = new Trace(traceTo)
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get events(): number {
    return this.#happened
  }

  schedule(life: Life | null, afterMs: number, what: string, run: () => void): SimEvent {
    const event = { atMs: this.#nowMs + Math.max(0, afterMs), order: this.#order++, life, what, run }
    this.#queue.push(event)
    return event
  }

  /** Happens now, as if it had been waited for; those asked for first come first. */
  again(events: readonly SimEvent[]): void {
    for (const event of events) {
      event.atMs = this.#nowMs
      this.#queue.push(event)
    }
  }

  /** Something that must hold does not. The run ends with it. */
  violate(invariant: string, text: string): void {
    this.trace.note(this.#nowMs, 'VIOLATION', invariant, () => text)
    this.violations.push({ invariant, text, atMs: this.#nowMs })
  }

  /** Something is gone, or other than it was: a violation, unless it is of a partition that may lose things. */
  lose(partition: string, invariant: string, text: string): void {
    if (this.isLossJudged) this.losses.push({ partition, invariant, text })
    else this.violate(invariant, text)
  }

  /** Lets the world go on until `main` has settled or something is violated. `limitMs`: it must have by then. */
  async run(main: Promise<void>, limitMs: number): Promise<void> {
    let isOver = false
    main.then(
      () => (isOver = true),
      (thrown: unknown) => {
        isOver = true
        if (this.violations.length === 0) this.violate('harness', String((thrown as Error).stack ?? thrown))
      },
    )
    await this.host.settled()
    while (!isOver && this.violations.length === 0) {
      const event = this.#queue.pop()
      if (event === null) return this.violate('liveness', 'nothing will ever happen any more')
      if (event.run === null || event.life?.isAlive === false) continue
      this.#nowMs = Math.max(this.#nowMs, event.atMs)
      if (this.#nowMs > limitMs) return this.violate('liveness', `not over after ${limitMs} ms`)
      if (++this.#happened > EVENTS_MAX) return this.violate('liveness', `not over after ${EVENTS_MAX} events`)
      await this.#happen(event)
    }
  }

  #happen(event: SimEvent): Promise<void> | undefined {
    const { life } = event
    if (life === null) {
      this.trace.note(this.#nowMs, 'world', event.what)
      event.run?.()
      return
    }
    if (life.pausedUntilMs > this.#nowMs) return void life.missed.push(event)
    this.trace.note(this.#nowMs, life.name, event.what)
    life.turn(event.run!)
    return life.usesPromises ? this.host.settled() : undefined
  }
}
