import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type CleanResult, cleanLog } from './clean-log.ts'
import type { CommitLog } from './commit-log.ts'
import { defaultLogConfig, type LogConfig, openLogStore } from './index.ts'
import { deleteOldSegments } from './retention.ts'
import { TestWorld, zlibHeavy } from './test-world.ts'
import type { ActiveProducer, Log, LogStore, Origin, TimestampAndOffset } from './types.ts'

type Op =
  | { op: 'append'; epoch: number; origin: Origin; nowMs: number; batch: string; end: number }
  | { op: 'highWatermark'; offset: number; lastStableOffset: number }
  | { op: 'roll' }
  | { op: 'truncate'; offset: number; end: number }
  | { op: 'startOffset'; offset: number }
  | { op: 'retention'; nowMs: number; start: number }
  | { op: 'clean'; firstDirty: number; nowMs: number; end: number }
  | { op: 'lookup'; timestamp: number; found: TimestampAndOffset | null }

interface Scenario {
  name: string
  config: Record<string, string>
  ops: Op[]
  startOffset: number
  endOffset: number
  producers: ActiveProducer[]
  files: Record<string, string>
}

const scenarios = readFileSync(new URL('../../test/golden/log/scenarios.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Scenario)

function configOf(config: Record<string, string>): LogConfig {
  return {
    ...defaultLogConfig,
    segmentBytes: Number(config['internal.segment.bytes']),
    indexIntervalBytes: Number(config['index.interval.bytes']),
    segmentIndexBytes: Number(config['segment.index.bytes']),
    retentionMs: Number(config['retention.ms']),
    retentionBytes: Number(config['retention.bytes'] ?? -1),
    deleteRetentionMs: Number(config['delete.retention.ms'] ?? 86_400_000),
    cleanupPolicy: new Set([(config['cleanup.policy'] ?? 'delete') as 'delete' | 'compact']),
    messageTimestampAfterMaxMs: 2 ** 63,
  }
}

function play(world: TestWorld, log: CommitLog, op: Op): void {
  switch (op.op) {
    case 'append': {
      world.wallMs = op.nowMs
      const bytes = Uint8Array.from(Buffer.from(op.batch, 'base64'))
      const appended = log.append({ bytes, from: 0, to: bytes.length }, op.epoch, op.origin, op.nowMs)
      assert.ok(typeof appended !== 'number', `append answered ${appended}: ${log.refusal?.message}`)
      assert.equal(log.endOffset, op.end)
      break
    }
    case 'highWatermark':
      log.setHighWatermark(op.offset)
      assert.equal(log.lastStableOffset, op.lastStableOffset)
      break
    case 'roll':
      log.roll()
      break
    case 'truncate':
      world.run()
      world.wait<void>((done) => log.truncateTo(op.offset, done))
      assert.equal(log.endOffset, op.end)
      break
    case 'startOffset':
      assert.equal(log.deleteRecordsBefore(op.offset), 0)
      break
    case 'retention':
      world.run()
      deleteOldSegments(log, op.nowMs)
      world.run()
      assert.equal(log.startOffset, op.start)
      break
    case 'clean':
      world.run()
      assert.equal(
        world.wait<CleanResult>((done) =>
          cleanLog(
            log,
            {
              firstDirtyOffset: op.firstDirty,
              firstUncleanableOffset: log.active.baseOffset,
              nowMs: op.nowMs,
              mapBytesMax: 1 << 20,
              heavy: zlibHeavy(world.clock),
              isAborted: () => false,
            },
            done,
          ),
        ).endOffset,
        op.end,
      )
      break
    case 'lookup':
      assert.deepEqual(
        world.wait<TimestampAndOffset | null>((done) => log.offsetForTimestamp(op.timestamp, done)),
        op.found,
      )
      break
  }
}

function filesOf(world: TestWorld, dir: string): Record<string, string> {
  const files: Record<string, string> = {}
  const entries = world.wait<readonly { name: string }[]>((done) => world.disk.list(dir, done))
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.endsWith('.deleted')) continue
    const bytes = world.wait<Uint8Array>((done) => world.disk.readAll(`${dir}/${name}`, 1 << 24, done))
    files[name] = Buffer.from(bytes).toString('base64')
  }
  return files
}

for (const scenario of scenarios) {
  test(`a log ${scenario.name} has the files that Apache's has, byte for byte`, () => {
    const world = new TestWorld()
    const store = world.store('sync', { descriptorsMax: 1 })
    const log = world.open(store, configOf(scenario.config))
    for (const op of scenario.ops) play(world, log, op)
    assert.deepEqual([log.startOffset, log.endOffset], [scenario.startOffset, scenario.endOffset])
    assert.deepEqual(
      log.activeProducers().toSorted((a, b) => a.producerId - b.producerId),
      scenario.producers,
    )
    world.run()
    world.wait<void>((done) => store.close(1, done))
    const ours = filesOf(world, '/data/events-0')
    assert.deepEqual(Object.keys(ours), Object.keys(scenario.files).toSorted())
    for (const [name, bytes] of Object.entries(scenario.files)) assert.equal(ours[name], bytes, name)
  })

  for (const isClean of [true, false]) {
    test(`what Apache wrote (${scenario.name}) opens ${isClean ? 'as it is' : 'by recovery'} and ends where it did`, () => {
      const world = new TestWorld()
      world.wait<void>((done) => world.store().close(1, done))
      if (!isClean) world.wait<void>((done) => world.disk.remove('/data/.kafka_cleanshutdown', done))
      const dir = '/data/events-0'
      world.wait<void>((done) => world.disk.mkdir(dir, done))
      for (const [name, bytes] of Object.entries(scenario.files)) {
        world.wait<void>((done) => world.disk.replace(`${dir}/${name}`, Buffer.from(bytes, 'base64'), done))
      }
      const starts = `0\n1\nevents 0 ${scenario.startOffset}\n`
      world.wait<void>((done) => world.disk.replace('/data/log-start-offset-checkpoint', Buffer.from(starts), done))
      const store = world.wait<LogStore>((done) => openLogStore(world.env, world.options('sync'), done))
      const ask = {
        topic: 'events',
        partition: 0,
        topicId: 'topicidtopicidtopicidA',
        config: configOf(scenario.config),
      }
      const log = world.wait<Log>((done) => store.open(ask, done))
      assert.deepEqual([log.startOffset, log.endOffset], [scenario.startOffset, scenario.endOffset])
      assert.deepEqual(
        log.activeProducers().toSorted((a, b) => a.producerId - b.producerId),
        scenario.producers,
      )
      assert.deepEqual(world.complaints, [])
      world.readAll(log)
      assert.equal(world.append(log, ['and on'], { epoch: 100, keys: ['key'] }), scenario.endOffset)
    })
  }
}
