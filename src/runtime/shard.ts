import type { ErrorCode } from '../protocol/index.ts'
import type { Pieces } from './pieces.ts'

/**
 * Decide / apply: the one shape of the controller and of every coordinator (groups, transactions, share groups).
 *
 * `decide` sees the state with its uncommitted records applied, changes no hard state, and says which records to write
 * and which answers to give. Only `apply` changes hard state, so that replay, failover and snapshot load are one code
 * path. The runtime checks the log, applies the records, appends all decisions of one drain as one atomic batch, and
 * parks every reply, reads too, until the log end it was computed at is committed. On loss of leadership or a failed
 * append the state is thrown away and replayed; soft state (timers, sessions, waiting joins) may change in decide, and
 * losing it must be harmless.
 */
export interface Shard<State, Input, Answer, Rec> {
  empty(): State
  /**
   * What may be long is worked out in pieces, over several turns. Nothing else is decided until then and nothing applied
   * but transaction markers, so hard state stands still.
   */
  decide(
    state: State,
    input: Input,
    to: Token,
    now: Now,
  ): Decision<Input, Answer, Rec> | Pieces<Decision<Input, Answer, Rec>>
  apply(state: State, record: Rec, at: Where): void
  /** A transaction marker for this log (groups: pending offsets of a transaction are kept or dropped). */
  applyMarker?(state: State, at: Where, outcome: 'commit' | 'abort'): void
  /** Called once after a replay, before the first input: the timers this state needs. */
  loaded(state: State, now: Now): readonly TimerAsk[]
  /** The input that a timer's firing becomes. */
  timer(key: string): Input
  /** The answer of an input whose records could not be appended or committed. */
  failed(input: Input, code: ErrorCode): Answer
  /** One line about an input for the dump of an assertion: names, no payload. */
  describe?(input: Input): string
}

/** Names one parked request; made by the runtime, given back in {@link Decision.replies}. 0 = nobody waits. */
export type Token = number

export interface Now {
  readonly monoMs: number
  readonly wallMs: number
}

/** Where a record stands in the shard's log. */
export interface Where {
  readonly offset: number
  readonly epoch: number
  readonly producer: { readonly id: number; readonly epoch: number } | null
}

/** `atMonoMs` null cancels. Setting a key again replaces its time. */
export interface TimerAsk {
  readonly key: string
  readonly atMonoMs: number | null
}

export interface Decision<Input, Answer, Rec> {
  /** Written as one: all of them or none. May be empty. */
  readonly records: readonly Rec[]
  /**
   * More records of the same write, behind {@link records}, made one by one: the runtime asks for them over several
   * turns when they are many. Until the last one is made the state stands still and nothing else is decided.
   */
  readonly rest?: Iterable<Rec>
  /** Written as a transactional batch of this producer (TxnOffsetCommit). */
  readonly producer?: RecordProducer
  /** One input may answer many parked requests, or none yet (a join waits for others). */
  readonly replies: readonly { readonly to: Token; readonly answer: Answer }[]
  readonly timers?: readonly TimerAsk[]
  /** Fed back as an input once the records are committed. */
  readonly onCommitted?: Input
  /** Fed back as an input when the log's check refused the records: nothing was applied, the state stands. */
  readonly onFailed?: Input
}

/** In whose transaction a coordinator writes. */
export interface RecordProducer {
  readonly id: number
  readonly epoch: number
  /**
   * What the log gave out before the transaction was verified (KIP-890); null: nothing had to be. Left out: the log does
   * not ask whether the transaction is open.
   */
  readonly guard?: { readonly producerId: number; readonly token: number } | null
}

/** The bytes of one record as the log keeps it. */
export interface RecordBytes {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** Records to bytes and back; `decode` answers null for a type this version does not know (skipped, never fatal). */
export interface RecordCodec<Rec> {
  encode(record: Rec): RecordBytes
  decode(bytes: RecordBytes): Rec | null
}

/** One batch on its way into a log: made over several turns when it is long. */
export interface ShardDraft {
  add(record: RecordBytes): void
  /**
   * Appends it; returns its base and end offset (exclusive), or why not. Nothing was appended then; so it is when the log
   * has grown since the draft was begun.
   */
  append(): { readonly base: number; readonly end: number } | ErrorCode
}

/** The log under one shard, as the runtime needs it. The server makes one from a partition or from the raft node. */
export interface ShardLog {
  /**
   * Why an append now would be refused (not leader, too few in-sync replicas, a producer that was fenced or whose
   * transaction is over), or 0. Asked before records are applied.
   */
  check(producer: RecordProducer | null): ErrorCode
  /** Largest sum of key and value bytes that one batch takes, with room left for the batch's own. */
  readonly bytesMax: number
  /** The base offset that the next append will get; the end of what is appended. */
  endOffset(): number
  /** Begins one atomic batch; `bytes` is what its records will take. */
  draft(producer: RecordProducer | null, wallMs: number, bytes: number): ShardDraft
  /** Everything below is committed. */
  committedOffset(): number
  /** Leader epoch of the appends made now. */
  epoch(): number
  /** Set by the runtime: called at the end of a turn in which committedOffset moved. */
  onCommitted: () => void
  /** Set by the runtime: leadership or the log is lost; the runtime fails all that is parked and forgets the state. */
  onLost: (code: ErrorCode) => void
  /**
   * Reads every record up to the log's end as it is now, in order, in slices of turns: also what is not committed yet,
   * since it will be, and no later append may be decided without it. Replies stay parked behind it. Aborts nothing:
   * a replay that was overtaken by {@link onLost} may go on; the runtime ignores it.
   */
  replay(
    each: (record: RecordBytes, at: Where) => void,
    marker: (at: Where, outcome: 'commit' | 'abort') => void,
    done: (failure: string | null) => void,
  ): void
}
