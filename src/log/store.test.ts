import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8Encode } from '../bytes/index.ts'
import type { DirEntry, Failure } from '../env/index.ts'
import { defaultLogConfig } from './config.ts'
import { openLogStore, readMetaProperties, writeMetaProperties } from './index.ts'
import { lease, makeBatch, TestWorld } from './test-world.ts'
import type { Log, LogStore, OpenLog } from './types.ts'

const TOPIC_ID = 'topicidtopicidtopicidA'
const two = { dirs: ['/one', '/two'] }

function ask(partition: number, more: Partial<OpenLog> = {}): OpenLog {
  return { topic: 'events', partition, topicId: TOPIC_ID, config: defaultLogConfig, ...more }
}
function open(world: TestWorld, store: LogStore, partition: number, more: Partial<OpenLog> = {}): Log {
  return world.wait<Log>((done) => store.open(ask(partition, more), done))
}
function close(world: TestWorld, store: LogStore, brokerEpoch = 1): void {
  world.wait<void>((done) => store.close(brokerEpoch, done))
}
function names(world: TestWorld, dir: string): string[] {
  return world.wait<readonly DirEntry[]>((done) => world.disk.list(dir, done)).map(({ name }) => name)
}
function text(world: TestWorld, path: string): string {
  return Buffer.from(world.wait<Uint8Array>((done) => world.disk.readAll(path, 1 << 20, done))).toString()
}

test('new logs are spread over the directories, and each is found again where it was made', () => {
  const world = new TestWorld()
  const store = world.store('sync', two)
  for (let i = 0; i < 4; i++) world.append(open(world, store, i), [`${i}`])
  world.run()
  assert.deepEqual(
    names(world, '/one').filter((name) => name.startsWith('events')),
    ['events-0', 'events-2'],
  )
  assert.deepEqual(
    names(world, '/two').filter((name) => name.startsWith('events')),
    ['events-1', 'events-3'],
  )
  close(world, store)
  const again = world.store('sync', two)
  assert.equal(again.found.length, 4)
  for (let i = 0; i < 4; i++) assert.deepEqual(world.readAll(open(world, again, i)), [`0:${i}`])
})

test('a log goes to the directory that is asked for', () => {
  const world = new TestWorld()
  const store = world.store('sync', two)
  const directoryId = store.dirs[1]!.id
  for (let i = 0; i < 3; i++) assert.equal(open(world, store, i, { directoryId }).directoryId, directoryId)
  assert.throws(() => open(world, store, 9, { directoryId: 'nosuchdirectoryanyonexA' }), { code: 'EOFFLINE' })
})

test('a directory of another cluster or node is refused by name', () => {
  for (const [change, reason] of [
    [{ clusterId: 'other' }, /cluster.id is other, expected cluster/],
    [{ nodeId: 9 }, /node.id is 9, but this node is configured as 1/],
  ] as const) {
    const world = new TestWorld()
    close(world, world.store())
    const meta = { clusterId: 'cluster', nodeId: 1, directoryId: 'directorydirectorydirA', ...change }
    world.wait<void>((done) => writeMetaProperties(world.disk, '/data', meta, 0, done))
    assert.throws(
      () => world.wait<LogStore>((done) => openLogStore(world.env, world.options('sync'), done)),
      (thrown: Failure) => {
        assert.equal(thrown.code, 'EMETA')
        assert.match(thrown.message, reason)
        return true
      },
    )
  }
})

test('a directory that was never formatted is refused when it is the only one, and joins the others when not', () => {
  const world = new TestWorld()
  world.wait<void>((done) => world.disk.mkdir('/one', done))
  assert.throws(
    () => world.wait<LogStore>((done) => openLogStore(world.env, world.options('sync', { dirs: ['/one'] }), done)),
    { code: 'EUNFORMATTED' },
  )
  close(world, world.store('sync', { dirs: ['/two'] }))
  const store = world.wait<LogStore>((done) => openLogStore(world.env, world.options('sync', two), done))
  assert.notEqual(store.dirs[0]!.id, store.dirs[1]!.id)
  const meta = world.wait((done) => readMetaProperties(world.disk, '/one', done))
  assert.deepEqual(meta, { clusterId: 'cluster', nodeId: 1, directoryId: store.dirs[0]!.id })
})

test('meta.properties as Java writes it is understood', () => {
  const world = new TestWorld()
  world.wait<void>((done) => world.disk.mkdir('/data', done))
  const java =
    '#\n#Tue Nov 24 10:00:00 UTC 2026\ncluster.id=MkU3OEVBNTcwNTJENDM2Qk\ndirectory.id=abcdefghijklmnopqrstuA\nnode.id=1\nversion=1\n'
  world.wait<void>((done) => world.disk.replace('/data/meta.properties', utf8Encode(java), done))
  assert.deepEqual(
    world.wait((done) => readMetaProperties(world.disk, '/data', done)),
    { clusterId: 'MkU3OEVBNTcwNTJENDM2Qk', nodeId: 1, directoryId: 'abcdefghijklmnopqrstuA' },
  )
})

test('a log of another topic id under the same name is refused', () => {
  const world = new TestWorld()
  const store = world.store()
  open(world, store, 0)
  close(world, store)
  const again = world.store()
  assert.throws(() => open(world, again, 0, { topicId: 'anothertopicidanotherA' }), { code: 'ETOPICID' })
})

test('a missing partition.metadata is written again from what the caller knows', () => {
  const world = new TestWorld()
  const store = world.store()
  open(world, store, 0)
  close(world, store)
  world.wait<void>((done) => world.disk.remove('/data/events-0/partition.metadata', done))
  world.wait<void>((done) => world.disk.remove('/data/.millrace_logs', done))
  const again = world.store()
  assert.equal(again.found[0]!.topicId, null)
  open(world, again, 0)
  assert.equal(text(world, '/data/events-0/partition.metadata'), `version: 0\ntopic_id: ${TOPIC_ID}`)
})

test('what no topic wants is set aside as stray and kept', () => {
  const world = new TestWorld()
  const store = world.store()
  for (let i = 0; i < 3; i++) open(world, store, i)
  close(world, store)
  const again = world.store()
  const count = world.wait<number>((done) => again.removeStrays(({ partition }) => partition !== 1, done))
  assert.equal(count, 1)
  world.advance(120_000)
  assert.ok(names(world, '/data').some((name) => /^events-1\.[0-9a-f]{32}-stray$/.test(name)))
  assert.deepEqual(
    again.found.map(({ partition }) => partition),
    [0, 2],
  )
  close(world, again)
  assert.deepEqual(
    world.store().found.map(({ partition }) => partition),
    [0, 2],
  )
})

test('deletion that a crash interrupted is finished at the next start', () => {
  const world = new TestWorld()
  const store = world.store()
  open(world, store, 0)
  world.wait<void>((done) => store.delete('events', 0, done))
  world.crash({ names: 'all' })
  const again = world.store()
  world.advance(1)
  assert.deepEqual(again.found, [])
  assert.ok(!names(world, '/data').some((name) => name.startsWith('events')))
})

test('a topic made again under the name of a deleted one is empty', () => {
  const world = new TestWorld()
  const store = world.store()
  world.append(open(world, store, 0), ['old'])
  world.run()
  world.wait<void>((done) => store.delete('events', 0, done))
  const log = open(world, store, 0, { topicId: 'anothertopicidanotherA' })
  assert.equal(log.endOffset, 0)
  world.append(log, ['new'])
  world.run()
  close(world, store)
  assert.deepEqual(world.readAll(open(world, world.store(), 0, { topicId: 'anothertopicidanotherA' })), ['0:new'])
})

test('a topic made again while the deleted one was still being opened gets a log of its own', () => {
  const world = new TestWorld()
  const store = world.store()
  const old = { topic: 'events', partition: 0, topicId: 'topicidtopicidtopicidA', config: defaultLogConfig }
  const found: Log[] = []
  store.open(old, (failure, log) => {
    assert.equal(failure, null)
    found.push(log)
    // Its topic is gone by now.
    store.delete('events', 0, () => undefined)
  })
  store.open({ ...old, topicId: 'anothertopicidanotherA' }, (failure, log) => {
    assert.equal(failure, null)
    found.push(log)
  })
  world.run()
  assert.deepEqual(
    found.map((log) => log.topicId),
    ['topicidtopicidtopicidA', 'anothertopicidanotherA'],
  )
  world.append(found[1]!, ['new'])
  world.run()
  close(world, store)
  assert.deepEqual(world.readAll(open(world, world.store(), 0, { topicId: 'anothertopicidanotherA' })), ['0:new'])
})

test('checkpoints are written in their cadence and only when something moved', () => {
  const world = new TestWorld()
  const store = world.store('os', {
    highWatermarkCheckpointIntervalMs: 5000,
    recoveryPointCheckpointIntervalMs: 60_000,
  })
  const log = open(world, store, 0)
  world.append(log, ['a', 'b'])
  log.setHighWatermark(2)
  world.advance(5001)
  assert.equal(text(world, '/data/replication-offset-checkpoint'), '0\n1\nevents 0 2\n')
  log.requestFlush()
  world.advance(60_000)
  assert.equal(text(world, '/data/recovery-point-offset-checkpoint'), '0\n1\nevents 0 2\n')
  log.deleteRecordsBefore(1)
  world.advance(60_000)
  assert.equal(text(world, '/data/log-start-offset-checkpoint'), '0\n1\nevents 0 1\n')
  world.wait<void>((done) => world.disk.remove('/data/replication-offset-checkpoint', done))
  world.advance(20_000)
  assert.ok(!names(world, '/data').includes('replication-offset-checkpoint'))
})

test('the log start survives a restart', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = open(world, store, 0)
  world.append(log, ['a', 'b', 'c'])
  log.setHighWatermark(3)
  world.append(log, ['d'])
  world.run()
  log.deleteRecordsBefore(3)
  close(world, store)
  const again = open(world, world.store(), 0)
  assert.deepEqual([again.startOffset, again.endOffset], [3, 4])
  assert.deepEqual(world.readAll(again), ['3:d'])
})

test('a log start that was asked to be saved survives a crash, and one write serves all who ask at once', () => {
  const world = new TestWorld()
  const store = world.store()
  const logs = [0, 1, 2].map((partition) => open(world, store, partition))
  for (const log of logs) {
    for (let i = 0; i < 5; i++) world.append(log, [`value ${i}`])
    world.run()
    log.setHighWatermark(5)
    log.deleteRecordsBefore(3)
  }
  let writes = 0
  const replace = world.disk.replace.bind(world.disk)
  world.disk.replace = (path, bytes, done) => {
    if (path.endsWith('log-start-offset-checkpoint')) writes++
    replace(path, bytes, done)
  }
  let saved = 0
  for (const log of logs) store.saveLogStarts([log], () => saved++)
  world.run()
  assert.deepEqual([saved, writes], [3, 2])
  world.crash({ names: 'all' })
  const again = world.store()
  for (const partition of [0, 1, 2]) assert.equal(open(world, again, partition).startOffset, 3)
})

test('one failing directory takes its logs offline and leaves the others alone', () => {
  let isBroken = false
  const world = new TestWorld({
    fault: (operation, path) => (isBroken && path.startsWith('/one') && operation === 'write' ? 'EIO' : null),
  })
  const store = world.store('sync', two)
  const logs = [0, 1].map((partition) => open(world, store, partition))
  const told: string[] = []
  store.onDirectoryFailure = (dir, failure) => told.push(`${dir.path} ${failure.code}`)
  logs[0]!.onFailure = (failure) => told.push(`log ${failure.code}`)
  isBroken = true
  for (const log of logs) world.append(log, ['x'])
  world.run()
  assert.deepEqual(told.sort(), ['/one EIO', 'log EIO'])
  assert.equal(logs[0]!.failure?.code, 'EIO')
  assert.equal(logs[1]!.failure, null)
  assert.equal(logs[1]!.flushedOffset, 1)
  assert.equal(open(world, store, 7).directoryId, store.dirs[1]!.id)
  isBroken = false
  close(world, store)
  assert.ok(!names(world, '/one').includes('.kafka_cleanshutdown'))
  assert.ok(names(world, '/two').includes('.kafka_cleanshutdown'))
})

test('a directory that cannot be used at the start is offline and the node starts with the others', () => {
  let isBroken = false
  const world = new TestWorld({
    fault: (operation, path) => (isBroken && path.startsWith('/one') && operation !== 'list' ? 'EROFS' : null),
  })
  close(world, world.store('sync', two))
  isBroken = true
  const store = world.wait<LogStore>((done) => openLogStore(world.env, world.options('sync', two), done))
  assert.deepEqual(
    store.dirs.map(({ failure }) => failure?.code ?? null),
    ['EROFS', null],
  )
  assert.equal(open(world, store, 0).directoryId, store.dirs[1]!.id)
})

test('no clean-shutdown marker is written while a log still waits for its recovery', () => {
  const world = new TestWorld()
  const store = world.store()
  for (let i = 0; i < 2; i++) world.append(open(world, store, i), ['x'])
  world.run()
  world.crash({ names: 'all' })
  const again = world.store()
  assert.ok(!again.wasCleanShutdown)
  open(world, again, 0)
  close(world, again)
  assert.ok(!names(world, '/data').includes('.kafka_cleanshutdown'))
  const third = world.store()
  for (let i = 0; i < 2; i++) open(world, third, i)
  close(world, third)
  assert.ok(names(world, '/data').includes('.kafka_cleanshutdown'))
})

test('nor while one is still being recovered, or a copy waits to be gone on with', () => {
  for (const left of ['log', 'copy'] as const) {
    const world = new TestWorld()
    const store = world.store('sync', two)
    const log = open(world, store, 0)
    world.append(log, ['a'])
    world.run()
    if (left === 'copy') {
      copy(
        world,
        log,
        world.wait<Log>((done) => store.openFuture({ ...ask(0), directoryId: store.dirs[1]!.id }, done)),
      )
    }
    world.crash()
    const again = world.store('sync', two)
    if (left === 'copy') open(world, again, 0)
    else {
      again.open(ask(0), (failure) => assert.equal(failure?.code, 'EOFFLINE'))
    }
    close(world, again)
    const [one, other] = ['/one', '/two'].map((dir) => names(world, dir).includes('.kafka_cleanshutdown'))
    assert.deepEqual([one, other], left === 'log' ? [false, true] : [true, false], left)
    assert.deepEqual(world.readAll(open(world, world.store('sync', two), 0)), ['0:a'])
  }
})

test('a copy takes the place of a log that is gone with its directory, when it is asked for there', () => {
  const world = new TestWorld()
  const store = world.store('sync', two)
  const log = open(world, store, 0)
  world.append(log, ['a'])
  world.run()
  const directoryId = store.dirs[1]!.id
  copy(
    world,
    log,
    world.wait<Log>((done) => store.openFuture({ ...ask(0), directoryId }, done)),
  )
  close(world, store)
  world.wait<void>((done) => world.disk.remove('/one/events-0', done))
  const again = world.store('sync', two)
  const found = open(world, again, 0, { directoryId })
  assert.equal(found.directoryId, directoryId)
  assert.deepEqual(world.readAll(found), ['0:a'])
  assert.equal(again.found.length, 0)
})

test('a new segment has its indexes and its epochs beside it at once', () => {
  const world = new TestWorld()
  const store = world.store()
  // As a leader does.
  world.wait<void>((done) =>
    store.open(ask(0), (failure, log) => {
      log.assignEpoch(0)
      done(failure)
    }),
  )
  world.append(store.get('events', 0)!, ['a'])
  world.run()
  const first = '0'.repeat(20)
  const wanted = ['.index', '.log', '.timeindex'].map((ending) => first + ending)
  assert.deepEqual(names(world, '/data/events-0').sort(), [...wanted, 'leader-epoch-checkpoint', 'partition.metadata'])
  assert.equal(text(world, '/data/events-0/leader-epoch-checkpoint'), '0\n1\n0 0\n')
})

test('a log that has nothing and no directory yet is not made by a close, nor by what is saved in between', () => {
  const world = new TestWorld()
  const store = world.store('sync')
  const logs: Log[] = []
  for (let i = 0; i < 200; i++) store.open(ask(i), (_, log) => logs.push(log))
  while (logs.length < 200) world.turn()
  for (const log of logs) log.assignEpoch(1)
  world.append(logs[199]!, ['x'])
  close(world, store)
  const made = names(world, '/data').filter((name) => name.startsWith('events'))
  assert.ok(made.length < 150 && made.includes('events-199'), `${made.length}`)
  assert.ok(!text(world, '/data/replication-offset-checkpoint').includes('events 150 '))
  const again = world.store('sync')
  assert.equal(again.wasCleanShutdown, true)
  assert.deepEqual(again.found.map(({ partition }) => partition).toSorted().length, made.length)
  assert.deepEqual(world.append(open(world, again, 150), ['y']), world.append(open(world, again, 151), ['z']))
  assert.deepEqual(world.readAll(open(world, again, 199)), ['0:x'])
  assert.deepEqual(world.complaints, [])
})

test('the marker is gone as soon as the store is open', () => {
  const world = new TestWorld()
  close(world, world.store(), 42)
  const store = world.store()
  assert.equal(store.previousBrokerEpoch, 42)
  world.crash()
  assert.ok(!world.store().wasCleanShutdown)
})

test('running out of descriptors closes those at rest and goes on', () => {
  let refusals = 0
  const world = new TestWorld({
    fault: (operation, path) => (operation === 'open' && path.endsWith('.log') && refusals-- > 0 ? 'EMFILE' : null),
  })
  const store = world.store('os')
  const logs = Array.from({ length: 10 }, (_, i) => open(world, store, i))
  refusals = 1
  logs.push(open(world, store, 10))
  for (const log of logs) world.append(log, ['x'])
  world.run()
  for (const log of logs) assert.deepEqual([log.failure, log.writtenOffset], [null, 1])
})

test('a clean start asks nothing of a log before it is opened', () => {
  const world = new TestWorld()
  const store = world.store()
  for (let i = 0; i < 5; i++) world.append(open(world, store, i), ['a', 'b', 'c', 'd', 'e'].slice(i))
  world.run()
  close(world, store)
  const found = world.store().found
  assert.deepEqual(
    found.map(({ recoveryPoint }) => recoveryPoint),
    [5, 4, 3, 2, 1],
  )
})

/** Copies the batches of one log to another as a follower does. */
function copy(world: TestWorld, from: Log, to: Log): void {
  while (to.endOffset < from.endOffset) {
    const into = lease()
    const ask = { from: to.endOffset, upTo: from.endOffset, bytesMax: 1 << 20, atLeastOne: true }
    world.wait<void>((done) => {
      if (from.read(ask, into, done)) done(null)
    })
    for (const slice of into.slices)
      assert.ok(typeof to.appendAsFollower({ ...slice, bytes: slice.bytes.slice() }) !== 'number')
    into.release()
  }
  world.run()
}

test('a log moves to another directory: the copy takes its name, the old one goes', () => {
  const world = new TestWorld()
  const store = world.store('sync', two)
  const log = open(world, store, 0)
  for (let i = 0; i < 5; i++) world.append(log, [`${i}`], { epoch: i })
  log.setHighWatermark(4)
  world.run()
  const other = store.dirs[1]!.id
  const future = world.wait<Log>((done) => store.openFuture({ ...ask(0), directoryId: other }, done))
  assert.equal(store.future('events', 0), future)
  assert.throws(() => world.wait<Log>((done) => store.promoteFuture('events', 0, () => undefined, done)), {
    code: 'EINVAL',
  })
  copy(world, log, future)
  assert.ok(names(world, '/two').some((name) => /^events-0\.[0-9a-f]{32}-future$/.test(name)))
  const moved = world.wait<Log>((done) => store.promoteFuture('events', 0, () => undefined, done))
  assert.equal(store.get('events', 0), moved)
  assert.equal(store.future('events', 0), null)
  assert.deepEqual([moved.directoryId, moved.highWatermark, moved.latestEpoch], [other, 4, 4])
  assert.equal(world.append(moved, ['on'], { epoch: 4 }), 5)
  world.run()
  assert.ok(names(world, '/two').includes('events-0'))
  assert.ok(!names(world, '/one').includes('events-0'))
  close(world, store)
  const again = open(world, world.store('sync', two), 0)
  assert.deepEqual([again.directoryId, again.endOffset], [other, 6])
  assert.deepEqual(world.readAll(again).at(-1), '5:on')
})

test('a move that is called off leaves the log where it is', () => {
  const world = new TestWorld()
  const store = world.store('sync', two)
  const log = open(world, store, 0)
  world.append(log, ['a'])
  const future = world.wait<Log>((done) => store.openFuture({ ...ask(0), directoryId: store.dirs[1]!.id }, done))
  copy(world, log, future)
  world.wait<void>((done) => store.deleteFuture('events', 0, done))
  world.advance(10)
  assert.deepEqual(
    names(world, '/two').filter((name) => name.startsWith('events')),
    [],
  )
  assert.deepEqual(world.readAll(log), ['0:a'])
})

test('a power cut at any turn of a move leaves one whole log', () => {
  const moveUntilDark = (world: TestWorld): void => {
    try {
      const store = world.store('sync', two)
      const log = open(world, store, 0)
      for (let i = 0; i < 3; i++) world.append(log, [`${i}`])
      world.run()
      const future = world.wait<Log>((done) => store.openFuture({ ...ask(0), directoryId: store.dirs[1]!.id }, done))
      copy(world, log, future)
      world.wait<Log>((done) => store.promoteFuture('events', 0, () => undefined, done))
    } catch (thrown) {
      if (!(thrown as Error).message.includes('no answer came')) throw thrown
    }
  }
  const whole = new TestWorld()
  moveUntilDark(whole)
  const before = 30
  assert.ok(whole.turns > before)
  for (const ending of [{}, { names: 'all' as const }]) {
    for (let turns = before; turns <= whole.turns; turns++) {
      const world = new TestWorld()
      world.turnsMax = turns
      moveUntilDark(world)
      world.crash(ending)
      const store = world.store('sync', two)
      assert.deepEqual(world.readAll(open(world, store, 0)), ['0:0', '1:1', '2:2'], `after ${turns} turns`)
      assert.equal(store.found.filter(({ isFuture }) => !isFuture).length, 0)
    }
  }
})

test('what a clean shutdown knew of its logs counts only under its own marker', () => {
  const world = new TestWorld()
  const store = world.store()
  const log = open(world, store, 0)
  world.append(log, ['ours'])
  world.run()
  close(world, store, 3)
  assert.ok(names(world, '/data').includes('.millrace_logs'))
  // Somebody else (Apache) starts on the directory, appends, and shuts down in order with a marker of its own.
  const path = '/data/events-0/00000000000000000000.log'
  const theirs = makeBatch(['theirs'], world.wallMs, { baseOffset: 1, leaderEpoch: 2 }).bytes
  const before = world.wait<Uint8Array>((done) => world.disk.readAll(path, 1 << 20, done))
  world.wait<void>((done) => world.disk.replace(path, Buffer.concat([before, theirs]), done))
  world.wait<void>((done) =>
    world.disk.replace('/data/.kafka_cleanshutdown', utf8Encode('{"version":0,"brokerEpoch":9}'), done),
  )
  const again = world.store()
  assert.deepEqual([again.wasCleanShutdown, again.previousBrokerEpoch], [true, 9])
  assert.deepEqual(world.readAll(open(world, again, 0)), ['0:ours', '1:theirs'])
})

test('a log that was not touched since the last clean shutdown is stopped and started without a look at its files', () => {
  let reads = 0
  const world = new TestWorld({
    fault: (operation, path) => {
      if (path.startsWith('/data/events-') && operation !== 'list') reads++
      return null
    },
  })
  const first = world.store()
  for (let i = 0; i < 20; i++)
    world.append(open(world, first, i), [`${i}`], { producerId: i, producerEpoch: 0, baseSequence: 0 })
  world.run()
  close(world, first)
  reads = 0
  for (let round = 0; round < 2; round++) {
    const store = world.store()
    assert.equal(store.found.length, 20)
    for (let i = 0; i < 20; i += round + 1) {
      const log = open(world, store, i)
      assert.deepEqual([log.endOffset, log.activeProducers()[0]?.producerId], [1, i])
    }
    close(world, store)
  }
  assert.equal(reads, 0)
  const log = open(world, world.store(), 3)
  assert.deepEqual(world.readAll(log), ['0:3'])
  assert.equal(
    log.append(
      makeBatch(['x'], world.wallMs, { producerId: 3, producerEpoch: 0, baseSequence: 5 }),
      0,
      'client',
      world.wallMs,
    ),
    45,
  )
})

test('a new log under the name of a deleted one owes nothing to what the checkpoints said of that', () => {
  const world = new TestWorld()
  const store = world.store()
  const old = open(world, store, 0)
  for (let i = 0; i < 40; i++) world.append(old, [`old ${i}`])
  world.run()
  old.setHighWatermark(40)
  assert.equal(old.deleteRecordsBefore(30), 0)
  world.advance(120_000)
  assert.match(text(world, '/data/log-start-offset-checkpoint'), /events 0 30/)
  world.wait<void>((done) => store.delete('events', 0, done))
  const fresh = open(world, store, 0, { topicId: 'anothertopicidanotherA' })
  for (let i = 0; i < 5; i++) world.append(fresh, [`new ${i}`])
  world.run()
  assert.equal(fresh.flushedOffset, 5)
  world.crash()
  const again = world.store()
  assert.deepEqual(
    world.readAll(open(world, again, 0, { topicId: 'anothertopicidanotherA' })),
    [0, 1, 2, 3, 4].map((i) => `${i}:new ${i}`),
  )
})

test('a checkpoint that names a log without a directory is corrected before a log takes that name', () => {
  const world = new TestWorld()
  close(world, world.store())
  const stale = utf8Encode('0\n1\nevents 0 30\n')
  for (const name of ['log-start', 'recovery-point', 'replication']) {
    world.wait<void>((done) => world.disk.replace(`/data/${name}-offset-checkpoint`, stale, done))
  }
  const log = open(world, world.store(), 0)
  for (let i = 0; i < 5; i++) world.append(log, [`new ${i}`])
  world.run()
  world.crash()
  assert.equal(world.readAll(open(world, world.store(), 0)).length, 5)
})
