import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Logger } from '../env/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import { ManualClock, MemoryShardLog } from './fakes.ts'
import type { Pieces } from './pieces.ts'
import { ShardRuntime } from './runtime.ts'
import type { Decision, RecordCodec, Shard, TimerAsk, Token } from './shard.ts'

/** A counter per name; `wait` parks until somebody adds to the name; `poison` is refused by an assertion. */
interface Counters {
  readonly counts: Map<string, number>
  readonly waiting: Map<string, Token[]>
}
type Input =
  | { kind: 'add'; name: string; by: number; producer?: { id: number; epoch: number } }
  | { kind: 'addTwo'; name: string }
  | { kind: 'get' | 'wait' | 'poison' | 'tick' | 'announce'; name: string }
  | { kind: 'arm'; name: string; atMonoMs: number | null }
  | { kind: 'addMany'; name: string; count: number; made?: () => void }
  | { kind: 'ponder'; name: string; pieces: number; by: number; look?: () => void }
type Answer = { value: number } | { code: ErrorCode }
type Rec = { name: string; by: number }

const text = new TextEncoder()
const codec: RecordCodec<Rec> = {
  encode: (record) => ({ key: text.encode(record.name), value: text.encode(String(record.by)) }),
  decode: ({ key, value }) => {
    const name = new TextDecoder().decode(key ?? undefined)
    return name === 'unknown' ? null : { name, by: Number(new TextDecoder().decode(value ?? undefined)) }
  },
}

function* ones(name: string, count: number, made?: () => void): Generator<Rec, undefined> {
  for (let i = 0; i < count; i++) {
    made?.()
    yield { name, by: 1 }
  }
  return undefined
}

/** Looks at the count a number of times before it says what to add and what the count will be. */
function* ponder(
  state: Counters,
  { name, pieces, by, look }: Extract<Input, { kind: 'ponder' }>,
  to: Token,
): Pieces<Decision<Input, Answer, Rec>> {
  for (let i = 0; i < pieces; i++) {
    look?.()
    yield
  }
  if (name === 'cursed') throw new Error('cursed thought')
  return {
    records: by === 0 ? [] : [{ name, by }],
    replies: [{ to, answer: { value: (state.counts.get(name) ?? 0) + by } }],
  }
}

const counters: Shard<Counters, Input, Answer, Rec> = {
  empty: () => ({ counts: new Map(), waiting: new Map() }),
  decide(state, input, to): Decision<Input, Answer, Rec> | Pieces<Decision<Input, Answer, Rec>> {
    const value = state.counts.get(input.name) ?? 0
    switch (input.kind) {
      case 'add': {
        const waiting = state.waiting.get(input.name) ?? []
        state.waiting.delete(input.name)
        return {
          records: [{ name: input.name, by: input.by }],
          ...(input.producer === undefined ? {} : { producer: input.producer }),
          replies: [to, ...waiting].map((token) => ({ to: token, answer: { value: value + input.by } })),
          onFailed: { kind: 'announce', name: 'failed' },
        }
      }
      case 'addTwo':
        return {
          records: [1, 1].map((by) => ({ name: input.name, by })),
          replies: [{ to, answer: { value: value + 2 } }],
          onCommitted: { kind: 'announce', name: 'committed' },
        }
      case 'addMany':
        return {
          records: [{ name: input.name, by: 1 }],
          rest: ones(input.name, input.count - 1, input.made),
          replies: [{ to, answer: { value: value + input.count } }],
          onFailed: { kind: 'announce', name: 'failed' },
        }
      case 'ponder':
        return ponder(state, input, to)
      case 'get':
        return { records: [], replies: [{ to, answer: { value } }] }
      case 'wait':
        state.waiting.set(input.name, [...(state.waiting.get(input.name) ?? []), to])
        return { records: [], replies: [] }
      case 'arm':
        return {
          records: [],
          replies: [{ to, answer: { value } }],
          timers: [{ key: input.name, atMonoMs: input.atMonoMs }],
        }
      case 'tick':
      case 'announce':
        return { records: [{ name: input.name, by: 1 }], replies: [] }
      case 'poison':
        throw new Error('counted below zero')
    }
  },
  apply(state, record) {
    if (record.name === 'cursed') throw new Error('cursed record')
    state.counts.set(record.name, (state.counts.get(record.name) ?? 0) + record.by)
  },
  applyMarker(state, at, outcome) {
    state.counts.set(`${outcome} ${at.producer!.id}`, 1)
  },
  loaded: (): readonly TimerAsk[] => [],
  timer: (key) => ({ kind: 'tick', name: key }),
  failed: (_input, code) => ({ code }),
  describe: (input) => `${input.kind} ${input.name}`,
}

function setUp(o: { commitTimeoutMs?: number; loading?: number | null } = {}) {
  const clock = new ManualClock()
  const log = new MemoryShardLog(clock)
  const lines: string[] = []
  const put = (message: string, fields?: object): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  const logger: Logger = { debug: put, info: put, warn: put, error: put, child: () => logger }
  const loading = o.loading === undefined ? 14 : o.loading
  const runtime = new ShardRuntime({
    name: 'counters-0',
    shard: counters,
    codec,
    log,
    clock,
    logger,
    codes: {
      loading: loading as ErrorCode | null,
      stopped: 16 as ErrorCode,
      offline: 15 as ErrorCode,
      overdue: 7 as ErrorCode,
      tooLarge: 18 as ErrorCode,
    },
    commitTimeoutMs: o.commitTimeoutMs ?? 5000,
  })
  const answers: Answer[] = []
  const ask = (...inputs: Input[]): void => {
    for (const input of inputs) runtime.submit(input, (answer) => answers.push(answer))
  }
  return { clock, log, lines, runtime, answers, ask }
}

function started(o: Parameters<typeof setUp>[0] = {}) {
  const s = setUp(o)
  s.runtime.start()
  s.clock.run()
  return s
}

test('answers in a later part of the turn, never inside submit', () => {
  const { clock, ask, answers } = started()
  ask({ kind: 'add', name: 'a', by: 1 })
  assert.deepEqual(answers, [])
  clock.run()
  assert.deepEqual(answers, [{ value: 1 }])
})

test('decides in order and lets later decisions of a turn see the records of earlier ones', () => {
  const { clock, ask, answers } = started()
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'get', name: 'a' }, { kind: 'add', name: 'a', by: 2 })
  clock.run()
  assert.deepEqual(answers, [{ value: 1 }, { value: 1 }, { value: 3 }])
})

test('appends the decisions of one turn as one batch', () => {
  const { clock, log, ask } = started()
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'addTwo', name: 'b' }, { kind: 'add', name: 'a', by: 1 })
  clock.run()
  assert.deepEqual(
    log.batches.slice(0, 1).map((batch) => batch.records.length),
    [4],
  )
})

test('starts another batch when the next decision does not fit, without splitting a decision', () => {
  const { clock, log, ask } = started()
  log.bytesMax = 3 * 26
  ask({ kind: 'addTwo', name: 'a' }, { kind: 'addTwo', name: 'a' })
  clock.run()
  assert.deepEqual(
    log.batches.slice(0, 2).map((batch) => batch.records.length),
    [2, 2],
  )
})

test('refuses a decision larger than the log takes and goes on', () => {
  const { clock, log, ask, answers } = started()
  log.bytesMax = 30
  ask({ kind: 'addTwo', name: 'a' }, { kind: 'add', name: 'a', by: 1 })
  clock.run()
  assert.deepEqual(answers, [{ code: 18 }, { value: 1 }])
})

test('keeps transactional decisions of different producers in batches of their own', () => {
  const { clock, log, ask } = started()
  const one = { id: 1, epoch: 0 }
  const two = { id: 2, epoch: 0 }
  ask(
    { kind: 'add', name: 'a', by: 1, producer: one },
    { kind: 'add', name: 'a', by: 1, producer: one },
    { kind: 'add', name: 'a', by: 1, producer: two },
    { kind: 'add', name: 'a', by: 1 },
  )
  clock.run()
  assert.deepEqual(
    log.batches.map((batch) => [batch.records.length, batch.at.producer?.id ?? null]),
    [
      [2, 1],
      [1, 2],
      [1, null],
    ],
  )
})

test('parks writes until they are committed, and reads behind them', () => {
  const { clock, log, ask, answers } = started()
  log.isHolding = true
  ask({ kind: 'get', name: 'a' }, { kind: 'add', name: 'a', by: 1 })
  clock.run()
  ask({ kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [])
  log.commit(1)
  clock.run()
  assert.deepEqual(answers, [{ value: 0 }, { value: 1 }, { value: 1 }])
})

test('a read before anything uncommitted is answered at once', () => {
  const { clock, log, ask, answers } = started()
  log.isHolding = true
  ask({ kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [{ value: 0 }])
})

test('one input answers many parked requests', () => {
  const { clock, runtime, ask, answers } = started()
  ask({ kind: 'wait', name: 'a' }, { kind: 'wait', name: 'a' })
  clock.run()
  assert.equal(runtime.waitingCount, 2)
  ask({ kind: 'add', name: 'a', by: 5 })
  clock.run()
  assert.deepEqual(answers, [{ value: 5 }, { value: 5 }, { value: 5 }])
  assert.equal(runtime.waitingCount, 0)
})

test('feeds back the input of a decision once its records are committed', () => {
  const { clock, log, runtime, ask } = started()
  log.isHolding = true
  ask({ kind: 'addTwo', name: 'a' })
  clock.run()
  assert.equal(runtime.state!.counts.get('committed'), undefined)
  log.commit()
  clock.run()
  assert.equal(runtime.state!.counts.get('committed'), 1)
})

test('a log that refuses at the check leaves the state as it was and feeds back the failure', () => {
  const { clock, log, runtime, ask, answers } = started()
  log.refusal = 19
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.advance(0)
  assert.deepEqual(answers, [{ code: 19 }])
  assert.equal(runtime.status, 'active')
  assert.equal(runtime.state!.counts.size, 0)
})

test('a log that refuses after the check costs the state, which is replayed', () => {
  const { clock, log, runtime, ask, answers, lines } = started()
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'wait', name: 'b' })
  clock.run()
  log.refusal = 19
  log.isRefusingLate = true
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.run()
  assert.deepEqual(answers, [{ value: 1 }, { code: 19 }, { code: 19 }], 'the waiting one went with the soft state')
  assert.equal(runtime.status, 'active')
  assert.equal(runtime.state!.counts.get('a'), 1)
  assert.ok(lines.some((line) => line.startsWith('append refused')))
})

test('what is parked when a later append fails is still answered by its own commit', () => {
  const { clock, log, ask, answers } = started()
  log.isHolding = true
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.run()
  log.refusal = 19
  log.isRefusingLate = true
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.run()
  assert.deepEqual(answers, [{ code: 19 }])
  log.commit()
  clock.run()
  assert.deepEqual(answers, [{ code: 19 }, { value: 1 }])
})

test('answers that it is loading until the log is replayed, then knows what was written', () => {
  const first = started()
  first.ask({ kind: 'add', name: 'a', by: 3 }, { kind: 'add', name: 'unknown', by: 1 })
  first.clock.run()
  first.log.lose(6)
  first.runtime.start()
  first.ask({ kind: 'get', name: 'a' })
  first.clock.advance(0)
  first.ask({ kind: 'get', name: 'a' })
  first.clock.run()
  assert.deepEqual(first.answers.slice(2), [{ code: 14 }, { value: 3 }])
})

test('lets inputs wait for the replay when no loading code is given', () => {
  const { clock, runtime, ask, answers } = setUp({ loading: null })
  runtime.start()
  ask({ kind: 'add', name: 'a', by: 3 })
  clock.run()
  assert.deepEqual(answers, [{ value: 3 }])
})

test('keeps what it is told during a replay', () => {
  const { clock, runtime } = setUp()
  runtime.start()
  runtime.tell({ kind: 'announce', name: 'image' })
  clock.run()
  assert.equal(runtime.state!.counts.get('image'), 1)
})

test('replays records that are not committed yet', () => {
  const { clock, log, runtime, ask } = started()
  log.isHolding = true
  ask({ kind: 'add', name: 'a', by: 3 })
  clock.run()
  runtime.stop()
  runtime.start()
  clock.run()
  assert.equal(runtime.state!.counts.get('a'), 3)
})

test('replays transaction markers', () => {
  const { clock, log, runtime } = setUp()
  log.appendMarker({ id: 9, epoch: 0 }, 'abort')
  runtime.start()
  clock.run()
  assert.equal(runtime.state!.counts.get('abort 9'), 1)
})

test('a marker appended while it runs is applied at once, one appended during a replay after it', () => {
  const { clock, log, runtime } = started()
  runtime.marked(log.appendMarker({ id: 9, epoch: 0 }, 'commit'), 'commit')
  assert.equal(runtime.state!.counts.get('commit 9'), 1)
  runtime.stop()
  runtime.marked(log.appendMarker({ id: 10, epoch: 0 }, 'abort'), 'abort')
  runtime.start()
  runtime.marked(log.appendMarker({ id: 11, epoch: 0 }, 'abort'), 'abort')
  clock.run()
  assert.deepEqual([...runtime.state!.counts.keys()], ['commit 9', 'abort 10', 'abort 11'])
})

test('losing the log answers everything that waits with the reason, later inputs too', () => {
  const { clock, log, runtime, ask, answers } = started()
  log.isHolding = true
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'wait', name: 'b' })
  clock.run()
  log.lose(6)
  assert.deepEqual(answers, [{ code: 6 }, { code: 6 }])
  ask({ kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers[2], { code: 6 })
  assert.equal(runtime.waitingCount, 0)
})

test('losing the log during a replay stops it', () => {
  const { clock, log, runtime } = setUp()
  runtime.start()
  log.lose(6)
  clock.run()
  assert.equal(runtime.status, 'stopped')
})

test('an assertion in decide takes the shard offline with one line, and nothing else', () => {
  const { clock, runtime, ask, answers, lines } = started()
  ask({ kind: 'poison', name: 'a' }, { kind: 'get', name: 'a' })
  clock.run()
  ask({ kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [{ code: 15 }, { code: 15 }, { code: 15 }])
  assert.equal(runtime.status, 'offline')
  assert.equal(lines.filter((line) => line.startsWith('shard offline') && line.includes('poison a')).length, 1)
  runtime.start()
  assert.equal(runtime.status, 'offline', 'it stays so until the process starts anew')
})

test('a record that cannot be applied takes the shard offline instead of replaying for ever', () => {
  const { clock, log, runtime, ask, answers, lines } = setUp()
  log.append([codec.encode({ name: 'cursed', by: 1 })], null)
  runtime.start()
  clock.run()
  ask({ kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [{ code: 15 }])
  assert.equal(lines.filter((line) => line.startsWith('shard offline')).length, 1)
})

test('a log that cannot be read takes the shard offline', () => {
  const { clock, log, runtime } = setUp()
  log.replayFailure = 'EIO'
  runtime.start()
  clock.run()
  assert.equal(runtime.status, 'offline')
})

test('a commit that takes too long is answered so, once', () => {
  const { clock, log, ask, answers } = started({ commitTimeoutMs: 100 })
  log.isHolding = true
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.advance(60)
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.advance(40)
  assert.deepEqual(answers, [{ code: 7 }])
  clock.advance(60)
  assert.deepEqual(answers, [{ code: 7 }, { code: 7 }])
  log.commit()
  clock.run()
  assert.equal(answers.length, 2)
})

test('timers fire as inputs, are moved, replaced and cancelled by name', () => {
  const { clock, runtime, ask } = started()
  ask({ kind: 'arm', name: 'a', atMonoMs: 100 }, { kind: 'arm', name: 'b', atMonoMs: 100 })
  clock.advance(50)
  ask({ kind: 'arm', name: 'a', atMonoMs: 200 }, { kind: 'arm', name: 'b', atMonoMs: null })
  clock.advance(100)
  assert.equal(runtime.state!.counts.get('a'), undefined)
  clock.advance(50)
  assert.equal(runtime.state!.counts.get('a'), 1)
  ask({ kind: 'arm', name: 'c', atMonoMs: 1000 })
  clock.run()
  ask({ kind: 'arm', name: 'c', atMonoMs: 250 })
  clock.advance(60)
  assert.equal(runtime.state!.counts.get('c'), 1)
  assert.equal(runtime.state!.counts.get('b'), undefined)
})

test('pushing a timer back touches the clock once per period, not once per push', () => {
  const { clock, ask } = started()
  for (let i = 0; i < 50; i++) {
    ask({ kind: 'arm', name: 'session', atMonoMs: clock.monoMs() + 1000 })
    clock.advance(1)
  }
  assert.equal(clock.timerCount, 1)
})

test('timers die with the state they belong to', () => {
  const { clock, log, runtime, ask } = started()
  ask({ kind: 'arm', name: 'a', atMonoMs: 100 })
  clock.run()
  log.lose(6)
  runtime.start()
  clock.advance(200)
  assert.equal(runtime.state!.counts.get('a'), undefined)
})

test('a long queue is decided over several turns', () => {
  const { clock, runtime, ask, answers } = started()
  const slow = clock.monoMs.bind(clock)
  let calls = 0
  clock.monoMs = () => slow() + calls++
  ask(...Array.from({ length: 100 }, (): Input => ({ kind: 'add', name: 'a', by: 1 })))
  clock.run()
  assert.equal(answers.length, 100)
  assert.equal(runtime.state!.counts.get('a'), 100)
})

test('a decision of many records is made and applied over many turns, and appended as one', () => {
  const { clock, log, runtime, ask, answers } = started()
  const made = new Map<number, number>()
  const applied = new Map<number, number>()
  const note = (in_: Map<number, number>) => in_.set(clock.turnCount, (in_.get(clock.turnCount) ?? 0) + 1)
  const counts = runtime.state!.counts
  const set = counts.set.bind(counts)
  counts.set = (name, value) => {
    note(applied)
    return set(name, value)
  }
  ask({ kind: 'addMany', name: 'a', count: 10_000, made: () => note(made) }, { kind: 'get', name: 'a' })
  clock.run()
  for (const turns of [made, applied]) assert.ok(Math.max(...turns.values()) <= 256)
  assert.deepEqual(answers, [{ value: 10_000 }, { value: 10_000 }])
  assert.deepEqual(
    log.batches.map((batch) => batch.records.length),
    [10_000],
  )
})

test('what comes while a decision is under way waits for its end, also a loss of the log', () => {
  const { clock, log, runtime, ask, answers } = started()
  ask({ kind: 'addMany', name: 'a', count: 5000, made: () => clock.turnCount === 3 && log.lose(6) })
  clock.run()
  assert.deepEqual(answers, [{ code: 6 }])
  assert.equal(log.batches.length, 0)
  runtime.start()
  ask({ kind: 'add', name: 'a', by: 1 })
  clock.run()
  assert.deepEqual(answers.at(-1), { value: 1 })
})

test('many records that the log does not take are not applied', () => {
  const { clock, log, runtime, ask, answers } = started()
  log.bytesMax = 10_000
  ask({ kind: 'addMany', name: 'a', count: 5000 }, { kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [{ code: 18 }, { value: 0 }])
  assert.equal(runtime.state!.counts.get('failed'), 1)
})

test('a log that moved under a long decision costs a replay', () => {
  const { clock, log, runtime, ask, answers } = started()
  ask({ kind: 'addMany', name: 'a', count: 5000 })
  const end = log.endOffset.bind(log)
  let looks = 0
  log.endOffset = () => (looks++ === 0 ? end() : end() + (looks < 4 ? 1 : 0))
  clock.run()
  assert.deepEqual(answers, [{ code: 16 }])
  assert.equal(runtime.status, 'active')
  assert.equal(runtime.state!.counts.get('a'), undefined)
})

/** Every look at it takes a millisecond: what may be long is. */
function slowly(clock: ManualClock): void {
  const now = clock.monoMs.bind(clock)
  let looks = 0
  clock.monoMs = () => now() + looks++
}

test('what is short to work out is decided in the turn that asked, behind what came before', () => {
  const { clock, log, ask, answers } = started()
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'ponder', name: 'a', pieces: 100, by: 2 }, { kind: 'get', name: 'a' })
  clock.run()
  assert.deepEqual(answers, [{ value: 1 }, { value: 3 }, { value: 3 }])
  assert.equal(log.batches.length, 1)
})

test('a decision that is long to work out takes several turns; what comes meanwhile waits', () => {
  const { clock, log, runtime, ask, answers } = started()
  slowly(clock)
  const turns = new Set<number>()
  const look = () => void turns.add(clock.turnCount)
  ask({ kind: 'add', name: 'a', by: 1 }, { kind: 'ponder', name: 'a', pieces: 100, by: 2, look })
  ask({ kind: 'ponder', name: 'a', pieces: 100, by: 0, look }, { kind: 'get', name: 'a' })
  clock.run()
  assert.ok(turns.size > 50)
  assert.deepEqual(answers, [{ value: 1 }, { value: 3 }, { value: 3 }, { value: 3 }])
  assert.equal(runtime.state!.counts.get('a'), 3)
  assert.deepEqual(
    log.batches.map((batch) => batch.records.length),
    [1, 1],
  )
})

test('a log that refuses writes does not keep a long read from its answer', () => {
  const { clock, log, ask, answers } = started()
  slowly(clock)
  log.refusal = 19
  ask({ kind: 'ponder', name: 'a', pieces: 100, by: 0 }, { kind: 'ponder', name: 'a', pieces: 100, by: 1 })
  clock.run()
  assert.deepEqual(answers, [{ value: 0 }, { code: 19 }])
})

test('a log that is lost while a decision is worked out ends it', () => {
  const { clock, log, ask, answers } = started()
  slowly(clock)
  let looks = 0
  ask({ kind: 'ponder', name: 'a', pieces: 100, by: 1, look: () => ++looks === 50 && log.lose(6) })
  clock.run()
  assert.deepEqual(answers, [{ code: 6 }])
  assert.equal(looks, 50)
})

test('an assertion while a decision is worked out takes the shard offline', () => {
  const { clock, runtime, ask, answers, lines } = started()
  slowly(clock)
  ask({ kind: 'ponder', name: 'cursed', pieces: 100, by: 1 })
  clock.run()
  assert.deepEqual(answers, [{ code: 15 }])
  assert.equal(runtime.status, 'offline')
  assert.ok(lines.some((line) => line.startsWith('shard offline') && line.includes('ponder cursed')))
})
