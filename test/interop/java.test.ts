/** Apache's own clients and tools, of the present line and of an old one. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { javaCommand } from '../../scripts/apache-kafka.ts'
import { offers } from './wire.ts'
import { apacheTool, Background, layout, must, needs, runProgram, unique, until, world } from './world.ts'

type Line = 'apache' | 'java-old'

const describeAcls = 29
const at = ['--bootstrap-server', world.bootstrap]
const tool = (line: Line, name: string, ...args: string[]) => apacheTool(name, [...at, ...args], line)
const sorted = (text: string) =>
  text
    .split('\n')
    .filter((row) => row !== '')
    .sort()

async function create(line: Line, topic: string, partitions: number): Promise<void> {
  const args = ['--create', '--topic', topic, '--partitions', String(partitions), '--replication-factor', '1']
  assert.match((await must(tool(line, 'kafka-topics', ...args))).stdout, new RegExp(`Created topic ${topic}\\.`))
}

interface Event {
  name: string
  partitions?: { partition: number }[]
  partition?: number
  offset?: number
  value?: string
  success?: boolean
}

for (const line of ['apache', 'java-old'] as const) {
  const label = line === 'apache' ? 'Java clients 4.3' : 'Java clients 2.8'
  const property = line === 'apache' ? '--reader-property' : '--property'
  const format = line === 'apache' ? '--formatter-property' : '--property'
  describe(label, { skip: needs(line) }, () => {
    test('passes the client compatibility test', async () => {
      const yes = ['offsets-for-times', 'cluster-id', 'create-topics', 'describe-configs']
      if (line === 'apache') yes.push('idempotent-producer')
      if (await offers(world.bootstrap, describeAcls)) yes.push('describe-acls')
      else yes.push('no describe-acls')
      const flags = yes.flatMap((name) => [
        `--${name.replace('no ', '')}-supported`,
        name.startsWith('no ') ? 'False' : 'True',
      ])
      const sizes = ['--num-cluster-nodes', '1', '--expect-record-too-large-exception', 'False']
      const ran = await must(tool(line, 'kafka-client-compatibility', '--topic', unique('compat'), ...sizes, ...flags))
      assert.match(ran.stdout, /All tests passed|SUCCESS|completed/i)
      // it always calls this topic so, and the next line of clients wants to create it too
      await must(tool('apache', 'kafka-topics', '--delete', '--topic', 'newtopic'))
    })

    test('transactions commit, abort, carry offsets and fence', async () => {
      const topic = unique('transactions')
      await create(line, topic, 3)
      const source = join(import.meta.dirname, 'java', 'Transactions.java')
      const ran = await must(javaCommand(layout(line), source, [world.bootstrap, topic]), { limitMs: 120_000 })
      assert.deepEqual(ran.stdout.trim().split('\n'), [
        'ends of four transactions',
        '[committed 0, committed 1, committed 2]',
        'offset 1',
        'offset 1',
        'ProducerFencedException',
        '[committed 0, committed 1, committed 2, copy, last]',
      ])
    })

    test('the console producer and consumer agree, with every codec', async () => {
      const topic = unique('console')
      await create(line, topic, 2)
      const wanted: string[] = []
      for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
        const rows = Array.from({ length: 20 }, (_, i) => `key-${codec}-${i}\tvalue ${codec} ${i} é`)
        wanted.push(...rows)
        await must(
          tool(
            line,
            'kafka-console-producer',
            '--topic',
            topic,
            '--compression-codec',
            codec,
            property,
            'parse.key=true',
          ),
          {
            input: rows.join('\n') + '\n',
          },
        )
      }
      const ran = await must(
        tool(
          line,
          'kafka-console-consumer',
          '--topic',
          topic,
          '--from-beginning',
          '--max-messages',
          '100',
          '--timeout-ms',
          '30000',
          format,
          'print.key=true',
        ),
      )
      assert.deepEqual(sorted(ran.stdout), wanted.sort())
    })

    for (const acks of ['0', '1', '-1']) {
      test(`the verifiable producer sees every record acknowledged with acks=${acks}`, async () => {
        const topic = unique('acks')
        await create(line, topic, 1)
        const ran = await must(
          tool(line, 'kafka-verifiable-producer', '--topic', topic, '--max-messages', '50', '--acks', acks),
        )
        const events = ran.stdout
          .split('\n')
          .filter((row) => row.startsWith('{'))
          .map((row): Event => JSON.parse(row))
        assert.equal(events.filter((event) => event.name === 'producer_send_success').length, 50)
      })
    }

    for (const protocol of line === 'apache' ? ['classic', 'consumer'] : ['classic']) {
      test(`verifiable consumers join, leave and die and nothing is lost (${protocol} protocol)`, () =>
        verifiable(line, protocol))
    }

    test('describes a topic and alters its settings', async () => {
      const topic = unique('admin')
      await create(line, topic, 3)
      const { stdout } = await must(tool(line, 'kafka-topics', '--describe', '--topic', topic))
      assert.match(stdout, /PartitionCount: 3\s+ReplicationFactor: 1/)
      await must(
        tool(
          line,
          'kafka-configs',
          '--alter',
          '--entity-type',
          'topics',
          '--entity-name',
          topic,
          '--add-config',
          'retention.ms=60000',
        ),
      )
      const configs = await must(
        tool(line, 'kafka-configs', '--describe', '--entity-type', 'topics', '--entity-name', topic),
      )
      assert.match(configs.stdout, /retention\.ms=60000/)
      await must(tool(line, 'kafka-topics', '--alter', '--topic', topic, '--partitions', '5'))
      await must(tool(line, 'kafka-topics', '--delete', '--topic', topic))
      const gone = await runProgram(tool(line, 'kafka-topics', '--describe', '--topic', topic))
      assert.equal(gone.code, 1)
      assert.match(gone.stdout, /does not exist as expected/)
    })

    test('resets the offsets of a group', async () => {
      const topic = unique('reset')
      const group = unique('group')
      await create(line, topic, 1)
      await must(tool(line, 'kafka-console-producer', '--topic', topic), { input: '1\n2\n3\n' })
      const read = [
        '--topic',
        topic,
        '--group',
        group,
        '--from-beginning',
        '--max-messages',
        '3',
        '--timeout-ms',
        '30000',
      ]
      assert.deepEqual(sorted((await must(tool(line, 'kafka-console-consumer', ...read))).stdout), ['1', '2', '3'])
      const reset = ['--reset-offsets', '--group', group, '--topic', topic, '--shift-by', '-2', '--execute']
      const ran = await must(tool(line, 'kafka-consumer-groups', ...reset))
      assert.match(ran.stdout, new RegExp(`${group}\\s+${topic}\\s+0\\s+1`))
      const described = await must(tool(line, 'kafka-consumer-groups', '--describe', '--group', group))
      assert.match(described.stdout, new RegExp(`${group}\\s+${topic}\\s+0\\s+1\\s+3\\s+2`))
      await must(tool(line, 'kafka-consumer-groups', '--delete', '--group', group))
    })
  })
}

describe('Java perf tools 4.3', { skip: needs('apache') }, () => {
  test('the producer and consumer performance tools move 20,000 records', async () => {
    const topic = unique('perf')
    await create('apache', topic, 3)
    const produced = await must(
      tool(
        'apache',
        'kafka-producer-perf-test',
        '--topic',
        topic,
        '--num-records',
        '20000',
        '--record-size',
        '100',
        '--throughput',
        '-1',
      ),
    )
    assert.match(produced.stdout, /20000 records sent, .* 99\.9th/)
    const consumed = await must(tool('apache', 'kafka-consumer-perf-test', '--topic', topic, '--num-records', '20000'))
    assert.match(consumed.stdout, /, 20000, /)
  })

  test('the end-to-end latency tool measures', async () => {
    const topic = unique('e2e')
    await create('apache', topic, 1)
    const args = ['--topic', topic, '--num-records', '200', '--producer-acks', 'all', '--record-size', '100']
    assert.match(
      (await must(tool('apache', 'kafka-e2e-latency', ...args))).stdout,
      /Percentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+/,
    )
  })
})

/** What was acknowledged is read, in order within each partition, while members come, leave and are killed. */
async function verifiable(line: Line, protocol: string): Promise<void> {
  const topic = unique(`verifiable-${protocol}`)
  const group = unique('group')
  await create(line, topic, 6)
  const extra =
    line === 'java-old' ? ['--session-timeout', '6000'] : protocol === 'classic' ? ['--session-timeout', '6000'] : []
  const kind = line === 'java-old' ? [] : ['--group-protocol', protocol]
  const members: Background[] = []
  const join = () =>
    members[
      members.push(
        new Background(
          tool(
            line,
            'kafka-verifiable-consumer',
            '--topic',
            topic,
            '--group-id',
            group,
            '--verbose',
            ...kind,
            ...extra,
          ),
        ),
      ) - 1
    ]!
  const stopped = new Set<Background>()
  const share = (m: Background) => {
    const owned = new Set<number>()
    for (const event of m.json<Event>()) {
      for (const p of event.partitions ?? []) {
        if (event.name === 'partitions_assigned') owned.add(p.partition)
        if (event.name === 'partitions_revoked') owned.delete(p.partition)
      }
    }
    return [...owned]
  }
  const alive = () => members.filter((m) => !stopped.has(m))
  const tell = () =>
    alive()
      .map((m) => `${share(m)} ${m.stderr}`)
      .join('\n')
  const shared = () => {
    const parts = alive().map(share)
    return parts.every((part) => part.length > 0) && parts.flat().sort().join() === '0,1,2,3,4,5'
  }
  const first = join()
  await until('one member has all', shared, tell)
  const second = join()
  const third = join()
  await until('three members share', shared, tell)
  const producer = new Background(
    tool(line, 'kafka-verifiable-producer', '--topic', topic, '--throughput', '200', '--acks', '-1'),
  )
  const acked = () => producer.json<Event>().filter((event) => event.name === 'producer_send_success')
  await until(
    'records are acknowledged',
    () => acked().length > 200,
    () => producer.stderr,
  )
  stopped.add(third)
  await third.stop('SIGTERM')
  await until('two members share', shared, tell)
  stopped.add(second)
  await second.stop('SIGKILL')
  await until('one member has all again', shared, tell)
  await producer.stop('SIGTERM')
  const read = () => members.flatMap((m) => m.json<Event>().filter((event) => event.name === 'record_data'))
  const place = (event: Event) => `${event.partition}/${event.offset}`
  const missing = () => {
    const places = new Set(read().map(place))
    return acked().filter((event) => !places.has(place(event)))
  }
  await until(
    'everything acknowledged is read',
    () => missing().length === 0,
    () => `${missing().length} of ${acked().length} missing`,
  )
  for (const m of members) {
    const last = new Map<number, number>()
    for (const event of m.json<Event>().filter((e) => e.name === 'record_data' || e.name === 'partitions_assigned')) {
      if (event.name === 'partitions_assigned') last.clear()
      else {
        assert.ok(event.offset! > (last.get(event.partition!) ?? -1), `partition ${event.partition} goes forward`)
        last.set(event.partition!, event.offset!)
      }
    }
  }
  stopped.add(first)
  await first.stop('SIGTERM')
}

describe('a Java member that subscribes by a pattern', { skip: needs('apache') }, () => {
  test('is given the topics that the broker finds, and knows them by their ids', async () => {
    const prefix = unique('pattern')
    for (const topic of ['one', 'two']) {
      await create('apache', `${prefix}-${topic}`, 2)
      await must(tool('apache', 'kafka-console-producer', '--topic', `${prefix}-${topic}`), { input: `${topic}\n` })
    }
    const source = join(import.meta.dirname, 'java', 'PatternMember.java')
    const ran = await must(javaCommand(layout(), source, [world.bootstrap, unique('group'), `${prefix}-.*`, '2']))
    assert.deepEqual(sorted(ran.stdout), [`${prefix}-one\tone`, `${prefix}-two\ttwo`])
  })
})
