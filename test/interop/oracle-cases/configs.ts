import {
  AlterClientQuotas,
  AlterConfigs,
  AlterUserScramCredentials,
  CreateTopics,
  DescribeClientQuotas,
  DescribeConfigs,
  DescribeUserScramCredentials,
  IncrementalAlterConfigs,
  ListConfigResources,
} from '../../../src/protocol/index.ts'
import type { Case } from '../oracle.ts'

const TOPIC = 2
const BROKER = 4
const BROKER_LOGGER = 8
const CLIENT_METRICS = 16
const GROUP = 32

/** Settings whose value is a place, a port or a count of this machine. */
const places = { 'configs\\[\\]\\.(value|synonyms\\[\\]\\.value)$': 'none' }

const describe = (
  name: string,
  resourceType: number,
  resourceName: string,
  keys: string[] | null = null,
  o: Partial<Case> = {},
): Case => ({
  name,
  api: DescribeConfigs,
  fields: () => ({
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: false,
  }),
  ...o,
})

const alter = (
  name: string,
  resourceType: number,
  resourceName: string,
  configs: [string, number, string | null][],
  more: object = {},
): Case => ({
  name,
  api: IncrementalAlterConfigs,
  fields: () => ({
    resources: [
      {
        resourceType,
        resourceName,
        configs: configs.map(([key, configOperation, value]) => ({ name: key, configOperation, value })),
      },
    ],
    validateOnly: false,
    ...more,
  }),
})
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3] as const

const quota = (
  name: string,
  entity: [string, string | null][],
  ops: [string, number, boolean][],
  more: object = {},
): Case => ({
  name,
  api: AlterClientQuotas,
  fields: () => ({
    entries: [
      {
        entity: entity.map(([entityType, entityName]) => ({ entityType, entityName })),
        ops: ops.map(([key, value, remove]) => ({ key, value, remove })),
      },
    ],
    validateOnly: false,
    ...more,
  }),
})

const quotas = (name: string, components: [string, number, string | null][], strict = false): Case => ({
  name,
  api: DescribeClientQuotas,
  fields: () => ({
    components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
    strict,
  }),
})

const salt = new Uint8Array(16).fill(7)
const salted = new Uint8Array(32).fill(9)
const credential = (
  name: string,
  o: { name?: string; mechanism?: number; iterations?: number; deletions?: { name: string; mechanism: number }[] },
): Case => ({
  name,
  api: AlterUserScramCredentials,
  fields: () => ({
    deletions: o.deletions ?? [],
    upsertions: o.deletions
      ? []
      : [
          {
            name: o.name ?? 'scram-user',
            mechanism: o.mechanism ?? 1,
            iterations: o.iterations ?? 4096,
            salt,
            saltedPassword: salted,
          },
        ],
  }),
})

export const configCases: readonly Case[] = [
  {
    name: 'the topic of this part',
    api: CreateTopics,
    versions: [7, 7],
    fields: () => ({
      topics: [
        {
          name: 'set',
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: [{ name: 'retention.ms', value: '1000' }],
        },
      ],
      timeoutMs: 10_000,
    }),
    learn: (answer, facts) => {
      const [topic] = (answer as unknown as { topics: { topicId: string }[] }).topics
      facts.known.set('id of set', topic!.topicId)
    },
  },
  describe('all of a topic', TOPIC, 'set', null, {
    until: (answer) => !JSON.stringify(answer).includes('"errorCode":3'),
  }),
  describe('some of a topic', TOPIC, 'set', ['retention.ms', 'segment.bytes', 'no.such']),
  describe('none of a topic', TOPIC, 'set', []),
  describe('an unknown topic', TOPIC, 'absent'),
  describe('an illegal topic', TOPIC, 'no blanks'),
  describe('all of a broker', BROKER, '1', null, { mayDiffer: { ...brokerDifferences() } }),
  describe('some of a broker', BROKER, '1', [
    'num.partitions',
    'log.retention.ms',
    'log.retention.hours',
    'advertised.listeners',
  ]),
  describe('the defaults of brokers', BROKER, ''),
  describe('an unknown broker', BROKER, '7'),
  describe('a broker that is no number', BROKER, 'one'),
  describe('a group', GROUP, 'some-group'),
  describe('an empty group', GROUP, ''),
  describe('client metrics', CLIENT_METRICS, 'some-metrics'),
  describe('something unknown', 99, 'x'),
  describe('an unknown logger', BROKER_LOGGER, '7', null, {
    mayDiffer: { rrorMessage$: 'we have no loggers by name' },
  }),
  alter('sets', TOPIC, 'set', [
    ['retention.ms', SET, '5000'],
    ['cleanup.policy', SET, 'compact'],
  ]),
  alter('appends', TOPIC, 'set', [['cleanup.policy', APPEND, 'delete']]),
  describe('what was appended', TOPIC, 'set', ['cleanup.policy', 'retention.ms']),
  alter('subtracts', TOPIC, 'set', [['cleanup.policy', SUBTRACT, 'compact']]),
  alter('appends to what is no list', TOPIC, 'set', [['retention.ms', APPEND, '1']]),
  alter('deletes', TOPIC, 'set', [['retention.ms', DELETE, null]]),
  describe('what is left', TOPIC, 'set', ['cleanup.policy', 'retention.ms']),
  alter('sets to null', TOPIC, 'set', [['retention.ms', SET, null]]),
  alter('sets twice', TOPIC, 'set', [
    ['retention.ms', SET, '1'],
    ['retention.ms', SET, '2'],
  ]),
  alter('an unknown setting', TOPIC, 'set', [['no.such', SET, '1']]),
  alter('a bad value', TOPIC, 'set', [['retention.ms', SET, 'soon']]),
  alter('a value out of range', TOPIC, 'set', [['min.insync.replicas', SET, '0']]),
  alter('a bad choice', TOPIC, 'set', [['compression.type', SET, 'brotli']]),
  {
    ...alter('an unknown operation', TOPIC, 'set', [['retention.ms', 9, '1']]),
    mayDiffer: { 'error(Code|Message)$': 'theirs fails inside' },
  },
  alter('an unknown topic', TOPIC, 'absent', [['retention.ms', SET, '1']]),
  alter('a trial', TOPIC, 'set', [['retention.ms', SET, '77']], { validateOnly: true }),
  alter('nothing', TOPIC, 'set', []),
  alter('a broker', BROKER, '1', [['log.cleaner.threads', SET, '2']]),
  alter('the defaults of brokers', BROKER, '', [['max.connections', SET, '1000']]),
  alter('a setting that needs a restart', BROKER, '1', [['num.partitions', SET, '2']]),
  alter('an unknown broker', BROKER, '7', [['log.cleaner.threads', SET, '2']]),
  alter('a broker that is no number', BROKER, 'one', [['log.cleaner.threads', SET, '2']]),
  describe('what was set of a broker', BROKER, '1', ['log.cleaner.threads', 'max.connections']),
  alter('gives a broker its defaults back', BROKER, '1', [['log.cleaner.threads', DELETE, null]]),
  alter('gives brokers their defaults back', BROKER, '', [['max.connections', DELETE, null]]),
  alter('a group', GROUP, 'some-group', [['consumer.session.timeout.ms', SET, '50000']]),
  alter('a session of a group out of range', GROUP, 'some-group', [['consumer.session.timeout.ms', SET, '1']]),
  describe('what was set of a group', GROUP, 'some-group', [
    'consumer.session.timeout.ms',
    'consumer.heartbeat.interval.ms',
  ]),
  alter('client metrics', CLIENT_METRICS, 'some-metrics', [['interval.ms', SET, '5000']]),
  alter('client metrics, badly', CLIENT_METRICS, 'some-metrics', [['interval.ms', SET, '-5']]),
  alter('something unknown', 99, 'x', [['a', SET, 'b']]),
  {
    name: 'a resource twice',
    api: IncrementalAlterConfigs,
    fields: () => ({
      resources: [1, 2].map((value) => ({
        resourceType: TOPIC,
        resourceName: 'set',
        configs: [{ name: 'retention.ms', configOperation: 0, value: String(value) }],
      })),
      validateOnly: false,
    }),
  },
  ...[
    ['replaces all settings', 'set', [{ name: 'retention.ms', value: '9000' }]],
    ['replaces with a bad value', 'set', [{ name: 'retention.ms', value: 'soon' }]],
    ['replaces settings of an unknown topic', 'absent', [{ name: 'retention.ms', value: '1' }]],
    ['replaces with null', 'set', [{ name: 'retention.ms', value: null }]],
  ].map(
    ([name, resourceName, configs]): Case => ({
      name: String(name),
      api: AlterConfigs,
      fields: () => ({ resources: [{ resourceType: TOPIC, resourceName, configs }], validateOnly: false }),
    }),
  ),
  describe('what was replaced', TOPIC, 'set', ['cleanup.policy', 'retention.ms']),
  {
    name: 'resources with settings',
    api: ListConfigResources,
    fields: (v) => (v === 0 ? {} : { resourceTypes: [GROUP, CLIENT_METRICS] }),
  },
  {
    name: 'resources of an unknown type',
    api: ListConfigResources,
    versions: [1, 1],
    fields: () => ({ resourceTypes: [99] }),
  },
  quota(
    'quotas of a user',
    [['user', 'u']],
    [
      ['producer_byte_rate', 1000, false],
      ['request_percentage', 12.5, false],
    ],
  ),
  quota(
    'quotas of a client of a user',
    [
      ['user', 'u'],
      ['client-id', 'c'],
    ],
    [['consumer_byte_rate', 2000, false]],
  ),
  quota('quotas of default clients', [['client-id', null]], [['consumer_byte_rate', 3000, false]]),
  quota('quotas of an address', [['ip', '10.1.2.3']], [['connection_creation_rate', 10, false]]),
  quota('a trial', [['user', 'trial']], [['producer_byte_rate', 1, false]], { validateOnly: true }),
  quota('an unknown quota', [['user', 'u']], [['no_such_rate', 1, false]]),
  quota('a negative quota', [['user', 'u']], [['producer_byte_rate', -1, false]]),
  quota('half a byte', [['user', 'u']], [['producer_byte_rate', 0.5, false]]),
  quota('an unknown entity', [['planet', 'x']], [['producer_byte_rate', 1, false]]),
  quota('an empty name', [['user', '']], [['producer_byte_rate', 1, false]]),
  quota('no entity', [], [['producer_byte_rate', 1, false]]),
  quota(
    'user and address',
    [
      ['user', 'a'],
      ['ip', '10.1.2.3'],
    ],
    [['producer_byte_rate', 1, false]],
  ),
  quota('an address that is none', [['ip', 'not an address']], [['connection_creation_rate', 1, false]]),
  quota('the quota of an address for a user', [['user', 'u']], [['connection_creation_rate', 1, false]]),
  quotas('all quotas', []),
  quotas('quotas of a user', [['user', 0, 'u']]),
  quotas('quotas of a user alone', [['user', 0, 'u']], true),
  quotas('quotas of the default client', [['client-id', 1, null]]),
  quotas('quotas of any user', [['user', 2, null]]),
  quotas('quotas of an unknown kind of entity', [['planet', 0, 'x']]),
  quotas('quotas by an unknown match', [['user', 9, 'x']]),
  quotas('quotas of a user twice', [
    ['user', 0, 'a'],
    ['user', 0, 'b'],
  ]),
  quota('takes a quota away', [['user', 'u']], [['producer_byte_rate', 0, true]]),
  quota('takes away what is not there', [['user', 'nobody']], [['producer_byte_rate', 0, true]]),
  credential('a credential', {}),
  credential('too few iterations', { iterations: 1 }),
  credential('too many iterations', { iterations: 1_000_000 }),
  credential('an unknown mechanism', { mechanism: 9 }),
  credential('an empty user', { name: '' }),
  { name: 'credentials', api: DescribeUserScramCredentials, fields: () => ({ users: null }) },
  {
    name: 'credentials of users',
    api: DescribeUserScramCredentials,
    fields: () => ({ users: [{ name: 'scram-user' }, { name: 'nobody' }, { name: '' }] }),
  },
  {
    name: 'credentials of a user twice',
    api: DescribeUserScramCredentials,
    fields: () => ({ users: [{ name: 'scram-user' }, { name: 'scram-user' }] }),
  },
  credential('takes a credential away', { deletions: [{ name: 'scram-user', mechanism: 1 }] }),
  credential('takes away what is not there', { deletions: [{ name: 'scram-user', mechanism: 1 }] }),
]

function brokerDifferences(): Record<string, string> {
  return {
    '^results\\[\\]\\.configs$':
      'places and our own settings; rivals.test.ts compares the names, the case below the values',
    ...places,
  }
}
