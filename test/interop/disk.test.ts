/** One data directory, two programs: Apache Kafka and its tools read what we wrote, and we read what Apache Kafka wrote. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type ApacheNode, javaCommand, mains, startApache } from '../../scripts/apache-kafka.ts'
import { startMillrace } from '../../scripts/millrace-node.ts'
import { layout, must, needs, world } from './world.ts'

type Kind = 'apache' | 'millrace'

const config = {
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
  'metadata.max.idle.interval.ms': '0',
  'metadata.log.max.record.bytes.between.snapshots': '500',
}
const java = (name: string, ...args: string[]) => javaCommand(layout(), mains.get(name)!, args)
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  folders.push(made)
  return join(made, 'data')
}

function start(kind: Kind, logDir: string, ports?: readonly [number, number]): Promise<ApacheNode> {
  const o = { logDir, config, ...(ports ? { ports } : {}) }
  return kind === 'apache' ? startApache(layout(), o) : startMillrace(o)
}

/** Fills a broker with everything that leaves a trace on disk. */
async function fill(bootstrap: string): Promise<void> {
  const at = ['--bootstrap-server', bootstrap]
  const topics = (...args: string[]) => must(java('kafka-topics', ...at, ...args))
  await topics('--create', '--topic', 'packed', '--partitions', '2', '--config', 'retention.ms=123456789')
  await topics('--create', '--topic', 'compacted', '--config', 'cleanup.policy=compact')
  await topics('--create', '--topic', 'stamped', '--config', 'message.timestamp.type=LogAppendTime')
  await topics('--create', '--topic', 'gone')
  await topics('--delete', '--topic', 'gone')
  for (const codec of codecs) {
    const input =
      Array.from({ length: 50 }, (_, i) => `h:v-${i}\tkey-${codec}-${i}\tvalue ${codec} ${i}`).join('\n') + '\n'
    const parse = ['--reader-property', 'parse.key=true', '--reader-property', 'parse.headers=true']
    await must(java('kafka-console-producer', ...at, '--topic', 'packed', '--compression-codec', codec, ...parse), {
      input,
    })
  }
  const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'null.marker=NIL']
  await must(java('kafka-console-producer', ...at, '--topic', 'compacted', ...keyed), {
    input: 'a\t1\nb\t2\na\t3\nb\tNIL\n',
  })
  await must(java('kafka-console-producer', ...at, '--topic', 'stamped'), { input: 'x\ny\nz\n' })
  for (const [group, protocol] of [
    ['classic-group', 'classic'],
    ['consumer-group', 'consumer'],
  ] as const) {
    const args = [
      '--topic',
      'packed',
      '--from-beginning',
      '--max-messages',
      '250',
      '--timeout-ms',
      '30000',
      '--group',
      group,
    ]
    await must(java('kafka-console-consumer', ...at, ...args, '--command-property', `group.protocol=${protocol}`))
  }
  await must(java('kafka-configs', ...at, '--alter', '--user', 'alice', '--add-config', 'producer_byte_rate=1000000'))
}

/** What a client can see: records with all their columns, topics with ids and settings, groups with offsets. */
async function view(bootstrap: string): Promise<object> {
  const at = ['--bootstrap-server', bootstrap]
  const columns = ['timestamp', 'partition', 'offset', 'headers', 'key'].flatMap((name) => [
    '--formatter-property',
    `print.${name}=true`,
  ])
  const counts = { packed: 250, compacted: 4, stamped: 3 }
  const records: Record<string, string[]> = {}
  for (const [topic, count] of Object.entries(counts)) {
    const args = ['--topic', topic, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '20000']
    records[topic] = (await must(java('kafka-console-consumer', ...at, ...args, ...columns))).stdout.split('\n').sort()
    assert.equal(records[topic].length, count + 1, topic)
  }
  const topics = (await must(java('kafka-topics', ...at, '--describe'))).stdout
  const groups: string[] = []
  for (const group of ['classic-group', 'consumer-group']) {
    groups.push((await must(java('kafka-consumer-groups', ...at, '--describe', '--group', group))).stdout)
  }
  const quota = (await must(java('kafka-configs', ...at, '--describe', '--user', 'alice'))).stdout
  const shown = topics
    .split('\n')
    .filter((row) => !row.includes('__'))
    .sort()
  return { records, topics: shown, groups, quota }
}

function filesOf(dir: string, pattern: RegExp): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => pattern.test(name))
    .map((name) => join(dir, name))
    .sort()
}

const other: Record<Kind, Kind> = { apache: 'millrace', millrace: 'apache' }
const target = world.target
// Against Apache Kafka itself both ends are Apache Kafka: it shows that the scenario is right.
const writers: readonly [Kind, Kind][] =
  target === 'apache'
    ? [['apache', 'apache']]
    : [
        [target, other[target]],
        [other[target], target],
      ]

describe('a data directory', { skip: needs('apache') }, () => {
  for (const [writer, reader] of writers) {
    test(`that ${writer} wrote is served the same by ${reader}, and by ${writer} again`, async () => {
      const logDir = folder()
      const first = await start(writer, logDir)
      await fill(first.bootstrap)
      const before = await view(first.bootstrap)
      await first.stop()
      const second = await start(reader, logDir, first.ports)
      assert.deepEqual(await view(second.bootstrap), before)
      const more = ['--bootstrap-server', second.bootstrap, '--topic', 'later']
      await must(java('kafka-topics', '--create', ...more))
      await must(java('kafka-console-producer', ...more), { input: 'written by the other\n' })
      await second.stop()
      const third = await start(writer, logDir, first.ports)
      const seen = (await view(third.bootstrap)) as { topics: string[] }
      assert.deepEqual({ ...seen, topics: seen.topics.filter((row) => !row.includes('later')) }, before)
      const read = [
        '--bootstrap-server',
        third.bootstrap,
        '--topic',
        'later',
        '--from-beginning',
        '--max-messages',
        '1',
        '--timeout-ms',
        '20000',
      ]
      assert.equal((await must(java('kafka-console-consumer', ...read))).stdout, 'written by the other\n')
      await third.stop()
    })
  }

  test(`that ${target} wrote is read by kafka-dump-log with every decoder, and by the metadata shell`, async () => {
    const logDir = folder()
    const node = await start(target, logDir)
    await fill(node.bootstrap)
    await node.stop()
    const clean = (ran: { stdout: string; stderr: string }, what: string) => {
      assert.doesNotMatch(ran.stdout, /isvalid: false|invalid bytes/, what)
      assert.doesNotMatch(ran.stderr, /Mismatches|not found in|out of order|Exception/, what)
      return ran.stdout
    }
    const dump = async (files: readonly string[], ...args: string[]) =>
      clean(await must(java('kafka-dump-log', '--files', files.join(','), ...args)), files.join(' '))

    const data = filesOf(logDir, /^(packed|compacted|stamped)-\d+\/\d+\.log$/)
    const records = await dump(data, '--print-data-log')
    assert.equal([...records.matchAll(/ payload: /g)].length + [...records.matchAll(/valueSize: -1/g)].length, 257)
    for (const codec of codecs) assert.match(records, new RegExp(`compresscodec: ${codec} `))
    assert.match(records, /LogAppendTime: \d+ size/)

    await dump(filesOf(logDir, /\/\d+\.index$/), '--index-sanity-check')
    await dump(filesOf(logDir, /\/\d+\.timeindex$/), '--index-sanity-check')
    await dump(filesOf(logDir, /^(packed|compacted|stamped)-\d+\/\d+\.(index|timeindex)$/))

    const offsets = await dump(filesOf(logDir, /^__consumer_offsets-\d+\/\d+\.log$/), '--offsets-decoder')
    assert.match(
      offsets,
      /key: \{"type":"1","data":\{"group":"classic-group","topic":"packed","partition":0\}\} payload: \{"version":"\d+","data":\{"offset":\d+/,
    )
    assert.match(offsets, /key: \{"type":"2","data":\{"group":"classic-group"\}\}/)
    assert.match(offsets, /key: \{"type":"3","data":\{"groupId":"consumer-group"\}\}/)
    assert.doesNotMatch(offsets, /Error at offset|Unknown record type/)

    const metadata = await dump(filesOf(logDir, /^__cluster_metadata-0\/\d+\.log$/), '--cluster-metadata-decoder')
    for (const type of [
      'TOPIC_RECORD',
      'PARTITION_RECORD',
      'REMOVE_TOPIC_RECORD',
      'CONFIG_RECORD',
      'CLIENT_QUOTA_RECORD',
      'REGISTER_BROKER_RECORD',
    ]) {
      assert.match(metadata, new RegExp(`"type":"${type}"`))
    }
    await dump(filesOf(logDir, /\.checkpoint$/), '--cluster-metadata-decoder')
    await dump(filesOf(logDir, /^packed-\d+\/\d+\.snapshot$/)).catch((error: Error) => assert.fail(error))

    const snapshots = filesOf(logDir, /^__cluster_metadata-0\/\d+-\d+\.checkpoint$/)
    assert.ok(snapshots.length > 1, 'snapshots were taken')
    for (const file of [snapshots.at(-1)!, join(logDir, '__cluster_metadata-0', '00000000000000000000.log')]) {
      const shell = await must(java('kafka-metadata-shell', '--snapshot', file, 'ls', '/image/topics/byName'))
      const topics = shell.stdout.split(/\s+/).filter((name) => name !== '')
      for (const name of ['packed', 'compacted', 'stamped', '__consumer_offsets'])
        assert.ok(topics.includes(name), shell.stdout)
      assert.ok(!topics.includes('gone'))
    }
  })
})
