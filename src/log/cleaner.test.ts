import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLogConfig, type LogConfig } from './config.ts'
import { TestWorld } from './test-world.ts'
import type { LogStoreOptions } from './types.ts'

const compact: Partial<LogConfig> = {
  segmentBytes: 600,
  indexIntervalBytes: 200,
  cleanupPolicy: new Set(['compact'] as const),
}

function cleanerOf(more: Partial<LogStoreOptions['cleaner']> = {}): Partial<LogStoreOptions> {
  return {
    cleaner: {
      enable: true,
      dedupeBufferBytes: 1 << 16,
      backoffMs: 15_000,
      ioMaxBytesPerSecond: Number.MAX_VALUE,
      ...more,
    },
  }
}

/** Forty overwrites of four keys, all committed. */
function overwrite(world: TestWorld, log: ReturnType<TestWorld['open']>): void {
  for (let i = 0; i < 40; i++) {
    world.append(log, [`value ${i}`], { keys: [`key ${i % 4}`] })
    world.run()
  }
  log.setHighWatermark(log.endOffset)
}

test('a dirty log is compacted after the back-off and the checkpoint says how far', () => {
  const world = new TestWorld()
  const store = world.store('sync', cleanerOf())
  const log = world.open(store, compact)
  overwrite(world, log)
  const before = log.sizeBytes
  world.advance(16_000)
  assert.ok(log.sizeBytes < before / 2, `${log.sizeBytes} of ${before}`)
  const newest = world.readAll(log).filter((line) => Number(line.split(':')[0]) < log.active.baseOffset)
  assert.equal(new Set(newest.map((line) => Number(line.split(':')[0]) % 4)).size, newest.length)
  const checkpoint = Buffer.from(
    world.wait<Uint8Array>((done) => world.disk.readAll('/data/cleaner-offset-checkpoint', 1000, done)),
  ).toString()
  assert.equal(checkpoint, `0\n1\nevents 0 ${log.active.baseOffset}\n`)
  assert.equal(log.endOffset, 40)
})

test('neither the active segment, nor what is above the last stable offset, is touched', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf()), compact)
  overwrite(world, log)
  world.append(log, ['open'], {
    keys: ['key 0'],
    producerId: 1,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: true,
  })
  for (let i = 0; i < 40; i++) world.append(log, [`later ${i}`], { keys: [`key ${i % 4}`] })
  world.run()
  log.setHighWatermark(log.endOffset)
  world.advance(16_000)
  const left = world.readAll(log).map((line) => Number(line.split(':')[0]))
  assert.ok(left.filter((offset) => offset < 30).length < 30)
  for (let offset = 40; offset < 81; offset++) assert.ok(left.includes(offset), `${offset} is gone`)
})

test('min.compaction.lag.ms protects what is young', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf()), { ...compact, minCompactionLagMs: 100_000 })
  overwrite(world, log)
  world.advance(50_000)
  assert.equal(world.readAll(log).length, 40)
  world.advance(100_000)
  assert.ok(world.readAll(log).length < 20)
})

test('a log that is not dirty enough waits for max.compaction.lag.ms', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf()), {
    ...compact,
    minCleanableDirtyRatio: 1,
    maxCompactionLagMs: 60_000,
  })
  overwrite(world, log)
  world.advance(45_000)
  assert.equal(world.readAll(log).length, 40)
  world.advance(60_000)
  assert.ok(world.readAll(log).length < 20)
})

test('a disabled cleaner does nothing until it is enabled', () => {
  const world = new TestWorld()
  const store = world.store('sync', cleanerOf({ enable: false }))
  const log = world.open(store, compact)
  overwrite(world, log)
  world.advance(40_000)
  assert.equal(world.readAll(log).length, 40)
  store.configureCleaner(cleanerOf().cleaner!)
  world.advance(16_000)
  assert.ok(world.readAll(log).length < 20)
})

test('a map that is too small for all keys takes several rounds and loses none', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf({ dedupeBufferBytes: 24 * 20 })), compact)
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 60; i++) world.append(log, [`value ${round} ${i}`], { keys: [`key ${i}`] })
    world.run()
  }
  log.setHighWatermark(log.endOffset)
  world.advance(200_000)
  const values = world.readAll(log).map((line) => line.split(':')[1])
  for (let i = 0; i < 60; i++) assert.ok(values.includes(`value 1 ${i}`), `value 1 ${i} is gone`)
  assert.ok(values.length < 120)
})

test('a damaged batch stops the compaction of that log alone and says so', () => {
  const world = new TestWorld()
  const store = world.store('sync', cleanerOf())
  const bad = world.open(store, compact, 0)
  const good = world.open(store, compact, 1)
  overwrite(world, bad)
  overwrite(world, good)
  bad.segments[0]!.sizeBytes -= 7
  world.advance(40_000)
  assert.ok(world.readAll(good).length < 20)
  assert.ok(
    world.complaints.some((line) => line.startsWith('Log cannot be compacted')),
    world.complaints.join('\n'),
  )
  assert.equal(bad.failure, null)
})

test('a truncation calls the cleaner off and takes effect', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf()), compact)
  overwrite(world, log)
  log.beginCleaning()
  let isDone = false
  log.truncateTo(38, () => {
    isDone = true
  })
  world.run()
  assert.ok(!isDone && log.isCleaningAborted)
  log.endCleaning()
  world.run()
  assert.ok(isDone)
  assert.equal(log.endOffset, 38)
})

test('a read that began before its segment was replaced is answered from the cleaned one', () => {
  const world = new TestWorld()
  const store = world.store('sync', { ...cleanerOf(), tailCacheBytes: 0, descriptorsMax: 1 })
  const log = world.open(store, compact)
  overwrite(world, log)
  const expected = new Map(world.readAll(log).map((line) => [Number(line.split(':')[0]), line]))
  world.advance(14_999)
  for (let from = 0; from < 40; from += 3) {
    for (const line of world.readAll(log, from)) assert.equal(line, expected.get(Number(line.split(':')[0])))
    world.advance(1)
  }
  assert.ok(world.readAll(log).length < 20)
})

test('old segments of a log that compacts and deletes go by time', () => {
  const world = new TestWorld()
  const policy = new Set(['compact', 'delete'] as const)
  const store = world.store('sync', { ...cleanerOf({ enable: false }), retentionCheckIntervalMs: 1000 })
  const log = world.open(store, { ...defaultLogConfig, ...compact, cleanupPolicy: policy, retentionMs: 10_000 })
  overwrite(world, log)
  world.advance(12_000)
  assert.deepEqual([log.startOffset, log.endOffset, log.segments.length], [40, 40, 1])
})

test('many small batches that one read brought are cleaned over several turns', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', cleanerOf()), { ...compact, segmentBytes: 200_000 })
  for (let i = 0; i < 3000; i++) world.append(log, [`${i}`], { keys: [`key ${i % 4}`] })
  world.run()
  log.setHighWatermark(log.endOffset)
  assert.equal(log.segments.length, 2)
  let slices = 0
  const { slice } = world.clock
  Object.assign(world.clock, {
    slice: (step: () => boolean) => {
      slices++
      slice(step)
    },
  })
  const batches = log.active.baseOffset
  world.advance(16_000)
  assert.ok(log.sizeBytes < 100_000)
  // Once for the map of keys, once for the copy.
  assert.ok(slices >= 2 * Math.floor(batches / 256), `${slices} pauses in ${batches} batches`)
})
