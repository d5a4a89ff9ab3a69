/** The entity operator: one pod with the topic operator and the user operator of a cluster. */
import type { Obj } from '../../kube-client/index.ts'
import type { OperatorConfig } from '../config.ts'
import { fingerprint, stableJson } from '../hash.ts'
import { annotations, labelNames, names, ports } from '../names.ts'
import type { ContainerTemplate, Kafka, Probe } from '../resource-types.ts'
import { type Component, type Labels, labelsOf, metadataOf, ownedBy, selectorOf } from './labels.ts'
import { containerExtras, podFields, serviceAccountMount, serviceAccountToken, withDefaults } from './pods.ts'

const variables = (values: Readonly<Record<string, string>>, t: ContainerTemplate | undefined) => [
  ...Object.entries(values).map(([name, value]) => ({ name, value })),
  ...(t?.env ?? []).filter((e) => e.name !== undefined && !(e.name in values)),
]

const httpProbe = (path: string, port: string, probe: Probe | undefined) => ({
  httpGet: { path, port },
  ...withDefaults(probe),
})

const tokenAnd = (t: ContainerTemplate | undefined, tmp: string, logging: string) => [
  serviceAccountMount,
  { name: tmp, mountPath: '/tmp' },
  { name: logging, mountPath: '/opt/strimzi/custom-config/' },
  ...(t?.volumeMounts ?? []),
]

export const hasEntityOperator = (kafka: Kafka): boolean =>
  kafka.spec.entityOperator?.topicOperator !== undefined || kafka.spec.entityOperator?.userOperator !== undefined

export const entityComponent = (kafka: Kafka, config: OperatorConfig): Component => ({
  cluster: kafka.metadata.name,
  name: names.entityOperator(kafka.metadata.name),
  type: 'entity-operator',
  managedBy: config.name,
})

/** Objects that need no certificate; the Deployment comes when the cluster is ready. */
export function entityOperatorObjects(kafka: Kafka, config: OperatorConfig): Obj[] {
  const c = kafka.metadata.name
  const namespace = kafka.metadata.namespace ?? 'default'
  const labels = labelsOf(kafka, entityComponent(kafka, config))
  const owner = ownedBy(kafka)
  const { topicOperator, userOperator, template } = kafka.spec.entityOperator ?? {}
  const named = (name: string) => metadataOf({ name, namespace, labels, owner })
  const role = (resources: readonly string[], group: string, verbs: readonly string[]) => ({
    apiGroups: [group],
    resources,
    verbs,
  })
  const made: Obj[] = [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadataOf({
        name: names.entityOperator(c),
        namespace,
        labels,
        owner,
        template: template?.serviceAccount,
      }),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: named(names.entityOperator(c)),
      rules: [
        ...(topicOperator
          ? [role(['kafkatopics'], 'kafka.strimzi.io', ['get', 'list', 'watch', 'patch', 'update'])]
          : []),
        ...(userOperator
          ? [role(['kafkausers'], 'kafka.strimzi.io', ['get', 'list', 'watch', 'patch', 'update'])]
          : []),
        role(
          [...(topicOperator ? ['kafkatopics/status'] : []), ...(userOperator ? ['kafkausers/status'] : [])],
          'kafka.strimzi.io',
          ['get', 'patch', 'update'],
        ),
        role(['secrets'], '', ['get', 'list', 'watch', 'create', 'delete', 'patch', 'update']),
        role(['events'], '', ['create', 'patch']),
      ],
    },
  ]
  const bind = (name: string): Obj => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: named(name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: names.entityOperator(c) },
    subjects: [{ kind: 'ServiceAccount', name: names.entityOperator(c), namespace }],
  })
  const logging = (name: string, loggers: Readonly<Record<string, string>> | undefined): Obj => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: named(name),
    data: {
      'log4j2.properties': Object.entries({ 'rootLogger.level': 'INFO', ...loggers })
        .map(([k, v]) => `${k} = ${v}\n`)
        .join(''),
    },
  })
  if (topicOperator) {
    made.push(
      bind(names.topicOperatorRoleBinding(c)),
      logging(names.topicOperatorConfig(c), topicOperator.logging?.loggers),
    )
  }
  if (userOperator) {
    made.push(
      bind(names.userOperatorRoleBinding(c)),
      logging(names.userOperatorConfig(c), userOperator.logging?.loggers),
    )
  }
  return made
}

export interface DeploymentAsk {
  readonly kafka: Kafka
  readonly config: OperatorConfig
  /** What restarts the pod when it changes. */
  readonly annotations: Labels
}

export function entityOperatorDeployment(o: DeploymentAsk): Obj {
  const { kafka, config } = o
  const c = kafka.metadata.name
  const namespace = kafka.metadata.namespace ?? 'default'
  const labels = labelsOf(kafka, entityComponent(kafka, config))
  const { topicOperator: to, userOperator: uo, template } = kafka.spec.entityOperator ?? {}
  const bootstrap = `${names.bootstrapService(c)}:${ports.replication}`
  const pull = config.imagePullPolicy === null ? {} : { imagePullPolicy: config.imagePullPolicy }
  const port = (name: string, containerPort: number) => [{ name, containerPort, protocol: 'TCP' }]
  const resourceLabels = `${labelNames.cluster}=${c}`
  const containers = []
  if (to) {
    const t = template?.topicOperatorContainer
    containers.push({
      name: 'topic-operator',
      image: to.image ?? config.topicOperatorImage,
      command: ['/opt/strimzi/bin/topic_operator_run.sh'],
      ...pull,
      env: variables(
        {
          STRIMZI_RESOURCE_LABELS: resourceLabels,
          STRIMZI_KAFKA_BOOTSTRAP_SERVERS: bootstrap,
          STRIMZI_NAMESPACE: to.watchedNamespace ?? namespace,
          STRIMZI_CLUSTER_NAMESPACE: namespace,
          STRIMZI_FULL_RECONCILIATION_INTERVAL_MS: String(to.reconciliationIntervalMs ?? 120_000),
          STRIMZI_SECURITY_PROTOCOL: 'SSL',
          STRIMZI_TLS_TRUSTED_CERTS_SECRET_NAME: names.clusterCaCert(c),
          STRIMZI_TLS_SECRET_NAME: names.topicOperatorCerts(c),
          STRIMZI_TLS_KEY_NAME: 'entity-operator.key',
          STRIMZI_TLS_CERT_NAME: 'entity-operator.crt',
          STRIMZI_GC_LOG_ENABLED: 'false',
        },
        t,
      ),
      ports: port('healthcheck-to', 8080),
      ...(to.resources === undefined ? {} : { resources: to.resources }),
      ...containerExtras(t),
      startupProbe: {
        ...httpProbe('/healthy', 'healthcheck-to', to.startupProbe),
        failureThreshold: to.startupProbe?.failureThreshold ?? 12,
      },
      livenessProbe: httpProbe('/healthy', 'healthcheck-to', to.livenessProbe),
      readinessProbe: httpProbe('/ready', 'healthcheck-to', to.readinessProbe),
      volumeMounts: tokenAnd(t, 'strimzi-to-tmp', 'entity-topic-operator-metrics-and-logging'),
    })
  }
  if (uo) {
    const t = template?.userOperatorContainer
    const { clientsCa } = kafka.spec
    const windows = kafka.spec.maintenanceTimeWindows ?? []
    containers.push({
      name: 'user-operator',
      image: uo.image ?? config.userOperatorImage,
      command: ['/opt/strimzi/bin/user_operator_run.sh'],
      ...pull,
      env: variables(
        {
          STRIMZI_LABELS: resourceLabels,
          STRIMZI_KAFKA_BOOTSTRAP_SERVERS: bootstrap,
          STRIMZI_NAMESPACE: uo.watchedNamespace ?? namespace,
          STRIMZI_FULL_RECONCILIATION_INTERVAL_MS: String(uo.reconciliationIntervalMs ?? 120_000),
          STRIMZI_CA_KEY_NAME: names.clientsCaKey(c),
          STRIMZI_CA_CERT_NAME: names.clientsCaCert(c),
          STRIMZI_CA_NAMESPACE: namespace,
          STRIMZI_CA_VALIDITY: String(clientsCa?.validityDays ?? 365),
          STRIMZI_CA_RENEWAL: String(clientsCa?.renewalDays ?? 30),
          STRIMZI_CLUSTER_CA_CERT_SECRET_NAME: names.clusterCaCert(c),
          STRIMZI_EO_KEY_SECRET_NAME: names.userOperatorCerts(c),
          STRIMZI_SECRET_PREFIX: uo.secretPrefix ?? '',
          STRIMZI_ACLS_ADMIN_API_SUPPORTED: String(kafka.spec.kafka.authorization?.type === 'simple'),
          STRIMZI_PKCS12_KEYSTORE_GENERATION: String(config.makesPkcs12),
          STRIMZI_GC_LOG_ENABLED: 'false',
          ...(windows.length === 0 ? {} : { STRIMZI_MAINTENANCE_TIME_WINDOWS: windows.join(';') }),
        },
        t,
      ),
      ports: port('healthcheck-uo', 8081),
      ...(uo.resources === undefined ? {} : { resources: uo.resources }),
      ...containerExtras(t),
      livenessProbe: httpProbe('/healthy', 'healthcheck-uo', uo.livenessProbe),
      readinessProbe: httpProbe('/ready', 'healthcheck-uo', uo.readinessProbe),
      volumeMounts: tokenAnd(t, 'strimzi-uo-tmp', 'entity-user-operator-metrics-and-logging'),
    })
  }
  const tmp = (name: string) => ({
    name,
    emptyDir: { medium: 'Memory', sizeLimit: template?.pod?.tmpDirSizeLimit ?? '5Mi' },
  })
  const spec = {
    replicas: 1,
    strategy: { type: 'Recreate' },
    selector: { matchLabels: selectorOf(labels) },
    template: {
      metadata: {
        labels: { ...template?.pod?.metadata?.labels, ...labels },
        annotations: { ...template?.pod?.metadata?.annotations, ...o.annotations },
      },
      spec: {
        serviceAccountName: names.entityOperator(c),
        ...podFields(template?.pod),
        containers,
        volumes: [
          serviceAccountToken,
          ...(to
            ? [
                tmp('strimzi-to-tmp'),
                {
                  name: 'entity-topic-operator-metrics-and-logging',
                  configMap: { name: names.topicOperatorConfig(c) },
                },
              ]
            : []),
          ...(uo
            ? [
                tmp('strimzi-uo-tmp'),
                { name: 'entity-user-operator-metrics-and-logging', configMap: { name: names.userOperatorConfig(c) } },
              ]
            : []),
          ...(template?.pod?.volumes ?? []),
        ],
      },
    },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf({
      name: names.entityOperator(c),
      namespace,
      labels,
      owner: ownedBy(kafka),
      template: template?.deployment,
      // Kubernetes fills in much of a Deployment: what was taken out of it is noticed by this
      annotations: { [annotations.desiredHash]: fingerprint(stableJson(spec)) },
    }),
    spec,
  }
}

/** Annotations of the entity operator's pod that follow the CAs. */
export const caGenerations = (certGeneration: number, keyGeneration: number): Labels => ({
  [annotations.clusterCaCertGeneration]: String(certGeneration),
  [annotations.clusterCaKeyGeneration]: String(keyGeneration),
})
