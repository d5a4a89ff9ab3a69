import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeTopicPartitions,
  Metadata,
} from '../../../src/protocol/index.ts'
import type { Case, Facts } from '../oracle.ts'

interface Topic {
  name: string
  numPartitions?: number
  replicationFactor?: number
  assignments?: { partitionIndex: number; brokerIds: number[] }[]
  configs?: { name: string; value: string | null }[]
}
interface Created {
  topics: { name: string; topicId: string }[]
}

const create = (name: string, topic: (v: number) => Topic | Topic[], more: object = {}): Case => ({
  name,
  api: CreateTopics,
  fields: (v) => {
    const topics = [topic(v)]
      .flat()
      .map((one) => ({ numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...one }))
    return { topics, timeoutMs: 10_000, validateOnly: false, ...more }
  },
  learn: remember,
})

function remember(answer: object, facts: Facts): void {
  for (const topic of (answer as Created).topics) {
    if (topic.topicId !== undefined && !/^A{22}$/.test(topic.topicId))
      facts.known.set(`id of ${topic.name}`, topic.topicId)
  }
}

const grow = (name: string, topic: (v: number) => object | object[], more: object = {}): Case => ({
  name,
  api: CreatePartitions,
  fields: (v) => ({
    topics: [topic(v)].flat().map((one) => ({ assignments: null, ...one })),
    timeoutMs: 10_000,
    validateOnly: false,
    ...more,
  }),
})

const remove = (name: string, versions: [number, number], what: (v: number, f: Facts) => object): Case => ({
  name,
  api: DeleteTopics,
  versions,
  fields: (v, f) => ({ timeoutMs: 10_000, ...what(v, f) }),
})

const present = (answer: unknown) =>
  (answer as { topics: { errorCode: number }[] }).topics.every((t) => t.errorCode === 0)

export const topicCases: readonly Case[] = [
  create('a topic', (v) => ({ name: `plain-${v}` })),
  create('a topic that exists', () => ({ name: 'plain-7' })),
  create('a topic with partitions and settings', (v) => ({
    name: `tuned-${v}`,
    numPartitions: 3,
    configs: [
      { name: 'retention.ms', value: '60000' },
      { name: 'cleanup.policy', value: 'compact,delete' },
    ],
  })),
  create('a topic with the defaults of the broker', (v) => ({
    name: `default-${v}`,
    ...(v >= 4 ? { numPartitions: -1, replicationFactor: -1 } : {}),
  })),
  create('a topic with assignments', (v) => ({
    name: `assigned-${v}`,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 1, brokerIds: [1] },
    ],
  })),
  create('a trial', () => ({ name: 'trial', numPartitions: 2 }), { validateOnly: true }),
  create('a trial of a topic that exists', () => ({ name: 'plain-7' }), { validateOnly: true }),
  create('an illegal name', () => ({ name: 'no blanks' })),
  create('an empty name', () => ({ name: '' })),
  create('the name ..', () => ({ name: '..' })),
  create('too long a name', () => ({ name: 'a'.repeat(250) })),
  create('a name that collides', () => [{ name: 'with.dot' }]),
  create('the name it collides with', () => [{ name: 'with_dot' }]),
  create('an internal name', () => ({ name: '__share_group_state' })),
  create('no partitions', () => ({ name: 'none', numPartitions: 0 })),
  create('fewer than no partitions', () => ({ name: 'none', numPartitions: -2 })),
  create('replication factor 0', () => ({ name: 'none', replicationFactor: 0 })),
  create('more replicas than brokers', () => ({ name: 'none', replicationFactor: 2 })),
  create('too many partitions', () => ({ name: 'none', numPartitions: 10_001 })),
  create('an unknown setting', () => ({ name: 'none', configs: [{ name: 'no.such', value: '1' }] })),
  create('a bad value', () => ({ name: 'none', configs: [{ name: 'retention.ms', value: 'soon' }] })),
  create('a value out of range', () => ({ name: 'none', configs: [{ name: 'min.insync.replicas', value: '0' }] })),
  create('a value that is null', () => ({ name: 'none', configs: [{ name: 'retention.ms', value: null }] })),
  create('a setting twice', () => ({
    name: 'none',
    configs: [
      { name: 'retention.ms', value: '1' },
      { name: 'retention.ms', value: '2' },
    ],
  })),
  create('a name twice', () => [{ name: 'twice' }, { name: 'twice' }]),
  create('assignments together with partitions', () => ({
    name: 'none',
    numPartitions: 1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
  })),
  create('an assignment to an unknown broker', () => ({
    name: 'none',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [7] }],
  })),
  create('an assignment that names a broker twice', () => ({
    name: 'none',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }],
  })),
  create('assignments with a hole', () => ({
    name: 'none',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 1, brokerIds: [1] }],
  })),
  create('an assignment to nobody', () => ({
    name: 'none',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [] }],
  })),
  create('one good and one bad', (v) => [{ name: `mixed-${v}` }, { name: 'none', numPartitions: 0 }]),
  {
    name: 'topics by name',
    api: Metadata,
    fields: () => ({
      topics: ['tuned-7', 'assigned-7', 'plain-2'].map((name) => ({ name })),
      allowAutoTopicCreation: false,
    }),
    until: present,
    learn: (answer, facts) => {
      for (const topic of (answer as unknown as Created).topics)
        if (topic.topicId) facts.known.set(`id of ${topic.name}`, topic.topicId)
    },
    mayDiffer: { 'topics\\[\\]\\.topicId$': 'made before the test learned it' },
  },
  {
    name: 'topics with what one may do',
    api: Metadata,
    versions: [8, 13],
    fields: () => ({
      topics: [{ name: 'tuned-7' }],
      includeTopicAuthorizedOperations: true,
      allowAutoTopicCreation: false,
    }),
  },
  {
    name: 'a topic by id',
    api: Metadata,
    versions: [12, 13],
    fields: (_, f) => ({ topics: [{ topicId: String(f.known.get('id of tuned-7')), name: null }] }),
  },
  {
    name: 'a topic by name and id at once',
    api: Metadata,
    versions: [12, 13],
    fields: (_, f) => ({ topics: [{ topicId: String(f.known.get('id of tuned-7')), name: 'tuned-7' }] }),
  },
  {
    name: 'partitions of topics',
    api: DescribeTopicPartitions,
    fields: () => ({ topics: [{ name: 'tuned-7' }, { name: 'plain-7' }, { name: 'absent' }] }),
  },
  {
    name: 'partitions, a page',
    api: DescribeTopicPartitions,
    fields: () => ({ topics: [{ name: 'tuned-7' }, { name: 'plain-7' }], responsePartitionLimit: 2 }),
  },
  {
    name: 'partitions, the next page',
    api: DescribeTopicPartitions,
    fields: () => ({ topics: [{ name: 'tuned-7' }], cursor: { topicName: 'tuned-7', partitionIndex: 2 } }),
  },
  {
    name: 'partitions, from a page that is not there',
    api: DescribeTopicPartitions,
    fields: () => ({ topics: [{ name: 'tuned-7' }], cursor: { topicName: 'tuned-7', partitionIndex: -1 } }),
  },
  grow('more partitions', (v) => ({ name: 'plain-7', count: 2 + v })),
  grow('as many partitions as there are', () => ({ name: 'plain-7', count: 5 })),
  grow('fewer partitions', () => ({ name: 'plain-7', count: 1 })),
  grow('no partitions at all', () => ({ name: 'plain-7', count: 0 })),
  grow('partitions of an unknown topic', () => ({ name: 'absent', count: 2 })),
  grow('partitions of an illegal name', () => ({ name: 'no blanks', count: 2 })),
  grow('a trial of more partitions', () => ({ name: 'plain-7', count: 9 }), { validateOnly: true }),
  grow('a topic twice', () => [
    { name: 'plain-7', count: 7 },
    { name: 'plain-7', count: 8 },
  ]),
  grow('with an assignment', (v) => ({ name: 'plain-6', count: 2 + v, assignments: [{ brokerIds: [1] }] })),
  grow('with too many assignments', () => ({
    name: 'plain-6',
    count: 6,
    assignments: [{ brokerIds: [1] }, { brokerIds: [1] }],
  })),
  grow('with an assignment to an unknown broker', () => ({
    name: 'plain-6',
    count: 6,
    assignments: [{ brokerIds: [7] }],
  })),
  remove('topics by name', [1, 5], (v) => ({ topicNames: [`default-${v + 1}`, 'absent'] })),
  remove('a topic by name', [6, 6], () => ({ topics: [{ name: 'default-7' }] })),
  remove('a topic by id', [6, 6], (_, f) => ({
    topics: [{ name: null, topicId: String(f.known.get('id of plain-2')) }],
  })),
  remove('an unknown id', [6, 6], () => ({ topics: [{ name: null, topicId: 'Aa0aaaaaSaaaaaaaaaaaaQ' }] })),
  remove('an unknown name', [6, 6], () => ({ topics: [{ name: 'absent' }] })),
  remove('neither name nor id', [6, 6], () => ({ topics: [{ name: null }] })),
  remove('name and id at once', [6, 6], (_, f) => ({
    topics: [{ name: 'plain-7', topicId: String(f.known.get('id of plain-7')) }],
  })),
  remove('a name twice', [6, 6], () => ({ topics: [{ name: 'plain-3' }, { name: 'plain-3' }] })),
  remove('nothing', [1, 6], (v) => (v < 6 ? { topicNames: [] } : { topics: [] })),
]
