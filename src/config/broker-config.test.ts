import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brokerConfigOf, parseBrokerConfig, withDynamic } from './broker-config.ts'
import { brokerKeys } from './broker-table.ts'
import { topicConfigOf, topicKeys } from './topic-config.ts'
import { fallbackValue, parseValue } from './values.ts'

const base = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  listeners: 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
  'controller.quorum.voters': '1@localhost:9093',
}

function configOf(extra: Record<string, string> = {}) {
  const parsed = brokerConfigOf(new Map(Object.entries({ ...base, ...extra })))
  assert.deepEqual(parsed.errors, [])
  return parsed.config!
}

/** What Apache Kafka 4.3.1's own configuration class says to these keys over the base above: null, or its sentence. */
const apache = JSON.parse(readFileSync(new URL('./testdata/kafka-config-cases.json', import.meta.url), 'utf8')) as [
  string,
  string | null,
][]

/** Where we differ on purpose: a clearer sentence than a Java exception's, or a refusal at start instead of at bind. */
const ours = new Map([
  ['node.id=', 'Invalid value  for configuration node.id: Not a number of type INT'],
  ['listener.security.protocol.map=PLAINTEXT', `"PLAINTEXT" is not listener:protocol`],
  ['log.cleaner.threads=0', 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.'],
  [
    'listeners=PLAINTEXT://localhost:99999,CONTROLLER://localhost:9093',
    'port 99999 of listener PLAINTEXT is not between 0 and 65535',
  ],
  ['principal.builder.class=', null],
])

for (const [given, theirs] of apache) {
  test(`says what Apache Kafka says of ${given}`, () => {
    const extra = new Map<string, string>()
    if (given !== '{}') {
      for (const pair of given.split(';'))
        extra.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const { errors } = brokerConfigOf(new Map([...Object.entries(base), ...extra]))
    const expected = ours.has(given) ? ours.get(given)! : theirs
    if (expected === null) assert.deepEqual(errors, [])
    else
      assert.ok(
        errors.some((e) => e.message.includes(expected)),
        JSON.stringify(errors),
      )
  })
}

test('lists every error at once, with key and value', () => {
  const { config, errors } = parseBrokerConfig('num.partitions=0\ndelete.topic.enable=maybe\n', Object.entries(base))
  assert.equal(config, null)
  assert.deepEqual(
    errors.map((e) => [e.key, e.value]),
    [
      ['delete.topic.enable', 'maybe'],
      ['num.partitions', '0'],
    ],
  )
})

test('reports a file that is not properties as an error', () => {
  const { config, errors } = parseBrokerConfig('a=\\u00zz', Object.entries(base))
  assert.equal(config, null)
  assert.match(errors[0]!.message, /Malformed/)
})

test('never repeats a password', () => {
  const { warnings, errors } = brokerConfigOf(new Map([...Object.entries(base), ['ssl.key.password', 'secret']]))
  assert.ok(!JSON.stringify([warnings, errors]).includes('secret'))
})

test('warns once of unknown keys, but not of prefixed or plug-in ones', () => {
  const { warnings } = brokerConfigOf(
    new Map([
      ...Object.entries(base),
      ['zookeeper.connect', 'localhost:2181'],
      ['foo', 'bar'],
      ['listener.name.plaintext.ssl.keystore.location', '/k'],
      ['listener.name.plaintext.scram-sha-256.sasl.jaas.config', 'x'],
      ['config.providers.file.class', 'x'],
      ['super.users', 'User:a'],
    ]),
  )
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!, /\[zookeeper\.connect, foo\]/)
})

test('types the snapshot', () => {
  const c = configOf({ 'log.dirs': '/a, /b', 'millrace.flush': 'os' })
  assert.equal(c.numPartitions, 1)
  assert.equal(c.autoCreateTopicsEnable, true)
  assert.equal(c.brokerRack, null)
  assert.equal(c.millraceFlush, 'os')
  assert.deepEqual(c.logDirectories, ['/a', '/b'])
  assert.equal(c.metadataDirectory, '/a')
  assert.deepEqual(c.voters, [{ id: 1, host: 'localhost', port: 9093 }])
  assert.equal(c.logFlushIntervalMessages, 2 ** 63)
})

test('tells bound from advertised and broker from controller listeners', () => {
  const c = configOf({
    listeners: 'PLAINTEXT://:9092,INTERNAL://127.0.0.1:9094,CONTROLLER://localhost:9093',
    'advertised.listeners': 'PLAINTEXT://kafka.example:9092,INTERNAL://127.0.0.1:9094',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'internal',
  })
  assert.deepEqual(
    c.endpoints.map((e) => [e.listener, e.host, e.port, e.isWildcard]),
    [
      ['PLAINTEXT', '', 9092, true],
      ['INTERNAL', '127.0.0.1', 9094, false],
      ['CONTROLLER', 'localhost', 9093, false],
    ],
  )
  assert.deepEqual(
    c.advertisedEndpoints.map((e) => e.host),
    ['kafka.example', '127.0.0.1'],
  )
  assert.deepEqual(
    c.advertisedControllerEndpoints.map((e) => e.port),
    [9093],
  )
  assert.deepEqual(c.interBroker, { listener: 'INTERNAL', securityProtocol: 'PLAINTEXT' })
})

test('takes topic defaults from the broker, the finest unit first', () => {
  assert.equal(configOf().topicDefaults.retentionMs, 604_800_000)
  assert.equal(configOf({ 'log.retention.hours': '1' }).topicDefaults.retentionMs, 3_600_000)
  assert.equal(
    configOf({ 'log.retention.hours': '1', 'log.retention.minutes': '5' }).topicDefaults.retentionMs,
    300_000,
  )
  assert.equal(configOf({ 'log.retention.hours': '-1' }).topicDefaults.retentionMs, -1)
  assert.equal(configOf({ 'log.flush.scheduler.interval.ms': '9' }).topicDefaults.flushMs, 9)
  assert.equal(configOf({ 'message.max.bytes': '77' }).topicDefaults.maxMessageBytes, 77)
})

test('lets a dynamic value beat the file, and the broker beat the cluster', () => {
  const file = configOf({ 'log.retention.hours': '1' })
  const { config } = withDynamic(
    file,
    new Map([
      ['log.retention.ms', '5'],
      ['message.max.bytes', '10'],
    ]),
    new Map([['message.max.bytes', '11']]),
  )
  assert.equal(config!.topicDefaults.retentionMs, 5)
  assert.equal(config!.messageMaxBytes, 11)
  assert.equal(withDynamic(file, new Map(), new Map()).config, file)
})

test('gives topics without overrides one shared object', () => {
  const { topicDefaults } = configOf()
  assert.equal(topicConfigOf(topicDefaults, new Map()), topicDefaults)
  const own = topicConfigOf(
    topicDefaults,
    new Map([
      ['cleanup.policy', 'compact'],
      ['retention.ms', '9223372036854775807'],
    ]),
  )
  assert.deepEqual([own.isCompacted, own.isDeleted, own.retentionMs], [true, false, 2 ** 63])
  assert.equal(own.segmentBytes, topicDefaults.segmentBytes)
})

test('names every property after its key', () => {
  for (const key of [...brokerKeys.values(), ...topicKeys.values()]) {
    assert.equal(
      key.property,
      key.name.replace(/[._](.)/g, (_, c: string) => c.toUpperCase()),
    )
  }
})

test('has defaults that pass their own checks', () => {
  for (const key of [...brokerKeys.values(), ...topicKeys.values()]) {
    if (key.fallback === null || key.fallback === undefined) continue
    assert.deepEqual(parseValue(key, key.fallback), { value: fallbackValue(key.type, key.fallback) })
  }
})

test('says something of every key', () => {
  for (const key of [...brokerKeys.values(), ...topicKeys.values()]) assert.match(key.doc, /^\S.*\.$/, key.name)
})
