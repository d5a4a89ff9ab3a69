/** KafkaBridge: Kafka over HTTP. */
import type { Obj } from '../../kube-client/index.ts'
import { boolean, byDefault, integer, list, object, open, required, string, type Value } from '../schema/types.ts'
import { resources } from './core.ts'
import { clusterAccess } from './kafka-connect.ts'
import {
  certificateAndKey,
  commonStatus,
  jvmOptions,
  logging,
  metricsConfig,
  probes,
  rack,
  scaledStatus,
  tracing,
} from './shared.ts'
import {
  containerTemplate,
  deploymentTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
  serviceTemplate,
} from './templates.ts'

const enabled = (what: string) => byDefault(true, boolean(`Whether HTTP clients may ${what}.`))

export const bridgeSpec = object('What is wanted.', {
  replicas: required(integer('Number of bridges.', { minimum: 0 })),
  image: string('Image. Absent: the operator’s own.'),
  ...clusterAccess,
  config: open('Configuration of all its Kafka clients.'),
  http: object('The HTTP side.', {
    port: byDefault(8080, integer('Port.', { minimum: 1023 })),
    tls: object('TLS. Absent: plain text.', {
      certificateAndKey: required(certificateAndKey('Certificate and private key.')),
      config: open('More configuration.'),
    }),
    cors: object('Which web pages may call it. Absent: none.', {
      allowedOrigins: required(list('Origins.', string())),
      allowedMethods: required(list('Methods.', string())),
    }),
  }),
  adminClient: object('The admin client.', { config: open('Its configuration.') }),
  consumer: object('Consumers.', {
    enabled: enabled('consume'),
    timeoutSeconds: byDefault(-1, integer('Seconds after which an idle consumer is closed; -1: never.')),
    config: open('Their configuration.'),
  }),
  producer: object('Producers.', { enabled: enabled('produce'), config: open('Their configuration.') }),
  resources,
  jvmOptions,
  logging,
  clientRackInitImage: string('Image of the container that looks up the rack.'),
  rack,
  metricsConfig: metricsConfig(),
  ...probes(15),
  template: object('Templates of the objects.', {
    deployment: deploymentTemplate,
    pod: podTemplate,
    apiService: serviceTemplate('the Service'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
    bridgeContainer: containerTemplate('the container'),
    clusterRoleBinding: resourceTemplate('the ClusterRoleBinding'),
    serviceAccount: resourceTemplate('the ServiceAccount'),
    initContainer: containerTemplate('the init container'),
  }),
  tracing,
})

export const bridgeStatus = object('What is.', { ...commonStatus, url: string('Its address.'), ...scaledStatus })

export interface KafkaBridgeSpec extends Value<typeof bridgeSpec> {}
export interface KafkaBridgeStatus extends Value<typeof bridgeStatus> {}
export interface KafkaBridge extends Obj {
  readonly kind: 'KafkaBridge'
  readonly spec: KafkaBridgeSpec
  readonly status?: KafkaBridgeStatus
}
