/** The StrimziPodSet of a pool and the pods in it. */
import type { Obj } from '../../kube-client/index.ts'
import type { KafkaVersion, OperatorConfig } from '../config.ts'
import { fingerprint, stableJson } from '../hash.ts'
import { annotations, labelNames, names, portNames, ports } from '../names.ts'
import type { ContainerTemplate, Kafka, KafkaNodePool, PodTemplate, PoolTemplate, Probe } from '../resource-types.ts'
import { type Labels, metadataOf, ownedBy, selectorOf } from './labels.ts'
import { type NodeRef, portName } from './listeners.ts'
import { nodeCertificates, trustedCertificates } from './server-config.ts'
import { dataMounts, dataVolumes } from './storage.ts'

export interface PodAsk {
  readonly kafka: Kafka
  readonly node: NodeRef
  readonly labels: Labels
  /** What restarts the pod when it changes, beside its own fields. */
  readonly annotations: Labels
  readonly version: KafkaVersion
  readonly config: OperatorConfig
}

/** A template of the pool takes the place of the Kafka's, entry by entry. */
export const templateOf = (kafka: Kafka, pool: KafkaNodePool): PoolTemplate => ({
  ...kafka.spec.kafka.template,
  ...pool.spec.template,
})

export const serviceAccountToken = {
  name: 'strimzi-service-account-token',
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
} as const

export const serviceAccountMount = {
  name: serviceAccountToken.name,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
} as const

export function withDefaults(probe: Probe | undefined, initialDelaySeconds = 0) {
  return {
    initialDelaySeconds: probe?.initialDelaySeconds ?? initialDelaySeconds,
    timeoutSeconds: probe?.timeoutSeconds ?? 5,
    periodSeconds: probe?.periodSeconds ?? 10,
    successThreshold: probe?.successThreshold ?? 1,
    failureThreshold: probe?.failureThreshold ?? 3,
  }
}

/** Fields that a pod template and a pod have in common. */
export function podFields(t: PodTemplate | undefined) {
  const copied = {
    imagePullSecrets: t?.imagePullSecrets,
    securityContext: t?.securityContext,
    affinity: t?.affinity,
    tolerations: t?.tolerations,
    topologySpreadConstraints: t?.topologySpreadConstraints,
    priorityClassName: t?.priorityClassName,
    hostAliases: t?.hostAliases,
    dnsPolicy: t?.dnsPolicy,
    dnsConfig: t?.dnsConfig,
    enableServiceLinks: t?.enableServiceLinks,
    hostUsers: t?.hostUsers,
  }
  return {
    ...Object.fromEntries(Object.entries(copied).filter(([, value]) => value !== undefined)),
    terminationGracePeriodSeconds: t?.terminationGracePeriodSeconds ?? 30,
    schedulerName: t?.schedulerName ?? 'default-scheduler',
    automountServiceAccountToken: false,
  }
}

export const containerExtras = (t: ContainerTemplate | undefined) =>
  t?.securityContext === undefined ? {} : { securityContext: t.securityContext }

function environment(o: PodAsk, t: ContainerTemplate | undefined) {
  const jvm = o.node.pool.spec.jvmOptions ?? o.kafka.spec.kafka.jvmOptions
  const heap = [jvm?.['-Xms'] && `-Xms${jvm['-Xms']}`, jvm?.['-Xmx'] && `-Xmx${jvm['-Xmx']}`].filter(Boolean).join(' ')
  const properties = (jvm?.javaSystemProperties ?? []).map((p) => `-D${p.name}=${p.value}`).join(' ')
  const flags = Object.entries(jvm?.['-XX'] ?? {}).map(([name, value]) =>
    value === 'true' ? `-XX:+${name}` : value === 'false' ? `-XX:-${name}` : `-XX:${name}=${value}`,
  )
  const given = t?.env ?? []
  const own = {
    KAFKA_JMX_EXPORTER_ENABLED: String(o.kafka.spec.kafka.metricsConfig?.type === 'jmxPrometheusExporter'),
    STRIMZI_KAFKA_GC_LOG_ENABLED: String(jvm?.gcLoggingEnabled ?? false),
    KAFKA_CLUSTER_NAME: o.kafka.metadata.name,
    ...(heap === ''
      ? { STRIMZI_DYNAMIC_HEAP_PERCENTAGE: '50', STRIMZI_DYNAMIC_HEAP_MAX: '5368709120' }
      : { KAFKA_HEAP_OPTS: heap }),
    ...(flags.length === 0 ? {} : { KAFKA_JVM_PERFORMANCE_OPTS: flags.join(' ') }),
    ...(properties === '' ? {} : { STRIMZI_JAVA_SYSTEM_PROPERTIES: properties }),
  }
  return [
    ...Object.entries(own).map(([name, value]) => ({ name, value })),
    // the operator's own come first and cannot be taken away
    ...given.filter((e) => e.name !== undefined && !(e.name in own)),
  ]
}

/** Up when the port answers that the node serves last: replication for brokers, else the quorum's. */
function probes(o: PodAsk) {
  const { livenessProbe, readinessProbe } = o.kafka.spec.kafka
  const tcpSocket = { port: o.node.isBroker ? portNames.replication : portNames.controlPlane }
  return {
    // a log may take long to recover: until the first success nothing else is looked at
    startupProbe: { tcpSocket, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 360, successThreshold: 1 },
    livenessProbe: { tcpSocket, ...withDefaults(livenessProbe) },
    readinessProbe: { tcpSocket, ...withDefaults(readinessProbe) },
  }
}

export function podOf(o: PodAsk): Obj {
  const { kafka, node } = o
  const cluster = kafka.metadata.name
  const template = templateOf(kafka, node.pool)
  const t = template.pod
  const container = template.kafkaContainer
  const { storage, resources } = node.pool.spec
  const secret = (name: string, secretName: string) => ({ name, secret: { secretName, defaultMode: 0o444 } })
  const containerPorts = [
    ...(node.isController ? [{ name: portNames.controlPlane, containerPort: ports.controlPlane }] : []),
    ...(node.isBroker
      ? [
          { name: portNames.replication, containerPort: ports.replication },
          ...kafka.spec.kafka.listeners.map((l) => ({ name: portName(l), containerPort: l.port })),
        ]
      : []),
  ].map((p) => ({ ...p, protocol: 'TCP' }))
  const spec = {
    restartPolicy: 'Always',
    hostname: node.pod,
    subdomain: names.brokersService(cluster),
    serviceAccountName: names.kafka(cluster),
    ...podFields(t),
    containers: [
      {
        name: 'kafka',
        image: kafka.spec.kafka.image ?? o.version.image,
        command: ['/opt/kafka/kafka_run.sh'],
        ...(o.config.imagePullPolicy === null ? {} : { imagePullPolicy: o.config.imagePullPolicy }),
        env: environment(o, container),
        ports: containerPorts,
        ...(resources === undefined ? {} : { resources }),
        ...containerExtras(container),
        ...probes(o),
        volumeMounts: [
          ...dataMounts(storage),
          serviceAccountMount,
          { name: 'strimzi-tmp', mountPath: '/tmp' },
          { name: 'kafka-metrics-and-logging', mountPath: '/opt/kafka/custom-config/' },
          { name: 'node-certs', mountPath: nodeCertificates, readOnly: true },
          { name: 'trusted-certs', mountPath: trustedCertificates, readOnly: true },
          { name: 'ready-files', mountPath: '/var/opt/kafka' },
          ...(container?.volumeMounts ?? []),
        ],
      },
    ],
    volumes: [
      ...dataVolumes(storage, node.pod),
      serviceAccountToken,
      { name: 'strimzi-tmp', emptyDir: { medium: 'Memory', sizeLimit: t?.tmpDirSizeLimit ?? '5Mi' } },
      { name: 'kafka-metrics-and-logging', configMap: { name: node.pod } },
      secret('node-certs', node.pod),
      secret('trusted-certs', names.trustBundle(cluster)),
      { name: 'ready-files', emptyDir: { medium: 'Memory', sizeLimit: '1Ki' } },
      ...(t?.volumes ?? []),
    ],
  }
  const set = names.podSet(cluster, node.pool.metadata.name)
  const metadata = metadataOf({
    name: node.pod,
    namespace: kafka.metadata.namespace ?? 'default',
    labels: {
      ...o.labels,
      [labelNames.brokerRole]: String(node.isBroker),
      [labelNames.controllerRole]: String(node.isController),
      [labelNames.podName]: node.pod,
      [labelNames.controller]: 'strimzipodset',
      [labelNames.controllerName]: set,
    },
    owner: null,
    template: t,
    annotations: o.annotations,
  })
  // annotations have reasons of their own to restart, so that they can be told
  const revision = fingerprint(stableJson([metadata.labels, t?.metadata?.annotations ?? {}, spec]))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.revision]: revision } },
    spec,
  }
}

export function podSetOf(
  kafka: Kafka,
  pool: KafkaNodePool,
  labels: Labels,
  podsOfPool: readonly Obj[],
  also: Labels,
): Obj {
  return {
    apiVersion: 'core.strimzi.io/v1',
    kind: 'StrimziPodSet',
    metadata: metadataOf({
      name: names.podSet(kafka.metadata.name, pool.metadata.name),
      namespace: kafka.metadata.namespace ?? 'default',
      labels,
      owner: ownedBy(pool),
      template: templateOf(kafka, pool).podSet,
      annotations: also,
    }),
    spec: { selector: { matchLabels: selectorOf(labels) }, pods: podsOfPool },
  }
}
