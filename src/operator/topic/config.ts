/** What the topic operator is told by its environment. */
import type { Environment } from '../config.ts'

export interface SecuredAccess {
  readonly bootstrapServers: string
  /** Secret and key of the certificates to trust; null: plain text. */
  readonly tls: {
    readonly trusted: { readonly secret: string; readonly entry: string }
    readonly own: { readonly secret: string; readonly cert: string; readonly key: string }
    /** Where the Secrets are. */
    readonly namespace: string
  } | null
}

export interface TopicConfig {
  readonly namespace: string
  /** As `kubectl -l` takes it. */
  readonly labels: string
  readonly access: SecuredAccess
  readonly usesFinalizers: boolean
  readonly fullReconciliationIntervalMs: number
  readonly batchMax: number
  readonly batchLingerMs: number
  /** Keys that may be set for topics; null: all. */
  readonly alterable: ReadonlySet<string> | null
  /** Topics found in Kafka appear as KafkaTopics that nobody manages. */
  readonly showsOthers: boolean
}

export const clusterOf = (labels: string): string | null =>
  /(?:^|,)strimzi\.io\/cluster=([^,]+)/.exec(labels)?.[1] ?? null

export function wanted(env: Environment, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set`)
  return value
}

export function milliseconds(env: Environment, name: string, initially: number): number {
  const text = env[name]
  if (text === undefined || text === '') return initially
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number, not '${text}'`)
  return value
}

export function topicConfig(env: Environment): TopicConfig {
  const namespace = wanted(env, 'STRIMZI_NAMESPACE')
  const labels = env['STRIMZI_RESOURCE_LABELS'] ?? ''
  const alterable = env['STRIMZI_ALTERABLE_TOPIC_CONFIG'] ?? 'ALL'
  return {
    namespace,
    labels,
    access: {
      bootstrapServers: wanted(env, 'STRIMZI_KAFKA_BOOTSTRAP_SERVERS'),
      tls:
        env['STRIMZI_SECURITY_PROTOCOL'] === 'SSL'
          ? {
              trusted: { secret: wanted(env, 'STRIMZI_TLS_TRUSTED_CERTS_SECRET_NAME'), entry: 'ca.crt' },
              own: {
                secret: wanted(env, 'STRIMZI_TLS_SECRET_NAME'),
                cert: env['STRIMZI_TLS_CERT_NAME'] ?? 'entity-operator.crt',
                key: env['STRIMZI_TLS_KEY_NAME'] ?? 'entity-operator.key',
              },
              namespace: env['STRIMZI_CLUSTER_NAMESPACE'] ?? namespace,
            }
          : null,
    },
    usesFinalizers: env['STRIMZI_USE_FINALIZERS'] !== 'false',
    fullReconciliationIntervalMs: milliseconds(env, 'STRIMZI_FULL_RECONCILIATION_INTERVAL_MS', 120_000),
    batchMax: milliseconds(env, 'STRIMZI_MAX_BATCH_SIZE', 100),
    batchLingerMs: milliseconds(env, 'STRIMZI_MAX_BATCH_LINGER_MS', 10),
    alterable:
      alterable === 'ALL' ? null : new Set(alterable === 'NONE' ? [] : alterable.split(',').map((key) => key.trim())),
    showsOthers: env['MILLRACE_SHOW_UNMANAGED_TOPICS'] === 'true',
  }
}
