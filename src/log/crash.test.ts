import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CrashOptions } from '../env/memory/index.ts'
import { cleanLog } from './clean-log.ts'
import { makeBatch, TestWorld } from './test-world.ts'

/** What clients were told, and what was in the log when the lights went out. */
interface Told {
  /** Everything below was acknowledged as flushed. */
  flushed: number
  /** Value by offset, for all that was ever appended. */
  values: string[]
}

const config = { segmentBytes: 700, indexIntervalBytes: 150 }

/** Appends to a log, in rounds, over several segments, until turns run out. */
function appendUntilDark(world: TestWorld, told: Told, rounds: number): void {
  try {
    const log = world.open(world.store('sync'), config)
    log.onProgress = () => {
      told.flushed = Math.max(told.flushed, log.flushedOffset)
    }
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i <= round % 3; i++) {
        const value = `round ${round} value ${i} ${'.'.repeat((round * 7) % 90)}`
        const offset = world.append(log, [value, `${value} too`], { epoch: round >> 3 })
        told.values.length = offset
        told.values.push(value, `${value} too`)
      }
      if (round % 4 === 3) world.run()
      else world.turn()
    }
    world.run()
  } catch (thrown) {
    if (!(thrown as Error).message.includes('no answer came')) throw thrown
  }
}

function assertSound(world: TestWorld, told: Told): number {
  const store = world.store('sync')
  const log = world.open(store, config)
  assert.ok(log.endOffset >= told.flushed, `end ${log.endOffset}, ${told.flushed} were acknowledged`)
  assert.deepEqual(
    world.readAll(log),
    told.values.slice(0, log.endOffset).map((value, offset) => `${offset}:${value}`),
  )
  assert.equal(log.startOffset, 0)
  const end = log.endOffset
  assert.equal(world.append(log, ['goes on'], { epoch: 99 }), end)
  world.run()
  assert.equal(log.flushedOffset, end + 1)
  world.wait<void>((done) => store.close(1, done))
  return end
}

const endings: [string, CrashOptions][] = [
  ['nothing unsynced is left', {}],
  ['all bytes and names are left', { tail: (_, unsynced) => unsynced, names: 'all' }],
  ['half of each unsynced tail is left', { tail: (_, unsynced) => unsynced >> 1, names: 'all' }],
  ['one byte of each unsynced tail is missing', { tail: (_, unsynced) => unsynced - 1 }],
]

for (const [name, ending] of endings) {
  test(`a power cut at any turn loses nothing flushed and shows nothing torn: ${name}`, () => {
    const whole = new TestWorld()
    appendUntilDark(whole, { flushed: 0, values: [] }, 24)
    assert.ok(whole.turns > 60, `${whole.turns} turns`)
    for (let turns = 1; turns <= whole.turns; turns++) {
      const world = new TestWorld()
      const told: Told = { flushed: 0, values: [] }
      world.turnsMax = turns
      appendUntilDark(world, told, 24)
      world.crash(ending)
      assertSound(world, told)
    }
  })
}

test('a power cut at any turn of the recovery changes nothing about its outcome', () => {
  const prepare = (): { world: TestWorld; told: Told } => {
    const world = new TestWorld()
    const told: Told = { flushed: 0, values: [] }
    world.turnsMax = 70
    appendUntilDark(world, told, 24)
    world.crash({ tail: (_, unsynced) => unsynced - 5, names: 'all' })
    return { world, told }
  }
  const first = prepare()
  const before = first.world.turns
  const end = assertSound(first.world, first.told)
  const recoveryTurns = first.world.turns - before
  for (let turns = 1; turns <= recoveryTurns; turns++) {
    const { world, told } = prepare()
    world.turnsMax = world.turns + turns
    try {
      const store = world.store('sync')
      world.open(store, config)
      world.wait<void>((done) => store.close(1, done))
    } catch (thrown) {
      if (!(thrown as Error).message.includes('no answer came')) throw thrown
    }
    world.crash({ names: 'all' })
    assert.equal(assertSound(world, told), end)
  }
})

const compacted = { ...config, cleanupPolicy: new Set(['compact'] as const), deleteRetentionMs: 1000 }

/** Writes and overwrites keys over several segments, then compacts twice; answers all that was appended. */
function compactUntilDark(world: TestWorld, appended: string[]): void {
  try {
    const log = world.open(world.store('sync'), compacted)
    const clean = (firstDirtyOffset: number): void => {
      log.setHighWatermark(log.endOffset)
      const ask = {
        firstDirtyOffset,
        firstUncleanableOffset: log.active.baseOffset,
        nowMs: world.wallMs,
        mapBytesMax: 4096,
      }
      world.wait<unknown>((done) => cleanLog(log, { ...ask, heavy: null, isAborted: () => false }, done))
    }
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20; i++) {
        const value = `round ${round} ${i}`
        world.append(log, [value, `${value} too`], { keys: [`key ${i % 4}`, `round ${round} only ${i % 9}`] })
        appended.push(value, `${value} too`)
      }
      world.run()
      log.roll()
      world.wait<void>((done) => log.writer.whenIdle(done))
      clean(round * 40)
    }
    world.run()
  } catch (thrown) {
    if (!(thrown as Error).message.includes('no answer came')) throw thrown
  }
}

for (const [name, ending] of endings) {
  test(`a power cut at any turn of a compaction keeps the newest value of each key: ${name}`, () => {
    const whole = new TestWorld()
    compactUntilDark(whole, [])
    const from = 60
    assert.ok(whole.turns > 150, `${whole.turns} turns`)
    for (let turns = from; turns <= whole.turns; turns++) {
      const world = new TestWorld()
      const appended: string[] = []
      world.turnsMax = turns
      compactUntilDark(world, appended)
      world.crash(ending)
      const store = world.store('sync')
      const log = world.open(store, compacted)
      const left = new Map(
        world.readAll(log).map((line) => [Number(line.split(':')[0]), line.slice(line.indexOf(':') + 1)]),
      )
      for (const [offset, value] of left) assert.equal(value, appended[offset])
      const newest = new Map<string, number>()
      for (let offset = 0; offset < log.endOffset; offset++) {
        const i = (offset >> 1) % 20
        newest.set(offset % 2 === 0 ? `key ${i % 4}` : `round ${Math.floor(offset / 40)} only ${i % 9}`, offset)
      }
      for (const [key, offset] of newest) assert.ok(left.has(offset), `after ${turns} turns: ${key} at ${offset}`)
      const names = world.wait<readonly { name: string }[]>((done) => world.disk.list('/data/events-0', done))
      assert.ok(!names.some((entry) => /\.(swap|cleaned)$/.test(entry.name)))
    }
  })
}

/** A follower that copies batches, loses its leader, and goes back to where the new one begins. */
function followUntilDark(world: TestWorld, told: Told): void {
  try {
    const log = world.open(world.store('sync'), config)
    let goingBackTo = Number.POSITIVE_INFINITY
    log.onProgress = () => {
      told.flushed = Math.min(log.flushedOffset, goingBackTo)
    }
    for (let epoch = 0; epoch < 6; epoch++) {
      const back = Math.max(0, log.endOffset - 6)
      if (epoch > 0) {
        goingBackTo = back
        told.flushed = Math.min(told.flushed, back)
        world.wait<void>((done) => log.truncateTo(back, done))
        goingBackTo = Number.POSITIVE_INFINITY
        told.values.length = back
      }
      for (let i = 0; i < 8; i++) {
        const value = `epoch ${epoch} ${i} ${'.'.repeat(epoch * 11)}`
        const batch = makeBatch([value, `${value} too`], world.wallMs, {
          baseOffset: log.endOffset,
          leaderEpoch: epoch,
        })
        const appended = log.appendAsFollower(batch)
        assert.ok(typeof appended !== 'number', `append answered ${appended}: ${log.refusal?.message}`)
        told.values.push(value, `${value} too`)
        if (i % 3 === 2) world.run()
      }
    }
    world.run()
  } catch (thrown) {
    if (!(thrown as Error).message.includes('no answer came')) throw thrown
  }
}

for (const [name, ending] of endings) {
  test(`a power cut at any turn of a follower that truncates leaves a log that one leader wrote: ${name}`, () => {
    const whole = new TestWorld()
    followUntilDark(whole, { flushed: 0, values: [] })
    for (let turns = 20; turns <= whole.turns; turns++) {
      const world = new TestWorld()
      const told: Told = { flushed: 0, values: [] }
      world.turnsMax = turns
      followUntilDark(world, told)
      world.crash(ending)
      const store = world.store('sync')
      const log = world.open(store, config)
      assert.ok(
        log.endOffset >= told.flushed,
        `after ${turns} turns: end ${log.endOffset}, ${told.flushed} were flushed`,
      )
      const read = world.readAll(log)
      assert.deepEqual(
        read.slice(0, told.flushed),
        told.values.slice(0, told.flushed).map((value, offset) => `${offset}:${value}`),
      )
      let epoch = 0
      for (const line of read) {
        const own = Number(/epoch (\d+)/.exec(line)![1])
        assert.ok(own >= epoch, `after ${turns} turns: ${read.join('\n')}`)
        epoch = own
        assert.equal(log.epochFor(Number(line.split(':')[0])), own)
      }
    }
  })
}
