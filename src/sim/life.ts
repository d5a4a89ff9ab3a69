import type { Clock, Done, Env, Heavy, Jobs, LogFields, Logger, LogLevel, Random, Timer } from '../env/index.ts'
import type { SimEvent } from './event-queue.ts'
import type { Machine } from './machine.ts'
import type { Host, World } from './world.ts'

/** From the end of a turn to the next when something is left to do. */
const TURN_MS = 0.02
/** Steps of a slice in one turn. */
const STEPS_MAX = 12

/** The longest time of a job on another thread. */
const HEAVY_MS = 3

/** Thrown by {@link Env.halt} through whoever called it; the process is dead by then. */
class Halted extends Error {}

/**
 * One process, from its start to its death. All that it asked for comes back to it through {@link turn}; once it is dead
 * nothing does.
 */
export class Life {
  /** For the trace: machine and which of its lives. */
  readonly name: string
  readonly usesPromises: boolean
  readonly machine: Machine
  readonly random: Random
  readonly env: Env
  /** Nothing reaches it until then, or until {@link resume}. */
  pausedUntilMs = 0
  /** What it would have heard meanwhile. */
  missed: SimEvent[] = []
  /** How many more callbacks it gets before it is killed. */
  callbacksLeft = Number.POSITIVE_INFINITY
  readonly #world: World
  #isAlive = true
  #ends: (() => void)[] = []
  #flushes: (() => void)[] = []
  #isInTurn = false
  #isTurnDue = false

  constructor(world: World, machine: Machine, number: number, usesPromises: boolean) {
    this.#world = world
    this.machine = machine
    this.name = `${machine.name}.${number}`
    this.usesPromises = usesPromises
    const random = world.random.fork(this.name)
    this.random = random
    this.env = {
      clock: this.#clock(),
      random,
      disk: machine.disk,
      net: machine.network.netOf(this),
      heavy: this.#heavy(),
      logger: this.#logger(),
      halt: (reason) => {
        this.#world.trace.note(this.#world.nowMs, this.name, `halts: ${reason}`)
        this.machine.halted(reason)
        throw new Halted(reason)
      },
    }
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  end(): void {
    this.#isAlive = false
    this.#ends = []
    this.#flushes = []
  }

  pauseFor(ms: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.#world.nowMs + ms)
    this.#world.schedule(null, ms, `${this.name} goes on`, () => {
      if (this.pausedUntilMs <= this.#world.nowMs) this.resume()
    })
  }

  resume(): void {
    const { missed } = this
    this.pausedUntilMs = 0
    this.missed = []
    this.#world.again(missed)
  }

  /** Something comes back to this process in a turn of its own. */
  soon(afterMs: number, what: string, run: () => void): void {
    this.#world.schedule(this, afterMs, what, run)
  }

  /** One turn: what came, what gathered for its end, and then what is to leave for the network. */
  turn(run: () => void): void {
    this.#isInTurn = true
    this.#step(run)
    const ends = this.#ends
    this.#ends = []
    for (const end of ends) this.#step(end)
    const flushes = this.#flushes
    this.#flushes = []
    for (const flush of flushes) if (this.#isAlive) flush()
    this.#isInTurn = false
    if (this.#ends.length > 0 || this.#flushes.length > 0) this.#wake()
  }

  atTurnEnd(run: () => void): void {
    this.#ends.push(run)
    if (!this.#isInTurn) this.#wake()
  }

  /** After the turn ends of this turn. */
  atFlush(run: () => void): void {
    this.#flushes.push(run)
    if (!this.#isInTurn) this.#wake()
  }

  #wake(): void {
    if (this.#isTurnDue || !this.#isAlive) return
    this.#isTurnDue = true
    this.soon(TURN_MS, 'turn', () => {
      this.#isTurnDue = false
    })
  }

  /** One callback. It may be the one before which the process is killed. */
  #step(run: () => void): void {
    if (!this.#isAlive) return
    if (--this.callbacksLeft < 0) return this.machine.kill()
    try {
      run()
    } catch (thrown) {
      if (thrown instanceof Halted || !this.#isAlive) return
      this.#world.violate('no process throws', `${this.name}: ${(thrown as { stack?: string }).stack ?? thrown}`)
    }
  }

  /** Answers of one lane come in the order asked. */
  #heavy(): Heavy {
    const { codecs } = this.#world.host
    const freeMs = new Map<string, number>()
    return {
      run: (job, ask, done, lane) => {
        const answered = done as Done<unknown>
        const readyMs = Math.max(this.#world.nowMs + this.random.next() * HEAVY_MS, freeMs.get(lane ?? '') ?? 0)
        if (lane !== undefined) freeMs.set(lane, readyMs)
        // What is lent may be gone by the time of the answer.
        const answer = workOf(codecs, job, ask)
        this.soon(readyMs - this.#world.nowMs, job, () => {
          if ('code' in answer) answered({ ...answer, retry: 'never' }, undefined)
          else answered(null, answer.value)
        })
      },
    }
  }

  #clock(): Clock {
    const world = this.#world
    const clock: Clock = {
      monoMs: () => world.nowMs,
      wallMs: () => Math.floor(world.nowMs + this.machine.wallAheadMs),
      at: (monoMs, fire): Timer => {
        // A moment later at least: whoever rounds his deadline down must not find time standing still.
        const event = world.schedule(this, Math.max(monoMs - world.nowMs, TURN_MS), 'timer', fire)
        return { cancel: () => void (event.run = null) }
      },
      atTurnEnd: (run) => this.atTurnEnd(run),
      slice: (step) => {
        this.soon(TURN_MS, 'slice', () => {
          for (let left = 1 + this.random.below(STEPS_MAX); left > 0; left--) if (step()) return
          clock.slice(step)
        })
      },
    }
    return clock
  }

  #logger(bound: LogFields = {}): Logger {
    const log =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) => {
        if (!this.#isAlive) return
        this.machine.onLog(message, fields)
        const shown = () => JSON.stringify({ ...bound, ...fields })
        this.#world.trace.note(this.#world.nowMs, this.name, `${level}: ${message}`, shown)
      }
    return {
      debug: () => {},
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      child: (fields) => this.#logger({ ...bound, ...fields }),
    }
  }
}

function workOf(
  codecs: Host['codecs'],
  job: keyof Jobs,
  ask: Jobs[keyof Jobs]['ask'],
): { value: Uint8Array } | { code: string; message: string } {
  try {
    if (job === 'compress') {
      const { codec, level, bytes } = ask as Jobs['compress']['ask']
      return { value: codecs.compress(codec, level, bytes) }
    }
    if (job === 'decompress') {
      const { codec, bytes, bytesMax } = ask as Jobs['decompress']['ask']
      return { value: codecs.decompress(codec, bytes, bytesMax) }
    }
    return { code: 'ENOTSUP', message: `${job} is not simulated` }
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message?: string }
    return { code: code ?? 'EUNKNOWN', message: message ?? String(thrown) }
  }
}
