import type { ControlRecordAt } from './messages.ts'
import type { Voter } from './types.ts'

interface VotersAt {
  /** Of the record; -1 = from the 0-0 checkpoint or the configuration. */
  readonly offset: number
  readonly voters: readonly Voter[]
}

interface LevelAt {
  readonly offset: number
  readonly level: number
}

/**
 * The voter sets and levels of kraft.version by the offset of their record. A set is in force as soon as it is appended,
 * and a truncation brings back the one before it (KIP-853).
 */
export class VoterHistory {
  /** Ascending; the first is what stands before everything in the log. */
  #voters: VotersAt[]
  #levels: LevelAt[]

  constructor(first: { readonly voters: readonly Voter[]; readonly kraftVersion: number }) {
    this.#voters = [{ offset: -1, voters: first.voters }]
    this.#levels = [{ offset: -1, level: first.kraftVersion }]
  }

  get voters(): readonly Voter[] {
    return this.#voters.at(-1)!.voters
  }

  /** The set before the newest; empty when there is none. */
  get votersBefore(): readonly Voter[] {
    return this.#voters.at(-2)?.voters ?? []
  }

  get kraftVersion(): number {
    return this.#levels.at(-1)!.level
  }

  /** Of the newest VotersRecord; -1 = none in log or snapshot. */
  get votersOffset(): number {
    return this.#voters.at(-1)!.offset
  }

  /** Of the newest KRaftVersionRecord; -1 = none. */
  get kraftVersionOffset(): number {
    return this.#levels.at(-1)!.offset
  }

  /** What a snapshot that ends at `offset` (exclusive) holds. */
  at(offset: number): { readonly voters: readonly Voter[]; readonly kraftVersion: number } {
    return {
      voters: (this.#voters.findLast((v) => v.offset < offset) ?? this.#voters[0]!).voters,
      kraftVersion: (this.#levels.findLast((v) => v.offset < offset) ?? this.#levels[0]!).level,
    }
  }

  append({ offset, record }: ControlRecordAt): void {
    if (record.type === 'voters') this.#voters.push({ offset, voters: record.voters })
    if (record.type === 'kraftVersion') this.#levels.push({ offset, level: record.level })
  }

  /** Forgets what was at `offset` and behind. */
  truncateTo(offset: number): void {
    while (this.#voters.length > 1 && this.#voters.at(-1)!.offset >= offset) this.#voters.pop()
    while (this.#levels.length > 1 && this.#levels.at(-1)!.offset >= offset) this.#levels.pop()
  }

  /** A snapshot replaced the log; null voters = it has none, the configured ones stay. */
  load(endOffset: number, voters: readonly Voter[] | null, kraftVersion: number): void {
    const offset = endOffset - 1
    this.#voters = voters === null ? [this.#voters[0]!] : [this.#voters[0]!, { offset, voters }]
    this.#levels = [this.#levels[0]!, { offset, level: kraftVersion }]
  }

  /** A snapshot up to `offset` is on disk: only the newest entry below it can still be asked for. */
  trimBefore(offset: number): void {
    this.#voters = trimmed(this.#voters, offset)
    this.#levels = trimmed(this.#levels, offset)
  }
}

function trimmed<T extends { readonly offset: number }>(entries: T[], offset: number): T[] {
  const newest = entries.findLastIndex((entry) => entry.offset < offset)
  return newest <= 1 ? entries : [entries[0]!, ...entries.slice(newest)]
}
