/** Kafka: a cluster. */
import type { Obj } from '../../kube-client/index.ts'
import {
  boolean,
  byDefault,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  open,
  required,
  said,
  string,
  type Value,
} from '../schema/types.ts'
import { cruiseControl } from './cruise-control.ts'
import { entityOperator, kafkaExporter } from './entity-operator.ts'
import { listener } from './listeners.ts'
import { commonStatus, jmxOptions, jvmOptions, logging, metricsConfig, probes, rack } from './shared.ts'
import { nodeTemplates, podDisruptionBudgetTemplate, resourceTemplate, serviceTemplate } from './templates.ts'

const authorization = object('Who may do what. Absent: everybody everything.', {
  type: required(oneOf('`simple`: ACLs kept in Kafka; `custom`: a class.', 'simple', 'custom')),
  superUsers: list('Principals that may do everything, such as `CN=admin`.', string()),
  authorizerClass: string('The class (`custom`).'),
  supportsAdminApi: byDefault(false, boolean('Whether the class keeps ACLs that the admin API can change (`custom`).')),
})

const tieredStorage = object('Storage of old segments elsewhere. Absent: none.', {
  type: required(oneOf('`custom`: a class.', 'custom')),
  remoteStorageManager: object('The class that moves segments.', {
    className: string('Its name.'),
    classPath: string('Where it is found.'),
    config: map('Its configuration; keys get the prefix `rsm.config.`.', string()),
  }),
})

const byteRate = (who: string) => integer(`Bytes a second for ${who}. Absent: no bound.`, { minimum: 0 })

const quotas = object('Default quotas of clients. Absent: none.', {
  type: required(
    oneOf('`kafka`: for each user, kept in Kafka; `strimzi`: for each broker, by a plug-in.', 'kafka', 'strimzi'),
  ),
  producerByteRate: byteRate('producers'),
  consumerByteRate: byteRate('consumers'),
  requestPercentage: integer('Share of the broker’s threads, in percent (`kafka`).', { minimum: 0 }),
  controllerMutationRate: number('Partitions created and deleted a second (`kafka`).', { minimum: 0 }),
  minAvailableBytesPerVolume: integer('Producing stops below so many free bytes (`strimzi`).', { minimum: 0 }),
  minAvailableRatioPerVolume: number('Producing stops below this share of free space (`strimzi`).', {
    minimum: 0,
    maximum: 1,
  }),
  excludedPrincipals: list('Principals without quota (`strimzi`).', string()),
})

const kafkaTemplate = object('Templates of the objects made for the nodes; a node pool may say otherwise.', {
  ...nodeTemplates,
  bootstrapService: serviceTemplate('the bootstrap Service'),
  brokersService: serviceTemplate('the headless Service of the brokers'),
  externalBootstrapService: resourceTemplate('the bootstrap Service used from outside'),
  externalBootstrapRoute: resourceTemplate('the bootstrap Route'),
  externalBootstrapIngress: resourceTemplate('the bootstrap Ingress'),
  podDisruptionBudget: podDisruptionBudgetTemplate,
  clusterCaCert: resourceTemplate('the Secret with the certificate of the cluster CA'),
  serviceAccount: resourceTemplate('the ServiceAccount'),
  jmxSecret: resourceTemplate('the Secret with the JMX credentials'),
  clusterRoleBinding: resourceTemplate('the ClusterRoleBinding'),
})

const certificateAuthority = (what: string) =>
  object(what, {
    generateCertificateAuthority: byDefault(
      true,
      boolean('Whether the operator makes it. If not, its Secrets must be there.'),
    ),
    generateSecretOwnerReference: byDefault(true, boolean('Whether its Secrets go when the Kafka goes.')),
    validityDays: byDefault(365, integer('Days for which certificates are valid.', { minimum: 1 })),
    renewalDays: byDefault(30, integer('Days before its end at which a certificate is renewed.', { minimum: 1 })),
    certificateExpirationPolicy: byDefault(
      'renew-certificate',
      oneOf(
        'What happens at renewal: a new certificate for the same key, or a new key.',
        'renew-certificate',
        'replace-key',
      ),
    ),
  })

export const kafkaSpec = object('What is wanted.', {
  kafka: required(
    object('The nodes.', {
      version: string('Kafka version. Absent: the newest that the operator has.'),
      metadataVersion: string('Metadata version. Absent: that of the Kafka version.'),
      image: string('Image of the nodes. Absent: the operator’s for the version.'),
      listeners: required(list('Where clients come in.', listener, { minItems: 1 })),
      config: open('Broker configuration. Keys that the operator sets itself are left out with a warning.'),
      authorization,
      rack,
      brokerRackInitImage: string('Image of the container that looks up the rack.'),
      ...probes(),
      jvmOptions,
      jmxOptions,
      metricsConfig: metricsConfig(),
      logging,
      template: kafkaTemplate,
      tieredStorage,
      quotas,
    }),
  ),
  entityOperator,
  clusterCa: certificateAuthority('The CA of the nodes and operators.'),
  clientsCa: certificateAuthority('The CA of the clients.'),
  cruiseControl,
  kafkaExporter,
  maintenanceTimeWindows: list('When certificates may be renewed (Quartz cron, UTC). Absent: at any time.', string()),
})

const rebalanceMode = oneOf('On which change of size.', 'add-brokers', 'remove-brokers')

export const kafkaStatus = object('What is.', {
  ...commonStatus,
  listeners: list(
    'Where clients come in.',
    object(undefined, {
      name: string('Name of the listener.'),
      addresses: list('Its addresses.', object(undefined, { host: string('Host.'), port: integer('Port.') })),
      bootstrapServers: string('`host:port`, comma between several.'),
      certificates: list('Certificates to trust (PEM); only with TLS.', string()),
    }),
  ),
  kafkaNodePools: list('The node pools.', object(undefined, { name: string('Its name.') })),
  clusterId: string('Id of the cluster.'),
  operatorLastSuccessfulVersion: string('Version of the operator that last reached what was wanted.'),
  kafkaVersion: string('Kafka version that runs.'),
  kafkaMetadataVersion: string('Metadata version in effect.'),
  autoRebalance: object('Rebalancing after changes of size.', {
    state: oneOf('What goes on.', 'Idle', 'RebalanceOnScaleDown', 'RebalanceOnScaleUp'),
    lastTransitionTime: string('Since when.'),
    modes: list(
      'What waits.',
      object(undefined, { mode: rebalanceMode, brokers: list('Node ids of the brokers.', integer()) }),
    ),
  }),
  clusterSecurity: said('Encryption and authentication between the nodes.', open()),
})

export interface KafkaSpec extends Value<typeof kafkaSpec> {}
export interface KafkaStatus extends Value<typeof kafkaStatus> {}
export interface Kafka extends Obj {
  readonly kind: 'Kafka'
  readonly spec: KafkaSpec
  readonly status?: KafkaStatus
}
