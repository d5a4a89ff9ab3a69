import { type Crc32c, crc32c } from '../bytes/index.ts'
import type { Address, Env, LogFields, Logger } from '../env/index.ts'
import type { SaslCredentials } from '../security/index.ts'
import { numberOf, shown } from './check-options.ts'
import { clientError } from './errors.ts'
import { clientTable } from './option-tables.ts'
import { type SaslOptions, saslOf, securedEnv, type TlsOptions, tlsOf } from './security-options.ts'

/** What every client is told. Times in ms. Names are those of Kafka's client configuration. */
export interface ClientOptions {
  /** `host:port`, several separated by commas, or a list of them. `:9092` means localhost. */
  readonly bootstrapServers: string | readonly string[]
  /** Shown in broker logs, quotas and group descriptions. Default 'millrace'. */
  readonly clientId?: string
  /** For one answer from a broker. Default 30000. */
  readonly requestTimeoutMs?: number
  /** For one call of the API, retries and all, where the call does not say. Default 60000. */
  readonly apiTimeoutMs?: number
  /** First wait before asking again (default 100) and the longest (default 1000). */
  readonly retryBackoffMs?: number
  readonly retryBackoffMaxMs?: number
  /** First wait before connecting again (default 50) and the longest (default 1000). */
  readonly reconnectBackoffMs?: number
  readonly reconnectBackoffMaxMs?: number
  /** For a connection to be made, name lookup and handshakes included. Default 10000. */
  readonly connectTimeoutMs?: number
  /** Metadata older than this is fetched anew. Default 300000. */
  readonly metadataMaxAgeMs?: number
  /** Idle connections are closed after this. Default 540000. */
  readonly connectionsMaxIdleMs?: number
  /** Without any broker to be reached for this long, start over from the bootstrap servers. Default 300000. */
  readonly rebootstrapTriggerMs?: number
  /** Encrypted connections, for listeners with SSL or SASL_SSL: true, or what to trust and to show. Default: plain text. */
  readonly tls?: boolean | TlsOptions
  /** User and password, for listeners with SASL. Default: none. */
  readonly sasl?: SaslOptions
  /** Checksum of record batches, where the runtime has a faster one than the pure one. */
  readonly crc32c?: Crc32c
  /**
   * Receives what the client has to say beside its errors: each retry, and each connection that could not be made. By
   * default only what is told nowhere else is written, to standard error: a member that left its group because it was
   * slow, an automatic commit that failed.
   */
  readonly logger?: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
}

export interface ResolvedOptions extends Required<Omit<ClientOptions, 'bootstrapServers' | 'logger' | 'tls' | 'sasl'>> {
  readonly sasl: SaslCredentials | null
  readonly env: Env
  readonly bootstrap: readonly Address[]
}

export function resolveOptions(env: Env, o: ClientOptions): ResolvedOptions {
  const ms = (name: keyof typeof clientTable) => numberOf(clientTable, o, name)
  const logged = o.logger === undefined ? env : { ...env, logger: loggerOf(o.logger) }
  return {
    env: securedEnv(logged, tlsOf(o.tls)),
    sasl: saslOf(o.sasl),
    bootstrap: parseBootstrap(o.bootstrapServers),
    clientId: clientIdOf(o.clientId ?? clientTable.clientId.initially),
    requestTimeoutMs: ms('requestTimeoutMs'),
    apiTimeoutMs: ms('apiTimeoutMs'),
    retryBackoffMs: ms('retryBackoffMs'),
    retryBackoffMaxMs: ms('retryBackoffMaxMs'),
    reconnectBackoffMs: ms('reconnectBackoffMs'),
    reconnectBackoffMaxMs: ms('reconnectBackoffMaxMs'),
    connectTimeoutMs: ms('connectTimeoutMs'),
    metadataMaxAgeMs: ms('metadataMaxAgeMs'),
    connectionsMaxIdleMs: ms('connectionsMaxIdleMs'),
    rebootstrapTriggerMs: ms('rebootstrapTriggerMs'),
    crc32c: o.crc32c ?? crc32c,
  }
}

function clientIdOf(given: unknown): string {
  if (typeof given === 'string') return given
  throw clientError('INVALID_CONFIGURATION', `clientId must be a text, not ${shown(given)}`)
}

function loggerOf(given: NonNullable<ClientOptions['logger']>, bound: LogFields = {}): Logger {
  const methods = given as unknown as Record<string, unknown> | null
  const missing = levels.find((name) => typeof methods?.[name] !== 'function')
  if (missing !== undefined) {
    throw clientError('INVALID_CONFIGURATION', `logger must have ${levels.join(', ')}; there is no ${missing}`)
  }
  const at = (level: (typeof levels)[number]) => (message: string, fields?: LogFields) =>
    given[level](message, { ...bound, ...fields })
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    child: (fields) => loggerOf(given, { ...bound, ...fields }),
  }
}

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Addresses of `host:port` texts; a scheme in front is dropped, an IPv6 host stands in brackets. */
export function parseBootstrap(servers: string | readonly string[]): Address[] {
  // who writes plain JavaScript may give anything
  const given: unknown = servers
  const list = typeof given === 'string' ? given.split(',') : (given ?? [])
  if (!Array.isArray(list) || list.some((s) => typeof s !== 'string')) {
    throw clientError(
      'INVALID_CONFIGURATION',
      `bootstrapServers must be a text such as 'localhost:9092', or a list of them, not ${shown(given)}`,
    )
  }
  const texts = (list as readonly string[]).map((s) => s.trim()).filter((s) => s !== '')
  if (texts.length === 0)
    throw clientError('INVALID_CONFIGURATION', "bootstrapServers is required, for example 'localhost:9092'")
  return texts.map((text) => {
    const match = /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/.exec(text)
    const port = Number(match?.[2])
    if (!match || port > 65_535) {
      throw clientError('INVALID_CONFIGURATION', `Not a bootstrap server (host:port is expected): ${text}`)
    }
    return { host: match[1] || 'localhost', port }
  })
}
