import { type Crc32c, crc32c } from '../bytes/index.ts'
import type { Address, Env } from '../env/index.ts'
import { clientError } from './errors.ts'

/** What every client is told. Times in ms. Names are those of Kafka's client configuration. */
export interface ClientOptions {
  /** `host:port`, several separated by commas, or a list of them. `:9092` means localhost. */
  readonly bootstrapServers: string | readonly string[]
  /** Shown in broker logs, quotas and group descriptions. */
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
  /** Checksum of record batches, where the runtime has a faster one than the pure one. */
  readonly crc32c?: Crc32c
}

export interface ResolvedOptions extends Required<Omit<ClientOptions, 'bootstrapServers'>> {
  readonly env: Env
  readonly bootstrap: readonly Address[]
}

export function resolveOptions(env: Env, o: ClientOptions): ResolvedOptions {
  return {
    env,
    bootstrap: parseBootstrap(o.bootstrapServers),
    clientId: o.clientId ?? 'millrace',
    requestTimeoutMs: positive('requestTimeoutMs', o.requestTimeoutMs, 30_000),
    apiTimeoutMs: positive('apiTimeoutMs', o.apiTimeoutMs, 60_000),
    retryBackoffMs: positive('retryBackoffMs', o.retryBackoffMs, 100),
    retryBackoffMaxMs: positive('retryBackoffMaxMs', o.retryBackoffMaxMs, 1_000),
    reconnectBackoffMs: positive('reconnectBackoffMs', o.reconnectBackoffMs, 50),
    reconnectBackoffMaxMs: positive('reconnectBackoffMaxMs', o.reconnectBackoffMaxMs, 1_000),
    connectTimeoutMs: positive('connectTimeoutMs', o.connectTimeoutMs, 10_000),
    metadataMaxAgeMs: positive('metadataMaxAgeMs', o.metadataMaxAgeMs, 300_000),
    connectionsMaxIdleMs: positive('connectionsMaxIdleMs', o.connectionsMaxIdleMs, 540_000),
    rebootstrapTriggerMs: positive('rebootstrapTriggerMs', o.rebootstrapTriggerMs, 300_000),
    crc32c: o.crc32c ?? crc32c,
  }
}

export function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (!(value >= 0)) throw clientError('INVALID_CONFIGURATION', `${name} must be a number of at least 0, not ${value}`)
  return value
}

/** Addresses of `host:port` texts; a scheme in front is dropped, an IPv6 host stands in brackets. */
export function parseBootstrap(servers: string | readonly string[]): Address[] {
  const texts = (typeof servers === 'string' ? servers.split(',') : servers)
    .map((s) => s.trim())
    .filter((s) => s !== '')
  if (texts.length === 0) throw clientError('INVALID_CONFIGURATION', 'No bootstrap server was given')
  return texts.map((text) => {
    const match = /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/.exec(text)
    const port = Number(match?.[2])
    if (!match || port > 65_535) {
      throw clientError('INVALID_CONFIGURATION', `Not a bootstrap server (host:port is expected): ${text}`)
    }
    return { host: match[1] || 'localhost', port }
  })
}
