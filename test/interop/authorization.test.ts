/** What a client without rights, and with a few, is answered: the same requests to Apache Kafka and to us. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ApacheNode, startApache } from '../../scripts/apache-kafka.ts'
import { freePorts } from '../../scripts/apache-node.ts'
import { type AclBinding, Kafka } from '../../src/client/node.ts'
import * as p from '../../src/protocol/index.ts'
import { type BrokerProcess, Site } from '../faults/broker-process.ts'
import { Broker } from './two-brokers.ts'
import { layout, needs } from './world.ts'

const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="secret" user_admin="secret";'
const sasl = { mechanism: 'PLAIN', username: 'admin', password: 'secret' } as const

/** Clients come in as nobody; the nodes, and who prepares, as admin. */
function configOf(ports: readonly number[]): Record<string, string> {
  const listeners = `PLAINTEXT://localhost:${ports[0]},INTERNAL://localhost:${ports[2]},CONTROLLER://localhost:${ports[1]}`
  return {
    ...{ listeners, 'advertised.listeners': listeners, 'inter.broker.listener.name': 'INTERNAL' },
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'controller.quorum.bootstrap.servers': `localhost:${ports[1]}`,
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.internal.plain.sasl.jaas.config': jaas,
    'listener.name.controller.plain.sasl.jaas.config': jaas,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:admin',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
  }
}

const none = new Uint8Array(0)
const acl = (operation: string, more: Partial<AclBinding> = {}): AclBinding => ({
  ...{ principal: 'User:ANONYMOUS', host: '*', operation, type: 'allow' },
  ...{ resourceType: 'topic', name: 'mine', patternType: 'literal', ...more },
})

type Ask = readonly [what: string, api: p.AnyApi, version: number, fields: object]
const topicsOf = (name: string, partitions: object) => [{ name, partitions: [partitions] }]

/** Of a topic and a group; `x` makes names that differ between the rounds. */
function asks(topic: string, group: string): Ask[] {
  const member = { groupId: group, generationId: 1, memberId: 'm' }
  const offset = { partitionIndex: 0, committedOffset: 0, committedMetadata: '' }
  const joining = {
    groupId: group,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 1000,
    memberId: '',
    groupInstanceId: null,
  }
  const txn = { transactionalId: group, producerId: 1, producerEpoch: 0 }
  const resource = (resourceType: number, resourceName: string) => ({ resourceType, resourceName })
  const resources = [resource(2, topic), resource(4, '1'), resource(32, group)]
  return [
    [
      'metadata',
      p.Metadata,
      12,
      { topics: [{ name: topic }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
    ],
    [
      'metadata of all',
      p.Metadata,
      12,
      { topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
    ],
    ['metadata that makes', p.Metadata, 12, { topics: [{ name: `${topic}-new` }], allowAutoTopicCreation: true }],
    ['metadata with the cluster’s rights', p.Metadata, 9, { topics: [], includeClusterAuthorizedOperations: true }],
    ['cluster', p.DescribeCluster, 1, { includeClusterAuthorizedOperations: true, endpointType: 1 }],
    ['topic partitions', p.DescribeTopicPartitions, 0, { topics: [{ name: topic }] }],
    [
      'produce nothing',
      p.Produce,
      9,
      { acks: -1, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index: 0, records: null }] }] },
    ],
    [
      'produce in a transaction',
      p.Produce,
      9,
      {
        transactionalId: group,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: null }] }],
      },
    ],
    [
      'fetch',
      p.Fetch,
      12,
      {
        maxWaitMs: 1,
        minBytes: 0,
        maxBytes: 1000,
        sessionEpoch: -1,
        topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      },
    ],
    [
      'fetch as a follower',
      p.Fetch,
      12,
      {
        replicaId: 1,
        maxWaitMs: 1,
        minBytes: 0,
        maxBytes: 1000,
        sessionEpoch: -1,
        topics: [{ topic: 'other', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      },
    ],
    ['offsets', p.ListOffsets, 7, { replicaId: -1, topics: topicsOf(topic, { partitionIndex: 0, timestamp: -1 }) }],
    ['epochs', p.OffsetForLeaderEpoch, 4, { topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }] }],
    [
      'delete records',
      p.DeleteRecords,
      2,
      { timeoutMs: 1000, topics: topicsOf(topic, { partitionIndex: 0, offset: 0 }) },
    ],
    ['producers', p.DescribeProducers, 0, { topics: [{ name: topic, partitionIndexes: [0] }] }],
    ['find a group', p.FindCoordinator, 4, { keyType: 0, coordinatorKeys: [group] }],
    ['find a group, old', p.FindCoordinator, 3, { keyType: 0, key: group }],
    ['find a transaction', p.FindCoordinator, 4, { keyType: 1, coordinatorKeys: [group] }],
    ['join', p.JoinGroup, 5, { ...joining, protocolType: 'consumer', protocols: [{ name: 'range', metadata: none }] }],
    ['sync', p.SyncGroup, 5, { ...member, protocolType: 'consumer', protocolName: 'range', assignments: [] }],
    ['heartbeat', p.Heartbeat, 4, member],
    ['leave', p.LeaveGroup, 5, { groupId: group, members: [{ memberId: 'm' }] }],
    ['commit', p.OffsetCommit, 9, { groupId: `${group}-none`, topics: topicsOf(topic, offset) }],
    ['committed', p.OffsetFetch, 9, { groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }] }],
    ['committed, old', p.OffsetFetch, 7, { groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }],
    ['all committed', p.OffsetFetch, 9, { groups: [{ groupId: group, topics: null }] }],
    ['groups', p.DescribeGroups, 5, { groups: [group], includeAuthorizedOperations: true }],
    ['list groups', p.ListGroups, 5, {}],
    ['delete groups', p.DeleteGroups, 2, { groupsNames: [`${group}-none`] }],
    ['delete offsets', p.OffsetDelete, 0, { groupId: `${group}-none`, topics: topicsOf(topic, { partitionIndex: 0 }) }],
    [
      'consumer heartbeat',
      p.ConsumerGroupHeartbeat,
      1,
      {
        groupId: `${group}-848`,
        memberId: 'AAAAAAAAAAAAAAAAAAAAAA',
        memberEpoch: 5,
        subscribedTopicNames: [topic],
        topicPartitions: [],
      },
    ],
    ['consumer groups', p.ConsumerGroupDescribe, 1, { groupIds: [group] }],
    ['producer id', p.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 }],
    ['transaction', p.InitProducerId, 4, { transactionalId: group, transactionTimeoutMs: 1000 }],
    [
      'add partitions',
      p.AddPartitionsToTxn,
      3,
      {
        v3AndBelowTransactionalId: group,
        v3AndBelowProducerId: 1,
        v3AndBelowProducerEpoch: 0,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      },
    ],
    [
      'add partitions as a broker',
      p.AddPartitionsToTxn,
      4,
      { transactions: [{ ...txn, verifyOnly: true, topics: [{ name: topic, partitions: [0] }] }] },
    ],
    ['add offsets', p.AddOffsetsToTxn, 3, { ...txn, groupId: group }],
    ['end', p.EndTxn, 3, { ...txn, committed: true }],
    ['commit in a transaction', p.TxnOffsetCommit, 3, { ...txn, groupId: group, topics: topicsOf(topic, offset) }],
    ['transactions', p.DescribeTransactions, 0, { transactionalIds: [group] }],
    ['list transactions', p.ListTransactions, 0, {}],
    [
      'describe configs',
      p.DescribeConfigs,
      4,
      {
        resources: resources.map((r) => ({
          ...r,
          configurationKeys: ['min.insync.replicas', 'consumer.session.timeout.ms'],
        })),
      },
    ],
    [
      'alter configs',
      p.IncrementalAlterConfigs,
      1,
      { validateOnly: true, resources: resources.map((r) => ({ ...r, configs: [] })) },
    ],
    ['old alter configs', p.AlterConfigs, 2, { validateOnly: true, resources: [{ ...resources[0]!, configs: [] }] }],
    [
      'create',
      p.CreateTopics,
      7,
      {
        validateOnly: true,
        timeoutMs: 1000,
        topics: [{ name: `${topic}-made`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      },
    ],
    [
      'more partitions',
      p.CreatePartitions,
      3,
      { validateOnly: true, timeoutMs: 1000, topics: [{ name: topic, count: 2, assignments: null }] },
    ],
    ['delete', p.DeleteTopics, 6, { timeoutMs: 1000, topics: [{ name: `${topic}-none` }, { name: 'other' }] }],
    ['delete, old', p.DeleteTopics, 5, { timeoutMs: 1000, topicNames: ['other'] }],
    ['acls', p.DescribeAcls, 3, { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 }],
    [
      'create acls',
      p.CreateAcls,
      3,
      {
        creations: [
          {
            resourceType: 2,
            resourceName: 'x',
            resourcePatternType: 3,
            principal: 'User:x',
            host: '*',
            operation: 3,
            permissionType: 3,
          },
        ],
      },
    ],
    [
      'delete acls',
      p.DeleteAcls,
      3,
      {
        filters: [
          { resourceTypeFilter: 2, resourceNameFilter: 'x', patternTypeFilter: 3, operation: 3, permissionType: 3 },
        ],
      },
    ],
    ['log directories', p.DescribeLogDirs, 4, { topics: [] }],
    ['move', p.AlterReplicaLogDirs, 2, { dirs: [{ path: '/x', topics: [{ name: topic, partitions: [0] }] }] }],
    ['elect', p.ElectLeaders, 2, { electionType: 0, timeoutMs: 1000, topicPartitions: [{ topic, partitions: [0] }] }],
    [
      'reassign',
      p.AlterPartitionReassignments,
      0,
      { timeoutMs: 1000, topics: topicsOf(topic, { partitionIndex: 0, replicas: null }) },
    ],
    ['reassignments', p.ListPartitionReassignments, 0, { timeoutMs: 1000, topics: null }],
    ['quotas', p.DescribeClientQuotas, 1, { components: [], strict: false }],
    [
      'alter quotas',
      p.AlterClientQuotas,
      1,
      { validateOnly: true, entries: [{ entity: [{ entityType: 'user', entityName: 'x' }], ops: [] }] },
    ],
    ['users', p.DescribeUserScramCredentials, 0, { users: [{ name: 'x' }] }],
    ['alter users', p.AlterUserScramCredentials, 0, { deletions: [{ name: 'x', mechanism: 1 }], upsertions: [] }],
    [
      'quorum',
      p.DescribeQuorum,
      2,
      { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
    ],
    ['features', p.UpdateFeatures, 1, { timeoutMs: 1000, featureUpdates: [], validateOnly: true }],
    ['unregister', p.UnregisterBroker, 0, { brokerId: 9 }],
    ['config resources', p.ListConfigResources, 1, { resourceTypes: [] }],
    [
      'markers',
      p.WriteTxnMarkers,
      1,
      {
        markers: [
          {
            producerId: 1,
            producerEpoch: 0,
            transactionResult: true,
            topics: [{ name: topic, partitionIndexes: [0] }],
            coordinatorEpoch: 0,
          },
        ],
      },
    ],
  ]
}

/** But for where each listens, for messages that say nothing, and for sentences that print an object of Java's. */
const shown = (answer: unknown) =>
  JSON.stringify(answer)
    // what ends a transaction takes a moment
    .replace(/"(?:Prepare|Complete)Commit"/g, '"Commit"')
    .replace(/"port":[1-9]\d*/g, '"port":9092')
    .replace(/"errorMessage":(?:""|"NONE")/g, '"errorMessage":null')
    .replace(/Request Request\([^"]* needs [A-Z_]+ permission\./g, 'Cluster authorization failed.')

describe('authorization equals that of Apache Kafka', { skip: needs('apache') }, () => {
  let apache: ApacheNode
  let site: Site
  let ours: BrokerProcess
  let brokers: readonly string[]
  const admins: ReturnType<Kafka['admin']>[] = []

  before(async () => {
    const ports = await freePorts(6)
    const [theirPorts, ourPorts] = [ports.slice(0, 3), ports.slice(3)]
    apache = await startApache(layout(), { ports: [theirPorts[0]!, theirPorts[1]!], config: configOf(theirPorts) })
    site = await Site.make({ ports: [ourPorts[0]!, ourPorts[1]!], config: configOf(ourPorts) })
    ours = await site.start()
    await ours.says(/Kafka Server started/)
    brokers = [`localhost:${theirPorts[0]}`, `localhost:${ourPorts[0]}`]
    for (const internal of [theirPorts[2], ourPorts[2]]) {
      const admin = new Kafka({ bootstrapServers: `localhost:${internal}`, sasl }).admin()
      admins.push(admin)
      const topics = ['mine', 'other'].map((name) => ({ name, partitions: 1, replicationFactor: 1 }))
      await admin.createTopics(topics)
      // both coordinators are there then
      await admin.describeGroups(['my-group'])
      await admin.describeTransactions(['my-group'])
    }
  })
  after(async () => {
    for (const admin of admins) await admin.close()
    await ours?.[Symbol.asyncDispose]()
    site?.[Symbol.dispose]()
    await apache?.stop()
  })

  const rounds: readonly (readonly [string, readonly AclBinding[]])[] = [
    ['without any ACL', []],
    [
      'who may describe',
      [acl('Describe'), acl('Describe', { resourceType: 'group', name: 'my', patternType: 'prefix' })],
    ],
    [
      'who may do all with one topic, one group and one transactional id',
      [
        acl('All'),
        acl('All', { resourceType: 'group', name: 'my', patternType: 'prefix' }),
        acl('All', { resourceType: 'transactionalId', name: 'my-group' }),
        acl('Alter', { type: 'deny' }),
      ],
    ],
    [
      'with rights on the cluster alone',
      ['Describe', 'DescribeConfigs', 'IdempotentWrite'].map((o) =>
        acl(o, { resourceType: 'cluster', name: 'kafka-cluster' }),
      ),
    ],
  ]
  /** What they answer to who may know is compared in oracle.test.ts. */
  const allowed: ReadonlySet<string> = new Set([
    ...['log directories', 'quorum', 'config resources', 'produce nothing', 'produce in a transaction'],
    'transactions',
  ])
  for (const [round, granted] of rounds) {
    test(round, async () => {
      for (const admin of admins) {
        await admin.deleteAcls(await admin.describeAcls())
        await admin.createAcls(granted)
      }
      await new Promise((resolve) => setTimeout(resolve, 1000))
      const differing: string[] = []
      for (const [what, api, version, fields] of asks('mine', 'my-group')) {
        if (granted.length > 2 && allowed.has(what)) continue
        const [theirs, our] = await Promise.all(
          brokers.map(async (broker) => {
            for (let tries = 0; ; tries++) {
              const one = new Broker(broker)
              const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 4000).unref())
              const said = await Promise.race([one.ask(what, api, version, fields as never), late]).catch(String)
              void one.close()
              const text = said === 'late' ? said : shown(one.answers.at(-1)?.answer)
              // a coordinator that is still loading (14-16), a transaction that is still ending (51)
              if (tries === 20 || !/[eE]rrorCode":(?:1[456]|51)\b/.test(text)) return text
              await new Promise((resolve) => setTimeout(resolve, 200))
            }
          }),
        )
        if (our !== theirs) differing.push(`${what}\n  Apache Kafka: ${theirs}\n  we:           ${our}`)
      }
      assert.deepEqual(differing, [])
    })
  }
})
