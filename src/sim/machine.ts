import type { LogFields } from '../env/index.ts'
import { type CrashOptions, type MemoryDisk, memoryDisk } from '../env/memory/index.ts'
import { Life } from './life.ts'
import type { Network } from './network.ts'
import type { SeededRandom } from './random.ts'
import type { World } from './world.ts'

/** Median times of a disk that is not slow, in ms. */
const diskMs: Readonly<Record<string, number>> = { sync: 0.3, syncDir: 0.4, replace: 0.8, write: 0.01, read: 0.02 }
const otherDiskMs = 0.03
const WALL_START_MS = 1_767_225_600_000

/** A host of the cluster or of a client: a disk that survives the process, a clock, a name in the network. */
export class Machine {
  readonly name: string
  readonly network: Network
  disk: MemoryDisk
  /** How far the wall clock is ahead of the world's time. */
  wallAheadMs = WALL_START_MS
  life: Life | null = null
  isPowered = true
  /** Counts power-ons: connections of an earlier one are unknown to this one. */
  boot = 0
  /** How many times slower its disk is than usual. */
  diskSlowness = 1
  /** Disk operations fail with this. */
  diskFault: ((operation: string, path: string) => string | null) | null = null
  /** What its process said when it gave up; null when it has not. */
  gaveUp: string | null = null
  /** Hears what its process says in its log. */
  onLog: (message: string, fields: LogFields) => void = () => {}
  readonly #world: World
  readonly #random: SeededRandom
  #lives = 0
  #nextPort = 32_768

  constructor(world: World, network: Network, name: string) {
    this.#world = world
    this.network = network
    this.name = name
    this.#random = world.random.fork(`machine ${name}`)
    this.disk = memoryDisk(
      { atTurnEnd: () => {} },
      {
        fault: (operation, path) => this.diskFault?.(operation, path) ?? null,
        later: (operation, _, answer) => this.#answerLater(operation, answer),
      },
    )
    network.attach(this)
  }

  /** A new process. */
  start(usesPromises: boolean): Life {
    if (this.life !== null) throw new Error(`${this.name} has a process`)
    if (!this.isPowered) {
      this.isPowered = true
      this.boot++
      this.#note('is switched on')
      this.network.poweredOn(this)
    }
    this.gaveUp = null
    this.life = new Life(this.#world, this, ++this.#lives, usesPromises)
    this.#note('starts')
    return this.life
  }

  /** kill -9: what was written is there for the next process. */
  kill(): void {
    const { life } = this
    if (life === null) return
    this.#note('is killed')
    life.end()
    this.life = null
    this.disk = this.disk.kill()
    this.network.died(life)
  }

  /** The machine loses its power: what was not synced may be lost, in part, in any order. */
  powerCut(): void {
    if (!this.isPowered) return
    this.#note('loses power')
    this.isPowered = false
    const { life } = this
    life?.end()
    this.life = null
    this.disk = this.disk.crash(this.#whatSurvives())
    if (life !== null) this.network.vanished(life)
  }

  /** Its process ended by itself. */
  halted(reason: string): void {
    this.gaveUp = reason
    this.kill()
  }

  pauseFor(ms: number): void {
    if (this.life === null) return
    this.#note(`is paused`)
    this.life.pauseFor(ms)
  }

  freePort(): number {
    return this.#nextPort++
  }

  #whatSurvives(): CrashOptions {
    const random = this.#random
    // All of it, none, or any mixture: each has broken something somewhere.
    const share = random.pick([0, 0, 0.5, 1, random.next()])
    const names = random.pick(['synced', 'all', 'any'] as const)
    return {
      survives: () => random.chance(share),
      names: names === 'any' ? () => random.pick(['synced', 'all']) : names,
    }
  }

  #answerLater(operation: string, answer: () => void): void {
    const ms = this.#random.latency(diskMs[operation] ?? otherDiskMs) * this.diskSlowness
    this.life?.soon(ms, operation, answer)
  }

  #note(what: string): void {
    this.#world.trace.note(this.#world.nowMs, this.name, what)
  }
}
