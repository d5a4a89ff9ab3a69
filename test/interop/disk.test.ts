/** One data directory, two programs: Apache Kafka and its tools read what we wrote, and we read what Apache Kafka wrote. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type ApacheNode, javaCommand, mains, startApache } from '../../scripts/apache-kafka.ts'
import { startMillrace } from '../../scripts/millrace-node.ts'
import {
  AlterClientQuotas,
  CreateTopics,
  DeleteTopics,
  DescribeClientQuotas,
  DescribeConfigs,
  Metadata,
  OffsetFetch,
} from '../../src/protocol/index.ts'
import { type Asks, end, findCoordinator, init, readAll, write } from '../broker/transaction-world.ts'
import { Wire } from './wire.ts'
import { layout, must, needs, until, world } from './world.ts'

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

interface NewTopic {
  name: string
  partitions: number
  configs: Record<string, string>
}

const topics: readonly NewTopic[] = [
  { name: 'packed', partitions: 2, configs: { 'retention.ms': '123456789' } },
  { name: 'compacted', partitions: 1, configs: { 'cleanup.policy': 'compact' } },
  { name: 'stamped', partitions: 1, configs: { 'message.timestamp.type': 'LogAppendTime' } },
  { name: 'gone', partitions: 1, configs: {} },
]

async function create(bootstrap: string, wanted: readonly NewTopic[]): Promise<void> {
  const wire = await Wire.open(bootstrap)
  const asked = wanted.map(({ name, partitions, configs }) => {
    const rows = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    return { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: rows }
  })
  const answer = await wire.ask(CreateTopics, 7, { topics: asked, timeoutMs: 10_000, validateOnly: false })
  for (const topic of answer.topics) assert.equal(topic.errorCode, 0, topic.name ?? '')
  wire.close()
}

/** Fills a broker with everything that leaves a trace on disk. */
async function fill(bootstrap: string): Promise<void> {
  const at = ['--bootstrap-server', bootstrap]
  await create(bootstrap, topics)
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
  const wire = await Wire.open(bootstrap)
  const alice = {
    entity: [{ entityType: 'user', entityName: 'alice' }],
    ops: [{ key: 'producer_byte_rate', value: 1e6, remove: false }],
  }
  const quotas = await wire.ask(AlterClientQuotas, 1, { entries: [alice], validateOnly: false })
  assert.equal(quotas.entries[0]?.errorCode, 0)
  const gone = await wire.ask(DeleteTopics, 6, { topics: [{ name: 'gone' }], timeoutMs: 10_000 })
  assert.equal(gone.responses[0]?.errorCode, 0)
  wire.close()
}

/** What a client can see: records with all their columns, topics with ids and settings, offsets of groups, quotas. */
async function view(bootstrap: string): Promise<Record<string, unknown>> {
  const columns = ['timestamp', 'partition', 'offset', 'headers', 'key'].flatMap((name) => [
    '--formatter-property',
    `print.${name}=true`,
  ])
  const names = ['packed', 'compacted', 'stamped']
  const args = ['--include', names.join('|'), '--from-beginning', '--max-messages', '257', '--timeout-ms', '20000']
  const read = await must(java('kafka-console-consumer', '--bootstrap-server', bootstrap, ...args, ...columns))
  const records = read.stdout
    .split('\n')
    .filter((row) => row !== '')
    .sort()
  assert.equal(records.length, 257)
  const wire = await Wire.open(bootstrap)
  const metadata = await wire.ask(Metadata, 12, { topics: names.map((name) => ({ name })) })
  const resources = names.map((resourceName) => ({ resourceType: 2, resourceName, configurationKeys: null }))
  const described = await wire.ask(DescribeConfigs, 4, { resources })
  const groups = ['classic-group', 'consumer-group'].map((groupId) => ({ groupId, topics: null }))
  const offsets: unknown[] = []
  for (const group of groups) {
    await until('the coordinator has loaded', async () => {
      const answer = await wire.ask(OffsetFetch, 9, { groups: [group], requireStable: true })
      if (answer.groups[0]?.errorCode !== 0) return false
      for (const topic of answer.groups[0].topics) {
        const rows = topic.partitions.map((row) => `${row.partitionIndex}: ${row.committedOffset} ${row.metadata}`)
        offsets.push([group.groupId, topic.name, rows.sort()])
      }
      return true
    })
  }
  const user = { entityType: 'user', matchType: 0, match: 'alice' }
  const quotas = await wire.ask(DescribeClientQuotas, 1, { components: [user], strict: true })
  wire.close()
  const settings = described.results.map((row) => {
    const own = row.configs.filter((config) => config.configSource === 1)
    return [row.resourceName, ...own.map((config) => `${config.name}=${config.value}`).sort()]
  })
  // leader epochs grow with every start
  const seen = metadata.topics.map(({ name, topicId, partitions }) => {
    return [name, topicId, partitions.map((row) => [row.partitionIndex, row.leaderId, row.replicaNodes, row.isrNodes])]
  })
  return { records: records.join('\n'), topics: seen, settings, offsets, quotas: quotas.entries }
}

function same(now: Record<string, unknown>, before: Record<string, unknown>): void {
  for (const [what, value] of Object.entries(before)) assert.deepEqual(now[what], value, what)
}

function filesOf(dir: string, pattern: RegExp): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => pattern.test(name))
    .map((name) => join(dir, name))
    .sort()
}

/** The records of a topic that readers of committed records get, aborted ones marked. */
async function committedIn(asks: Asks, topic: string): Promise<string> {
  const { values, aborted, lastStableOffset, highWatermark } = await readAll(asks, topic, 1)
  return `${values.join()} aborted ${aborted!.length} stable ${lastStableOffset} of ${highWatermark}`
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
      same(await view(second.bootstrap), before)
      const more = ['--bootstrap-server', second.bootstrap, '--topic', 'later']
      await create(second.bootstrap, [{ name: 'later', partitions: 1, configs: {} }])
      await must(java('kafka-console-producer', ...more), { input: 'written by the other\n' })
      await second.stop()
      const third = await start(writer, logDir, first.ports)
      same(await view(third.bootstrap), before)
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

  for (const [writer, reader] of writers) {
    test(`that ${writer} wrote with a transaction open is gone on with by ${reader}`, async () => {
      const logDir = folder()
      const first = await start(writer, logDir)
      await create(first.bootstrap, [{ name: 't', partitions: 1, configs: {} }])
      const a = await Wire.open(first.bootstrap)
      const before: Asks = { ask: (api, body, version = api.maxVersion) => a.ask(api, version, body) }
      for (const id of ['open', 'done']) await findCoordinator(before, id)
      const done = await init(before, 'done')
      await write(before, done, 't', 'committed')
      const next = await end(before, done, true)
      await write(before, next, 't', 'aborted')
      await end(before, next, false)
      const open = await init(before, 'open')
      const offset = await write(before, open, 't', 'open')
      a.close()
      await first.stop()
      const second = await start(reader, logDir, first.ports)
      const b = await Wire.open(second.bootstrap)
      const after: Asks = { ask: (api, body, version = api.maxVersion) => b.ask(api, version, body) }
      await findCoordinator(after, 'open')
      await until('the partition is led', async () => {
        const { error } = await readAll(after, 't', 1)
        return error === 'NONE'
      })
      assert.equal(
        await committedIn(after, 't'),
        `committed,aborted aborted 1 stable ${offset} of ${Number(offset) + 1}`,
      )
      await write(after, open, 't', 'more', { sequence: 1 })
      const bumped = await end(after, open, true)
      assert.equal(bumped.error, 'NONE')
      const ended = `committed,aborted,open,more aborted 1 stable ${Number(offset) + 3} of ${Number(offset) + 3}`
      await until('the markers are written', async () => (await committedIn(after, 't')) === ended)
      assert.equal((await init(after, 'done')).producerEpoch, 3)
      b.close()
      await second.stop()
      const files = [...filesOf(logDir, /^t-0\/\d+\.(log|txnindex|snapshot)$/)].join(',')
      const state = filesOf(logDir, /^__transaction_state-\d+\/\d+\.log$/).join(',')
      const dumped = await must(java('kafka-dump-log', '--files', files, '--print-data-log'))
      assert.match(dumped.stdout, /endTxnMarker: ABORT/)
      assert.doesNotMatch(dumped.stdout + dumped.stderr, /isvalid: false|Mismatches|Exception/)
      const decoded = await must(java('kafka-dump-log', '--files', state, '--transaction-log-decoder'))
      assert.match(decoded.stdout, /"transactionalId":"open"/)
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
    await dump(filesOf(logDir, /^packed-\d+\/\d+\.snapshot$/))

    await readable(join(logDir, '__cluster_metadata-0', '00000000000000000000.log'))
  })

  test(`that ${target} wrote holds snapshots that the metadata shell reads`, async () => {
    const logDir = folder()
    const node = await start(target, logDir)
    await fill(node.bootstrap)
    await node.stop()
    const snapshots = filesOf(logDir, /^__cluster_metadata-0\/\d+-\d+\.checkpoint$/)
    assert.ok(snapshots.length > 1, 'snapshots were taken')
    // What the newest holds depends on when it was taken; the topics were made before anything was written.
    assert.ok((await topicsIn(snapshots.at(-1)!)).includes('packed'))
  })

  async function topicsIn(file: string): Promise<string[]> {
    const shell = await must(java('kafka-metadata-shell', '--snapshot', file, 'ls', '/image/topics/byName'))
    return shell.stdout.split(/\s+/).filter((name) => name !== '')
  }

  async function readable(file: string): Promise<void> {
    const names = await topicsIn(file)
    for (const name of ['packed', 'compacted', 'stamped', '__consumer_offsets'])
      assert.ok(names.includes(name), names.join(' '))
    assert.ok(!names.includes('gone'))
  }
})
