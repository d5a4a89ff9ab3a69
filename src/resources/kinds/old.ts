/** The versions before v1, as what differs from v1. */
import type { Version } from '../schema/kind.ts'
import { type Edit, field, moreFields, moreValues, notRequired, older } from '../schema/older.ts'
import {
  boolean,
  each,
  either,
  integer,
  list,
  map,
  object,
  oneOf,
  open,
  required,
  string,
  type Type,
} from '../schema/types.ts'
import { affinity, networkPolicyPeer, resources, toleration } from './core.ts'
import { connectorFields } from './kafka-connector.ts'
import { listener } from './listeners.ts'
import {
  certificateAndKey,
  clientAuthentication,
  clientTls,
  jmxOptions,
  jvmOptions,
  logging,
  metricsConfig,
  probes,
} from './shared.ts'
import { storage } from './storage.ts'
import {
  containerTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
  serviceTemplate,
} from './templates.ts'

const notActedUpon = 'Means nothing any more.'
const gone = (...paths: readonly string[]): Edit[] => paths.map((path) => field(path, open(notActedUpon)))

const overrides = list(
  'Storage classes for single brokers; means nothing any more.',
  object(undefined, { class: string('StorageClass.'), broker: integer('Its number.') }),
)
const oldStorage = older(storage, [field('overrides', overrides), field('volumes[].overrides', overrides)])

/** Of a component in the first years. */
const scheduled = (component: string): Edit[] => {
  const prefix = component === '' ? '' : `${component}.`
  return [
    field(`${prefix}affinity`, {
      ...affinity,
      text: 'On which nodes its pods may run; `template.pod.affinity` today.',
    }),
    field(`${prefix}tolerations`, list('Taints that its pods tolerate; `template.pod.tolerations` today.', toleration)),
  ]
}
const metrics = (component: string): Edit =>
  field(
    component === '' ? 'metrics' : `${component}.metrics`,
    open('Rules of the Prometheus exporter; a ConfigMap named in `metricsConfig` has them today.'),
  )
const loggingName = (component: string): Edit =>
  field(
    component === '' ? 'logging.name' : `${component}.logging.name`,
    string('The ConfigMap (`external`); `valueFrom` today.'),
  )

const zookeeper = object('ZooKeeper. A KafkaNodePool of controllers stands in its place.', {
  replicas: required(integer('Number of nodes.', { minimum: 1 })),
  image: string('Its image.'),
  storage: required(oldStorage),
  config: open('Its configuration.'),
  ...probes(),
  jvmOptions,
  jmxOptions,
  resources,
  metricsConfig: metricsConfig(),
  logging,
  template: object('Templates of the objects.', {
    statefulset: open(notActedUpon),
    podSet: resourceTemplate('the StrimziPodSet'),
    pod: podTemplate,
    clientService: serviceTemplate('the Service for clients'),
    nodesService: serviceTemplate('the headless Service'),
    persistentVolumeClaim: resourceTemplate('the PersistentVolumeClaims'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
    zookeeperContainer: containerTemplate('the container'),
    serviceAccount: resourceTemplate('the ServiceAccount'),
    jmxSecret: resourceTemplate('the Secret with the JMX credentials'),
  }),
})

const seconds = (component: string): Edit =>
  field(
    `${component}.reconciliationIntervalSeconds`,
    integer('Seconds between looks at everything; `reconciliationIntervalMs` today.', { minimum: 0 }),
  )

const oldListener = older(listener, [moreValues('authentication.type', 'oauth'), moreFields('authentication')])

const oldAuthentication = oldListener.fields!['authentication']!
const carried = {
  authentication: oldAuthentication,
  networkPolicyPeers: list('Who may connect. Absent: everybody.', networkPolicyPeer),
}
const address = {
  ...each(string(), 'address', 'host', 'loadBalancerIP'),
  nodePort: integer(),
  dnsAnnotations: map(undefined, string()),
}
const broker = object(undefined, {
  broker: required(integer()),
  advertisedHost: string(),
  advertisedPort: integer(),
  ...address,
})
const certificate = certificateAndKey('Certificate and private key in place of those that the operator makes.')

const earlyListeners = object(undefined, {
  plain: object('Port 9092, inside the cluster, plain text.', carried),
  tls: object('Port 9093, inside the cluster, TLS.', {
    ...carried,
    configuration: object('More about it.', { brokerCertChainAndKey: certificate }),
  }),
  external: object('Port 9094, from outside.', {
    type: required(oneOf('How it is reached.', 'route', 'loadbalancer', 'nodeport', 'ingress')),
    tls: boolean('Whether it speaks TLS; it does when absent.'),
    class: string('Class of the ingress controller.'),
    ...carried,
    configuration: object('More about it.', {
      brokerCertChainAndKey: certificate,
      preferredAddressType: oneOf(
        'Which address of the node is advertised.',
        'ExternalIP',
        'ExternalDNS',
        'InternalIP',
        'InternalDNS',
        'Hostname',
      ),
      bootstrap: object('The address at which clients begin.', address),
      brokers: list('What differs from broker to broker.', broker),
    }),
    overrides: object('What clients are told.', {
      bootstrap: object('The address at which clients begin.', address),
      brokers: list('What differs from broker to broker.', broker),
    }),
  }),
})

const kafkaLate: readonly Edit[] = [
  field('kafka.replicas', integer('Number of brokers; that of a KafkaNodePool today.', { minimum: 1 })),
  field('kafka.storage', oldStorage),
  field('kafka.resources', resources),
  field('zookeeper', zookeeper),
  field('kafka.listeners', required(list('Where clients come in.', oldListener, { minItems: 1 }))),
  moreValues('kafka.authorization.type', 'opa', 'keycloak'),
  moreFields('kafka.authorization'),
  seconds('entityOperator.topicOperator'),
  seconds('entityOperator.userOperator'),
  field('entityOperator.topicOperator.zookeeperSessionTimeoutSeconds', integer(notActedUpon)),
  field('entityOperator.userOperator.zookeeperSessionTimeoutSeconds', integer(notActedUpon)),
  field('entityOperator.topicOperator.topicMetadataMaxAttempts', integer(notActedUpon)),
  field('cruiseControl.brokerCapacity.disk', string(notActedUpon)),
  field('cruiseControl.brokerCapacity.cpuUtilization', integer(notActedUpon)),
  ...gone(
    'jmxTrans',
    'kafka.template.statefulset',
    'entityOperator.tlsSidecar',
    'entityOperator.template.tlsSidecarContainer',
    'cruiseControl.tlsSidecar',
    'cruiseControl.template.tlsSidecarContainer',
    'kafkaExporter.template.service',
  ),
]

const traffic = (service: string): Edit[] => [
  field(`kafka.template.${service}.externalTrafficPolicy`, oneOf('Stands at the listener today.', 'Local', 'Cluster')),
  field(`kafka.template.${service}.loadBalancerSourceRanges`, list('Stands at the listener today.', string())),
]

const kafkaEarly: readonly Edit[] = [
  field(
    'kafka.listeners',
    required(
      either(
        'Where clients come in: a map with `plain`, `tls` and `external`, or a list.',
        list(undefined, oldListener),
        earlyListeners,
      ),
    ),
  ),
  ...['kafka', 'zookeeper', 'entityOperator', 'cruiseControl', 'kafkaExporter'].flatMap(scheduled),
  ...['kafka', 'zookeeper', 'cruiseControl'].map(metrics),
  ...['kafka', 'zookeeper', 'cruiseControl', 'entityOperator.topicOperator', 'entityOperator.userOperator'].map(
    loggingName,
  ),
  ...traffic('externalBootstrapService'),
  ...traffic('perPodService'),
  ...gone('kafka.tlsSidecar', 'zookeeper.tlsSidecar'),
  field('topicOperator', open('The topic operator; `entityOperator.topicOperator` today.')),
]

export const oauth = (component: string): Edit[] => {
  const path = component === '' ? 'authentication' : `${component}.authentication`
  return [moreValues(`${path}.type`, 'oauth'), moreFields(path)]
}

const workersLate: readonly Edit[] = [
  notRequired('replicas'),
  moreValues('tracing.type', 'jaeger'),
  field('externalConfiguration', open('Environment and volumes of the workers; `template` has both today.')),
  ...gone('template.deployment', 'template.statefulset'),
]
export const workersEarly: readonly Edit[] = [...scheduled(''), metrics(''), loggingName('')]

const connectLate: readonly Edit[] = [
  ...workersLate,
  ...['groupId', 'configStorageTopic', 'statusStorageTopic', 'offsetStorageTopic'].map(notRequired),
  ...oauth(''),
  field('build.output.additionalKanikoOptions', list('`additionalBuildOptions` today.', string())),
]

const oldCluster = older(
  object(undefined, {
    alias: required(string('Short name of the cluster.', { pattern: '^[a-zA-Z0-9\\._\\-]{1,100}$' })),
    bootstrapServers: required(string('`host:port`, comma between several.')),
    tls: clientTls,
    authentication: clientAuthentication,
    config: open('Configuration.'),
  }),
  oauth(''),
)

const pause = boolean('Whether it is paused; `state: paused` today.')

const mirrorMaker2Late: readonly Edit[] = [
  ...workersLate,
  notRequired('target'),
  notRequired('mirrors'),
  notRequired('mirrors[].source'),
  field('connectCluster', string('Alias of the cluster beside which the workers run; `target` today.')),
  field('clusters', list('The clusters; `target` and `mirrors[].source` today.', oldCluster)),
  field('mirrors[].sourceCluster', string('Alias of the cluster that is copied.')),
  field('mirrors[].targetCluster', string('Alias of the cluster that receives the copies.')),
  field('mirrors[].heartbeatConnector', object(notActedUpon, { ...connectorFields, pause })),
  field('mirrors[].sourceConnector.pause', pause),
  field('mirrors[].checkpointConnector.pause', pause),
  field('mirrors[].topicsBlacklistPattern', string('`topicsExcludePattern` today.')),
  field('mirrors[].groupsBlacklistPattern', string('`groupsExcludePattern` today.')),
]

const bridgeLate: readonly Edit[] = [
  notRequired('replicas'),
  ...oauth(''),
  moreValues('tracing.type', 'jaeger'),
  field('enableMetrics', boolean('Whether there are metrics; `metricsConfig` today.')),
]

const userLate: readonly Edit[] = [
  notRequired('authorization.acls[].operations'),
  field(
    'authorization.acls[].operation',
    oneOf(
      'What to do; `operations` today.',
      'Read',
      'Write',
      'Create',
      'Delete',
      'Alter',
      'Describe',
      'ClusterAction',
      'AlterConfigs',
      'DescribeConfigs',
      'IdempotentWrite',
      'All',
    ),
  ),
]

const oldVersion = (kind: string, name: string, spec: Type): Version => ({
  name,
  spec,
  warning: `${kind} ${name} is an old version, read as v1; "millrace convert -f FILE" prints what to write today`,
})

/** v1, then v1beta2, then those of the first years that there were. */
const ladder = (
  kind: string,
  v1: Type,
  late: readonly Edit[],
  early: readonly Edit[],
  ...earlyNames: readonly string[]
): readonly Version[] => {
  const v1beta2 = older(v1, late)
  const first = older(v1beta2, early)
  return [
    { name: 'v1', spec: v1 },
    oldVersion(kind, 'v1beta2', v1beta2),
    ...earlyNames.map((name) => oldVersion(kind, name, first)),
  ]
}

export const versionsOf = {
  kafka: (v1: Type) => ladder('Kafka', v1, kafkaLate, kafkaEarly, 'v1beta1', 'v1alpha1'),
  connect: (v1: Type) => ladder('KafkaConnect', v1, connectLate, workersEarly, 'v1beta1', 'v1alpha1'),
  topic: (v1: Type) => ladder('KafkaTopic', v1, [], [], 'v1beta1', 'v1alpha1'),
  user: (v1: Type) => ladder('KafkaUser', v1, userLate, [], 'v1beta1', 'v1alpha1'),
  nodePool: (v1: Type) => ladder('KafkaNodePool', v1, [field('storage', required(oldStorage))], []),
  podSet: (v1: Type) => ladder('StrimziPodSet', v1, [], []),
  connector: (v1: Type) => ladder('KafkaConnector', v1, [field('pause', pause)], [], 'v1alpha1'),
  mirrorMaker2: (v1: Type) => ladder('KafkaMirrorMaker2', v1, mirrorMaker2Late, workersEarly, 'v1alpha1'),
  bridge: (v1: Type) => ladder('KafkaBridge', v1, bridgeLate, workersEarly, 'v1alpha1'),
  rebalance: (v1: Type) => ladder('KafkaRebalance', v1, [], [], 'v1alpha1'),
} as const
