/**
 * What an operator is told by its environment (STRIMZI_*), and what the brokers of its images can do. A broker that
 * cannot enforce something is never opened without it: the resource that asks for it is refused.
 */

import { defaultKafkaVersion, kafkaVersions, metadataVersionOf } from '../resources/index.ts'

export interface KafkaVersion {
  readonly version: string
  /** Metadata version that a new cluster of this version gets. */
  readonly metadataVersion: string
  readonly image: string
}

export interface Capabilities {
  /** Types of listener authentication that the brokers enforce. */
  readonly authentications: readonly string[]
  /** Types of authorization that the brokers enforce. */
  readonly authorizations: readonly string[]
  /** Listener types that there is a network for. */
  readonly listenerTypes: readonly string[]
  readonly hasTieredStorage: boolean
  /** Types of `spec.kafka.quotas`. */
  readonly quotas: readonly string[]
  /** Whether the brokers know the keys that begin with `millrace.`. */
  readonly isMillrace: boolean
}

export interface OperatorConfig {
  readonly name: string
  /** Namespace of the operator's own pod. */
  readonly namespace: string
  /** null: all. */
  readonly watchedNamespaces: readonly string[] | null
  /** It is the one that Millrace brings: namespaces that another operator watches are left to that. */
  readonly yieldsToOthers: boolean
  readonly versions: readonly KafkaVersion[]
  /** One of `versions`. */
  readonly defaultVersion: string
  readonly topicOperatorImage: string
  readonly userOperatorImage: string
  readonly imagePullPolicy: string | null
  readonly clusterDomain: string
  readonly fullReconciliationIntervalMs: number
  /** How long a pod may take to become ready before that is a reason for NotReady. */
  readonly operationTimeoutMs: number
  readonly makesNetworkPolicies: boolean
  readonly makesDisruptionBudgets: boolean
  readonly makesPkcs12: boolean
  readonly keyAlgorithm: 'ecdsa-p256' | 'rsa-2048' | 'rsa-4096'
  /** Matches Kafka resources that are this operator's, as `kubectl -l` takes it; empty: all. */
  readonly resourceSelector: string
  readonly capabilities: Capabilities
}

/** Everything that Apache Kafka and Kubernetes have between them; what is no operator's here is left out. */
export const apacheCapabilities: Capabilities = {
  authentications: ['tls', 'scram-sha-512', 'custom'],
  authorizations: ['simple', 'custom'],
  listenerTypes: ['internal', 'cluster-ip', 'nodeport'],
  hasTieredStorage: false,
  quotas: ['kafka'],
  isMillrace: false,
}

const image = 'quay.io/strimzi/kafka'
const builtInNamespace = 'millrace-system'

export const operatorVersion = '1.2.0'

export type Environment = Readonly<Record<string, string | undefined>>

export function operatorConfig(env: Environment, capabilities: Capabilities): OperatorConfig {
  const images = parseImages(env['STRIMZI_KAFKA_IMAGES'])
  const operatorImage = `quay.io/strimzi/operator:${operatorVersion}`
  const watched = (env['STRIMZI_NAMESPACE'] ?? '*').trim()
  const namespace = env['STRIMZI_OPERATOR_NAMESPACE'] ?? builtInNamespace
  return {
    name: env['STRIMZI_OPERATOR_NAME'] ?? 'strimzi-cluster-operator',
    namespace,
    yieldsToOthers: namespace === builtInNamespace,
    watchedNamespaces: watched === '' || watched === '*' ? null : watched.split(',').map((n) => n.trim()),
    versions: kafkaVersions.map((version) => ({
      version,
      metadataVersion: metadataVersionOf(version),
      image: images.get(version) ?? `${image}:${operatorVersion}-kafka-${version}`,
    })),
    defaultVersion: defaultKafkaVersion,
    topicOperatorImage: env['STRIMZI_DEFAULT_TOPIC_OPERATOR_IMAGE'] ?? operatorImage,
    userOperatorImage: env['STRIMZI_DEFAULT_USER_OPERATOR_IMAGE'] ?? operatorImage,
    imagePullPolicy: env['STRIMZI_IMAGE_PULL_POLICY'] ?? null,
    clusterDomain: env['KUBERNETES_SERVICE_DNS_DOMAIN'] ?? 'cluster.local',
    fullReconciliationIntervalMs: positive(env, 'STRIMZI_FULL_RECONCILIATION_INTERVAL_MS', 120_000),
    operationTimeoutMs: positive(env, 'STRIMZI_OPERATION_TIMEOUT_MS', 300_000),
    makesNetworkPolicies: env['STRIMZI_NETWORK_POLICY_GENERATION'] !== 'false',
    makesDisruptionBudgets: env['STRIMZI_POD_DISRUPTION_BUDGET_GENERATION'] !== 'false',
    makesPkcs12: env['STRIMZI_PKCS12_KEYSTORE_GENERATION'] !== 'false',
    keyAlgorithm: algorithmOf(env['MILLRACE_KEY_ALGORITHM']),
    resourceSelector: env['STRIMZI_CUSTOM_RESOURCE_SELECTOR'] ?? '',
    capabilities,
  }
}

function positive(env: Environment, name: string, initially: number): number {
  const text = env[name]
  if (text === undefined || text.trim() === '') return initially
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new Error(`${name} must be a number of milliseconds above 0, not '${text}'`)
  }
  return value
}

function algorithmOf(text: string | undefined): OperatorConfig['keyAlgorithm'] {
  if (text === undefined || text === '') return 'ecdsa-p256'
  if (text === 'ecdsa-p256' || text === 'rsa-2048' || text === 'rsa-4096') return text
  throw new Error(`MILLRACE_KEY_ALGORITHM must be ecdsa-p256, rsa-2048 or rsa-4096, not '${text}'`)
}

/** Lines of `version=image`. */
function parseImages(text: string | undefined): ReadonlyMap<string, string> {
  const images = new Map<string, string>()
  for (const line of (text ?? '').split(/\s+/)) {
    const at = line.indexOf('=')
    if (at > 0) images.set(line.slice(0, at), line.slice(at + 1))
  }
  return images
}

export const watches = (config: OperatorConfig, namespace: string): boolean =>
  config.watchedNamespaces === null || config.watchedNamespaces.includes(namespace)
