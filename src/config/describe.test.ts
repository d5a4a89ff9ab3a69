import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  applyOperation,
  followDynamic,
  type Refused,
  refuseBrokerConfigs,
  refuseClientMetricsConfigs,
  refuseGroupConfigs,
  refuseTopicConfigs,
} from './alter.ts'
import { parseBrokerConfig } from './broker-config.ts'
import {
  type ConfigEntry,
  describeBrokerConfigs,
  describeClientMetricsConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from './describe.ts'

type Row = [
  name: string,
  value: string | null,
  source: number,
  ro: 0 | 1,
  secret: 0 | 1,
  type: number,
  synonyms: unknown[],
]
/**
 * What a real Apache Kafka 4.3.1 node with the file below answered: first to these alterations in this order (result OK
 * or exception and message), then to DescribeConfigs with synonyms.
 */
const apache = JSON.parse(readFileSync(new URL('./testdata/kafka-describe.json', import.meta.url), 'utf8')) as {
  alter: [type: string, name: string, op: string, key: string, value: string | null, result: string][]
  describe: Record<string, Row[]>
}
const file = parseBrokerConfig(`
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:19393
listeners=PLAINTEXT://localhost:19392,CONTROLLER://localhost:19393
controller.listener.names=CONTROLLER
log.dirs=/var/data
offsets.topic.replication.factor=1
log.retention.hours=24
log.retention.minutes=90
foo.bar=baz
ssl.key.password=secret
min.insync.replicas=1
listener.name.plaintext.ssl.keystore.location=/x
`).config!

const typeCode: Record<string, number> = { TOPIC: 2, BROKER: 4, CLIENT_METRICS: 16, GROUP: 32 }
const operations = ['SET', 'DELETE', 'APPEND', 'SUBTRACT']

/** These are refused by who routes the request or knows the topics, not by the configuration room. */
const elsewhere =
  /does not exist|Default (topic|group)|Topic name is invalid|Null value|Subscription name|while ELR is enabled/
/** Kafka wraps this sentence in the name of a Java exception. */
const unwrapped = (theirs: string) =>
  theirs
    .replace('Invalid value org.apache.kafka.common.config.ConfigException: ', '')
    .replace(' for configuration Invalid dynamic configuration', '')
    .replace('requirement failed: ', '')

test('accepts, refuses and describes as a real node did', () => {
  const held = new Map<string, Map<string, string>>([
    [
      'TOPIC:t',
      new Map([
        ['retention.ms', ' 5000 '],
        ['cleanup.policy', 'compact, delete'],
        ['min.cleanable.dirty.ratio', '0.50'],
      ]),
    ],
  ])
  const of = (resource: string) => held.get(resource) ?? new Map<string, string>()
  const current = () => followDynamic(file, of('BROKER:'), of('BROKER:1')).config

  for (const [type, name, op, key, value, theirs] of apache.alter) {
    if (elsewhere.test(theirs)) continue
    const resource = `${type}:${name}`
    const before = of(resource)
    const applied = applyOperation(typeCode[type]!, key, operations.indexOf(op), before.get(key) ?? null, value)
    let refused: Refused | null = null
    const after = new Map(before)
    if ('code' in applied) refused = applied
    else {
      if (applied.text === null) after.delete(key)
      else after.set(key, applied.text)
      if (type === 'TOPIC') refused = refuseTopicConfigs(current().topicDefaults, after, before, false)
      if (type === 'GROUP') refused = refuseGroupConfigs(current(), after)
      if (type === 'CLIENT_METRICS') refused = refuseClientMetricsConfigs(after)
      if (type === 'BROKER') {
        const scopes = { cluster: of('BROKER:'), broker: of('BROKER:1'), [name === '' ? 'cluster' : 'broker']: after }
        refused = refuseBrokerConfigs({ current: current(), file }, scopes, name === '' ? 'cluster' : 'broker')
      }
    }
    const exception = { INVALID_CONFIG: 'InvalidConfigurationException', INVALID_REQUEST: 'InvalidRequestException' }
    const ours = refused === null ? 'OK' : `${exception[refused.code]}: ${refused.message}`
    assert.equal(ours, unwrapped(theirs), `${resource} ${op} ${key}=${value}`)
    if (refused === null) held.set(resource, after)
  }

  const node = { current: current(), file, cluster: of('BROKER:'), broker: of('BROKER:1') }
  const rows = (entries: ConfigEntry[]) =>
    entries
      .map(
        (e): Row => [
          e.name,
          e.value,
          e.source,
          e.readOnly ? 1 : 0,
          e.isSensitive ? 1 : 0,
          e.type,
          e.synonyms.map((s) => [s.name, s.value, s.source]),
        ],
      )
      .filter(([name]) => !name.startsWith('millrace.'))
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
  const ours: Record<string, Row[]> = {
    'TOPIC:t': rows(describeTopicConfigs(node, of('TOPIC:t'))),
    'TOPIC:plain': rows(describeTopicConfigs(node, of('TOPIC:plain'))),
    'BROKER:1': rows(describeBrokerConfigs(node)),
    'BROKER:': rows(describeClusterConfigs(node.cluster)),
    'GROUP:g': rows(describeGroupConfigs(node, of('GROUP:g'))),
    'GROUP:h': rows(describeGroupConfigs(node, of('GROUP:h'))),
    'CLIENT_METRICS:m': rows(describeClientMetricsConfigs(of('CLIENT_METRICS:m'))),
    'CLIENT_METRICS:n': rows(describeClientMetricsConfigs(of('CLIENT_METRICS:n'))),
  }
  for (const [resource, theirs] of Object.entries(apache.describe)) {
    for (const row of theirs) {
      // With log.retention.ms set dynamically, Kafka shows the default as if it came from the file; we show the file's.
      if (row[0] === 'log.retention.hours') row[1] = '24'
      if (row[0] === 'log.retention.minutes') row[1] = '90'
    }
    assert.deepEqual(ours[resource], theirs, resource)
  }
})

test('describes only the keys asked for', () => {
  const node = { current: file, file, cluster: new Map(), broker: new Map() }
  assert.deepEqual(
    describeTopicConfigs(node, new Map(), ['retention.ms', 'nope']).map((e) => e.name),
    ['retention.ms'],
  )
  assert.deepEqual(
    describeBrokerConfigs(node, ['node.id']).map((e) => e.value),
    ['1'],
  )
})

test('runs on without dynamic values it cannot live with', () => {
  const { config, dropped } = followDynamic(
    file,
    new Map([
      ['num.io.threads', 'abc'],
      ['message.max.bytes', '5'],
    ]),
    new Map([
      ['log.retention.ms', '0'],
      ['node.id', '7'],
    ]),
  )
  assert.equal(config.messageMaxBytes, 5)
  assert.equal(config.nodeId, 1)
  assert.deepEqual(
    dropped.map((e) => e.key),
    ['num.io.threads', 'node.id', 'log.retention.ms'],
  )
})
