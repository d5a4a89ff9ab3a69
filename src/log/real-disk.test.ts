import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import type { Failure } from '../env/index.ts'
import { type NodeEnv, nodeEnv } from '../env/node/index.ts'
import { defaultLogConfig, openLogStore, writeMetaProperties } from './index.ts'
import { makeBatch, recordsIn } from './test-world.ts'
import type { FlushMode, Log, LogStore, ReadInto } from './types.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-log-'))
const worlds: NodeEnv[] = []
after(() => {
  for (const world of worlds) world.close()
  rmSync(root, { recursive: true, force: true })
})

function wait<T>(start: (done: (failure: Failure | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) =>
      failure === null ? resolve(value) : reject(Object.assign(new Error(failure.message), failure)),
    )
  })
}

/** A new process, as far as files are concerned. */
async function opened(dir: string, flush: FlushMode): Promise<{ env: NodeEnv; store: LogStore }> {
  const env = nodeEnv({ logLevel: 'off' })
  worlds.push(env)
  const options = { dirs: [dir], nodeId: 1, clusterId: 'cluster', flush, defaults: defaultLogConfig }
  return { env, store: await wait<LogStore>((done) => openLogStore({ ...env, crc32c }, options, done)) }
}

async function formatted(name: string): Promise<string> {
  const dir = join(root, name)
  const env = nodeEnv({ logLevel: 'off' })
  const meta = { clusterId: 'cluster', nodeId: 1, directoryId: 'directorydirectorydirA' }
  await wait<void>((done) => env.disk.mkdir(dir, done))
  await wait<void>((done) => writeMetaProperties(env.disk, dir, meta, 0, done))
  env.close()
  return dir
}

function open(store: LogStore, segmentBytes = 20_000): Promise<Log> {
  const ask = {
    topic: 'events',
    partition: 0,
    topicId: 'topicidtopicidtopicidA',
    config: { ...defaultLogConfig, segmentBytes },
  }
  return wait<Log>((done) => store.open(ask, done))
}

/** Appends `count` batches and resolves when all are durable. */
function appendDurably(log: Log, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i++) {
    assert.ok(
      typeof log.append(makeBatch([`value ${i}`, 'x'.repeat(i % 300)], Date.now()), 0, 'client', Date.now()) !==
        'number',
    )
  }
  return new Promise((resolve) => {
    log.onProgress = () => {
      if (log.durableOffset === log.endOffset) resolve()
    }
  })
}

async function valuesOf(log: Log): Promise<string[]> {
  const values: string[] = []
  for (let from = log.startOffset; from < log.endOffset; ) {
    const into: ReadInto = { slices: [], release: () => {} }
    await wait<void>((done) => {
      if (log.read({ from, upTo: log.endOffset, bytesMax: 8192, atLeastOne: true }, into, done)) done(null)
    })
    for (const slice of into.slices) {
      for (const record of recordsIn(slice)) {
        if (record.offset % 2 === 0) values.push(record.value)
        from = record.end
      }
    }
    into.release()
  }
  return values
}

for (const flush of ['sync', 'os', 'ephemeral'] as const) {
  test(`on a real disk, flush=${flush}: what was durable is there after a clean stop and after a process that just ended`, async () => {
    const dir = await formatted(flush)
    const first = await opened(dir, flush)
    await appendDurably(await open(first.store), 0, 300)
    await wait<void>((done) => first.store.close(5, done))
    first.env.close()
    const second = await opened(dir, flush)
    assert.equal(second.store.previousBrokerEpoch, 5)
    const log = await open(second.store)
    assert.equal(log.endOffset, 600)
    await appendDurably(log, 300, 200)
    // No close: as after kill -9.
    second.env.close()
    const third = await opened(dir, flush)
    assert.equal(third.store.wasCleanShutdown, false)
    const again = await open(third.store)
    const values = await valuesOf(again)
    assert.deepEqual(
      values,
      Array.from({ length: 500 }, (_, i) => `value ${i}`),
    )
    assert.equal(third.store.reports()[0]!.bytesCut, 0)
    await wait<void>((done) => third.store.close(6, done))
    third.env.close()
  })
}

test('on a real disk a torn tail is cut, and two stores do not share a directory', async () => {
  const dir = await formatted('torn')
  const first = await opened(dir, 'sync')
  await appendDurably(await open(first.store), 0, 50)
  await assert.rejects(opened(dir, 'sync'), { code: 'ELOCKED' })
  first.env.close()
  const files = readdirSync(join(dir, 'events-0'))
    .filter((name) => name.endsWith('.log'))
    .sort()
  const last = join(dir, 'events-0', files.at(-1)!)
  truncateSync(last, statSync(last).size - 9)
  const second = await opened(dir, 'sync')
  const log = await open(second.store)
  assert.equal(log.endOffset, 98)
  assert.ok(second.store.reports()[0]!.bytesCut > 0)
  await appendDurably(log, 49, 1)
  assert.deepEqual(
    await valuesOf(log),
    Array.from({ length: 50 }, (_, i) => `value ${i}`),
  )
  await wait<void>((done) => second.store.close(1, done))
  second.env.close()
})
