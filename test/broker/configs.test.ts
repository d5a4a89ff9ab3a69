import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  AlterConfigs,
  ConsumerGroupHeartbeat,
  DescribeConfigs,
  errorName,
  errors,
  FindCoordinator,
  IncrementalAlterConfigs,
  ListConfigResources,
  ListOffsets,
  Produce,
} from '../../src/protocol/index.ts'
import { type Broker, batchOf, isApache, makeTopics, produceTo, startBroker } from './harness.ts'

const TOPIC = 2
const BROKER = 4
const LOGGER = 8
const CLIENT_METRICS = 16
const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3
const FROM_TOPIC = 1
const FROM_BROKER = 2
const FROM_CLUSTER = 3
const FROM_FILE = 4
const BY_DEFAULT = 5
const FROM_CLIENT_METRICS = 7
const FROM_GROUP = 8

let broker: Broker
before(async () => {
  broker = await startBroker({
    topics: [{ name: 't', config: { 'retention.ms': '5000', 'segment.bytes': '3000000' } }],
    config: {
      'log.retention.hours': '5',
      'log.segment.bytes': '4000000',
      'log.retention.check.interval.ms': '50',
      'log.initial.task.delay.ms': '50',
      'ssl.keystore.password': 'secret',
    },
  })
})
after(() => broker[Symbol.asyncDispose]())

async function describeOne(
  resourceType: number,
  resourceName: string,
  configurationKeys: string[] | null = null,
  more: { includeSynonyms?: boolean; includeDocumentation?: boolean } = {},
) {
  const resources = [{ resourceType, resourceName, configurationKeys }]
  return (await broker.ask(DescribeConfigs, { resources, ...more })).results[0]!
}

/** `value source`, of one key. */
async function settingOf(type: number, name: string, key: string): Promise<string | null> {
  const { configs } = await describeOne(type, name, [key])
  return configs[0] === undefined ? null : `${configs[0].value} ${configs[0].configSource}`
}

type Change = [key: string, operation: number, value: string | null]

async function alter(resourceType: number, resourceName: string, changes: Change[], validateOnly = false) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  const resources = [{ resourceType, resourceName, configs }]
  const [answer] = (await broker.ask(IncrementalAlterConfigs, { resources, validateOnly })).responses
  return errorName(answer!.errorCode)
}

/** Apache's broker hears of a change a moment after it is answered; ours before. */
async function comes<T>(wanted: T, now: () => Promise<T>): Promise<void> {
  let is = await now()
  for (let i = 0; isApache && i < 200 && is !== wanted; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    is = await now()
  }
  assert.equal(is, wanted)
}

describe('DescribeConfigs', () => {
  it('tells a topic’s values and where each comes from', async () => {
    const { errorCode, configs } = await describeOne(TOPIC, 't')
    assert.equal(errorCode, errors.NONE)
    const of = (name: string) => configs.find((c) => c.name === name)!
    assert.deepEqual([of('retention.ms').value, of('retention.ms').configSource], ['5000', FROM_TOPIC])
    assert.deepEqual([of('cleanup.policy').value, of('cleanup.policy').configSource], ['delete', BY_DEFAULT])
    assert.ok(configs.every((c) => !c.readOnly && !c.isSensitive && c.documentation === null))
    assert.ok(configs.every((c) => c.synonyms.length === 0))
    const names = configs.map((c) => c.name)
    for (const name of ['max.message.bytes', 'segment.bytes', 'min.insync.replicas', 'remote.storage.enable'])
      assert.ok(names.includes(name), name)
  })

  it('lists what a value is taken from, nearest first', async () => {
    const { configs } = await describeOne(TOPIC, 't', ['segment.bytes'], { includeSynonyms: true })
    assert.deepEqual(configs[0]!.synonyms, [
      { name: 'segment.bytes', value: '3000000', source: FROM_TOPIC },
      { name: 'log.segment.bytes', value: '4000000', source: FROM_FILE },
      { name: 'log.segment.bytes', value: '1073741824', source: BY_DEFAULT },
    ])
  })

  it('gives types and documentation where they are asked for', async () => {
    const { configs } = await describeOne(TOPIC, 't', ['retention.ms', 'cleanup.policy', 'preallocate'], {
      includeDocumentation: true,
    })
    const types = Object.fromEntries(configs.map((c) => [c.name, c.configType]))
    assert.deepEqual(types, { 'retention.ms': 5, 'cleanup.policy': 7, preallocate: 1 })
    assert.ok(configs.every((c) => (c.documentation ?? '').length > 20))
  })

  it('tells a broker’s values, those from its file read-only unless they can be changed', async () => {
    const { configs } = await describeOne(BROKER, '1')
    const of = (name: string) => configs.find((c) => c.name === name)!
    assert.deepEqual([of('node.id').value, of('node.id').configSource, of('node.id').readOnly], ['1', FROM_FILE, true])
    assert.deepEqual([of('message.max.bytes').configSource, of('message.max.bytes').readOnly], [BY_DEFAULT, false])
    assert.deepEqual([of('log.retention.hours').value, of('log.retention.hours').readOnly], ['5', true])
  })

  it('never gives a password away', async () => {
    const { configs } = await describeOne(BROKER, '1', ['ssl.keystore.password'])
    assert.deepEqual([configs[0]!.isSensitive, configs[0]!.value], [true, null])
  })

  it('says what is not there', async () => {
    const code = async (type: number, name: string) => errorName((await describeOne(type, name)).errorCode)
    assert.equal(await code(TOPIC, 'absent'), 'UNKNOWN_TOPIC_OR_PARTITION')
    assert.equal(await code(TOPIC, 'no blanks'), 'INVALID_TOPIC_EXCEPTION')
    assert.equal(await code(BROKER, '7'), 'INVALID_REQUEST')
    assert.equal(await code(BROKER, 'x'), 'INVALID_REQUEST')
    assert.equal(await code(99, 'x'), 'INVALID_REQUEST')
    assert.equal(await code(GROUP, ''), 'INVALID_REQUEST')
    assert.equal(await code(CLIENT_METRICS, ''), 'INVALID_REQUEST')
    assert.deepEqual((await describeOne(TOPIC, 't', ['no.such'])).configs, [])
  })
})

describe('IncrementalAlterConfigs', () => {
  it('sets and deletes', async () => {
    assert.equal(await alter(TOPIC, 't', [['segment.ms', SET, '60000']]), 'NONE')
    await comes(`60000 ${FROM_TOPIC}`, () => settingOf(TOPIC, 't', 'segment.ms'))
    assert.equal(await alter(TOPIC, 't', [['segment.ms', DELETE, null]]), 'NONE')
    await comes(`604800000 ${BY_DEFAULT}`, () => settingOf(TOPIC, 't', 'segment.ms'))
  })

  it('appends to lists and takes from them', async () => {
    assert.equal(await alter(TOPIC, 't', [['cleanup.policy', APPEND, 'compact']]), 'NONE')
    await comes(`delete,compact ${FROM_TOPIC}`, () => settingOf(TOPIC, 't', 'cleanup.policy'))
    assert.equal(await alter(TOPIC, 't', [['cleanup.policy', SUBTRACT, 'compact']]), 'NONE')
    await comes(`delete ${FROM_TOPIC}`, () => settingOf(TOPIC, 't', 'cleanup.policy'))
    await alter(TOPIC, 't', [['cleanup.policy', DELETE, null]])
  })

  it('changes nothing where it should only validate', async () => {
    assert.equal(await alter(TOPIC, 't', [['segment.ms', SET, '7']], true), 'NONE')
    assert.equal(await settingOf(TOPIC, 't', 'segment.ms'), `604800000 ${BY_DEFAULT}`)
  })

  it('says what is wrong, and changes nothing of that resource', async () => {
    const cases: [string, number, string, Change[], keyof typeof errors][] = [
      ['no such topic', TOPIC, 'absent', [['segment.ms', SET, '9']], 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['no such key', TOPIC, 't', [['no.such', SET, '9']], 'INVALID_CONFIG'],
      ['no number', TOPIC, 't', [['segment.ms', SET, 'long']], 'INVALID_CONFIG'],
      [
        'a bad value beside a good',
        TOPIC,
        't',
        [
          ['segment.ms', SET, '9'],
          ['retention.ms', SET, 'x'],
        ],
        'INVALID_CONFIG',
      ],
      [
        'a key twice',
        TOPIC,
        't',
        [
          ['segment.ms', SET, '9'],
          ['segment.ms', DELETE, null],
        ],
        'INVALID_REQUEST',
      ],
      ['appending to no list', TOPIC, 't', [['segment.ms', APPEND, '9']], 'INVALID_CONFIG'],
      ['no operation', TOPIC, 't', [['segment.ms', 9, '9']], isApache ? 'UNKNOWN_SERVER_ERROR' : 'INVALID_REQUEST'],
      ['nothing to set', TOPIC, 't', [['segment.ms', SET, null]], 'INVALID_REQUEST'],
      ['a broker’s own key for all', BROKER, '', [['listeners', SET, 'PLAINTEXT://:1']], 'INVALID_REQUEST'],
      ['a key that needs a restart', BROKER, '1', [['node.id', SET, '2']], 'INVALID_REQUEST'],
      ['another broker', BROKER, '7', [['message.max.bytes', SET, '9']], 'INVALID_REQUEST'],
      ['a bad value for a group', GROUP, 'g', [['consumer.session.timeout.ms', SET, '-1']], 'INVALID_CONFIG'],
      ['no group', GROUP, '', [['consumer.session.timeout.ms', SET, '45000']], 'INVALID_REQUEST'],
      ['an unknown type', 77, 'x', [['a', SET, '1']], 'INVALID_REQUEST'],
    ]
    for (const [what, type, name, changes, code] of cases) assert.equal(await alter(type, name, changes), code, what)
    assert.equal(await settingOf(TOPIC, 't', 'segment.ms'), `604800000 ${BY_DEFAULT}`)
  })

  it('treats each resource by itself', async () => {
    await makeTopics(broker, 'good')
    const configs = [{ name: 'segment.ms', configOperation: SET, value: '77777' }]
    const resources = ['absent', 'good'].map((resourceName) => ({ resourceType: TOPIC, resourceName, configs }))
    const { responses } = await broker.ask(IncrementalAlterConfigs, { resources, validateOnly: false })
    assert.deepEqual(responses.map((r) => `${r.resourceName} ${errorName(r.errorCode)}`).sort(), [
      'absent UNKNOWN_TOPIC_OR_PARTITION',
      'good NONE',
    ])
    await comes(`77777 ${FROM_TOPIC}`, () => settingOf(TOPIC, 'good', 'segment.ms'))
  })
})

describe('AlterConfigs', () => {
  it('replaces all that a resource has', async () => {
    await makeTopics(broker, { name: 'replaced', config: { 'retention.ms': '1', 'segment.ms': '2' } })
    const configs = [{ name: 'segment.ms', value: '3' }]
    const resources = [{ resourceType: TOPIC, resourceName: 'replaced', configs }]
    const validated = await broker.ask(AlterConfigs, { resources, validateOnly: true })
    assert.equal(validated.responses[0]!.errorCode, errors.NONE)
    assert.equal(await settingOf(TOPIC, 'replaced', 'segment.ms'), `2 ${FROM_TOPIC}`)
    const { responses } = await broker.ask(AlterConfigs, { resources, validateOnly: false })
    assert.equal(responses[0]!.errorCode, errors.NONE)
    await comes(`3 ${FROM_TOPIC}`, () => settingOf(TOPIC, 'replaced', 'segment.ms'))
    // Apache's words: what the file says in hours is no synonym of what the topic says in milliseconds.
    assert.equal(await settingOf(TOPIC, 'replaced', 'retention.ms'), `18000000 ${BY_DEFAULT}`)
  })

  it('says what is wrong', async () => {
    const resources = [{ resourceType: TOPIC, resourceName: 't', configs: [{ name: 'no.such', value: '3' }] }]
    const { responses } = await broker.ask(AlterConfigs, { resources, validateOnly: false })
    assert.equal(errorName(responses[0]!.errorCode), 'INVALID_CONFIG')
    assert.equal(await settingOf(TOPIC, 't', 'retention.ms'), `5000 ${FROM_TOPIC}`)
  })
})

describe('a changed configuration takes effect at once', () => {
  async function produceCode(topic: string, size: number): Promise<string> {
    const records = batchOf([{ value: 'x'.repeat(size) }])
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const answer = await broker.ask(Produce, { acks: 1, timeoutMs: 1000, topicData }, 12)
    return errorName(answer.responses[0]!.partitionResponses[0]!.errorCode)
  }
  const startOf = async (name: string) => {
    const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }]
    return (await broker.ask(ListOffsets, { replicaId: -1, topics })).topics[0]!.partitions[0]!.offset
  }
  /** Retention is the broker's own work: it may need a few rounds. */
  async function isRemoved(topic: string): Promise<void> {
    const deadline = Date.now() + 20_000
    while ((await startOf(topic)) === 0) {
      assert.ok(Date.now() < deadline, 'nothing was removed')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.equal(await startOf(topic), 1)
  }
  const old = () => batchOf([{ value: 'old', timestamp: Date.now() - 3_600_000 }])

  it('a topic’s largest batch', async () => {
    await makeTopics(broker, 'sized')
    assert.equal(await produceCode('sized', 5000), 'NONE')
    await alter(TOPIC, 'sized', [['max.message.bytes', SET, '1000']])
    await comes('MESSAGE_TOO_LARGE', () => produceCode('sized', 5000))
    await alter(TOPIC, 'sized', [['max.message.bytes', DELETE, null]])
    await comes('NONE', () => produceCode('sized', 5000))
  })

  it('the cluster’s default of it, then the broker’s own, which goes before', async () => {
    await makeTopics(broker, 'plain', { name: 'own', config: { 'max.message.bytes': '100000' } })
    await alter(BROKER, '', [['message.max.bytes', SET, '2000']])
    await comes('MESSAGE_TOO_LARGE', () => produceCode('plain', 5000))
    assert.equal(await produceCode('own', 5000), 'NONE')
    await comes(`2000 ${FROM_CLUSTER}`, () => settingOf(TOPIC, 'plain', 'max.message.bytes'))
    await alter(BROKER, '1', [['message.max.bytes', SET, '10000']])
    await comes('NONE', () => produceCode('plain', 5000))
    await comes(`10000 ${FROM_BROKER}`, () => settingOf(BROKER, '1', 'message.max.bytes'))
    assert.equal(await settingOf(BROKER, '', 'message.max.bytes'), `2000 ${FROM_CLUSTER}`)
    await alter(BROKER, '1', [['message.max.bytes', DELETE, null]])
    await alter(BROKER, '', [['message.max.bytes', DELETE, null]])
    await comes(`1048588 ${BY_DEFAULT}`, () => settingOf(BROKER, '1', 'message.max.bytes'))
    await comes('NONE', () => produceCode('plain', 50_000))
  })

  it('a topic’s retention', async () => {
    await makeTopics(broker, 'expires', 'stays')
    for (const topic of ['expires', 'stays']) await produceTo(broker, topic, old())
    await alter(TOPIC, 'expires', [['retention.ms', SET, '60000']])
    await isRemoved('expires')
    assert.equal(await startOf('stays'), 0)
  })

  it('the cluster’s default retention', async () => {
    await makeTopics(broker, 'follows', { name: 'says', config: { 'retention.ms': '-1' } })
    for (const topic of ['follows', 'says']) await produceTo(broker, topic, old())
    await alter(BROKER, '', [['log.retention.ms', SET, '60000']])
    await isRemoved('follows')
    assert.equal(await startOf('says'), 0)
    await alter(BROKER, '', [['log.retention.ms', DELETE, null]])
  })

  it('a group’s heartbeat interval', async () => {
    const heartbeat = () =>
      broker.ask(ConsumerGroupHeartbeat, {
        groupId: 'paced',
        memberId: 'Aa0aaaaaSaaaaaaaaaaaaQ',
        memberEpoch: 0,
        rebalanceTimeoutMs: 10_000,
        subscribedTopicNames: ['t'],
        topicPartitions: [],
      })
    assert.equal(await alter(GROUP, 'paced', [['consumer.heartbeat.interval.ms', SET, '7000']]), 'NONE')
    await comes(`7000 ${FROM_GROUP}`, () => settingOf(GROUP, 'paced', 'consumer.heartbeat.interval.ms'))
    await broker.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['paced'] })
    let answer = await heartbeat()
    while (isApache && answer.errorCode !== errors.NONE) answer = await heartbeat()
    assert.deepEqual([errorName(answer.errorCode), answer.heartbeatIntervalMs], ['NONE', 7000])
    await alter(GROUP, 'paced', [['consumer.heartbeat.interval.ms', DELETE, null]])
    await comes(`5000 ${BY_DEFAULT}`, () => settingOf(GROUP, 'paced', 'consumer.heartbeat.interval.ms'))
  })
})

describe('ListConfigResources', () => {
  const list = async (resourceTypes: number[], version?: number) =>
    (await broker.ask(ListConfigResources, { resourceTypes }, version)).configResources
      .map((r) => `${r.resourceType} ${r.resourceName}`)
      .sort()

  it('names what has configurations of a kind', async () => {
    await alter(CLIENT_METRICS, 'watch', [['interval.ms', SET, '1000']])
    await alter(GROUP, 'listed', [['consumer.session.timeout.ms', SET, '50000']])
    await comes(`1000 ${FROM_CLIENT_METRICS}`, () => settingOf(CLIENT_METRICS, 'watch', 'interval.ms'))
    await comes(`50000 ${FROM_GROUP}`, () => settingOf(GROUP, 'listed', 'consumer.session.timeout.ms'))
    assert.deepEqual(await list([CLIENT_METRICS]), ['16 watch'])
    assert.deepEqual(await list([GROUP]), ['32 listed'])
    assert.deepEqual(await list([BROKER]), ['4 1'])
    assert.deepEqual(await list([LOGGER]), ['8 1'])
    assert.ok((await list([TOPIC])).includes('2 t'))
  })

  it('names all for an empty list, client metrics alone in its first version', async () => {
    const all = await list([])
    for (const one of ['16 watch', '32 listed', '4 1', '8 1', '2 t']) assert.ok(all.includes(one), one)
    assert.deepEqual(await list([], 0), ['16 watch'])
  })

  it('refuses a kind that it does not know', async () => {
    const answer = await broker.ask(ListConfigResources, { resourceTypes: [3] })
    assert.equal(errorName(answer.errorCode), 'UNSUPPORTED_VERSION')
  })
})

describe('the log of a broker', { skip: isApache }, () => {
  const alter = async (name: string, configOperation: number, value: string | null, resourceName = '1') => {
    const resources = [{ resourceType: LOGGER, resourceName, configs: [{ name, configOperation, value }] }]
    const { responses } = await broker.ask(IncrementalAlterConfigs, { resources })
    const [{ errorCode, errorMessage }] = responses as [(typeof responses)[number]]
    return [errorName(errorCode), errorMessage]
  }
  const level = async () => {
    const resources = [{ resourceType: LOGGER, resourceName: '1', configurationKeys: null }]
    const { results } = await broker.ask(DescribeConfigs, { resources })
    return results[0]!.configs.map(({ name, value, configSource }) => [name, value, configSource])
  }

  it('has a level that can be seen and set', async () => {
    assert.deepEqual(await level(), [['root', 'FATAL', 6]])
    assert.deepEqual(await alter('root', SET, 'ERROR'), ['NONE', null])
    assert.deepEqual(await level(), [['root', 'ERROR', 6]])
    assert.deepEqual(await alter('root', SET, 'FATAL'), ['NONE', null])
  })

  it('says what is wrong', async () => {
    const levels = 'DEBUG, ERROR, FATAL, INFO, TRACE, WARN'
    const notOne = `Cannot set the log level of root to LOUD as it is not a supported log level. Valid log levels are ${levels}`
    assert.deepEqual(await alter('root', SET, 'LOUD'), ['INVALID_CONFIG', notOne])
    assert.deepEqual(await alter('a.b.C', SET, 'INFO'), ['INVALID_CONFIG', 'Logger a.b.C does not exist!'])
    for (const [operation, value] of [
      [DELETE, null],
      [APPEND, 'INFO'],
      [9, 'INFO'],
    ] as const) {
      assert.equal((await alter('root', operation, value))[0], 'INVALID_REQUEST')
    }
    assert.equal((await alter('root', SET, 'INFO', '7'))[1], 'Unexpected node id. Expected 1, but received 7')
  })
})
