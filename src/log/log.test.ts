import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import { BatchBuilder, buildTransactionMarker } from '../records/index.ts'
import { lease, makeBatch, TestWorld, zlibHeavy } from './test-world.ts'
import type { AbortedTransaction, TimestampAndOffset } from './types.ts'

test('batches get offsets in order and are read back from memory', () => {
  const world = new TestWorld()
  const log = world.open(world.store())
  assert.equal(world.append(log, ['a', 'b']), 0)
  assert.equal(world.append(log, ['c']), 2)
  assert.equal(log.endOffset, 3)
  assert.deepEqual(world.readAll(log), ['0:a', '1:b', '2:c'])
  assert.deepEqual(world.readAll(log, 1), ['1:b', '2:c'])
})

test('appended is not written, written is not flushed, until the disk has said so', () => {
  const world = new TestWorld()
  const log = world.open(world.store('os'))
  let told = 0
  log.onProgress = () => told++
  world.append(log, ['a'])
  assert.deepEqual([log.endOffset, log.writtenOffset, log.flushedOffset, log.durableOffset], [1, 0, 0, 0])
  world.run()
  assert.deepEqual([log.endOffset, log.writtenOffset, log.flushedOffset, log.durableOffset], [1, 1, 0, 1])
  assert.equal(told, 1)
  log.requestFlush()
  world.run()
  assert.deepEqual([log.writtenOffset, log.flushedOffset, told], [1, 1, 2])
})

test('under sync every write is followed by a sync, and only that makes it durable', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync'))
  world.append(log, ['a'])
  world.run()
  assert.deepEqual([log.writtenOffset, log.flushedOffset, log.durableOffset], [1, 1, 1])
})

test('a log survives a clean close and opens where it ended', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = world.open(store)
  for (let i = 0; i < 100; i++) world.append(log, [`value ${i}`], { epoch: Math.floor(i / 50) })
  world.wait<void>((done) => store.close(7, done))
  const again = world.store()
  assert.ok(again.wasCleanShutdown)
  assert.equal(again.previousBrokerEpoch, 7)
  assert.equal(again.found[0]!.recoveryPoint, 100)
  const reopened = world.open(again)
  assert.equal(reopened.endOffset, 100)
  assert.equal(reopened.latestEpoch, 1)
  assert.equal(world.readAll(reopened).length, 100)
  assert.deepEqual(again.reports(), [])
})

test('what was flushed survives a power cut; the rest is cut without a trace', () => {
  const world = new TestWorld()
  const log = world.open(world.store('os'))
  world.append(log, ['kept'])
  world.run()
  log.requestFlush()
  world.run()
  world.append(log, ['lost'])
  world.run()
  world.crash({ tail: (_, unsynced) => unsynced - 3 })
  const store = world.store('os')
  const again = world.open(store)
  assert.equal(again.endOffset, 1)
  assert.deepEqual(world.readAll(again), ['0:kept'])
  assert.equal(store.reports().length, 1)
  assert.ok(store.reports()[0]!.bytesCut > 0)
  assert.equal(world.append(again, ['next']), 1)
})

test('segments roll by size and cold reads go over all of them', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', { tailCacheBytes: 0 }), { segmentBytes: 600, indexIntervalBytes: 100 })
  for (let i = 0; i < 60; i++) {
    world.append(log, [`value ${i}`])
    world.run()
  }
  assert.ok(log.segments.length > 5, `${log.segments.length} segments`)
  const all = Array.from({ length: 60 }, (_, i) => `${i}:value ${i}`)
  assert.deepEqual(world.readAll(log), all)
  for (const from of [0, 1, 17, 30, 59]) assert.deepEqual(world.readAll(log, from), all.slice(from))
})

test('a read gives at least one batch when asked to, and otherwise never more than the limit', () => {
  const world = new TestWorld()
  for (const tailCacheBytes of [0, 1 << 20]) {
    const world2 = new TestWorld()
    const log = world2.open(world2.store('sync', { tailCacheBytes }))
    world2.append(log, ['x'.repeat(3000)])
    world2.append(log, ['y'.repeat(3000)])
    world2.run()
    const read = (bytesMax: number, atLeastOne: boolean): number => {
      const into = lease()
      world2.wait<void>((done) => {
        if (log.read({ from: 0, upTo: 2, bytesMax, atLeastOne }, into, done)) done(null)
      })
      return into.slices.reduce((sum, { from, to }) => sum + to - from, 0)
    }
    const one = read(1, true)
    assert.ok(one > 3000 && one < 3200)
    assert.equal(read(1, false), 0)
    assert.equal(read(one * 2, false), one * 2)
    assert.equal(read(one * 2 - 1, false), one)
  }
  assert.ok(world.turns === 0)
})

test('nothing at or above the bound is read', () => {
  for (const tailCacheBytes of [0, 1 << 20]) {
    const world = new TestWorld()
    const log = world.open(world.store('sync', { tailCacheBytes }))
    for (let i = 0; i < 10; i++) world.append(log, [`${i}`])
    world.run()
    assert.deepEqual(world.readAll(log, 3, 6), ['3:3', '4:4', '5:5'])
    assert.deepEqual(world.readAll(log, 10, 10), [])
  }
})

test('an offset outside the log is refused', () => {
  const world = new TestWorld()
  const log = world.open(world.store())
  world.append(log, ['a'])
  const into = lease()
  for (const from of [-1, 2]) {
    assert.throws(
      () => world.wait<void>((done) => void log.read({ from, upTo: 1, bytesMax: 1, atLeastOne: true }, into, done)),
      { code: 'OFFSET_OUT_OF_RANGE' },
    )
  }
})

test('truncation drops whole batches, epochs and later segments, and the log goes on from there', () => {
  for (const segmentBytes of [300, 1 << 20]) {
    const world = new TestWorld()
    const store = world.store()
    const log = world.open(store, { segmentBytes, indexIntervalBytes: 100 })
    for (let i = 0; i < 30; i++) world.append(log, [`${i}`], { epoch: Math.floor(i / 10) })
    world.run()
    world.wait<void>((done) => log.truncateTo(15, done))
    assert.equal(log.endOffset, 15)
    assert.deepEqual(log.epochEnd(0), { epoch: 0, endOffset: 10 })
    assert.deepEqual(log.epochEnd(1), { epoch: 1, endOffset: 15 })
    assert.equal(log.latestEpoch, 1)
    assert.equal(world.append(log, ['new'], { epoch: 5 }), 15)
    const all = [...Array.from({ length: 15 }, (_, i) => `${i}:${i}`), '15:new']
    assert.deepEqual(world.readAll(log), all)
    world.wait<void>((done) => store.close(1, done))
    assert.deepEqual(world.readAll(world.open(world.store())), all)
  }
})

test('a log that starts anew elsewhere keeps nothing', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = world.open(store)
  world.append(log, ['a', 'b'])
  world.run()
  world.wait<void>((done) => log.truncateFullyAndStartAt(100, done))
  assert.deepEqual([log.startOffset, log.endOffset, log.latestEpoch], [100, 100, -1])
  assert.equal(world.append(log, ['c']), 100)
  world.run()
  world.wait<void>((done) => store.close(1, done))
  const again = world.open(world.store())
  assert.deepEqual([again.startOffset, again.endOffset], [100, 101])
})

test('a deleted log is set aside at once and its files go after the delay', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = world.open(store)
  world.append(log, ['a'])
  world.run()
  world.wait<void>((done) => store.delete('events', 0, done))
  const names = (): string[] =>
    world.wait<readonly { name: string }[]>((done) => world.disk.list('/data', done)).map(({ name }) => name)
  assert.ok(
    names().some((name) => /^events-0\.[0-9a-f]{32}-delete$/.test(name)),
    names().join(),
  )
  assert.equal(store.get('events', 0), null)
  const batch = makeBatch(['late'], world.wallMs)
  assert.equal(log.append(batch, 0, 'client', world.wallMs), 56)
  world.advance(61_000)
  assert.ok(!names().some((name) => name.startsWith('events')), names().join())
})

test('a log directory belongs to one store at a time', () => {
  const world = new TestWorld()
  world.store()
  assert.throws(() => world.store(), { code: 'ELOCKED' })
})

test('a full disk takes the directory offline and appends answer KAFKA_STORAGE_ERROR', () => {
  const world = new TestWorld({ totalBytes: 4000 })
  const store = world.store()
  const failed: string[] = []
  store.onDirectoryFailure = (dir, failure) => failed.push(`${dir.path} ${failure.code}`)
  const log = world.open(store)
  log.onFailure = (failure) => failed.push(failure.code)
  world.append(log, ['x'.repeat(3900)])
  world.run()
  assert.deepEqual(failed.sort(), ['/data ENOSPC', 'ENOSPC'])
  assert.equal(log.append(makeBatch(['y'], world.wallMs), 0, 'client', world.wallMs), 56)
})

test('preallocated room is cut when a segment is rolled and when the log is closed', () => {
  const world = new TestWorld()
  const store = world.store()
  const config = { segmentBytes: 1000, preallocate: true }
  const log = world.open(store, config)
  const size = (name: string): number =>
    world
      .wait<readonly { name: string; size: number }[]>((done) => world.disk.list('/data/events-0', done))
      .find((entry) => entry.name === name)!.size
  world.append(log, ['x'.repeat(500)])
  world.run()
  assert.equal(size('00000000000000000000.log'), 1000)
  world.append(log, ['y'.repeat(500)])
  world.run()
  assert.equal(size('00000000000000000000.log'), log.segments[0]!.sizeBytes)
  assert.equal(size('00000000000000000001.log'), 1000)
  world.wait<void>((done) => store.close(1, done))
  assert.ok(size('00000000000000000001.log') < 1000)
  assert.equal(world.readAll(world.open(world.store(), config)).length, 2)
})

test('what was preallocated and not written is cut after a crash', () => {
  const world = new TestWorld()
  const config = { segmentBytes: 1000, preallocate: true }
  const log = world.open(world.store(), config)
  world.append(log, ['a'])
  world.run()
  world.crash({ names: 'all', tail: (_, unsynced) => unsynced })
  const again = world.open(world.store(), config)
  assert.deepEqual(world.readAll(again), ['0:a'])
})

test('flush.messages and flush.ms sync without being asked', () => {
  const world = new TestWorld()
  const store = world.store('os')
  const byCount = world.open(store, { flushMessages: 3 }, 0)
  const byTime = world.open(store, { flushMs: 2500 }, 1)
  for (const log of [byCount, byTime]) world.append(log, ['a', 'b'])
  world.run()
  assert.deepEqual([byCount.flushedOffset, byTime.flushedOffset], [0, 0])
  for (const log of [byCount, byTime]) world.append(log, ['c'])
  world.run()
  assert.deepEqual([byCount.flushedOffset, byTime.flushedOffset], [3, 0])
  world.advance(4000)
  assert.equal(byTime.flushedOffset, 3)
})

test('under os a rolled segment is synced and recovery may begin behind it', () => {
  const world = new TestWorld()
  const log = world.open(world.store('os'), { segmentBytes: 500 })
  for (let i = 0; i < 10; i++) world.append(log, ['x'.repeat(100)])
  world.run()
  assert.ok(log.segments.length > 2)
  assert.equal(log.recoveryPoint, log.active.baseOffset)
  assert.equal(log.flushedOffset, log.active.baseOffset)
})

test('a segment rolls by the time that its batches tell, by a full index, and by the reach of its offsets', () => {
  const world = new TestWorld()
  const store = world.store()
  const byTime = world.open(store, { segmentMs: 1000 }, 0)
  world.append(byTime, ['a'])
  world.append(byTime, ['b'], { timestamp: world.wallMs + 1000 })
  assert.equal(byTime.segments.length, 1)
  world.append(byTime, ['c'], { timestamp: world.wallMs + 1001 })
  assert.equal(byTime.segments.length, 2)
  const byIndex = world.open(store, { segmentIndexBytes: 24, indexIntervalBytes: 0 }, 1)
  for (let i = 0; i < 8; i++) world.append(byIndex, ['x'], { timestamp: world.wallMs + i })
  assert.ok(byIndex.segments.length > 1)
  const byReach = world.open(store, {}, 2)
  byReach.appendAsFollower(makeBatch(['x'], world.wallMs, { baseOffset: 5 }))
  byReach.appendAsFollower(makeBatch(['y'], world.wallMs, { baseOffset: 2 ** 31 + 100 }))
  assert.deepEqual(
    byReach.segments.map(({ baseOffset }) => baseOffset),
    [0, 6],
  )
  world.run()
})

test('jitter makes segments roll early', () => {
  const world = new TestWorld()
  const log = world.open(world.store(), { segmentMs: 1000, segmentJitterMs: 500 })
  world.append(log, ['a'])
  world.append(log, ['b'], { timestamp: world.wallMs + 800 })
  assert.equal(log.segments.length, 2)
})

test('LogAppendTime stamps the batch and answers the time', () => {
  const world = new TestWorld()
  const log = world.open(world.store(), { messageTimestampType: 'LogAppendTime' })
  const appended = log.append(makeBatch(['a'], 5), 0, 'client', 1234)
  assert.ok(typeof appended !== 'number')
  assert.equal(appended.logAppendTimeMs, 1234)
  world.run()
  assert.deepEqual(
    world.wait((done) => log.offsetForTimestamp(1234, done)),
    { timestamp: 1234, offset: 0, leaderEpoch: 0 },
  )
})

test('the record with the largest timestamp is found wherever it stands', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', { tailCacheBytes: 0 }), { segmentBytes: 300 })
  assert.equal(
    world.wait((done) => log.offsetOfMaxTimestamp(done)),
    null,
  )
  for (let i = 0; i < 20; i++) world.append(log, [`${i}`], { timestamp: 1000 + (i === 7 ? 500 : i), epoch: 3 })
  world.run()
  assert.deepEqual(
    world.wait((done) => log.offsetOfMaxTimestamp(done)),
    { timestamp: 1500, offset: 7, leaderEpoch: 3 },
  )
})

test('a follower takes only whole, sound batches that follow its end', () => {
  const world = new TestWorld()
  const log = world.open(world.store())
  const two = makeBatch(['a', 'b'], world.wallMs, { baseOffset: 0, leaderEpoch: 4 })
  const appended = log.appendAsFollower(two)
  assert.ok(typeof appended !== 'number')
  assert.deepEqual([appended.firstOffset, appended.lastOffset, log.latestEpoch], [0, 1, 4])
  assert.equal(log.appendAsFollower(makeBatch(['x'], world.wallMs, { baseOffset: 1 })), 1)
  const damaged = makeBatch(['x'], world.wallMs, { baseOffset: 2 })
  damaged.bytes[64]! ^= 1
  assert.equal(log.appendAsFollower(damaged), 2)
  assert.equal(log.appendAsFollower({ ...makeBatch(['x'], world.wallMs, { baseOffset: 2 }), to: 65 }), 2)
  assert.equal(log.endOffset, 2)
})

test('memory of tails comes back when nothing is written any more', () => {
  const world = new TestWorld()
  const log = world.open(world.store())
  world.append(log, ['x'.repeat(100_000)])
  world.run()
  assert.equal(log.tail.baseOffset, 0)
  world.advance(15_000)
  assert.equal(log.tail.baseOffset, Number.POSITIVE_INFINITY)
  assert.equal(world.readAll(log).length, 1)
})

test('truncation into an older segment brings its indexes back, and the log goes on in it', () => {
  const world = new TestWorld()
  const store = world.store('sync', { indexCacheBytes: 0, descriptorsMax: 1 })
  const log = world.open(store, { segmentBytes: 400, indexIntervalBytes: 100 })
  const header = { producerId: 3, producerEpoch: 0, isTransactional: true }
  for (let i = 0; i < 12; i++) {
    world.append(log, [`${i}`], { ...header, baseSequence: i, timestamp: 1000 + i })
    if (i % 3 !== 2) continue
    const marker = buildTransactionMarker(
      'abort',
      { producerId: 3, producerEpoch: 0, coordinatorEpoch: 1, timestampMs: 1000 + i },
      crc32c,
    )
    assert.ok(typeof log.append({ bytes: marker, from: 0, to: marker.length }, 0, 'coordinator', 0) !== 'number')
    world.run()
  }
  assert.ok(log.segments.length > 3)
  world.wait<void>((done) => log.truncateTo(5, done))
  assert.equal(log.endOffset, 5)
  const aborted: AbortedTransaction[] = []
  world.wait<void>((done) => {
    if (log.abortedTransactions(0, 5, aborted, done)) done(null)
  })
  assert.deepEqual(aborted, [{ producerId: 3, firstOffset: 0, lastOffset: 3 }])
  assert.deepEqual(
    world.wait((done) => log.offsetForTimestamp(1003, done)),
    { timestamp: 1003, offset: 4, leaderEpoch: 0 },
  )
  world.append(log, ['again'], { ...header, baseSequence: 4, timestamp: 2000 })
  const marker = buildTransactionMarker(
    'abort',
    { producerId: 3, producerEpoch: 0, coordinatorEpoch: 1, timestampMs: 2000 },
    crc32c,
  )
  assert.ok(typeof log.append({ bytes: marker, from: 0, to: marker.length }, 0, 'coordinator', 0) !== 'number')
  world.run()
  world.wait<void>((done) => store.close(1, done))
  const again = world.open(world.store(), { segmentBytes: 400, indexIntervalBytes: 100 })
  const after: AbortedTransaction[] = []
  world.wait<void>((done) => {
    if (again.abortedTransactions(0, 10, after, done)) done(null)
  })
  assert.deepEqual(
    after.map(({ lastOffset }) => lastOffset),
    [3, 6],
  )
})

test('a time inside a compressed batch is found record by record', () => {
  const world = new TestWorld()
  world.heavy = zlibHeavy(world.clock)
  const log = world.open(world.store())
  const builder = new BatchBuilder()
  for (let i = 0; i < 10; i++) builder.append(1000 + i * 10, null, Buffer.from(`${i}`))
  const bytes = world.wait<Uint8Array>((done) => builder.buildCompressed('gzip', null, world.heavy!, crc32c, done))
  log.append({ bytes, from: 0, to: bytes.length }, 7, 'client', world.wallMs)
  world.append(log, ['later'], { timestamp: 5000, epoch: 7 })
  world.run()
  const at = (timestamp: number) =>
    world.wait<TimestampAndOffset | null>((done) => log.offsetForTimestamp(timestamp, done))
  assert.deepEqual(at(1041), { timestamp: 1050, offset: 5, leaderEpoch: 7 })
  assert.deepEqual(at(1091), { timestamp: 5000, offset: 10, leaderEpoch: 7 })
  assert.equal(at(5001), null)
})

test('old producer snapshots go at the next load', () => {
  const world = new TestWorld()
  for (let i = 0; i < 4; i++) {
    const store = world.store()
    world.append(world.open(store), ['x'], { producerId: 7, producerEpoch: 0, baseSequence: i })
    world.run()
    world.wait<void>((done) => store.close(1, done))
    world.wait<void>((done) => world.disk.remove('/data/.millrace_logs', done))
  }
  const names = world
    .wait<readonly { name: string }[]>((done) => world.disk.list('/data/events-0', done))
    .map(({ name }) => name)
  assert.deepEqual(names.filter((name) => name.endsWith('.snapshot')).sort(), [
    '00000000000000000003.snapshot',
    '00000000000000000004.snapshot',
  ])
})

test('a close writes no producer snapshot where no producer is known, and the next start reads no batch for it', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = world.open(store)
  for (let i = 0; i < 50; i++) world.append(log, ['x'.repeat(100)])
  world.run()
  world.wait<void>((done) => store.close(1, done))
  world.wait<void>((done) => world.disk.remove('/data/.millrace_logs', done))
  const names = world
    .wait<readonly { name: string }[]>((done) => world.disk.list('/data/events-0', done))
    .map(({ name }) => name)
  assert.deepEqual(
    ['.log', '.index', '.timeindex', '.snapshot'].map((end) => names.filter((name) => name.endsWith(end)).length),
    [1, 1, 1, 0],
  )
  const again = world.store()
  assert.equal(world.open(again).endOffset, 50)
  assert.deepEqual(again.reports(), [])
})

test('a read of any size takes a buffer of a bounded one', () => {
  const world = new TestWorld()
  const log = world.open(world.store('sync', { tailCacheBytes: 0 }))
  for (let i = 0; i < 20; i++) world.append(log, ['x'.repeat(1_000_000)])
  world.run()
  const into = lease()
  world.wait<void>((done) => {
    if (log.read({ from: 0, upTo: 20, bytesMax: 2 ** 31 - 1, atLeastOne: true }, into, done)) done(null)
  })
  const [slice] = into.slices
  assert.ok(slice!.to - slice!.from > 10_000_000 && slice!.bytes.length <= 32 * 1024 * 1024)
})

test('a wall clock that jumps neither rolls nor deletes by itself; retention follows it when it looks', () => {
  const world = new TestWorld()
  const store = world.store('sync', { retentionCheckIntervalMs: 1000 })
  const log = world.open(store, { segmentBytes: 300, retentionMs: 60_000, segmentMs: 3_600_000 })
  for (let i = 0; i < 10; i++) world.append(log, [`${i}`])
  log.setHighWatermark(6)
  const segments = log.segments.length
  world.wallMs -= 10_000_000
  world.advance(5000)
  world.append(log, ['back then'])
  assert.deepEqual([log.startOffset, log.segments.length >= segments], [0, true])
  world.wallMs += 20_000_000
  world.advance(5000)
  assert.ok(log.startOffset > 0 && log.startOffset <= 6, `start ${log.startOffset}`)
  assert.equal(log.endOffset, 11)
})

test('old segments go, and a log is deleted, while batches keep coming', () => {
  for (const flush of ['sync', 'os', 'ephemeral'] as const) {
    const world = new TestWorld()
    const store = world.store(flush)
    const log = world.open(store, { segmentBytes: 500, retentionBytes: 1000 })
    const appendAndTurn = (): void => {
      const batch = makeBatch(['x'.repeat(90)], world.wallMs)
      log.append(batch, 0, 'client', world.wallMs)
      log.setHighWatermark(log.durableOffset)
      // Too few turns to come to rest, enough to seal a segment in the time that one fills.
      for (let turn = 0; turn < 3; turn++) world.turn()
    }
    for (let i = 0; i < 100; i++) {
      appendAndTurn()
      if (i % 20 === 19) store.applyRetention(world.wallMs)
    }
    assert.ok(log.startOffset > 50, `${flush}: start ${log.startOffset}`)
    let isDeleted = false
    store.delete('events', 0, () => {
      isDeleted = true
    })
    for (let i = 0; i < 50 && !isDeleted; i++) appendAndTurn()
    assert.ok(isDeleted, flush)
  }
})
