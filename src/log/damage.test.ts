import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DirEntry } from '../env/index.ts'
import { defaultLogConfig } from './config.ts'
import { TestWorld } from './test-world.ts'
import type { Log } from './types.ts'

const config = { segmentBytes: 900, indexIntervalBytes: 150 }
const dir = '/data/events-0'

/** A log of several segments with a transactional producer, closed in order. */
function prepared(): { world: TestWorld; values: string[] } {
  const world = new TestWorld()
  const store = world.store()
  const log = world.open(store, config)
  const values: string[] = []
  for (let i = 0; i < 30; i++) {
    const value = `value ${i} ${'.'.repeat(i)}`
    world.append(log, [value], {
      epoch: i >> 3,
      producerId: 7,
      producerEpoch: 0,
      baseSequence: i,
      isTransactional: true,
      timestamp: world.wallMs + i,
    })
    values.push(value)
    world.run()
  }
  log.setHighWatermark(0)
  world.wait<void>((done) => store.close(1, done))
  return { world, values }
}

function bytesOf(world: TestWorld, path: string): Uint8Array {
  return world.wait<Uint8Array>((done) => world.disk.readAll(path, 1 << 20, done))
}
function put(world: TestWorld, path: string, bytes: Uint8Array): void {
  world.wait<void>((done) => world.disk.replace(path, bytes, done))
}
function remove(world: TestWorld, path: string): void {
  world.wait<void>((done) => world.disk.remove(path, done))
}
function names(world: TestWorld): string[] {
  return world.wait<readonly DirEntry[]>((done) => world.disk.list(dir, done)).map(({ name }) => name)
}
/** As after kill -9: no marker. `recoveryPoint` null leaves the checkpoint as it is. */
function unclean(world: TestWorld, recoveryPoint: number | null): void {
  remove(world, '/data/.kafka_cleanshutdown')
  if (recoveryPoint !== null)
    put(world, '/data/recovery-point-offset-checkpoint', Buffer.from(`0\n1\nevents 0 ${recoveryPoint}\n`))
}
/** All values, in order, whole; a failure of the read may cut it short, never change it. */
function assertPrefix(world: TestWorld, log: Log, values: readonly string[]): void {
  let read: string[] = []
  try {
    read = world.readAll(log)
  } catch (thrown) {
    assert.equal((thrown as { code: string }).code, 'ECORRUPTLOG')
  }
  assert.deepEqual(
    read,
    values.slice(0, read.length).map((value, offset) => `${offset}:${value}`),
  )
}

test('a flipped bit above the recovery point cuts the log there and the report says where and why', () => {
  const { world, values } = prepared()
  const last = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  const bytes = bytesOf(world, `${dir}/${last}`)
  bytes[70]! ^= 4
  put(world, `${dir}/${last}`, bytes)
  unclean(world, 0)
  const store = world.store()
  const log = world.open(store, config)
  assert.equal(log.endOffset, Number.parseInt(last, 10))
  assertPrefix(world, log, values)
  const report = store.reports()[0]!
  assert.equal(report.bytesCut, bytes.length)
  assert.match(
    report.reason!,
    new RegExp(`wrong checksum of the batch at offset ${log.endOffset} at byte 0 of ${dir}/${last}`),
  )
  assert.ok(world.complaints.some((line) => line.startsWith('Recovered log and cut its torn end')))
})

test('a flipped bit in an earlier segment drops the segments behind it', () => {
  const { world, values } = prepared()
  const logs = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()
  assert.ok(logs.length > 3)
  const bytes = bytesOf(world, `${dir}/${logs[1]!}`)
  bytes[bytes.length - 1]! ^= 1
  put(world, `${dir}/${logs[1]!}`, bytes)
  unclean(world, 0)
  const store = world.store()
  const log = world.open(store, config)
  assert.equal(store.reports()[0]!.segmentsDropped, logs.length - 2)
  assert.ok(log.endOffset < Number.parseInt(logs[2]!, 10))
  assertPrefix(world, log, values)
  assert.equal(world.append(log, ['on'], { epoch: 9 }), log.endOffset - 1)
})

test('a flipped bit below the recovery point takes that log offline and no other', () => {
  const { world } = prepared()
  const store0 = world.store()
  world.append(world.open(store0, config, 1), ['fine'])
  world.run()
  world.wait<void>((done) => store0.close(1, done))
  const last = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  const bytes = bytesOf(world, `${dir}/${last}`)
  bytes[70]! ^= 4
  put(world, `${dir}/${last}`, bytes)
  unclean(world, 30)
  const store = world.store()
  assert.throws(() => world.open(store, config), { code: 'ECORRUPTLOG', message: /offsets below 30 are certain/ })
  assert.deepEqual(bytesOf(world, `${dir}/${last}`), bytes)
  assert.deepEqual(world.readAll(world.open(store, config, 1)), ['0:fine'])
  assert.equal(store.dirs[0]!.failure, null)
})

test('a bad batch below the known high watermark is not cut either', () => {
  const { world } = prepared()
  const last = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  const bytes = bytesOf(world, `${dir}/${last}`)
  bytes[70]! ^= 4
  put(world, `${dir}/${last}`, bytes)
  unclean(world, 0)
  put(world, '/data/replication-offset-checkpoint', Buffer.from('0\n1\nevents 0 30\n'))
  assert.throws(() => world.open(world.store(), config), { code: 'ECORRUPTLOG' })
})

for (const isClean of [true, false]) {
  const shutdown = isClean ? 'a clean shutdown' : 'a crash'

  test(`after ${shutdown}, missing, empty or cut index files are made anew`, () => {
    for (const change of ['missing', 'empty', 'cut'] as const) {
      const { world, values } = prepared()
      for (const name of names(world).filter((name) => /\.(index|timeindex)$/.test(name))) {
        const path = `${dir}/${name}`
        if (change === 'missing') remove(world, path)
        else if (change === 'empty') put(world, path, new Uint8Array(0))
        else put(world, path, bytesOf(world, path).subarray(0, -3))
      }
      if (!isClean) unclean(world, null)
      const store = world.store('sync', { tailCacheBytes: 0 })
      const log = world.open(store, config)
      assert.equal(log.endOffset, 30)
      assert.deepEqual(
        world.readAll(log),
        values.map((value, offset) => `${offset}:${value}`),
      )
      assert.deepEqual(world.readAll(log, 17, 18), [`17:${values[17]}`])
      if (change === 'empty') continue
      const found = world.wait<{ offset: number } | null>((done) => log.offsetForTimestamp(world.wallMs + 17, done))
      assert.equal(found?.offset, 17)
    }
  })

  test(`after ${shutdown}, no flipped bit in any file makes the start fail otherwise than by name, nor changes a record`, () => {
    const { world: first } = prepared()
    for (const name of names(first)) {
      const length = bytesOf(first, `${dir}/${name}`).length
      const stride = Math.max(1, Math.floor(length / 25))
      for (let at = 0; at < length; at += stride) {
        const { world, values } = prepared()
        const bytes = bytesOf(world, `${dir}/${name}`)
        bytes[at]! ^= 1 << (at & 7)
        put(world, `${dir}/${name}`, bytes)
        if (!isClean) unclean(world, 0)
        const store = world.store('sync', { tailCacheBytes: 0 })
        try {
          const log = world.open(store, config)
          if (!isClean) assertPrefix(world, log, values)
          else if (!name.endsWith('.log')) assertPrefix(world, log, values)
          else {
            // A clean start trusts the files, as Apache does: the consumer's checksum finds it.
            try {
              world.readAll(log)
            } catch (thrown) {
              assert.match((thrown as { code: string }).code ?? String(thrown), /ECORRUPTLOG|ERR_ASSERTION/)
            }
          }
          const appended = world.append(log, ['goes on'], { epoch: 1000 })
          assert.equal(appended, log.endOffset - 1)
          world.run()
          assert.equal(log.failure, null, `${name} byte ${at}`)
        } catch (thrown) {
          assert.match(
            (thrown as { code: string }).code ?? String(thrown),
            /ECORRUPTLOG|ETOPICID/,
            `${name} byte ${at}: ${thrown}`,
          )
        }
      }
    }
  })
}

test('empty segment files, as a crash right after a roll leaves them, are no obstacle', () => {
  const { world, values } = prepared()
  put(world, `${dir}/00000000000000000030.log`, new Uint8Array(0))
  unclean(world, null)
  const log = world.open(world.store(), config)
  assert.deepEqual([log.startOffset, log.endOffset], [0, 30])
  assertPrefix(world, log, values)
})

test('a directory with nothing in it is an empty log', () => {
  const world = new TestWorld()
  world.wait<void>((done) => world.store().close(1, done))
  world.wait<void>((done) => world.disk.mkdir(dir, done))
  const log = world.open(world.store(), config)
  assert.deepEqual([log.startOffset, log.endOffset], [0, 0])
  assert.equal(world.append(log, ['x']), 0)
})

test('damaged checkpoints cost time, never records', () => {
  for (const name of [
    'recovery-point-offset-checkpoint',
    'replication-offset-checkpoint',
    'log-start-offset-checkpoint',
    'cleaner-offset-checkpoint',
  ]) {
    for (const content of ['', '1\n', '0\n5\nevents 0 3\n', '0\n1\nevents x 3\n', '\0\0\0\0']) {
      const { world, values } = prepared()
      put(world, `/data/${name}`, Buffer.from(content))
      unclean(world, null)
      const log = world.open(world.store(), config)
      assert.equal(log.endOffset, 30)
      assertPrefix(world, log, values)
    }
  }
})

test('zeros at the end of the last segment (a file system that grew it, or preallocation) are cut', () => {
  const { world, values } = prepared()
  const last = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1)!
  const bytes = bytesOf(world, `${dir}/${last}`)
  const grown = new Uint8Array(bytes.length + 5000)
  grown.set(bytes)
  put(world, `${dir}/${last}`, grown)
  unclean(world, null)
  const log = world.open(world.store(), config)
  assert.equal(log.endOffset, 30)
  assertPrefix(world, log, values)
  assert.equal(bytesOf(world, `${dir}/${last}`).length, bytes.length)
})

test('a log whose files are gone or end too early says what is lost, or is refused when its end must be there', () => {
  for (const change of ['missing', 'last segment missing'] as const) {
    const damaged = (): TestWorld => {
      const { world } = prepared()
      unclean(world, 30)
      const logs = names(world).filter((name) => name.endsWith('.log'))
      for (const name of change === 'last segment missing' ? logs.slice(-1) : logs) {
        remove(world, `${dir}/${name}`)
      }
      return world
    }
    const strict = damaged()
    const ask = { topic: 'events', partition: 0, topicId: 'topicidtopicidtopicidA', config: defaultLogConfig }
    assert.throws(() => strict.wait<Log>((done) => strict.store().open({ ...ask, isEndRequired: true }, done)), {
      code: 'ECORRUPTLOG',
      message: /events-0 ends at offset \d+; offsets below 30 are certain\. Put its files back/,
    })
    const world = damaged()
    const log = world.open(world.store(), config)
    assert.ok(log.endOffset < 30)
    const told = world.complaints.filter((line) => line.startsWith('Log ends before what was known to be on disk'))
    assert.equal(told.length, 1, change)
    assert.match(told[0]!, new RegExp(`"endOffset":${log.endOffset},"known":30`))
  }
})

test('segments that are empty although what they held was certain are missing, whoever opens the log', () => {
  const { world } = prepared()
  for (const name of names(world).filter((name) => name.endsWith('.log')))
    put(world, `${dir}/${name}`, new Uint8Array(0))
  unclean(world, 30)
  assert.throws(() => world.open(world.store(), config), {
    code: 'ECORRUPTLOG',
    message: /^offsets 0 to \d+ are missing/,
  })
})

test('with flush=os the written end was never certain: a log that lost some of it is cut and opened', () => {
  const { world, values } = prepared()
  unclean(world, 0)
  put(world, '/data/replication-offset-checkpoint', Buffer.from(`0\n1\nevents 0 ${values.length}\n`))
  const last = `${dir}/${names(world)
    .filter((name) => name.endsWith('.log'))
    .at(-1)!}`
  put(world, last, bytesOf(world, last).subarray(0, -3))
  const log = world.open(world.store('os'), config)
  assert.equal(log.endOffset, values.length - 1)
})

test('a damaged base offset, which no checksum covers, does not make certain records behind it uncertain', () => {
  for (const [at, bit] of [
    [0, 0x10],
    [4, 1],
    [6, 0x40],
    [7, 0x20],
  ] as const) {
    const { world, values } = prepared()
    unclean(world, 0)
    put(world, '/data/replication-offset-checkpoint', Buffer.from(`0\n1\nevents 0 ${values.length}\n`))
    const first = `${dir}/${names(world).find((name) => name.endsWith('.log'))!}`
    const bytes = bytesOf(world, first)
    bytes[at]! ^= bit
    put(world, first, bytes)
    assert.throws(() => world.open(world.store(), config), { code: 'ECORRUPTLOG' })
    assert.deepEqual(bytesOf(world, first), bytes, 'nothing is cut')
  }
})

test('files cut after a clean shutdown, which nobody looks at: reads fail by name, and no write leaves a hole', () => {
  const { world } = prepared()
  const last = `${dir}/${names(world)
    .filter((name) => name.endsWith('.log'))
    .at(-1)!}`
  const left = bytesOf(world, last).subarray(0, -100)
  put(world, last, left)
  const store = world.store('sync', { tailCacheBytes: 0 })
  const log = world.open(store, config)
  assert.equal(log.endOffset, 30)
  assert.throws(() => world.readAll(log, 29), { code: 'ECORRUPTLOG', message: /is damaged at byte/ })
  assert.throws(() => world.readAll(log, 29), { code: 'ECORRUPTLOG' })
  assert.equal(world.complaints.filter((line) => line.startsWith('Records cannot be read')).length, 1)
  world.append(log, ['goes on'], { epoch: 1000 })
  world.run()
  assert.equal(log.failure?.code, 'ECORRUPTLOG')
  assert.match(world.complaints.at(-1)!, /Log was changed while no broker ran .* the last clean shutdown left \d+/)
  assert.deepEqual(bytesOf(world, last), left)
  assert.equal(store.dirs[0]!.failure, null, 'the directory and its other logs go on')
})

test('what a clean shutdown noted means nothing when a bit of it has changed', () => {
  const { world: first } = prepared()
  const noted = bytesOf(first, '/data/.millrace_logs')
  for (let at = 0; at < noted.length; at += 3) {
    const { world, values } = prepared()
    const bytes = noted.slice()
    bytes[at]! ^= 1 << (at & 7)
    put(world, '/data/.millrace_logs', bytes)
    const log = world.open(world.store(), config)
    assert.equal(log.endOffset, 30, `byte ${at}`)
    assert.equal(world.readAll(log).length, values.length)
  }
})

for (const isClean of [true, false]) {
  const shutdown = isClean ? 'a clean shutdown' : 'a crash'

  for (const what of ['.log', 'every file']) {
    test(`after ${shutdown}, a missing segment in the middle (${what} of it) is said by its offsets, not passed over`, () => {
      const { world } = prepared()
      const bases = names(world)
        .filter((name) => name.endsWith('.log'))
        .sort()
        .map((name) => name.slice(0, 20))
      for (const name of names(world)) {
        if (name.startsWith(bases[1]!) && (what !== '.log' || name.endsWith('.log'))) remove(world, `${dir}/${name}`)
      }
      remove(world, '/data/.millrace_logs')
      if (!isClean) unclean(world, 30)
      const store = world.store()
      const missing = `offsets ${Number(bases[1])} to ${Number(bases[2]) - 1} are missing between ${dir}/${bases[0]}.log and ${bases[2]}.log. Put`
      assert.throws(() => world.open(store, config), { code: 'ECORRUPTLOG', message: new RegExp(`^${missing}`) })
      assert.equal(store.dirs[0]!.failure, null)
      world.append(world.open(store, config, 1), ['others go on'])
    })
  }
}

test('gaps that compaction left are in order, also when the topic is not compacted any more', () => {
  const { world } = prepared()
  const second = names(world)
    .filter((name) => name.endsWith('.log'))
    .sort()[1]!
  remove(world, `${dir}/${second}`)
  put(world, '/data/cleaner-offset-checkpoint', Buffer.from('0\n1\nevents 0 20\n'))
  unclean(world, 30)
  assert.equal(world.open(world.store(), config).endOffset, 30)
})

test('a directory in the place of any file of a log takes that log offline and no other', () => {
  const { world: example } = prepared()
  for (const name of [...names(example), 'partition.metadata']) {
    const { world } = prepared()
    const store0 = world.store()
    world.append(world.open(store0, config, 1), ['fine'])
    world.run()
    world.wait<void>((done) => store0.close(1, done))
    remove(world, `${dir}/${name}`)
    world.wait<void>((done) => world.disk.mkdir(`${dir}/${name}`, done))
    unclean(world, 0)
    const store = world.store()
    // What is not needed is not opened; what is, is named.
    try {
      world.open(store, config)
    } catch (thrown) {
      assert.equal((thrown as { code: string }).code, 'ECORRUPTLOG', name)
      assert.match((thrown as Error).message, /directory/, name)
    }
    assert.equal(store.dirs[0]!.failure, null, name)
    assert.deepEqual(world.readAll(world.open(store, config, 1)), ['0:fine'])
    world.append(store.get('events', 1)!, ['and takes more'])
  }
})

test('a file in the place of a log is said when the log is asked for, and is not set aside with the strays', () => {
  const world = new TestWorld()
  const store0 = world.store()
  world.wait<void>((done) => store0.close(1, done))
  for (const name of ['events-0', 'report-2024']) put(world, `/data/${name}`, Buffer.from('a file'))
  remove(world, '/data/.kafka_cleanshutdown')
  const store = world.store()
  assert.throws(() => world.open(store, config), { code: 'ECORRUPTLOG', message: /events-0.*a file stands where/ })
  assert.equal(
    world.wait<number>((done) => store.removeStrays(() => false, done)),
    0,
  )
  assert.deepEqual(bytesOf(world, '/data/report-2024'), new Uint8Array(Buffer.from('a file')))
  world.wait<void>((done) => store.close(1, done))
  assert.equal(bytesOf(world, '/data/.kafka_cleanshutdown').length > 0, true)
})
