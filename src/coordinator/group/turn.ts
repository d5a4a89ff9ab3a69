import type { Logger, Random } from '../../env/index.ts'
import type { MetadataImage } from '../../metadata/index.ts'
import type { Decision, Now, RecordProducer, TimerAsk, Token } from '../../runtime/index.ts'
import type { GroupCoordinatorConfig } from './config.ts'
import type { GroupAnswer, GroupAskKind, GroupAsks, GroupInput, GroupTold } from './inputs.ts'
import type { GroupRecord } from './records.ts'
import type { GroupState } from './state.ts'
import { type TimerKind, timerKey } from './timer-key.ts'

export interface GroupDeps {
  readonly random: Random
  readonly logger: Logger
  /** The committed image; read within one turn, not kept. */
  readonly image: () => MetadataImage
}

/** One decision in the making: what it may look at, and what comes out of it. */
export class Turn {
  readonly state: GroupState
  readonly config: GroupCoordinatorConfig
  readonly deps: GroupDeps
  readonly now: Now
  /** Who waits for the input at hand; 0 when nobody does. */
  readonly to: Token
  readonly records: GroupRecord[] = []
  readonly #replies: { to: Token; answer: GroupAnswer }[] = []
  readonly #timers: TimerAsk[] = []
  #producer: RecordProducer | null = null

  constructor(state: GroupState, config: GroupCoordinatorConfig, deps: GroupDeps, now: Now, to: Token) {
    this.state = state
    this.config = config
    this.deps = deps
    this.now = now
    this.to = to
  }

  write(record: GroupRecord): void {
    this.records.push(record)
  }

  writeAll(records: readonly GroupRecord[]): void {
    for (const record of records) this.records.push(record)
  }

  /** Answers `to`, once the records of this turn are committed. */
  reply<K extends GroupAskKind>(_kind: K, to: Token, answer: GroupAsks[K]['answer']): void {
    this.#replies.push({ to, answer })
  }

  schedule(kind: TimerKind, groupId: string, memberId: string, afterMs: number): void {
    this.scheduleKey(timerKey(kind, groupId, memberId), afterMs)
  }

  cancel(kind: TimerKind, groupId: string, memberId = ''): void {
    this.#timers.push({ key: timerKey(kind, groupId, memberId), atMonoMs: null })
  }

  /** Takes back the records of this turn: what they belong to is refused. */
  discard(): void {
    this.records.length = 0
  }

  /** The records are written as part of this producer's transaction. */
  inTransaction(producer: RecordProducer): void {
    this.#producer = producer
  }

  /** Fires a timer of this name again, or for the first time. */
  scheduleKey(key: string, afterMs: number): void {
    this.#timers.push({ key, atMonoMs: this.now.monoMs + afterMs })
  }

  /** `onFailed` becomes an input when the log refuses the records. */
  decision(onFailed: GroupTold): Decision<GroupInput, GroupAnswer, GroupRecord> {
    return {
      records: this.records,
      replies: this.#replies,
      timers: this.#timers,
      ...(this.#producer === null ? {} : { producer: this.#producer }),
      onFailed,
    }
  }
}
