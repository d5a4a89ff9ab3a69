/** Kafka Connect and MirrorMaker, unmodified: what they keep in the broker is compacted topics and a group of their own. */
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ApacheNode, freePorts, startApache } from '../../scripts/apache-node.ts'
import { startMillrace } from '../../scripts/millrace-node.ts'
import { ListOffsets, OffsetFetch } from '../../src/protocol/index.ts'
import { Wire } from './wire.ts'
import { apacheTool, Background, layout, must, needs, unique, until, world } from './world.ts'

const work = mkdtempSync(join(tmpdir(), 'millrace-connect-'))
const tool = (name: string, ...args: string[]) => apacheTool(name, ['--bootstrap-server', world.bootstrap, ...args])

function properties(name: string, settings: Readonly<Record<string, string>>): string {
  const file = join(work, name)
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

function worker(port: number): Record<string, string> {
  return {
    'bootstrap.servers': world.bootstrap,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'offset.flush.interval.ms': '500',
    'consumer.session.timeout.ms': '6000',
    'consumer.heartbeat.interval.ms': '1000',
    'plugin.path': join(work, 'plugins'),
    'plugin.discovery': 'service_load',
    listeners: `http://localhost:${port}`,
  }
}

const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
const text = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')
const said = (...programs: Background[]) =>
  programs.map((p) => `${p.over ? 'over' : 'alive'} ${p.stderr} ${p.lines.slice(-3).join('\n')}`).join('\n')

describe('Kafka Connect', { skip: needs('apache') }, () => {
  before(() => {
    const jar = `connect-file-${layout().version}.jar`
    mkdirSync(join(work, 'plugins'))
    copyFileSync(join(layout().home, 'libs', jar), join(work, 'plugins', jar))
  })

  test('a standalone worker moves a file through a topic to another file', async () => {
    const topic = unique('connect-standalone')
    const [from, to] = [join(work, 'standalone.in'), join(work, 'standalone.out')]
    const [port] = await freePorts(1)
    const standalone = { ...worker(port!), 'offset.storage.file.filename': join(work, 'standalone.offsets') }
    const source = { name: 'source', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: from, topic }
    const sink = { name: 'sink', 'connector.class': 'FileStreamSink', 'tasks.max': '1', file: to, topics: topic }
    writeFileSync(from, text(0, 500))
    const program = new Background(
      apacheTool('connect-standalone', [
        properties('standalone.properties', standalone),
        properties('source.properties', source),
        properties('sink.properties', sink),
      ]),
    )
    await until(
      'all lines have arrived',
      () => lines(to).length >= 500,
      () => said(program),
    )
    assert.equal(lines(to).join('\n'), text(0, 500).trim())
    await program.stop()
  })

  test('distributed workers share connectors, and one takes over when another dies', async () => {
    const name = unique('connect')
    const [from, to] = [join(work, 'distributed.in'), join(work, 'distributed.out')]
    const topics = ['configs', 'offsets', 'status'].map((kind) => `${name}-${kind}`)
    const [first, second] = await freePorts(2)
    const start = (port: number) =>
      new Background(
        apacheTool('connect-distributed', [
          properties(`${port}.properties`, {
            ...worker(port),
            'group.id': name,
            'config.storage.topic': topics[0]!,
            'offset.storage.topic': topics[1]!,
            'status.storage.topic': topics[2]!,
            'config.storage.replication.factor': '1',
            'offset.storage.replication.factor': '1',
            'status.storage.replication.factor': '1',
            'session.timeout.ms': '6000',
            'heartbeat.interval.ms': '1000',
            'scheduled.rebalance.max.delay.ms': '0',
          }),
        ]),
      )
    const workers = [start(first!), start(second!)]
    const tell = () => said(...workers)
    const ask = async (port: number, path: string, body?: object): Promise<unknown> => {
      const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const answer = await fetch(`http://localhost:${port}${path}`, body === undefined ? {} : json)
      assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
      return answer.json()
    }
    const isUp = (port: number) =>
      ask(port, '/connectors').then(
        () => true,
        () => false,
      )
    await until('both workers answer', async () => (await isUp(first!)) && (await isUp(second!)), tell)
    writeFileSync(from, text(0, 500))
    const create = (port: number, connector: string, config: object) =>
      ask(port, '/connectors', { name: connector, config })
    await create(first!, 'source', { 'connector.class': 'FileStreamSource', file: from, topic: name })
    await create(second!, 'sink', { 'connector.class': 'FileStreamSink', 'tasks.max': '2', file: to, topics: name })
    await until('the first lines have arrived', () => lines(to).length >= 500, tell)

    await workers[0]!.stop('SIGKILL')
    appendFileSync(from, text(500, 1000))
    const arrived = () => new Set(lines(to))
    await until('the other lines have arrived', () => arrived().size >= 1000, tell)
    assert.deepEqual([...arrived()].sort(), text(0, 1000).trim().split('\n').sort())
    await workers[1]!.stop()
    for (const topic of topics) {
      const { stdout } = await must(tool('kafka-topics', '--describe', '--topic', topic))
      assert.match(stdout, /cleanup\.policy=compact/, topic)
    }
  })
})

describe('MirrorMaker', { skip: needs('apache') }, () => {
  let other: ApacheNode | null = null
  before(async () => {
    const config = { 'offsets.topic.num.partitions': '2' }
    other = await (world.target === 'apache' ? startApache(layout(), { config }) : startMillrace({ config }))
  })
  after(() => other?.stop())

  test('mirrors a topic, its settings and the offsets of a group', async () => {
    const topic = unique('mirrored')
    const group = unique('mirrored-group')
    const there = (name: string, ...args: string[]) =>
      must(apacheTool(name, ['--bootstrap-server', other!.bootstrap, ...args]))
    await must(
      tool('kafka-topics', '--create', '--topic', topic, '--partitions', '2', '--config', 'retention.ms=7654321'),
    )
    const single = [
      'replication.factor',
      ...['checkpoints', 'heartbeats', 'offset-syncs'].map((kind) => `${kind}.topic.replication.factor`),
      ...['config', 'offset', 'status'].map((kind) => `${kind}.storage.replication.factor`),
    ]
    const program = new Background(
      apacheTool('connect-mirror-maker', [
        properties('mirror.properties', {
          clusters: 'here, there',
          'here.bootstrap.servers': world.bootstrap,
          'there.bootstrap.servers': other!.bootstrap,
          'here->there.enabled': 'true',
          'there->here.enabled': 'false',
          'here->there.topics': topic,
          'here->there.groups': group,
          'refresh.topics.interval.seconds': '1',
          'refresh.groups.interval.seconds': '1',
          'emit.checkpoints.interval.seconds': '1',
          'sync.group.offsets.enabled': 'true',
          'sync.group.offsets.interval.seconds': '1',
          'sync.topic.acls.enabled': 'false',
          'offset.lag.max': '0',
          ...Object.fromEntries(single.map((key) => [key, '1'])),
        }),
      ]),
    )
    const mirrored = `here.${topic}`
    const wire = await Wire.open(other!.bootstrap)
    const partitions = [0, 1]
    /** The ends of the mirrored partitions; none while there is no such topic. */
    const ends = async () => {
      const asked = partitions.map((partitionIndex) => ({ partitionIndex, timestamp: -1 }))
      const { topics } = await wire.ask(ListOffsets, 7, { topics: [{ name: mirrored, partitions: asked }] })
      return (topics[0]?.partitions ?? []).filter((p) => p.errorCode === 0).map((p) => p.offset)
    }
    const committed = async () => {
      const groups = [{ groupId: group, topics: [{ name: mirrored, partitionIndexes: partitions }] }]
      const answer = await wire.ask(OffsetFetch, 8, { groups })
      return (answer.groups[0]?.topics[0]?.partitions ?? []).map((p) => p.committedOffset)
    }
    await until(
      'the topic is mirrored',
      async () => (await ends()).length === 2,
      () => said(program),
    )
    const input = Array.from({ length: 100 }, (_, i) => `${i}\trecord ${i}\n`).join('')
    await must(tool('kafka-console-producer', '--topic', topic, '--reader-property', 'parse.key=true'), { input })
    const read = ['--topic', topic, '--group', group, '--from-beginning', '--max-messages', '100']
    await must(tool('kafka-console-consumer', ...read))
    await until(
      'all records are mirrored',
      async () => (await ends()).reduce((sum, end) => sum + end, 0) === 100,
      () => said(program),
    )
    const all = await ends()
    await until(
      'the offsets of the group are mirrored',
      async () => (await committed()).join() === all.join(),
      () => said(program),
    )
    wire.close()
    assert.match((await there('kafka-topics', '--describe', '--topic', mirrored)).stdout, /retention\.ms=7654321/)
    await program.stop()
  })
})
