/** What the user operator is told by its environment. */
import type { Environment } from '../config.ts'
import { milliseconds, type SecuredAccess, wanted } from '../topic/config.ts'

export interface UserConfig {
  readonly namespace: string
  /** As `kubectl -l` takes it. */
  readonly labels: string
  readonly access: SecuredAccess
  readonly clientsCa: { readonly namespace: string; readonly certSecret: string; readonly keySecret: string }
  readonly validityDays: number
  readonly renewalDays: number
  readonly secretPrefix: string
  readonly passwordLength: number
  readonly hasAcls: boolean
  readonly makesPkcs12: boolean
  readonly maintenanceTimeWindows: readonly string[]
  /** Principals in Kafka that no KafkaUser is wanted for. */
  readonly ignored: RegExp
  readonly fullReconciliationIntervalMs: number
  readonly batchMax: number
  readonly batchLingerMs: number
  readonly keyAlgorithm: 'ecdsa-p256' | 'rsa-2048' | 'rsa-4096'
}

export function userConfig(env: Environment, keyAlgorithm: UserConfig['keyAlgorithm'] = 'ecdsa-p256'): UserConfig {
  const namespace = wanted(env, 'STRIMZI_NAMESPACE')
  const caNamespace = env['STRIMZI_CA_NAMESPACE'] ?? namespace
  const trusted = env['STRIMZI_CLUSTER_CA_CERT_SECRET_NAME']
  const own = env['STRIMZI_EO_KEY_SECRET_NAME']
  const windows = env['STRIMZI_MAINTENANCE_TIME_WINDOWS'] ?? ''
  return {
    namespace,
    labels: env['STRIMZI_LABELS'] ?? '',
    access: {
      bootstrapServers: env['STRIMZI_KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9091',
      tls:
        trusted === undefined || own === undefined
          ? null
          : {
              trusted: { secret: trusted, entry: 'ca.crt' },
              own: { secret: own, cert: 'entity-operator.crt', key: 'entity-operator.key' },
              namespace: caNamespace,
            },
    },
    clientsCa: {
      namespace: caNamespace,
      certSecret: wanted(env, 'STRIMZI_CA_CERT_NAME'),
      keySecret: wanted(env, 'STRIMZI_CA_KEY_NAME'),
    },
    validityDays: milliseconds(env, 'STRIMZI_CA_VALIDITY', 365),
    renewalDays: milliseconds(env, 'STRIMZI_CA_RENEWAL', 30),
    secretPrefix: env['STRIMZI_SECRET_PREFIX'] ?? '',
    passwordLength: milliseconds(env, 'STRIMZI_SCRAM_SHA_PASSWORD_LENGTH', 32),
    hasAcls: env['STRIMZI_ACLS_ADMIN_API_SUPPORTED'] !== 'false',
    makesPkcs12: env['STRIMZI_PKCS12_KEYSTORE_GENERATION'] !== 'false',
    maintenanceTimeWindows: windows.split(';').filter((window) => window.trim() !== ''),
    ignored: new RegExp(env['STRIMZI_IGNORED_USERS_PATTERN'] ?? '^\\*$'),
    fullReconciliationIntervalMs: milliseconds(env, 'STRIMZI_FULL_RECONCILIATION_INTERVAL_MS', 120_000),
    batchMax: milliseconds(env, 'STRIMZI_BATCH_MAXIMUM_BLOCK_SIZE', 100),
    batchLingerMs: milliseconds(env, 'STRIMZI_BATCH_MAXIMUM_BLOCK_TIME_MS', 10),
    keyAlgorithm,
  }
}
