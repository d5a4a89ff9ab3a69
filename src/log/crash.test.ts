import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CrashOptions } from '../env/memory/index.ts'
import { TestWorld } from './test-world.ts'

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
