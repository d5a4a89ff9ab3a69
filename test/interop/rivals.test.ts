/** Where other brokers that speak Kafka's protocol have been seen to fall down, by name. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { javaCommand } from '../../scripts/apache-kafka.ts'
import { parseTranscript } from '../cli-golden/transcript.ts'
import { offered } from './wire.ts'
import { apacheTool, Background, layout, must, needs, placeOf, runProgram, unique, until, world } from './world.ts'

const tool = (name: string, ...args: string[]) => apacheTool(name, ['--bootstrap-server', world.bootstrap, ...args])

/** Skips, by name, what the broker says it does not offer; half an API is never accepted. */
async function skipsWithout(t: TestContext, what: string, ...keys: number[]): Promise<boolean> {
  const there = await offered(world.bootstrap)
  const present = keys.filter((key) => there.has(key))
  if (present.length === keys.length) return false
  assert.deepEqual(present, [], `${what} is half there: of APIs ${keys} only ${present} are offered`)
  t.skip(`${what}: not offered yet`)
  return true
}

describe('automatic topic creation', { skip: needs('apache', 'kcat') }, () => {
  test('a producer of librdkafka creates the topic that it writes to', async () => {
    const topic = unique('auto-rdkafka')
    await must(['kcat', '-b', world.bootstrap, '-P', '-t', topic], { input: 'x\n' })
    const { stdout } = await must(['kcat', '-b', world.bootstrap, '-C', '-t', topic, '-o', 'beginning', '-e', '-q'])
    assert.equal(stdout, 'x\n')
  })

  test('a Java producer creates the topic that it writes to', async () => {
    const topic = unique('auto-java')
    await must(tool('kafka-console-producer', '--topic', topic), { input: 'x\n' })
    const { stdout } = await must(tool('kafka-topics', '--describe', '--topic', topic))
    assert.match(stdout, /PartitionCount: 1\s+ReplicationFactor: 1/)
  })

  test('a Java consumer creates the topic that it subscribes to', async () => {
    const topic = unique('auto-consumer')
    const consumer = new Background(tool('kafka-console-consumer', '--topic', topic, '--from-beginning'))
    await until('the topic is there', async () =>
      (await must(tool('kafka-topics', '--list'))).stdout.split('\n').includes(topic),
    )
    await must(tool('kafka-console-producer', '--topic', topic), { input: 'later\n' })
    await until(
      'the record is read',
      () => consumer.lines.includes('later'),
      () => consumer.stderr,
    )
    await consumer.stop()
  })

  test('a topic of an illegal name is refused, not created', async () => {
    const ran = await runProgram(tool('kafka-console-producer', '--topic', 'no blanks', '--max-block-ms', '5000'), {
      input: 'x\n',
    })
    assert.match(ran.stdout + ran.stderr, /INVALID_TOPIC_EXCEPTION|InvalidTopicException/)
  })
})

describe('transactions', { skip: needs('python') }, () => {
  test('librdkafka goes on after an abort, many times over', async (t) => {
    if (await skipsWithout(t, 'transactions', 24, 25, 26, 28)) return
    const topic = unique('abort')
    const program = [placeOf('python'), join(import.meta.dirname, 'python', 'abort.py')]
    const { stdout } = await must([...program, world.bootstrap, topic, unique('txn')], { limitMs: 120_000 })
    assert.deepEqual(JSON.parse(stdout), { committed: 20, seen: 20, fenced: true, offset: 7 })
  })
})

describe('settings as tools expect them', { skip: needs('apache') }, () => {
  const golden = parseTranscript(
    readFileSync(join(import.meta.dirname, '..', 'cli-golden', 'kafka-configs.txt'), 'utf8'),
  )
  const names = (text: string) => [...text.matchAll(/^ {2}([\w.]+)=/gm)].map((m) => m[1]!).sort()
  const recorded = (title: string) => {
    const found = golden.find((entry) => entry.kind === 'run' && entry.title === title)
    assert.ok(found?.kind === 'run', title)
    return names(found.stdout)
  }
  const ours = (name: string) => !name.startsWith('millrace.')

  test('a topic has every setting of Kafka 4.3', async () => {
    const topic = unique('configs')
    await must(tool('kafka-topics', '--create', '--topic', topic))
    const { stdout } = await must(tool('kafka-configs', '--describe', '--topic', topic, '--all'))
    assert.deepEqual(names(stdout).filter(ours), recorded('describes all settings of a topic'))
    assert.match(
      stdout,
      /segment\.bytes=1073741824 sensitive=false synonyms=\{DEFAULT_CONFIG:log\.segment\.bytes=1073741824\}/,
    )
  })

  test('a broker has every setting of Kafka 4.3', async () => {
    const { stdout } = await must(tool('kafka-configs', '--describe', '--broker', '1', '--all'))
    assert.deepEqual(names(stdout).filter(ours), recorded('describes all settings of a broker'))
  })

  test('a setting of a broker is altered while it runs, described, and deleted', async () => {
    const alter = (...args: string[]) => must(tool('kafka-configs', '--alter', '--broker', '1', ...args))
    const describeBroker = async () => (await must(tool('kafka-configs', '--describe', '--broker', '1'))).stdout
    await alter('--add-config', 'log.cleaner.threads=2')
    await until('it is described', async () => (await describeBroker()).includes('log.cleaner.threads=2'))
    await alter('--delete-config', 'log.cleaner.threads')
    await until('it is gone', async () => !(await describeBroker()).includes('log.cleaner.threads=2'))
  })
})

describe('DescribeTopicPartitions', { skip: needs('apache') }, () => {
  test('pages through the partitions of a topic', async () => {
    const topic = unique('paged')
    await must(tool('kafka-topics', '--create', '--topic', topic, '--partitions', '7'))
    const { stdout } = await must(
      tool('kafka-topics', '--describe', '--topic', topic, '--partition-size-limit-per-response', '2'),
    )
    assert.deepEqual(
      [...stdout.matchAll(/\tPartition: (\d+)/g)].map((m) => Number(m[1])),
      [0, 1, 2, 3, 4, 5, 6],
    )
    assert.match(stdout, /Elr: \tLastKnownElr: /)
  })
})

describe('share groups', { skip: needs('apache') }, () => {
  test('two share consumers take each record once between them', async (t) => {
    if (await skipsWithout(t, 'share groups', 76, 77, 78, 79)) return
    const topic = unique('share')
    const group = unique('share-group')
    await must(tool('kafka-topics', '--create', '--topic', topic))
    await must(tool('kafka-configs', '--alter', '--group', group, '--add-config', 'share.auto.offset.reset=earliest'))
    const member = () => new Background(tool('kafka-console-share-consumer', '--topic', topic, '--group', group))
    const [one, two] = [member(), member()]
    const words = Array.from({ length: 50 }, (_, i) => `w${i}`)
    await must(tool('kafka-console-producer', '--topic', topic), { input: words.join('\n') + '\n' })
    const seen = () => [...one.lines, ...two.lines].filter((row) => /^w\d+$/.test(row)).sort()
    await until(
      'all are taken',
      () => new Set(seen()).size === 50,
      () => `${seen().length} ${one.stderr} ${two.stderr}`,
    )
    assert.deepEqual(seen(), words.sort())
    await Promise.all([one.stop(), two.stop()])
  })
})

describe('Kafka Streams', { skip: needs('apache') }, () => {
  test('the word count example counts', async () => {
    const work = mkdtempSync(join(tmpdir(), 'millrace-streams-'))
    const application = unique('streams')
    const settings = {
      'bootstrap.servers': world.bootstrap,
      'application.id': application,
      'state.dir': work,
      'replication.factor': '1',
      'commit.interval.ms': '200',
    }
    const file = join(work, 'streams.properties')
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    for (const topic of ['streams-plaintext-input', 'streams-wordcount-output']) {
      await must(tool('kafka-topics', '--create', '--if-not-exists', '--topic', topic))
    }
    await must(tool('kafka-console-producer', '--topic', 'streams-plaintext-input'), {
      input: 'all streams lead to kafka\nhello kafka streams\njoin kafka summit\n',
    })
    const program = new Background(
      javaCommand(layout(), 'org.apache.kafka.streams.examples.wordcount.WordCountDemo', [file]),
    )
    const long = 'value.deserializer=org.apache.kafka.common.serialization.LongDeserializer'
    const output = new Background(
      tool(
        'kafka-console-consumer',
        '--topic',
        'streams-wordcount-output',
        '--from-beginning',
        '--formatter-property',
        'print.key=true',
        '--formatter-property',
        long,
      ),
    )
    await until(
      'kafka was counted three times',
      () => output.lines.includes('kafka\t3'),
      () => `${output.lines} ${output.stderr} ${program.stderr}`,
    )
    assert.ok(output.lines.includes('streams\t2'))
    await Promise.all([program.stop(), output.stop()])
    const internal = (await must(tool('kafka-topics', '--list'))).stdout
    assert.match(internal, new RegExp(`${application}-.*-changelog`))
    assert.match(internal, new RegExp(`${application}-.*-repartition`))
  })
})

describe('describing quotas, credentials and the quorum', { skip: needs('apache') }, () => {
  test('quotas are set, described and deleted', async () => {
    const user = unique('user')
    await must(tool('kafka-configs', '--alter', '--user', user, '--add-config', 'producer_byte_rate=1048576'))
    const described = () => must(tool('kafka-configs', '--describe', '--user', user))
    await until('it is described', async () =>
      (await described()).stdout.includes(
        `Quota configs for user-principal '${user}' are producer_byte_rate=1048576.0`,
      ),
    )
    await must(tool('kafka-configs', '--alter', '--user', user, '--delete-config', 'producer_byte_rate'))
  })

  test('credentials are set, described and deleted', async () => {
    const user = unique('scram')
    await must(
      tool(
        'kafka-configs',
        '--alter',
        '--user',
        user,
        '--add-config',
        'SCRAM-SHA-256=[iterations=4096,password=secret]',
      ),
    )
    const described = () => must(tool('kafka-configs', '--describe', '--user', user))
    await until('it is described', async () =>
      (await described()).stdout.includes(
        `SCRAM credential configs for user-principal '${user}' are SCRAM-SHA-256=iterations=4096`,
      ),
    )
    await must(tool('kafka-configs', '--alter', '--user', user, '--delete-config', 'SCRAM-SHA-256'))
  })

  test('the quorum is described', async (t) => {
    if (await skipsWithout(t, 'DescribeQuorum', 55)) return
    const status = (await must(tool('kafka-metadata-quorum', 'describe', '--status'))).stdout
    assert.match(status, /^LeaderId:\s+1$/m)
    assert.match(
      status,
      /^CurrentVoters:\s+\[\{"id": 1, "directoryId": "[\w-]{22}", "endpoints": \["CONTROLLER:\/\/.*:\d+"\]\}\]$/m,
    )
    const replication = (await must(tool('kafka-metadata-quorum', 'describe', '--replication'))).stdout
    assert.match(replication, /^1\s.*\sLeader\s*$/m)
  })
})
