import type { World } from './world.ts'

/** Committed or aborted when the copier knows so; `ending` when it has asked for a commit and not heard. */
export type CopyFate = 'open' | 'ending' | 'committed' | 'aborted'

/** One transaction of a copier. */
export interface CopyAttempt {
  readonly name: string
  fate: CopyFate
  /** What it wrote, by partition of the input and offset there. */
  readonly sources: readonly string[]
}

/** A record of the output. */
export interface CopySeen {
  readonly offset: number
  readonly value: string
}

/**
 * What copiers did in transactions, held against what readers of committed records see. The output must be a function of
 * the input: all of a transaction or nothing, each record of the input once, in its order.
 */
export class CopyLedger {
  readonly #world: World
  readonly #attempts = new Map<string, CopyAttempt>()
  readonly #seen = new Set<CopyAttempt>()
  constructor(world: World) {
    this.#world = world
  }

  begins(name: string, sources: readonly string[]): CopyAttempt {
    const attempt: CopyAttempt = { name, fate: 'open', sources }
    this.#attempts.set(name, attempt)
    return attempt
  }

  ends(attempt: CopyAttempt, fate: CopyFate): void {
    attempt.fate = fate
    if (fate === 'aborted' && this.#seen.has(attempt)) this.#isAborted(attempt, 'was read before')
  }

  /** What a copy of `source` says. */
  static value(source: string, attempt: string): string {
    return `${source}#${attempt}`
  }

  /** A reader of committed records saw it. */
  read(partition: string, offset: number, value: string): void {
    const { attempt } = this.#of(value)
    if (attempt === undefined) return this.#world.violate('phantom', `${partition} at ${offset}: ${value}`)
    this.#seen.add(attempt)
    if (attempt.fate === 'aborted') this.#isAborted(attempt, `stands in ${partition} at ${offset}`)
    if (attempt.fate === 'open') {
      this.#world.violate('precommitted read', `${partition} at ${offset}: ${value} of a transaction that is open`)
    }
  }

  /**
   * All partitions of the output as a reader of committed records finds them in the end. `input`: what the group has put
   * behind it, by partition: offsets below the committed one, in order.
   */
  finish(output: ReadonlyMap<number, readonly CopySeen[]>, input: ReadonlyMap<number, readonly number[]>): void {
    const copiesOf = new Map<CopyAttempt, number>()
    for (const [partition, records] of output) {
      const wanted = input.get(partition) ?? []
      let next = 0
      for (const { offset, value } of records) {
        this.read(`copies-${partition}`, offset, value)
        const { source, attempt } = this.#of(value)
        if (attempt !== undefined) copiesOf.set(attempt, (copiesOf.get(attempt) ?? 0) + 1)
        const expected = wanted[next++]
        if (source === `${partition}@${expected}`) continue
        return this.#world.violate('exactly once', `copies-${partition} at ${offset}: ${value}, not of ${expected}`)
      }
      if (next < wanted.length) {
        return this.#world.violate(
          'exactly once',
          `copies-${partition}: nothing of ${wanted[next]}, which was committed`,
        )
      }
    }
    for (const attempt of this.#attempts.values()) {
      const copies = copiesOf.get(attempt) ?? 0
      if (copies === attempt.sources.length || (copies === 0 && attempt.fate !== 'committed')) continue
      const text = `${attempt.name} (${attempt.fate}): ${copies} of ${attempt.sources.length} records are there`
      this.#world.violate('atomicity', text)
    }
  }

  #isAborted(attempt: CopyAttempt, where: string): void {
    this.#world.violate('G1a aborted read', `${attempt.name} was aborted and ${where}`)
  }

  #of(value: string): { source: string; attempt: CopyAttempt | undefined } {
    const [source = '', name = ''] = value.split('#')
    return { source, attempt: this.#attempts.get(name) }
  }
}
