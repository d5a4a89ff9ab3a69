/** kcat (librdkafka): the first thing many people point at a broker. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CreateTopics } from '../../src/protocol/index.ts'
import { Wire } from './wire.ts'
import { Background, must, needs, runProgram, unique, until, world } from './world.ts'

const kcat = (...args: string[]) => ['kcat', '-b', world.bootstrap, ...args]
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

async function topicOf(partitions: number): Promise<string> {
  const name = unique('kcat')
  const wire = await Wire.open(world.bootstrap)
  const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }
  const answer = await wire.ask(CreateTopics, 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
  wire.close()
  assert.equal(answer.topics[0]?.errorCode, 0)
  return name
}

describe('kcat', { skip: needs('kcat') }, () => {
  test('lists brokers and topics', async () => {
    const topic = await topicOf(2)
    const { stdout } = await must(kcat('-L', '-J', '-t', topic))
    const seen = JSON.parse(stdout)
    assert.equal(seen.brokers.length, 1)
    assert.equal(seen.brokers[0].name, world.bootstrap)
    assert.equal(seen.topics[0].topic, topic)
    assert.deepEqual(
      seen.topics[0].partitions.map((p: { partition: number; leader: number }) => [p.partition, p.leader]),
      [
        [0, seen.brokers[0].id],
        [1, seen.brokers[0].id],
      ],
    )
  })

  test('produces what it is given and reads it back', async () => {
    const topic = await topicOf(1)
    await must(kcat('-P', '-t', topic), { input: 'one\ntwo\nthree\n' })
    const { stdout } = await must(kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q'))
    assert.equal(stdout, 'one\ntwo\nthree\n')
  })

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(`compresses with ${codec}`, async () => {
      const topic = await topicOf(1)
      const input = Array.from({ length: 200 }, (_, i) => `line ${i} ${'again '.repeat(20)}`).join('\n') + '\n'
      await must(kcat('-P', '-t', topic, '-z', codec, '-X', 'linger.ms=50'), { input })
      assert.equal((await must(kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q'))).stdout, input)
    })
  }

  test('keeps keys, headers, empty values, partitions and offsets', async () => {
    const topic = await topicOf(2)
    await must(kcat('-P', '-t', topic, '-p', '1', '-K', ':', '-H', 'h1=v1', '-H', 'h2=', '-Z'), {
      input: 'k1:v1\nk2:\n:v3\n',
    })
    const { stdout } = await must(
      kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%p %o [%K:%k] [%S:%s] %h\\n'),
    )
    assert.deepEqual(lines(stdout), [
      '1 0 [2:k1] [2:v1] h1=v1,h2=',
      '1 1 [2:k2] [-1:] h1=v1,h2=',
      '1 2 [-1:] [2:v3] h1=v1,h2=',
    ])
  })

  for (const acks of ['0', '1', '-1']) {
    test(`produces with acks=${acks}`, async () => {
      const topic = await topicOf(1)
      await must(kcat('-P', '-t', topic, '-X', `acks=${acks}`), { input: 'x\n' })
      await until('the record is there', async () => {
        const { stdout } = await must(kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q'))
        return stdout === 'x\n'
      })
    })
  }

  test('produces idempotently', async () => {
    const topic = await topicOf(1)
    const input = Array.from({ length: 500 }, (_, i) => `${i}\n`).join('')
    await must(kcat('-P', '-t', topic, '-X', 'enable.idempotence=true', '-X', 'batch.num.messages=20'), { input })
    assert.equal((await must(kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q'))).stdout, input)
  })

  test('reads the last records, a range, and from a time', async () => {
    const topic = await topicOf(1)
    await must(kcat('-P', '-t', topic), { input: '1\n2\n3\n4\n5\n' })
    const read = async (...args: string[]) =>
      lines((await must(kcat('-C', '-t', topic, '-q', ...args))).stdout).join('')
    assert.equal(await read('-o', '-2', '-e'), '45')
    assert.equal(await read('-o', '1', '-c', '2'), '23')
    assert.equal(await read('-o', 's@1000', '-e'), '12345')
    assert.equal(await read('-o', 'end', '-e'), '')
  })

  test('asks for the offsets of times', async () => {
    const topic = await topicOf(1)
    await must(kcat('-P', '-t', topic), { input: '1\n2\n3\n' })
    const at = async (time: string) => (await must(kcat('-Q', '-t', `${topic}:0:${time}`))).stdout
    assert.match(await at('-1'), /offset 3\n/)
    assert.match(await at('-2'), /offset 0\n/)
    assert.match(await at('1000'), /offset 0\n/)
  })

  test('ends with an error for an unknown topic', async () => {
    const ran = await runProgram(kcat('-C', '-t', unique('absent'), '-e', '-X', 'allow.auto.create.topics=false'))
    assert.notEqual(ran.code, 0)
    assert.match(ran.stderr, /Unknown topic or partition/)
  })

  test('reads as balanced members of a group', async () => {
    const topic = await topicOf(4)
    const group = unique('group')
    const member = () =>
      new Background(
        kcat('-G', group, '-X', 'auto.offset.reset=earliest', '-X', 'session.timeout.ms=6000', '-u', '-q', topic),
      )
    const [one, two] = [member(), member()]
    const words = Array.from({ length: 100 }, (_, i) => `word-${i}`)
    for (const partition of ['0', '1', '2', '3']) {
      const part = words.filter((_, i) => i % 4 === Number(partition))
      await must(kcat('-P', '-t', topic, '-p', partition), { input: part.join('\n') + '\n' })
    }
    const seen = () => new Set([...one.lines, ...two.lines])
    await until(
      'all records are read',
      () => words.every((word) => seen().has(word)),
      () => `${seen().size} of 100`,
    )
    assert.equal(await two.stop('SIGTERM'), 0)
    assert.equal(await one.stop('SIGTERM'), 0)
    const last = await must(kcat('-G', group, '-e', '-q', '-X', 'auto.offset.reset=error', topic))
    assert.equal(last.stdout, '', 'everything was committed')
  })
})
