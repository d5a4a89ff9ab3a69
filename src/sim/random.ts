import type { Random } from '../env/index.ts'

/** Luck that a seed decides: the same seed and name, the same numbers (sfc32). */
export class SeededRandom implements Random {
  readonly #seed: number
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(seed: number, name: string) {
    this.#seed = seed
    this.#name = name
    let hash = 2166136261
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619)
    this.#a = hash | 0
    this.#b = seed | 0
    this.#c = Math.floor(seed / 2 ** 32) | 0
    for (let i = 0; i < 12; i++) this.#next()
  }

  /** A stream of its own: what others draw, or whether there are any, does not change it. Names are given once. */
  fork(name: string): SeededRandom {
    return new SeededRandom(this.#seed, `${this.#name}/${name}`)
  }

  next(): number {
    return this.#next() / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  bytes(into: Uint8Array): Uint8Array {
    for (let i = 0; i < into.length; i++) into[i] = this.#next() & 255
    return into
  }

  /** A float in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error('nothing to pick from')
    return from[this.below(from.length)]!
  }

  /** Around `median`, with a heavy tail: one in a hundred takes about ten times as long. */
  latency(median: number): number {
    const luck = this.next()
    return luck < 0.99 ? median * (0.5 + luck) : median * (2 + 20 * this.next())
  }

  #next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }
}
