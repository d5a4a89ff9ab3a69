import type { Clock, Timer } from '../env/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { RecordBytes, ShardDraft, ShardLog, Where } from './shard.ts'

/**
 * A clock that moves only when told, for tests of pure rooms. `run` ends turns until nothing is left to do; `advance`
 * goes through the due timers one by one, ending turns after each.
 */
export class ManualClock implements Clock {
  #monoMs = 0
  #timers: { at: number; order: number; fire: () => void }[] = []
  #turn: (() => void)[] = []
  #order = 0
  readonly wallStartMs: number
  /** Turns that had something to do. */
  turnCount = 0

  constructor(wallStartMs = 1_700_000_000_000) {
    this.wallStartMs = wallStartMs
  }

  monoMs(): number {
    return this.#monoMs
  }

  wallMs(): number {
    return this.wallStartMs + Math.floor(this.#monoMs)
  }

  get timerCount(): number {
    return this.#timers.length
  }

  at(monoMs: number, fire: () => void): Timer {
    const timer = { at: monoMs, order: this.#order++, fire }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  atTurnEnd(run: () => void): void {
    this.#turn.push(run)
  }

  slice(step: () => boolean): void {
    this.atTurnEnd(() => {
      if (!step()) this.slice(step)
    })
  }

  run(): void {
    while (this.#turn.length > 0) {
      const turn = this.#turn
      this.#turn = []
      this.turnCount++
      for (const work of turn) work()
    }
  }

  advance(ms: number): void {
    const end = this.#monoMs + ms
    this.run()
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#monoMs = Math.max(this.#monoMs, due.at)
      due.fire()
      this.run()
    }
    this.#monoMs = end
    this.run()
  }
}

/**
 * A ShardLog in memory, for tests. Commits at once unless `isHolding`; refuses while `refusal` is set, at the check or,
 * with `isRefusingLate`, only at the append; `lose` is a loss of leadership; entries outlive every runtime on it.
 */
export class MemoryShardLog implements ShardLog {
  readonly batches: { base: number; records: readonly RecordBytes[]; at: Where; marker: 'commit' | 'abort' | null }[] =
    []
  bytesMax = 1_000_000
  refusal = 0
  isRefusingLate = false
  isHolding = false
  leaderEpoch = 0
  replayFailure: string | null = null
  onCommitted: () => void = () => undefined
  onLost: (code: ErrorCode) => void = () => undefined
  readonly #clock: Clock
  #end = 0
  #committed = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  check(): ErrorCode {
    return (this.isRefusingLate ? 0 : this.refusal) as ErrorCode
  }

  endOffset(): number {
    return this.#end
  }

  draft(producer: Where['producer']): ShardDraft {
    const records: RecordBytes[] = []
    return { add: (record) => void records.push(record), append: () => this.append(records, producer) }
  }

  append(records: readonly RecordBytes[], producer: Where['producer']): { base: number; end: number } | ErrorCode {
    if (this.refusal !== 0) return this.refusal as ErrorCode
    const base = this.#add(records, producer, null)
    return { base, end: this.#end }
  }

  /** What WriteTxnMarkers puts into the log. */
  appendMarker(producer: { id: number; epoch: number }, outcome: 'commit' | 'abort'): Where {
    this.#add([{ key: null, value: null }], producer, outcome)
    return this.batches.at(-1)!.at
  }

  #add(records: readonly RecordBytes[], producer: Where['producer'], marker: 'commit' | 'abort' | null): number {
    const base = this.#end
    this.batches.push({ base, records, at: { offset: base, epoch: this.leaderEpoch, producer }, marker })
    this.#end += records.length
    if (!this.isHolding) this.#committed = this.#end
    return base
  }

  committedOffset(): number {
    return this.#committed
  }

  epoch(): number {
    return this.leaderEpoch
  }

  /** Commits up to `offset` (all) and tells, as a partition does at the end of a turn. */
  commit(offset = this.#end): void {
    this.#committed = offset
    this.#clock.atTurnEnd(() => this.onCommitted())
  }

  /** What was not committed goes, as when another replica becomes the leader. */
  loseTail(): void {
    const lost = this.batches.findIndex((batch) => batch.base + batch.records.length > this.#committed)
    if (lost !== -1) this.batches.length = lost
    const last = this.batches.at(-1)
    this.#end = last === undefined ? 0 : last.base + last.records.length
    this.#committed = this.#end
  }

  lose(code: number): void {
    this.leaderEpoch++
    this.onLost(code as ErrorCode)
  }

  replay(
    each: (record: RecordBytes, at: Where) => void,
    marker: (at: Where, outcome: 'commit' | 'abort') => void,
    done: (failure: string | null) => void,
  ): void {
    const batches = [...this.batches]
    let index = 0
    this.#clock.slice(() => {
      const batch = batches[index++]
      if (batch === undefined) {
        done(this.replayFailure)
        return true
      }
      if (batch.marker !== null) marker(batch.at, batch.marker)
      else
        batch.records.forEach((record, i) => {
          each(record, { ...batch.at, offset: batch.base + i })
        })
      return false
    })
  }
}
