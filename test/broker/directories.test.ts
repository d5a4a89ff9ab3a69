import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { AlterReplicaLogDirs, DescribeLogDirs, errorName, errors } from '../../src/protocol/index.ts'
import { type Broker, batchOf, produceTo, startBroker } from './harness.ts'

const place = mkdtempSync(join(tmpdir(), 'millrace-directories-'))
const directory = join(place, 'data')
let broker: Broker
before(async () => {
  broker = await startBroker({ topics: ['t', { name: 'two', partitions: 2 }], storage: { directory } })
})
after(async () => {
  await broker[Symbol.asyncDispose]()
  rmSync(place, { recursive: true })
})

describe('DescribeLogDirs', () => {
  it('tells each directory with its partitions, their sizes and the space of its disk', async () => {
    const records = batchOf([{ value: 'x'.repeat(1000) }])
    await produceTo(broker, 't', records)
    const { errorCode, results } = await broker.ask(DescribeLogDirs, { topics: null })
    assert.equal(errorCode, errors.NONE)
    assert.equal(results.length, 1)
    const [dir] = results
    assert.deepEqual([dir!.errorCode, dir!.logDir, dir!.isCordoned], [errors.NONE, directory, false])
    assert.ok(dir!.usableBytes > 0 && dir!.totalBytes >= dir!.usableBytes)
    const names = dir!.topics.flatMap(({ name, partitions }) => partitions.map((p) => `${name}-${p.partitionIndex}`))
    assert.deepEqual(names.filter((name) => !name.startsWith('__')).sort(), ['t-0', 'two-0', 'two-1'])
    const [partition] = dir!.topics.find(({ name }) => name === 't')!.partitions
    assert.deepEqual(partition, {
      partitionIndex: 0,
      partitionSize: records.length,
      offsetLag: 0,
      isFutureKey: false,
    })
  })

  it('keeps to the partitions that are asked for', async () => {
    const topics = [
      { topic: 'two', partitions: [1] },
      { topic: 'absent', partitions: [0] },
    ]
    const { results } = await broker.ask(DescribeLogDirs, { topics })
    assert.deepEqual(
      results[0]!.topics.map(({ name, partitions }) => [name, partitions.map((p) => p.partitionIndex)]),
      [['two', [1]]],
    )
  })

  it('tells the directories alone where no partition is asked for', async () => {
    const { results } = await broker.ask(DescribeLogDirs, { topics: [] })
    assert.deepEqual([results[0]!.logDir, results[0]!.topics], [directory, []])
  })
})

describe('AlterReplicaLogDirs', () => {
  const move = async (path: string, name: string, partition = 0) => {
    const dirs = [{ path, topics: [{ name, partitions: [partition] }] }]
    const { results } = await broker.ask(AlterReplicaLogDirs, { dirs })
    return results.map((t) => [t.topicName, ...t.partitions.map((p) => errorName(p.errorCode))])
  }

  it('has nothing to do for a replica that is there already', async () => {
    assert.deepEqual(await move(directory, 't'), [['t', 'NONE']])
  })

  it('says what is not there', async () => {
    assert.deepEqual(await move('/no/such/directory', 't'), [['t', 'LOG_DIR_NOT_FOUND']])
    assert.deepEqual(await move(directory, 'two', 7), [['two', 'UNKNOWN_TOPIC_OR_PARTITION']])
  })
})
