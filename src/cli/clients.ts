import {
  Admin,
  type AdminOptions,
  type Assignor,
  type ClientOptions,
  type ConsumerOptions,
  cooperativeStickyAssignor,
  type ProducerOptions,
  parseBootstrap,
  rangeAssignor,
  roundRobinAssignor,
  type SaslOptions,
  stickyAssignor,
  type TlsOptions,
} from '../client/index.ts'
import type { CodecName } from '../env/index.ts'
import { saslCredentials, tlsSettings } from '../security/index.ts'
import { invalid, type JavaConfig, JavaValues } from './java-config.ts'
import { type CliWorld, ToolFailure } from './world.ts'

/** Options of this client for the names and texts of Java's. What is not built is refused by name, not left out. */
function common(v: JavaValues): Partial<ClientOptions> {
  const [tls, sasl] = [tlsOf(v), saslOf(v)]
  return defined({
    clientId: v.text('client.id'),
    requestTimeoutMs: v.number('request.timeout.ms'),
    apiTimeoutMs: v.number('default.api.timeout.ms'),
    retryBackoffMs: v.number('retry.backoff.ms'),
    retryBackoffMaxMs: v.number('retry.backoff.max.ms'),
    reconnectBackoffMs: v.number('reconnect.backoff.ms'),
    reconnectBackoffMaxMs: v.number('reconnect.backoff.max.ms'),
    connectTimeoutMs: v.number('socket.connection.setup.timeout.ms'),
    metadataMaxAgeMs: v.number('metadata.max.age.ms'),
    connectionsMaxIdleMs: v.number('connections.max.idle.ms'),
    rebootstrapTriggerMs: v.number('metadata.recovery.rebootstrap.trigger.ms'),
    tls,
    sasl,
  })
}

/** What the `ssl.*` keys say, where security.protocol asks for TLS. */
function tlsOf(v: JavaValues): TlsOptions | undefined {
  const protocol = (v.text('security.protocol') ?? 'PLAINTEXT').toUpperCase()
  if (protocol === 'PLAINTEXT' || protocol === 'SASL_PLAINTEXT') return undefined
  if (protocol !== 'SSL' && protocol !== 'SASL_SSL') {
    throw invalid('security.protocol', protocol, 'PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL are known')
  }
  const settings = tlsSettings((key) => v.text(key) ?? null)
  if ('error' in settings) throw new ToolFailure(`${settings.error} (${settings.key})`)
  const { keystore, truststore, keyPassword, ciphers, verifyHost, versions } = settings
  return {
    ...{ verifyHost, versions },
    ...(keystore === null ? {} : { keystore }),
    ...(truststore === null ? {} : { truststore }),
    ...(keyPassword === null ? {} : { keyPassword }),
    ...(ciphers === null ? {} : { ciphers }),
  }
}

/** Who logs in, where security.protocol asks for SASL. */
function saslOf(v: JavaValues): SaslOptions | undefined {
  if (!(v.text('security.protocol') ?? '').toUpperCase().startsWith('SASL_')) return undefined
  const credentials = saslCredentials(v.text('sasl.mechanism') ?? 'GSSAPI', v.text('sasl.jaas.config') ?? null)
  if ('error' in credentials) throw new ToolFailure(`${credentials.error} (sasl.mechanism, sasl.jaas.config)`)
  return credentials
}

/** Leaves out what is undefined, so that the client's defaults hold. */
function defined<T extends Record<string, unknown>>(o: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function bootstrapOf(v: JavaValues, client: string): string {
  const servers = v.text('bootstrap.servers') ?? ''
  try {
    parseBootstrap(servers)
  } catch {
    const bad = servers.split(',').find((s) => !/:\d+$/.test(s)) ?? servers
    throw new ToolFailure(`Failed to create new ${client}\nInvalid url in bootstrap.servers: ${bad}`)
  }
  return servers
}

export function adminOf(world: CliWorld, config: JavaConfig): Admin {
  const v = new JavaValues(config)
  const controllers = v.text('bootstrap.controllers')
  const options: AdminOptions = {
    clientId: 'admin',
    ...common(v),
    bootstrapServers: controllers ?? bootstrapOf(v, 'KafkaAdminClient'),
    isOfControllers: controllers !== undefined,
  }
  return new Admin(world.env, options)
}

export function producerOptions(config: JavaConfig): ProducerOptions {
  const v = new JavaValues(config)
  const acks = v.text('acks')
  const codec = v.text('compression.type')
  const oneAttemptMs = v.number('retries') === 0 ? v.number('request.timeout.ms') : undefined
  const lingerMs = v.number('linger.ms')
  const acksOf = { all: 'all', '-1': 'all', '0': 0, '1': 1 } as const
  const asked = acks === undefined ? undefined : acksOf[acks as keyof typeof acksOf]
  const idempotent = v.flag('enable.idempotence') ?? (asked === undefined || asked === 'all')
  return {
    ...common(v),
    ...defined({
      acks: asked,
      compression: codec as CodecName | 'none' | undefined,
      compressionLevel: codec === undefined || codec === 'none' ? undefined : v.number(`compression.${codec}.level`),
      lingerMs,
      batchSizeBytes: v.number('batch.size'),
      requestSizeMaxBytes: v.number('max.request.size'),
      bufferBytes: v.number('buffer.memory'),
      maxBlockMs: v.number('max.block.ms'),
      deliveryTimeoutMs: oneAttemptMs === undefined ? v.number('delivery.timeout.ms') : oneAttemptMs + (lingerMs ?? 5),
      maxInFlight: v.number('max.in.flight.requests.per.connection'),
      transactionalId: v.text('transactional.id'),
      transactionTimeoutMs: v.number('transaction.timeout.ms'),
    }),
    idempotent,
    bootstrapServers: bootstrapOf(v, 'producer'),
  }
}

const assignors: ReadonlyMap<string, Assignor> = new Map(
  [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor].flatMap((a) => {
    const names = {
      range: 'Range',
      roundrobin: 'RoundRobin',
      sticky: 'Sticky',
      'cooperative-sticky': 'CooperativeSticky',
    }
    return [[`org.apache.kafka.clients.consumer.${names[a.name as keyof typeof names]}Assignor`, a] as const]
  }),
)

export function consumerOptions(config: JavaConfig): ConsumerOptions {
  const v = new JavaValues(config)
  const protocol = v.text('group.protocol')?.toLowerCase()
  return {
    ...common(v),
    ...defined({
      groupId: v.text('group.id'),
      groupInstanceId: v.text('group.instance.id'),
      groupProtocol: protocol as 'classic' | 'consumer' | undefined,
      groupRemoteAssignor: v.text('group.remote.assignor'),
      assignors: assignorsOf(v),
      autoOffsetReset: resetOf(v),
      autoCommit: v.flag('enable.auto.commit'),
      autoCommitIntervalMs: v.number('auto.commit.interval.ms'),
      isolationLevel: v.text('isolation.level') as ConsumerOptions['isolationLevel'] | undefined,
      sessionTimeoutMs: v.number('session.timeout.ms'),
      heartbeatIntervalMs: v.number('heartbeat.interval.ms'),
      maxPollIntervalMs: v.number('max.poll.interval.ms'),
      maxPollRecords: v.number('max.poll.records'),
      fetchMinBytes: v.number('fetch.min.bytes'),
      fetchMaxBytes: v.number('fetch.max.bytes'),
      fetchMaxWaitMs: v.number('fetch.max.wait.ms'),
      partitionFetchMaxBytes: v.number('max.partition.fetch.bytes'),
      rack: v.text('client.rack'),
      checkCrcs: v.flag('check.crcs'),
      allowAutoCreateTopics: v.flag('allow.auto.create.topics'),
      excludeInternalTopics: v.flag('exclude.internal.topics'),
    }),
    bootstrapServers: bootstrapOf(v, 'consumer'),
  }
}

function assignorsOf(v: JavaValues): Assignor[] | undefined {
  const text = v.text('partition.assignment.strategy')
  if (text === undefined) return undefined
  return text.split(',').map((name) => {
    const found = assignors.get(name.trim())
    if (!found) throw invalid('partition.assignment.strategy', text, `${name.trim()} is not an assignor of this client`)
    return found
  })
}

function resetOf(v: JavaValues): ConsumerOptions['autoOffsetReset'] | undefined {
  const text = v.text('auto.offset.reset')
  if (text === undefined) return undefined
  if (text === 'earliest' || text === 'latest' || text === 'none') return text
  const duration = /^by_duration:(.+)$/.exec(text)
  const ms = duration ? durationMs(duration[1]!) : null
  if (ms !== null) return { durationMs: ms }
  throw invalid(
    'auto.offset.reset',
    text,
    `Invalid value \`${text}\` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.`,
  )
}

/** ISO-8601 durations of days, hours, minutes and seconds; null for what is none. */
export function durationMs(text: string): number | null {
  const m =
    /^([-+]?)P(?:([-+]?\d+)D)?(?:T(?=[-+\d])(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+(?:\.\d{0,9})?)S)?)?$/i.exec(
      text,
    )
  if (!m || m.slice(2).every((part) => part === undefined)) return null
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = m.slice(2).map((part) => Number(part ?? 0))
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  return m[1] === '-' ? -ms : ms
}
