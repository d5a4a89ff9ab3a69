import type { Clock, Logger } from '../env/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import { Batch, type Parked } from './batch.ts'
import { LongDecision } from './long-decision.ts'
import { Park } from './park.ts'
import { isPieces, type Pieces } from './pieces.ts'
import type { Decision, Now, RecordCodec, Shard, ShardDraft, ShardLog, Token, Where } from './shard.ts'
import { NamedTimers } from './timers.ts'

/** What a runtime runs, on what, and how it answers when it cannot. */
export interface RuntimeOptions<State, Input, Answer, Rec> {
  /** In log lines: `__consumer_offsets-7`. */
  readonly name: string
  readonly shard: Shard<State, Input, Answer, Rec>
  readonly codec: RecordCodec<Rec>
  readonly log: ShardLog
  readonly clock: Clock
  readonly logger: Logger
  readonly codes: RuntimeCodes
  /** A reply whose records are not committed this long after their append is answered `codes.overdue`. Infinity: never. */
  readonly commitTimeoutMs: number
  /** Told once when an assertion took the shard offline. The controller's owner halts the node here. */
  readonly onOffline?: (why: unknown) => void
  /** Told after every replay, before the first queued input is decided. */
  readonly onLoaded?: (recordCount: number) => void
}

/** Error codes for inputs that reach no state. */
export interface RuntimeCodes {
  /** While the log is replayed; null lets inputs wait for the end of the replay. */
  readonly loading: ErrorCode | null
  /** Not started, or stopped without a reason. */
  readonly stopped: ErrorCode
  /** After an assertion inside the shard. */
  readonly offline: ErrorCode
  /** The commit took longer than the timeout; the records may still be committed. */
  readonly overdue: ErrorCode
  /** One decision is larger than the log takes. */
  readonly tooLarge: ErrorCode
}

export type RuntimeStatus = 'stopped' | 'loading' | 'active' | 'offline'

interface Asked<Input> {
  readonly token: Token
  readonly input: Input
}

/** A turn spends about this long deciding; what is left waits for the next turn. */
const drainMs = 2
/** A decision of more records than this is made, encoded and applied in pieces of so many, over several turns. */
const recordsPerPiece = 128

/**
 * Runs one {@link Shard} over one {@link ShardLog}.
 *
 * stopped → loading → active → (lost) stopped; a refused append: active → loading; an assertion: any → offline.
 * Inputs are decided in the order they came, at the end of the turn; answers never come inside {@link submit}.
 */
export class ShardRuntime<State, Input, Answer, Rec> {
  readonly #o: RuntimeOptions<State, Input, Answer, Rec>
  readonly #timers: NamedTimers
  readonly #parked = new Park<Parked<Input, Answer>>()
  /** What is left of those parked whose askers were told that it takes too long. */
  readonly #late = new Park<Parked<Input, Answer>>()
  /** Every request that has not been answered: queued, parked, or held in the shard's soft state. */
  readonly #waiting = new Map<Token, { readonly input: Input; readonly done: (answer: Answer) => void }>()
  #queue: Asked<Input>[] = []
  #state: State | null = null
  #status: RuntimeStatus = 'stopped'
  #stoppedCode: ErrorCode
  /** Markers appended since the replay under way began. */
  #markers: { readonly at: Where; readonly outcome: 'commit' | 'abort' }[] = []
  #isDrainDue = false
  /** A decision that takes several turns is under way: the next input waits for its end. */
  #isLong = false
  #isOverdueTimerSet = false
  #nextToken: Token = 1
  /** Grows with every load, so that a replay of an older life is ignored. */
  #life = 0

  constructor(options: RuntimeOptions<State, Input, Answer, Rec>) {
    this.#o = options
    this.#stoppedCode = options.codes.stopped
    this.#timers = new NamedTimers(options.clock, (key) => this.tell(options.shard.timer(key)))
    options.log.onCommitted = () => this.#settle()
    options.log.onLost = (code) => this.stop(code)
  }

  get status(): RuntimeStatus {
    return this.#status
  }

  /** The state with its uncommitted records, to look at and not to keep; null unless active. */
  get state(): State | null {
    return this.#status === 'active' ? this.#state : null
  }

  /** Requests that wait for an answer. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  /** Replays the log and begins to decide: this node became the leader of the log. */
  start(): void {
    if (this.#status === 'stopped') this.#load()
  }

  /** Answers everything that waits with `code` and forgets the state. */
  stop(code: ErrorCode = this.#o.codes.stopped): void {
    if (this.#status === 'offline') return
    this.#stoppedCode = code
    this.#leave('stopped', code)
  }

  /** Asks the shard. `done` is called once, at the end of this turn or in a later one. */
  submit(input: Input, done: (answer: Answer) => void): void {
    const token = this.#nextToken++
    this.#waiting.set(token, { input, done })
    this.#enqueue(token, input)
  }

  /** Tells the shard something that nobody waits to hear about: an image change, a timer. Kept over a replay. */
  tell(input: Input): void {
    this.#enqueue(0, input)
  }

  /**
   * A transaction marker was just appended to this shard's log, by whoever writes markers. It stands behind everything
   * decided so far, since a drain appends before it ends; during a replay, which may not see it, it waits for the end.
   */
  marked(at: Where, outcome: 'commit' | 'abort'): void {
    if (this.#status === 'loading') this.#markers.push({ at, outcome })
    else if (this.#status === 'active') this.#applyMarker(at, outcome)
  }

  #applyMarker(at: Where, outcome: 'commit' | 'abort'): void {
    try {
      this.#o.shard.applyMarker?.(this.#state as State, at, outcome)
    } catch (why) {
      this.#goOffline(why, 'decide')
    }
  }

  #enqueue(token: Token, input: Input): void {
    this.#queue.push({ token, input })
    this.#drainAtTurnEnd()
  }

  #drainAtTurnEnd(): void {
    if (this.#isDrainDue) return
    this.#isDrainDue = true
    this.#o.clock.atTurnEnd(() => {
      this.#isDrainDue = false
      if (this.#isLong) return
      if (this.#status === 'active') this.#drain()
      else this.#refuseQueue()
    })
  }

  #load(): void {
    const { log, codec, shard, clock, logger, name } = this.#o
    const life = ++this.#life
    const startMs = clock.monoMs()
    const state = shard.empty()
    let count = 0
    let nextOffset = 0
    this.#status = 'loading'
    this.#isLong = false
    this.#markers = []
    const guard = (work: () => void): void => {
      if (life !== this.#life || this.#status !== 'loading') return
      try {
        work()
      } catch (why) {
        this.#goOffline(why, 'replay')
      }
    }
    log.replay(
      (bytes, at) =>
        guard(() => {
          const record = codec.decode(bytes)
          if (record !== null) shard.apply(state, record, at)
          nextOffset = at.offset + 1
          count++
        }),
      (at, outcome) =>
        guard(() => {
          shard.applyMarker?.(state, at, outcome)
          nextOffset = at.offset + 1
        }),
      (failure) =>
        guard(() => {
          if (failure !== null) throw new Error(`the log cannot be replayed: ${failure}`)
          this.#state = state
          this.#status = 'active'
          for (const { at, outcome } of this.#markers) if (at.offset >= nextOffset) this.#applyMarker(at, outcome)
          const now = this.#now()
          for (const { key, atMonoMs } of shard.loaded(state, now)) this.#setTimer(key, atMonoMs)
          logger.info('shard loaded', { shard: name, records: count, ms: Math.round(now.monoMs - startMs) })
          this.#o.onLoaded?.(count)
          if (this.#queue.length > 0) this.#drainAtTurnEnd()
        }),
    )
  }

  /** Answers what may not wait; what nobody waits for stays for the end of a replay and is dropped otherwise. */
  #refuseQueue(): void {
    const { codes } = this.#o
    const isLoading = this.#status === 'loading'
    const code = isLoading ? codes.loading : this.#status === 'offline' ? codes.offline : this.#stoppedCode
    if (code === null) return
    const queue = this.#queue
    this.#queue = isLoading ? queue.filter((asked) => asked.token === 0) : []
    for (const { token, input } of queue) this.#answer(token, () => this.#o.shard.failed(input, code))
  }

  /**
   * Decides what is queued. The log is checked before the first record is applied and nothing else runs until the
   * append, so what the check said still holds there; a log that refuses all the same costs a replay.
   */
  #drain(): void {
    const queue = this.#queue
    const now = this.#now()
    const batch = new Batch<Input, Answer>()
    let index = 0
    let refusal: ErrorCode | 0 = 0
    for (; index < queue.length && refusal === 0 && !this.#isLong; index++) {
      if (index % 16 === 15 && this.#o.clock.monoMs() - now.monoMs > drainMs) break
      const asked = queue[index]!
      try {
        refusal = this.#decide(asked, batch, now)
      } catch (why) {
        this.#goOffline(why, 'decide', asked.input)
        return
      }
    }
    this.#queue = index === queue.length ? [] : queue.slice(index)
    if (refusal === 0) refusal = this.#append(batch, now.wallMs)
    if (refusal !== 0) this.#reload(refusal)
    else if (this.#queue.length > 0) this.#drainAtTurnEnd()
    this.#settle()
  }

  /** A decision that is worked out over several turns; what follows from it may take several more. */
  #workOut(input: Input, pieces: Pieces<Decision<Input, Answer, Rec>>): void {
    this.#inSlices(() => {
      const next = pieces.next()
      if (next.done !== true) return false
      this.#decideLong(next.value, new LongDecision(next.value.records, next.value.rest ?? [], recordsPerPiece))
      return true
    }, input)
  }

  /**
   * One decision over several turns: its records are made and encoded, then checked as one, then applied and put into a
   * batch, which is appended.
   * What was decided before it stands in the log by then. A log that moved meanwhile (another leader's, a marker's doing)
   * makes the offsets that were applied wrong: the state is replayed.
   */
  #decideLong(decision: Decision<Input, Answer, Rec>, made: LongDecision<Rec>): void {
    const { codes, codec, log, shard } = this.#o
    const state = this.#state as State
    const { producer = null } = decision
    let base = -1
    let draft: ShardDraft | null = null
    const refuse = (code: ErrorCode): true => {
      this.#isLong = false
      this.#fail(decision, code)
      if (decision.onFailed !== undefined) this.tell(decision.onFailed)
      this.#drainAtTurnEnd()
      return true
    }
    this.#inSlices(() => {
      if (!made.isMade) {
        made.make(codec)
        return false
      }
      const isRead = made.records.length === 0
      if (base < 0) {
        const problem = isRead ? 0 : made.bytes > log.bytesMax ? codes.tooLarge : log.check(producer)
        if (problem !== 0) return refuse(problem)
        base = log.endOffset()
        draft = isRead ? null : log.draft(producer, this.#now().wallMs, made.bytes)
      }
      if (!made.isApplied) {
        made.apply((record, encoded, index) => {
          shard.apply(state, record, { offset: base + index, epoch: log.epoch(), producer })
          draft?.add(encoded)
        })
        return false
      }
      this.#isLong = false
      const stands = isRead || log.endOffset() === base
      const refusal = stands ? this.#park([decision], draft) : codes.stopped
      if (refusal !== 0) {
        this.#fail(decision, refusal)
        this.#reload(refusal)
        return true
      }
      for (const { key, atMonoMs } of decision.timers ?? []) this.#setTimer(key, atMonoMs)
      this.#drainAtTurnEnd()
      this.#settle()
      return true
    })
  }

  /** Nothing else is decided until `step` has ended; a state that is thrown away meanwhile ends it. */
  #inSlices(step: () => boolean, input?: Input): void {
    const life = this.#life
    this.#isLong = true
    this.#o.clock.slice(() => {
      if (life !== this.#life) return true
      try {
        return step()
      } catch (why) {
        this.#goOffline(why, 'decide', input)
        return true
      }
    })
  }

  /** Answers the code of an append that the log refused on the way, 0 when all is well. */
  #decide(asked: Asked<Input>, batch: Batch<Input, Answer>, now: Now): ErrorCode | 0 {
    const { shard, codec, log, codes } = this.#o
    const state = this.#state as State
    const decided = shard.decide(state, asked.input, asked.token, now)
    const decision = isPieces(decided) ? this.#decideInTurn(decided, now) : decided
    if (decision === null) {
      const refusal = this.#append(batch, now.wallMs)
      if (refusal !== 0) this.#answer(asked.token, () => shard.failed(asked.input, refusal))
      else this.#workOut(asked.input, decided as Pieces<Decision<Input, Answer, Rec>>)
      return refusal
    }
    const { producer = null } = decision
    const made = new LongDecision(decision.records, decision.rest ?? [], recordsPerPiece)
    made.make(codec)
    if (!made.isMade) {
      const refusal = this.#append(batch, now.wallMs)
      if (refusal === 0) this.#decideLong(decision, made)
      else this.#fail(decision, refusal)
      return refusal
    }
    const { records, encoded, bytes } = made
    if (records.length > 0) {
      const problem = bytes > log.bytesMax ? codes.tooLarge : log.check(producer)
      if (problem !== 0) {
        this.#fail(decision, problem)
        if (decision.onFailed !== undefined) this.tell(decision.onFailed)
        return 0
      }
      if (!batch.takes(producer, bytes, log.bytesMax)) {
        const refusal = this.#append(batch, now.wallMs)
        if (refusal !== 0) {
          this.#fail(decision, refusal)
          return refusal
        }
      }
      const base = log.endOffset() + batch.records.length
      const epoch = log.epoch()
      for (let i = 0; i < records.length; i++) shard.apply(state, records[i]!, { offset: base + i, epoch, producer })
      batch.add(encoded, bytes, producer)
    }
    if (decision.timers !== undefined) for (const { key, atMonoMs } of decision.timers) this.#setTimer(key, atMonoMs)
    if (decision.replies.length > 0 || decision.onCommitted !== undefined) batch.parked.push(decision)
    return 0
  }

  /** Null when the turn's time for deciding is over before the decision is there. */
  #decideInTurn(pieces: Pieces<Decision<Input, Answer, Rec>>, { monoMs }: Now): Decision<Input, Answer, Rec> | null {
    const { clock } = this.#o
    for (;;) {
      const next = pieces.next()
      if (next.done === true) return next.value
      if (clock.monoMs() - monoMs > drainMs) return null
    }
  }

  /** Appends what was gathered and parks its replies at the log's end; or answers them with why not. */
  #append(batch: Batch<Input, Answer>, wallMs: number): ErrorCode | 0 {
    const { log } = this.#o
    let draft: ShardDraft | null = null
    if (batch.records.length > 0) {
      draft = log.draft(batch.producer, wallMs, batch.bytes)
      for (const record of batch.records) draft.add(record)
    }
    const refusal = this.#park(batch.parked, draft)
    if (refusal === 0) batch.clear()
    else for (const parked of batch.parked) this.#fail(parked, refusal)
    return refusal
  }

  #park(parked: readonly Parked<Input, Answer>[], draft: ShardDraft | null): ErrorCode | 0 {
    const { log, clock, commitTimeoutMs } = this.#o
    const appended = draft?.append() ?? null
    if (typeof appended === 'number') return appended
    const end = log.endOffset()
    const deadlineMs = clock.monoMs() + commitTimeoutMs
    for (const one of parked) this.#parked.add(end, deadlineMs, one)
    return 0
  }

  /**
   * The state has records that the log has not: throw it away. Requests in its soft state go with it; those parked
   * stand in the log and are answered when it is committed; those queued are decided after the replay, or refused.
   */
  #reload(code: ErrorCode): void {
    this.#o.logger.warn('append refused, shard replays its log', { shard: this.#o.name, code })
    this.#timers.cancelAll()
    this.#state = null
    const keep = new Set<Token>()
    this.#parked.forEach((parked) => {
      for (const { to } of parked.replies) keep.add(to)
    })
    for (const { token } of this.#queue) keep.add(token)
    this.#failWaiting(code, keep)
    this.#load()
    if (this.#queue.length > 0) this.#drainAtTurnEnd()
  }

  /** Called when the commit moved, and after every drain: reads that nothing uncommitted holds back are answered there. */
  #settle(): void {
    const committed = this.#o.log.committedOffset()
    this.#late.takeCommitted(committed, ({ onCommitted }) => this.tell(onCommitted!))
    this.#parked.takeCommitted(committed, (parked) => {
      for (const { to, answer } of parked.replies) this.#answer(to, () => answer)
      if (parked.onCommitted !== undefined) this.tell(parked.onCommitted)
    })
    this.#watchOverdue()
  }

  #watchOverdue(): void {
    const deadlineMs = this.#parked.deadlineMs
    if (deadlineMs === null || deadlineMs === Number.POSITIVE_INFINITY || this.#isOverdueTimerSet) return
    this.#isOverdueTimerSet = true
    this.#o.clock.at(deadlineMs, () => {
      this.#isOverdueTimerSet = false
      this.#parked.takeOverdue(this.#o.clock.monoMs(), (parked, end) => {
        this.#fail(parked, this.#o.codes.overdue)
        // The records are in the log: what follows from them still does, once they are committed.
        const { onCommitted } = parked
        if (onCommitted !== undefined) this.#late.add(end, Number.POSITIVE_INFINITY, { replies: [], onCommitted })
      })
      this.#watchOverdue()
    })
  }

  #fail(decision: Parked<Input, Answer>, code: ErrorCode): void {
    for (const { to } of decision.replies) {
      const waiting = this.#waiting.get(to)
      if (waiting !== undefined) this.#answer(to, () => this.#o.shard.failed(waiting.input, code))
    }
  }

  #answer(token: Token, answer: () => Answer): void {
    const waiting = this.#waiting.get(token)
    if (waiting === undefined) return
    this.#waiting.delete(token)
    waiting.done(answer())
  }

  #failWaiting(code: ErrorCode, keep: ReadonlySet<Token>): void {
    for (const [token, { input }] of [...this.#waiting]) {
      if (!keep.has(token)) this.#answer(token, () => this.#o.shard.failed(input, code))
    }
  }

  #leave(status: 'stopped' | 'offline', code: ErrorCode): void {
    this.#life++
    this.#isLong = false
    this.#status = status
    this.#state = null
    this.#queue = []
    this.#timers.cancelAll()
    this.#parked.takeAll(() => undefined)
    this.#late.takeAll(() => undefined)
    this.#failWaiting(code, new Set())
  }

  #goOffline(why: unknown, during: 'replay' | 'decide', input?: Input): void {
    const text = (why as { stack?: unknown } | null)?.stack ?? why
    const asked = input === undefined ? null : (this.#o.shard.describe?.(input) ?? null)
    this.#o.logger.error('shard offline', { shard: this.#o.name, during, input: asked, why: String(text) })
    this.#leave('offline', this.#o.codes.offline)
    this.#o.onOffline?.(why)
  }

  #setTimer(key: string, atMonoMs: number | null): void {
    if (atMonoMs === null) this.#timers.cancel(key)
    else this.#timers.set(key, atMonoMs)
  }

  #now(): Now {
    return { monoMs: this.#o.clock.monoMs(), wallMs: this.#o.clock.wallMs() }
  }
}
