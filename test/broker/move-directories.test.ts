import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  AlterReplicaLogDirs,
  DeleteRecords,
  DeleteTopics,
  DescribeLogDirs,
  errorName,
  Fetch,
  FindCoordinator,
  IncrementalAlterConfigs,
  OffsetCommit,
  OffsetFetch,
} from '../../src/protocol/index.ts'
import { BatchCursor, batchLastOffset, RecordCursor } from '../../src/records/index.ts'
import { type Broker, batchOf, isApache, produceTo, startBroker } from './harness.ts'

const THROTTLE = 'replica.alter.log.dirs.io.max.bytes.per.second'
/** One chunk, and then nothing for minutes. */
const SLOW = '1000'

interface House {
  readonly dirs: readonly [string, string, string]
  readonly start: (config?: Record<string, string>) => Promise<Broker>
}

/** Three log directories and brokers on them, gone after the test. */
function house(t: TestContext): House {
  const place = mkdtempSync(join(tmpdir(), 'millrace-moves-'))
  const dirs = ['a', 'b', 'c'].map((name) => join(place, name)) as unknown as House['dirs']
  let last: Broker | null = null
  t.after(async () => {
    await last?.[Symbol.asyncDispose]()
    rmSync(place, { recursive: true })
  })
  return {
    dirs,
    start: async (config = {}) => {
      last = await startBroker({
        storage: { directory: dirs[0] },
        config: { 'log.dirs': dirs.join(','), 'offsets.topic.num.partitions': '1', ...config },
        topics: [{ name: 't', partitions: 1, config: { 'file.delete.delay.ms': '0' } }],
      })
      return last
    },
  }
}

async function where(broker: Broker, topic = 't'): Promise<{ current: string; future: string | null; lag: number }> {
  const { results } = await broker.ask(DescribeLogDirs, { topics: [{ topic, partitions: [0] }] })
  let current = ''
  let future: string | null = null
  let lag = 0
  for (const { logDir, topics } of results) {
    for (const { isFutureKey, offsetLag } of topics.flatMap(({ partitions }) => partitions)) {
      if (isFutureKey) [future, lag] = [logDir, offsetLag]
      else current = logDir
    }
  }
  return { current, future, lag }
}

async function move(broker: Broker, path: string, topic = 't'): Promise<string> {
  const dirs = [{ path, topics: [{ name: topic, partitions: [0] }] }]
  const { results } = await broker.ask(AlterReplicaLogDirs, { dirs })
  return errorName(results[0]!.partitions[0]!.errorCode)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}

const arrived = (broker: Broker, path: string, topic = 't') =>
  until(async () => {
    const { current, future } = await where(broker, topic)
    return current === path && future === null
  })

/** All values, in order. */
async function read(broker: Broker, from = 0): Promise<string[]> {
  const values: string[] = []
  for (let at = from; ; ) {
    const partitions = [{ partition: 0, fetchOffset: at, partitionMaxBytes: 10_000_000 }]
    const asked = { maxWaitMs: 0, minBytes: 0, maxBytes: 10_000_000, topics: [{ topic: 't', partitions }] }
    const answer = await broker.ask(Fetch, { replicaId: -1, ...asked }, 12)
    const { errorCode, records, highWatermark } = answer.responses[0]!.partitions[0]!
    assert.equal(errorName(errorCode), 'NONE')
    if (records === null || at >= highWatermark) return values
    const batches = new BatchCursor(records)
    while (batches.next()) {
      const record = new RecordCursor(batches)
      while (record.next()) values.push(Buffer.from(record.value!).toString())
      at = batchLastOffset(batches.bytes, batches.from) + 1
    }
  }
}

async function fill(broker: Broker, count: number, bytes = 100_000): Promise<string[]> {
  const values = Array.from({ length: count }, (_, i) => String(i).padEnd(bytes, '.'))
  for (const value of values) await produceTo(broker, 't', batchOf([{ value }]))
  return values
}

async function lift(broker: Broker): Promise<void> {
  const configs = [{ name: THROTTLE, configOperation: 0, value: '100000000' }]
  await broker.ask(IncrementalAlterConfigs, { resources: [{ resourceType: 4, resourceName: '1', configs }] })
}

function other(h: House, path: string): string {
  return h.dirs.find((dir) => dir !== path)!
}

describe('AlterReplicaLogDirs', { skip: isApache }, () => {
  it('moves a replica with all its records to another directory', async (t) => {
    const h = house(t)
    const broker = await h.start()
    const values = await fill(broker, 30)
    const from = (await where(broker)).current
    const to = other(h, from)
    assert.equal(await move(broker, to), 'NONE')
    await arrived(broker, to)
    assert.deepEqual(await read(broker), values)
    await until(async () => !readdirSync(from).some((name) => name.startsWith('t-0')))
    assert.ok(readdirSync(to).includes('t-0'))
    assert.equal(await move(broker, to), 'NONE')
    assert.equal((await where(broker)).future, null)
  })

  it('goes on taking records meanwhile, in order and without an error', async (t) => {
    const h = house(t)
    const broker = await h.start()
    const values = await fill(broker, 10)
    let isThere = false
    const writing = (async () => {
      for (let i = 0; !isThere || i < 50; i++) {
        values.push(`meanwhile ${i}`)
        await produceTo(broker, 't', batchOf([{ value: `meanwhile ${i}` }]))
      }
    })()
    for (let i = 0; i < 6; i++) {
      const to = other(h, (await where(broker)).current)
      await move(broker, to)
      await arrived(broker, to)
    }
    isThere = true
    await writing
    assert.deepEqual(await read(broker), values)
  })

  it('shows how far a move is, redirects it and calls it off', async (t) => {
    const h = house(t)
    const broker = await h.start({ [THROTTLE]: SLOW })
    await fill(broker, 40)
    const { current } = await where(broker)
    const [one, two] = h.dirs.filter((dir) => dir !== current) as [string, string]
    await move(broker, one)
    await until(async () => (await where(broker)).lag === 30)
    assert.deepEqual(await where(broker), { current, future: one, lag: 30 })
    await move(broker, two)
    await until(async () => (await where(broker)).future === two)
    await until(async () => !readdirSync(one).some((name) => name.startsWith('t-0')))
    await move(broker, current)
    await until(async () => (await where(broker)).future === null)
    assert.equal((await where(broker)).current, current)
    await until(async () => !readdirSync(two).some((name) => name.startsWith('t-0')))
  })

  it('minds a throttle that is lifted', async (t) => {
    const h = house(t)
    const broker = await h.start({ [THROTTLE]: SLOW })
    const values = await fill(broker, 40)
    const to = other(h, (await where(broker)).current)
    await move(broker, to)
    await until(async () => (await where(broker)).lag === 30)
    await lift(broker)
    await arrived(broker, to)
    assert.deepEqual(await read(broker), values)
  })

  it('stays where it is when the other directory fails', async (t) => {
    const h = house(t)
    const broker = await h.start({ [THROTTLE]: SLOW })
    const values = await fill(broker, 40)
    const { current } = await where(broker)
    // the first one has the metadata log
    const to = h.dirs.slice(1).find((dir) => dir !== current)!
    await move(broker, to)
    await until(async () => (await where(broker)).lag === 30)
    rmSync(to, { recursive: true })
    await lift(broker)
    await until(async () => (await move(broker, to)) === 'KAFKA_STORAGE_ERROR')
    const { results } = await broker.ask(DescribeLogDirs, { topics: [] })
    assert.equal(errorName(results.find(({ logDir }) => logDir === to)!.errorCode), 'KAFKA_STORAGE_ERROR')
    assert.equal((await where(broker)).current, current)
    assert.equal(await produceTo(broker, 't', batchOf([{ value: 'after' }])), 40)
    assert.deepEqual(await read(broker), [...values, 'after'])
    assert.equal((await where(broker)).future, null)
  })

  it('goes on after a restart', async (t) => {
    const h = house(t)
    const first = await h.start({ [THROTTLE]: SLOW })
    const values = await fill(first, 40)
    const to = other(h, (await where(first)).current)
    await move(first, to)
    await until(async () => (await where(first)).lag === 30)
    await first[Symbol.asyncDispose]()
    assert.ok(readdirSync(to).some((name) => /^t-0\.[0-9a-f]{32}-future$/.test(name)))
    const second = await h.start()
    await arrived(second, to)
    assert.deepEqual(await read(second), values)
    await second[Symbol.asyncDispose]()
    const third = await h.start()
    assert.deepEqual(await where(third), { current: to, future: null, lag: 0 })
    assert.deepEqual(await read(third), values)
  })

  it('leaves a copy behind of no topic that is deleted', async (t) => {
    const h = house(t)
    const broker = await h.start({ [THROTTLE]: SLOW })
    await fill(broker, 40)
    const to = other(h, (await where(broker)).current)
    await move(broker, to)
    await until(async () => (await where(broker)).lag === 30)
    await broker.ask(DeleteTopics, { topics: [{ name: 't' }], timeoutMs: 5000 })
    await until(async () => !h.dirs.some((dir) => readdirSync(dir).some((name) => name.startsWith('t-0'))))
  })

  it('begins where the log begins', async (t) => {
    const h = house(t)
    const broker = await h.start()
    const rows = Array.from({ length: 10 }, (_, i) => ({ value: `v${i}` }))
    await produceTo(broker, 't', batchOf(rows))
    await produceTo(broker, 't', batchOf(rows))
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 13 }] }]
    await broker.ask(DeleteRecords, { topics, timeoutMs: 5000 })
    const to = other(h, (await where(broker)).current)
    await move(broker, to)
    await arrived(broker, to)
    assert.equal((await read(broker, 13)).at(-1), 'v9')
    const everything = [{ name: 't', partitions: [{ partitionIndex: 0, offset: -1 }] }]
    await broker.ask(DeleteRecords, { topics: everything, timeoutMs: 5000 })
    const back = other(h, to)
    await move(broker, back)
    await arrived(broker, back)
    assert.equal(await produceTo(broker, 't', batchOf(rows)), 20)
  })

  it('moves the log of a coordinator under its groups', async (t) => {
    const h = house(t)
    const broker = await h.start()
    const commit = async (committedOffset: number) => {
      const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset }] }]
      const answer = await broker.ask(OffsetCommit, { groupId: 'g', topics, generationIdOrMemberEpoch: -1 }, 8)
      return errorName(answer.topics[0]!.partitions[0]!.errorCode)
    }
    await broker.ask(FindCoordinator, { coordinatorKeys: ['g'], keyType: 0 })
    await until(async () => (await commit(1)) === 'NONE')
    const to = other(h, (await where(broker, '__consumer_offsets')).current)
    await move(broker, to, '__consumer_offsets')
    await arrived(broker, to, '__consumer_offsets')
    await until(async () => (await commit(7)) === 'NONE')
    const { groups } = await broker.ask(OffsetFetch, { groups: [{ groupId: 'g', topics: null }] }, 9)
    assert.equal(groups[0]!.topics[0]!.partitions[0]!.committedOffset, 7)
  })
})
