import {
  ApiVersions,
  DescribeAcls,
  DescribeCluster,
  DescribeQuorum,
  FindCoordinator,
  JoinGroup,
  Metadata,
  SaslHandshake,
  UpdateFeatures,
} from '../../../src/protocol/index.ts'
import type { Case } from '../oracle.ts'

const unknownId = 'Aa0aaaaaSaaaaaaaaaaaaQ'

export const clusterCases: readonly Case[] = [
  {
    name: 'what is offered, of what we offer',
    api: ApiVersions,
    fields: () => ({ clientSoftwareName: 'oracle', clientSoftwareVersion: '1.0' }),
    mayDiffer: { '^apiKeys$': 'what is not built yet is absent; the test of ranges looks at each' },
  },
  {
    name: 'a group before anyone has asked for its coordinator',
    api: JoinGroup,
    versions: [0, 0],
    fields: () => ({
      groupId: 'early',
      sessionTimeoutMs: 30_000,
      memberId: '',
      protocolType: 'x',
      protocols: [{ name: 'x', metadata: new Uint8Array() }],
    }),
  },
  {
    name: 'a client software name that is none',
    api: ApiVersions,
    versions: [3, 4],
    fields: () => ({ clientSoftwareName: '', clientSoftwareVersion: '-' }),
  },
  { name: 'brokers alone', api: Metadata, versions: [1, 13], fields: () => ({ topics: [] }) },
  { name: 'the cluster', api: DescribeCluster, fields: () => ({ includeClusterAuthorizedOperations: true }) },
  {
    name: 'the cluster with fenced brokers',
    api: DescribeCluster,
    versions: [2, 2],
    fields: () => ({ includeFencedBrokers: true }),
  },
  {
    name: 'the controllers, asked of a broker',
    api: DescribeCluster,
    versions: [1, 2],
    fields: () => ({ endpointType: 2 }),
  },
  { name: 'endpoints of an unknown type', api: DescribeCluster, versions: [1, 2], fields: () => ({ endpointType: 9 }) },
  {
    name: 'a topic that is not there, not to be created',
    api: Metadata,
    versions: [4, 13],
    fields: () => ({ topics: [{ name: 'absent' }], allowAutoTopicCreation: false }),
  },
  {
    name: 'a topic of an illegal name',
    api: Metadata,
    versions: [4, 13],
    fields: () => ({ topics: [{ name: 'no blanks' }], allowAutoTopicCreation: true }),
  },
  {
    name: 'a topic id that is not there',
    api: Metadata,
    versions: [12, 13],
    fields: () => ({ topics: [{ topicId: unknownId, name: null }] }),
  },
  {
    name: 'the coordinator of a group',
    api: FindCoordinator,
    fields: (v) =>
      v < 4 ? { key: 'some-group', keyType: 0 } : { coordinatorKeys: ['some-group', 'other-group'], keyType: 0 },
    until: (answer) => JSON.stringify(answer).includes('localhost'),
  },
  {
    name: 'the coordinator of something unknown',
    api: FindCoordinator,
    versions: [1, 6],
    fields: (v) => (v < 4 ? { key: 'x', keyType: 9 } : { coordinatorKeys: ['x'], keyType: 9 }),
  },
  {
    name: 'the coordinator of nothing',
    api: FindCoordinator,
    versions: [4, 6],
    fields: () => ({ coordinatorKeys: [], keyType: 0 }),
  },
  {
    name: 'the quorum',
    api: DescribeQuorum,
    fields: () => ({ topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }),
    mayDiffer: {
      '(highWatermark|logEndOffset)$': 'other records are in the metadata log',
      leaderEpoch$: 'a sole voter elects itself at once',
      replicaDirectoryId$: 'an id of its own',
    },
  },
  {
    name: 'the quorum of another topic',
    api: DescribeQuorum,
    fields: () => ({ topics: [{ topicName: 'other', partitions: [{ partitionIndex: 0 }] }] }),
  },
  { name: 'authentication where there is none', api: SaslHandshake, fields: () => ({ mechanism: 'PLAIN' }) },
  {
    name: 'access rules without an authorizer',
    api: DescribeAcls,
    fields: () => ({
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }),
  },
  {
    name: 'a feature raised to what it is, as a trial',
    api: UpdateFeatures,
    versions: [1, 2],
    fields: () => ({
      featureUpdates: [{ feature: 'group.version', maxVersionLevel: 1, upgradeType: 1 }],
      validateOnly: true,
      timeoutMs: 5000,
    }),
  },
  {
    name: 'a feature raised too high',
    api: UpdateFeatures,
    versions: [1, 2],
    fields: () => ({
      featureUpdates: [{ feature: 'group.version', maxVersionLevel: 9, upgradeType: 1 }],
      validateOnly: true,
      timeoutMs: 5000,
    }),
  },
  {
    name: 'an unknown feature',
    api: UpdateFeatures,
    versions: [1, 2],
    fields: () => ({
      featureUpdates: [{ feature: 'no.such.version', maxVersionLevel: 1, upgradeType: 1 }],
      validateOnly: true,
      timeoutMs: 5000,
    }),
  },
]
