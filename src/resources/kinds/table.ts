/** Strimzi's kinds, as data: from each row follow its definition, its page and its conversion. */
import type { Column, KindDeclaration } from '../schema/kind.ts'
import { clusterColumn, readyColumn, replicasColumn, replicasScale } from './columns.ts'
import { kafkaSpec, kafkaStatus } from './kafka.ts'
import { accessSpec, accessStatus } from './kafka-access.ts'
import { bridgeSpec, bridgeStatus } from './kafka-bridge.ts'
import { connectSpec, connectStatus } from './kafka-connect.ts'
import { connectorSpec, connectorStatus } from './kafka-connector.ts'
import { mirrorMakerSpec, mirrorMakerStatus, mirrorMakerVersions } from './kafka-mirror-maker.ts'
import { mirrorMaker2Spec, mirrorMaker2Status } from './kafka-mirror-maker-2.ts'
import { nodePoolSpec, nodePoolStatus } from './kafka-node-pool.ts'
import { rebalanceSpec, rebalanceStatus } from './kafka-rebalance.ts'
import { topicSpec, topicStatus } from './kafka-topic.ts'
import { userSpec, userStatus } from './kafka-user.ts'
import { versionsOf } from './old.ts'
import { podSetSpec, podSetStatus } from './strimzi-pod-set.ts'

const text = (name: string, said: string, path: string, priority?: number): Column => ({
  name,
  text: said,
  path,
  type: 'string',
  ...(priority === undefined ? {} : { priority }),
})

const count = (name: string, said: string, path: string): Column => ({ name, text: said, path, type: 'integer' })

export const kinds: readonly KindDeclaration[] = [
  {
    group: 'kafka.strimzi.io',
    kind: 'Kafka',
    shortNames: ['k'],
    text: 'A Kafka cluster. Its nodes are those of the KafkaNodePools that carry its name in the label `strimzi.io/cluster`.',
    columns: [
      readyColumn,
      text('Warnings', 'Warnings related to the custom resource', '.status.conditions[?(@.type=="Warning")].status'),
      text('Kafka version', 'The Kafka version used by the cluster', '.status.kafkaVersion'),
      text('Metadata version', 'The Kafka metadata version used by the cluster', '.status.kafkaMetadataVersion'),
    ],
    versions: versionsOf.kafka(kafkaSpec),
    status: kafkaStatus,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaConnect',
    shortNames: ['kc'],
    text: 'A group of Kafka Connect workers.',
    columns: [replicasColumn('The desired number of Kafka Connect replicas'), readyColumn],
    versions: versionsOf.connect(connectSpec),
    status: connectStatus,
    scale: replicasScale,
  },
  {
    group: 'core.strimzi.io',
    kind: 'StrimziPodSet',
    shortNames: ['sps'],
    text: 'Pods that differ from one another. Made by operators, not by people.',
    columns: [
      count('Pods', 'Number of pods managed by the StrimziPodSet', '.status.pods'),
      count('Ready Pods', 'Number of ready pods managed by the StrimziPodSet', '.status.readyPods'),
      count('Current Pods', 'Number of up-to-date pods managed by the StrimziPodSet', '.status.currentPods'),
      { name: 'Age', text: 'Age of the StrimziPodSet', path: '.metadata.creationTimestamp', type: 'date' },
    ],
    versions: versionsOf.podSet(podSetSpec),
    status: podSetStatus,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaTopic',
    shortNames: ['kt'],
    text: 'A topic of the cluster named in the label `strimzi.io/cluster`.',
    columns: [
      clusterColumn('Kafka cluster this topic belongs to'),
      count('Partitions', 'The desired number of partitions in the topic', '.spec.partitions'),
      count('Replication factor', 'The desired number of replicas of each partition', '.spec.replicas'),
      readyColumn,
    ],
    versions: versionsOf.topic(topicSpec),
    status: topicStatus,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaUser',
    shortNames: ['ku'],
    text: 'A user of the cluster named in the label `strimzi.io/cluster`: credentials, rights, quotas.',
    columns: [
      clusterColumn('Kafka cluster this user belongs to'),
      text('Authentication', 'How the user is authenticated', '.spec.authentication.type'),
      text('Authorization', 'How the user is authorised', '.spec.authorization.type'),
      readyColumn,
    ],
    versions: versionsOf.user(userSpec),
    status: userStatus,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaNodePool',
    shortNames: ['knp'],
    text: 'Nodes that are alike, of the cluster named in the label `strimzi.io/cluster`.',
    columns: [
      replicasColumn('The desired number of replicas'),
      text('Roles', 'Roles of the nodes in the pool', '.status.roles'),
      text('NodeIds', 'Node IDs used by Kafka nodes in this pool', '.status.nodeIds'),
    ],
    versions: versionsOf.nodePool(nodePoolSpec),
    status: nodePoolStatus,
    scale: replicasScale,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaBridge',
    shortNames: ['kb'],
    text: 'HTTP access to a Kafka cluster.',
    columns: [
      replicasColumn('The desired number of Kafka Bridge replicas'),
      text('Bootstrap Servers', 'The bootstrap servers', '.spec.bootstrapServers', 1),
      readyColumn,
    ],
    versions: versionsOf.bridge(bridgeSpec),
    status: bridgeStatus,
    scale: replicasScale,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaConnector',
    shortNames: ['kctr'],
    text: 'A connector of the KafkaConnect named in the label `strimzi.io/cluster`.',
    columns: [
      clusterColumn('Kafka Connect cluster this connector belongs to'),
      text('Connector class', 'The class used by this connector', '.spec.class'),
      count('Max Tasks', 'Maximum number of tasks', '.spec.tasksMax'),
      readyColumn,
    ],
    versions: versionsOf.connector(connectorSpec),
    status: connectorStatus,
    scale: { spec: '.spec.tasksMax', status: '.status.tasksMax' },
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaMirrorMaker2',
    shortNames: ['kmm2'],
    text: 'Copies of topics and groups of other clusters.',
    columns: [replicasColumn('The desired number of Kafka MirrorMaker 2 replicas'), readyColumn],
    versions: versionsOf.mirrorMaker2(mirrorMaker2Spec),
    status: mirrorMaker2Status,
    scale: replicasScale,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaRebalance',
    shortNames: ['kr'],
    text: 'One spreading of load over the brokers of the cluster named in the label `strimzi.io/cluster`.',
    columns: [
      clusterColumn('Kafka cluster this resource rebalances'),
      text(
        'Template',
        'If this rebalance resource is a template',
        '.metadata.annotations.strimzi\\.io/rebalance-template',
      ),
      text('Status', 'Status of the current rebalancing operation', '.status.conditions[*].type'),
    ],
    versions: versionsOf.rebalance(rebalanceSpec),
    status: rebalanceStatus,
  },
  {
    group: 'kafka.strimzi.io',
    kind: 'KafkaMirrorMaker',
    shortNames: ['kmm'],
    text: 'The first MirrorMaker, which Kafka has no more: write a KafkaMirrorMaker2. There is no v1 of it.',
    columns: [replicasColumn('The desired number of Kafka MirrorMaker replicas'), readyColumn],
    versions: mirrorMakerVersions(mirrorMakerSpec),
    status: mirrorMakerStatus,
    scale: replicasScale,
  },
  {
    group: 'access.strimzi.io',
    kind: 'KafkaAccess',
    shortNames: ['ka'],
    text: 'What a client needs to reach a Kafka cluster, gathered in one Secret.',
    columns: [
      text('Listener', 'The listener', '.spec.kafka.listener'),
      text('Cluster', 'The Kafka cluster', '.spec.kafka.name'),
      text('User', 'The user', '.spec.user.name'),
      readyColumn,
    ],
    versions: [{ name: 'v1alpha1', spec: accessSpec }],
    status: accessStatus,
  },
]
