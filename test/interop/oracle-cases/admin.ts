/** Administration beyond topics and settings: reassignments, elections, features, access rules, brokers, broker loggers. */
import {
  AlterConfigs,
  AlterPartitionReassignments,
  AlterReplicaLogDirs,
  CreateAcls,
  CreateTopics,
  DeleteAcls,
  DescribeConfigs,
  DescribeLogDirs,
  DescribeQuorum,
  ElectLeaders,
  FindCoordinator,
  IncrementalAlterConfigs,
  ListConfigResources,
  ListPartitionReassignments,
  Metadata,
  UnregisterBroker,
  UpdateFeatures,
} from '../../../src/protocol/index.ts'
import type { Case } from '../oracle.ts'

const TOPIC = 2
const BROKER = 4
const LOGGER = 8
const METRICS = 16
const GROUP = 32
const [SET, DELETE, APPEND] = [0, 1, 2] as const

const reassign = (name: string, topics: object[], more: object = {}): Case => ({
  name,
  api: AlterPartitionReassignments,
  fields: () => ({ timeoutMs: 5000, topics, ...more }),
})
const to = (name: string, replicas: number[] | null, partitionIndex = 0) => ({
  name,
  partitions: [{ partitionIndex, replicas }],
})

const elect = (name: string, fields: object): Case => ({
  name,
  api: ElectLeaders,
  fields: () => ({ electionType: 0, timeoutMs: 5000, ...fields }),
})

const feature = (name: string, updates: object[], validateOnly = true): Case => ({
  name,
  api: UpdateFeatures,
  fields: (v) => ({
    timeoutMs: 5000,
    featureUpdates: updates.map((update) => ({ upgradeType: 1, allowDowngrade: v === 0, ...update })),
    validateOnly,
  }),
})

const describe = (name: string, resources: [number, string, (string[] | null)?][], more: object = {}): Case => ({
  name,
  api: DescribeConfigs,
  fields: () => ({
    resources: resources.map(([resourceType, resourceName, configurationKeys = null]) => ({
      resourceType,
      resourceName,
      configurationKeys,
    })),
    includeSynonyms: false,
    includeDocumentation: false,
    ...more,
  }),
})

type Change = [type: number, name: string, configs: [string, number, string | null][]]
const change = (name: string, changes: Change[], validateOnly = false): Case => ({
  name,
  api: IncrementalAlterConfigs,
  fields: () => ({
    resources: changes.map(([resourceType, resourceName, configs]) => ({
      resourceType,
      resourceName,
      configs: configs.map(([key, configOperation, value]) => ({ name: key, configOperation, value })),
    })),
    validateOnly,
  }),
})

const replace = (name: string, resources: [number, string, Record<string, string | null>][], more = {}): Case => ({
  name,
  api: AlterConfigs,
  fields: () => ({
    resources: resources.map(([resourceType, resourceName, configs]) => ({
      resourceType,
      resourceName,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    validateOnly: false,
    ...more,
  }),
})

const rule = { resourceType: 2, resourceName: 'x', principal: 'User:a', host: '*', operation: 3, permissionType: 3 }
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'x',
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}
const dirs = (name: string, fields: () => object): Case => ({
  name,
  api: DescribeLogDirs,
  fields: () => ({ ...fields() }),
})

export const adminCases: readonly Case[] = [
  {
    name: 'the topics of this part',
    api: CreateTopics,
    versions: [7, 7],
    fields: () => ({
      topics: ['admin', 'second'].map((name) => ({
        name,
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      })),
      timeoutMs: 10_000,
    }),
    learn: (answer, facts) => {
      for (const one of (answer as unknown as { topics: { name: string; topicId: string }[] }).topics)
        facts.known.set(`id of ${one.name}`, one.topicId)
    },
  },
  {
    name: 'the topics are there',
    api: Metadata,
    versions: [13, 13],
    fields: () => ({ topics: [{ name: 'admin' }, { name: 'second' }], allowAutoTopicCreation: false }),
    until: (answer) => !/"errorCode":[1-9]/.test(JSON.stringify(answer)),
  },
  {
    name: 'a topic that is made by asking for it',
    api: Metadata,
    fields: (v) => ({ topics: [{ name: `made-${v}` }], allowAutoTopicCreation: true }),
    until: (answer) => !/"errorCode":(3|5)\b/.test(JSON.stringify(answer)),
    learn: (answer, facts, v) => {
      const [topic] = (answer as unknown as { topics: { topicId?: string }[] }).topics
      if (topic?.topicId !== undefined) facts.known.set(`id of made-${v}`, topic.topicId)
    },
  },
  {
    name: 'a topic twice',
    api: Metadata,
    versions: [4, 13],
    fields: () => ({ topics: [{ name: 'admin' }, { name: 'admin' }], allowAutoTopicCreation: false }),
  },
  {
    name: 'an empty name',
    api: Metadata,
    versions: [4, 13],
    fields: () => ({ topics: [{ name: '' }], allowAutoTopicCreation: true }),
  },
  {
    name: 'no name and no id',
    api: Metadata,
    versions: [10, 13],
    fields: () => ({ topics: [{ name: null }], allowAutoTopicCreation: false }),
    mayDiffer: { '': 'theirs fails inside and names neither brokers nor cluster; ours refuses the one topic' },
  },
  reassign('nowhere else', [to('admin', [1])]),
  reassign('to an unknown broker', [to('admin', [7])]),
  reassign('to nobody', [to('admin', [])]),
  reassign('to a broker twice', [to('admin', [1, 1])]),
  reassign('to a negative broker', [to('admin', [-1])]),
  reassign('to more replicas than before', [to('admin', [1, 2])], { allowReplicationFactorChange: false }),
  reassign('an unknown partition', [to('admin', [1], 9)]),
  reassign('an unknown topic', [to('absent', [1])]),
  reassign('calls off what is not under way', [to('admin', null)]),
  reassign('nothing', []),
  reassign('a partition twice', [to('admin', [1]), to('admin', [7])]),
  {
    name: 'all that are under way',
    api: ListPartitionReassignments,
    fields: () => ({ timeoutMs: 5000, topics: null }),
  },
  {
    name: 'those of some partitions',
    api: ListPartitionReassignments,
    fields: () => ({
      timeoutMs: 5000,
      topics: [
        { name: 'admin', partitionIndexes: [0, 9] },
        { name: 'absent', partitionIndexes: [0] },
      ],
    }),
  },
  elect('everywhere', { topicPartitions: null }),
  elect('of a partition that has its leader', { topicPartitions: [{ topic: 'admin', partitions: [0, 1] }] }),
  elect('of an unknown partition', { topicPartitions: [{ topic: 'admin', partitions: [9] }] }),
  elect('of an unknown topic', { topicPartitions: [{ topic: 'absent', partitions: [0] }] }),
  elect('of nothing', { topicPartitions: [] }),
  {
    ...elect('uncleanly, with a leader', { electionType: 1, topicPartitions: [{ topic: 'admin', partitions: [0] }] }),
    versions: [1, 2],
  },
  { ...elect('uncleanly, everywhere', { electionType: 1, topicPartitions: null }), versions: [1, 2] },
  feature('an unknown feature', [{ feature: 'no.such', maxVersionLevel: 1 }]),
  feature('no feature', []),
  feature('an empty name', [{ feature: '', maxVersionLevel: 1 }]),
  feature('a negative level', [{ feature: 'group.version', maxVersionLevel: -1 }]),
  feature('a feature to where it is', [{ feature: 'group.version', maxVersionLevel: 1 }]),
  feature('a feature lowered by an upgrade', [{ feature: 'group.version', maxVersionLevel: 0 }]),
  feature('a feature lowered safely', [
    { feature: 'group.version', maxVersionLevel: 0, upgradeType: 2, allowDowngrade: true },
  ]),
  feature('a feature by an unknown way', [{ feature: 'group.version', maxVersionLevel: 0, upgradeType: 9 }]),
  feature('metadata.version lowered safely', [{ feature: 'metadata.version', maxVersionLevel: 20, upgradeType: 2 }]),
  feature('metadata.version lowered too far', [{ feature: 'metadata.version', maxVersionLevel: 6, upgradeType: 2 }]),
  feature('metadata.version raised too far', [{ feature: 'metadata.version', maxVersionLevel: 99 }]),
  feature('kraft.version lowered', [{ feature: 'kraft.version', maxVersionLevel: 0, upgradeType: 2 }]),
  feature('two, of which one is unknown', [
    { feature: 'group.version', maxVersionLevel: 1 },
    { feature: 'no.such', maxVersionLevel: 1 },
  ]),
  feature('a feature twice', [
    { feature: 'group.version', maxVersionLevel: 1 },
    { feature: 'group.version', maxVersionLevel: 1 },
  ]),
  { name: 'an unknown broker', api: UnregisterBroker, fields: () => ({ brokerId: 7 }) },
  { name: 'a rule without an authorizer', api: CreateAcls, fields: () => ({ creations: [rule, rule] }) },
  { name: 'no rule', api: CreateAcls, fields: () => ({ creations: [] }) },
  { name: 'rules without an authorizer', api: DeleteAcls, fields: () => ({ filters: [filter, filter] }) },
  ...[
    [
      'two topics',
      [
        { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] },
        { topicName: 'x', partitions: [{ partitionIndex: 0 }] },
      ],
    ],
    ['another partition', [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 1 }] }]],
    ['nothing', []],
  ].map(([name, topics]): Case => ({ name: `the quorum of ${name}`, api: DescribeQuorum, fields: () => ({ topics }) })),
  {
    name: 'the coordinator of an empty group',
    api: FindCoordinator,
    fields: (v) => (v < 4 ? { key: '', keyType: 0 } : { coordinatorKeys: [''], keyType: 0 }),
    until: (answer) => !/"errorCode":15\b/.test(JSON.stringify(answer)),
  },
  {
    name: 'the coordinator of a group twice',
    api: FindCoordinator,
    versions: [4, 6],
    fields: () => ({ coordinatorKeys: ['a', 'a'], keyType: 0 }),
  },
  describe('a topic twice', [
    [TOPIC, 'admin', ['retention.ms']],
    [TOPIC, 'admin', ['cleanup.policy']],
  ]),
  describe('an empty topic', [[TOPIC, '']]),
  describe('no resource', []),
  describe('several', [
    [TOPIC, 'admin', ['retention.ms']],
    [TOPIC, 'absent'],
    [BROKER, '1', ['num.partitions']],
    [GROUP, 'g', ['consumer.session.timeout.ms']],
    [METRICS, 'm'],
  ]),
  describe('an internal topic', [[TOPIC, '__consumer_offsets']], { includeSynonyms: true }),
  describe('a topic with documentation', [[TOPIC, 'admin', ['retention.ms', 'cleanup.policy']]], {
    includeDocumentation: true,
  }),
  describe('an empty client metrics', [[METRICS, '']]),
  describe('unknown keys of a broker', [[BROKER, '1', ['no.such']]]),
  describe('loggers of a broker, one that is unknown', [[LOGGER, '1', ['no.such.logger']]]),
  describe('the root of the loggers of a broker', [[LOGGER, '1', ['root']]], { includeSynonyms: true }),
  describe('loggers of no broker', [[LOGGER, '']]),
  describe('loggers of a broker that is no number', [[LOGGER, 'one']]),
  describe('loggers of another broker', [[LOGGER, '7']]),
  change('an unknown logger', [[LOGGER, '1', [['no.such.logger', SET, 'INFO']]]]),
  change('an unknown level', [[LOGGER, '1', [['root', SET, 'LOUD']]]]),
  change('a level of no value', [[LOGGER, '1', [['root', SET, null]]]]),
  change('the level of the root', [[LOGGER, '1', [['root', SET, 'INFO']]]]),
  change('takes the level of the root away', [[LOGGER, '1', [['root', DELETE, null]]]]),
  change('appends to a level', [[LOGGER, '1', [['root', APPEND, 'INFO']]]]),
  change('a logger of another broker', [[LOGGER, '7', [['root', SET, 'INFO']]]]),
  change('a logger of no broker', [[LOGGER, '', [['root', SET, 'INFO']]]]),
  change('a logger of a broker that is no number', [[LOGGER, 'one', [['root', SET, 'INFO']]]]),
  change('a trial of a level', [[LOGGER, '1', [['root', SET, 'INFO']]]], true),
  change('several, of which one is wrong', [
    [TOPIC, 'admin', [['retention.ms', SET, '5000']]],
    [TOPIC, 'absent', [['retention.ms', SET, '5000']]],
    [GROUP, 'g', [['consumer.session.timeout.ms', SET, 'x']]],
  ]),
  change('an empty topic', [[TOPIC, '', [['retention.ms', SET, '1']]]]),
  change('an illegal topic', [[TOPIC, 'no blanks', [['retention.ms', SET, '1']]]]),
  change('an empty group', [[GROUP, '', [['consumer.session.timeout.ms', SET, '50000']]]]),
  change('an unknown setting of a group', [[GROUP, 'g', [['no.such', SET, '1']]]]),
  change('an empty client metrics', [[METRICS, '', [['interval.ms', SET, '1000']]]]),
  change('an unknown setting of client metrics', [[METRICS, 'm', [['no.such', SET, '1']]]]),
  change('a match of client metrics that is none', [[METRICS, 'm', [['match', SET, 'x']]]]),
  change('an unknown setting of a broker', [[BROKER, '1', [['no.such', SET, '1']]]]),
  change('a bad value of a broker', [[BROKER, '1', [['log.cleaner.threads', SET, 'many']]]]),
  change('a value out of range of a broker', [[BROKER, '1', [['log.cleaner.threads', SET, '0']]]]),
  change('a setting of one broker for all', [[BROKER, '', [['advertised.listeners', SET, 'PLAINTEXT://x:1']]]]),
  change('a trial for a broker', [[BROKER, '1', [['log.cleaner.threads', SET, '2']]]], true),
  change('a setting that is null', [[TOPIC, 'admin', [['retention.ms', APPEND, null]]]]),
  change('appends what is there', [[TOPIC, 'admin', [['cleanup.policy', APPEND, 'delete']]]]),
  change('an empty list', [[TOPIC, 'admin', [['cleanup.policy', SET, '']]]]),
  change('an empty name of a setting', [[TOPIC, 'admin', [['', SET, '1']]]]),
  change('a throttle of replicas', [[TOPIC, 'admin', [['leader.replication.throttled.replicas', SET, '0:1']]]]),
  change('a throttle that is none', [[TOPIC, 'admin', [['leader.replication.throttled.replicas', SET, 'x']]]]),
  change('remote storage without it', [[TOPIC, 'admin', [['remote.storage.enable', SET, 'true']]]]),
  replace('the settings of a group', [[GROUP, 'h', { 'consumer.session.timeout.ms': '50000' }]]),
  replace('unknown settings', [[TOPIC, 'admin', { 'no.such': '1' }]]),
  replace('an unknown type', [[99, 'x', { a: 'b' }]]),
  replace('a trial', [[TOPIC, 'admin', { 'retention.ms': '7' }]], { validateOnly: true }),
  replace('levels of loggers', [[LOGGER, '1', { root: 'INFO' }]]),
  replace('nothing of a topic', [[TOPIC, 'second', {}]]),
  ...[[TOPIC], [BROKER], [LOGGER], [], [TOPIC, 99]].map(
    (resourceTypes): Case => ({
      name: `resources of the types ${resourceTypes.join(' and ') || 'that have settings'}`,
      api: ListConfigResources,
      versions: [1, 1],
      fields: () => ({ resourceTypes }),
      mayDiffer:
        resourceTypes.length === 0 || resourceTypes.includes(TOPIC)
          ? { '^configResources$': 'topics of other cases' }
          : {},
    }),
  ),
  dirs('some partitions', () => ({
    topics: [
      { topic: 'admin', partitions: [0, 9] },
      { topic: 'second', partitions: [] },
    ],
  })),
  dirs('a topic twice', () => ({
    topics: [
      { topic: 'admin', partitions: [0] },
      { topic: 'admin', partitions: [1] },
    ],
  })),
  dirs('no topic', () => ({ topics: [] })),
  {
    name: 'to where it is',
    api: AlterReplicaLogDirs,
    fields: (_, f) => ({
      dirs: [
        {
          path: f.logDir,
          topics: [
            { name: 'admin', partitions: [0, 9] },
            { name: 'absent', partitions: [0] },
          ],
        },
      ],
    }),
  },
  {
    name: 'too long a name',
    api: AlterReplicaLogDirs,
    fields: (_, f) => ({ dirs: [{ path: f.logDir, topics: [{ name: 'x'.repeat(220), partitions: [0] }] }] }),
  },
  { name: 'nothing', api: AlterReplicaLogDirs, fields: () => ({ dirs: [] }) },
]
