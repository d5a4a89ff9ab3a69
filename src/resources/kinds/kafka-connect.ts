/** KafkaConnect: workers that run connectors. */
import type { Obj } from '../../kube-client/index.ts'
import { boolean, integer, list, object, oneOf, open, required, string, type Value } from '../schema/types.ts'
import { resources } from './core.ts'
import {
  clientAuthentication,
  clientTls,
  commonStatus,
  jmxOptions,
  jvmOptions,
  logging,
  metricsConfig,
  probes,
  rack,
  scaledStatus,
  tracing,
} from './shared.ts'
import {
  buildConfigTemplate,
  containerTemplate,
  nodePodTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
  serviceTemplate,
} from './templates.ts'

/** What Connect and MirrorMaker 2 say alike of their workers. */
export const workers = {
  version: string('Kafka version. Absent: the newest that the operator has.'),
  replicas: required(integer('Number of workers.')),
  image: string('Image of the workers. Absent: the operator’s for the version.'),
  resources,
  ...probes(60),
  jvmOptions,
  jmxOptions,
  logging,
  clientRackInitImage: string('Image of the container that looks up the rack.'),
  rack,
  metricsConfig: metricsConfig(),
  tracing,
  template: object('Templates of the objects.', {
    podSet: resourceTemplate('the StrimziPodSet'),
    pod: nodePodTemplate,
    apiService: serviceTemplate('the Service of the REST API'),
    headlessService: serviceTemplate('the headless Service'),
    connectContainer: containerTemplate('the container of the worker'),
    initContainer: containerTemplate('the init container'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
    serviceAccount: resourceTemplate('the ServiceAccount'),
    clusterRoleBinding: resourceTemplate('the ClusterRoleBinding'),
    buildPod: podTemplate,
    buildContainer: containerTemplate('the container that builds'),
    buildConfig: buildConfigTemplate,
    buildServiceAccount: resourceTemplate('the ServiceAccount of the build'),
    jmxSecret: resourceTemplate('the Secret with the JMX credentials'),
  }),
}

/** The group of workers and where it keeps its state in Kafka. */
export const workerGroup = {
  groupId: required(string('Id of the group of workers.')),
  configStorageTopic: required(string('Topic with the configurations of connectors.')),
  statusStorageTopic: required(string('Topic with the states of connectors.')),
  offsetStorageTopic: required(string('Topic with the offsets of source connectors.')),
}

/** How a program reaches a Kafka cluster. */
export const clusterAccess = {
  bootstrapServers: required(string('`host:port`, comma between several.')),
  tls: clientTls,
  authentication: clientAuthentication,
}

const pluginName = { pattern: '^[a-z0-9][-_a-z0-9]*[a-z0-9]$' }

const artifact = object(undefined, {
  type: required(oneOf('Kind of file.', 'jar', 'tgz', 'zip', 'maven', 'other')),
  url: string('Where it is (all but `maven`).', {
    pattern: '^(https?|ftp)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]$',
  }),
  sha512sum: string('Its SHA-512. Absent: not checked.'),
  insecure: boolean('Whether the certificate of the server is not checked.'),
  fileName: string('Under which name it is stored (`other`).'),
  group: string('Group (`maven`).'),
  artifact: string('Artifact (`maven`).'),
  version: string('Version (`maven`).'),
  repository: string('Repository (`maven`). Absent: Maven Central.'),
  includeScope: oneOf('Scope of its dependencies (`maven`).', 'compile', 'provided', 'runtime', 'test', 'system'),
  mirrors: list('Other places (`maven`).', object(undefined, { url: required(string('Address.')) })),
})

const build = object('How an image with plug-ins is built. Absent: none is.', {
  output: required(
    object('Where the image goes.', {
      type: required(oneOf('A registry, or an ImageStream (OpenShift).', 'docker', 'imagestream')),
      image: required(string('Its name.')),
      pushSecret: string('Secret with the credentials of the registry.'),
      additionalBuildOptions: list('More options of the build.', string()),
      additionalPushOptions: list('More options of the push.', string()),
    }),
  ),
  plugins: required(
    list(
      'Plug-ins to add.',
      object(undefined, {
        name: required(string('Its name, unique.', pluginName)),
        artifacts: required(list('Its files.', artifact)),
      }),
    ),
  ),
  resources,
})

const mountedPlugin = object(undefined, {
  name: required(string('Its name, unique.', pluginName)),
  artifacts: required(
    list(
      'Its files.',
      object(undefined, {
        type: required(oneOf('`image`: an OCI image mounted as volume.', 'image')),
        reference: required(string('Reference of the image.')),
        pullPolicy: string('`Always`, `Never` or `IfNotPresent`.'),
      }),
    ),
  ),
})

export const connectSpec = object('What is wanted.', {
  ...workers,
  ...clusterAccess,
  ...workerGroup,
  config: open('Worker configuration. Keys that the operator sets itself are left out with a warning.'),
  build,
  plugins: list('Plug-ins mounted from images.', mountedPlugin),
})

export const connectorPlugins = list(
  'Connectors that the workers have.',
  object(undefined, { class: string('Class.'), type: string('`source` or `sink`.'), version: string('Version.') }),
)

export const connectStatus = object('What is.', {
  ...commonStatus,
  url: string('Address of the REST API.'),
  connectorPlugins,
  ...scaledStatus,
})

export interface KafkaConnectSpec extends Value<typeof connectSpec> {}
export interface KafkaConnectStatus extends Value<typeof connectStatus> {}
export interface KafkaConnect extends Obj {
  readonly kind: 'KafkaConnect'
  readonly spec: KafkaConnectSpec
  readonly status?: KafkaConnectStatus
}
