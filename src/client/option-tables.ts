import type { AdminOptions } from './admin/admin.ts'
import type { ConsumerOptions } from './consumer/types.ts'
import type { ClientOptions } from './options.ts'
import type { ProducerOptions } from './producer/types.ts'

/** What is known of an option beside its type; the tables of docs/client.md are held to these rows. */
export interface OptionRow {
  /** Name in the configuration of Java's clients; null: they have none. */
  readonly java: string | null
  /** What holds when it is not given. A text in brackets is not a value but says what happens. */
  readonly initially: number | boolean | string
}

type TableOf<O> = { readonly [K in keyof O]-?: OptionRow }
/** Those that one kind of client has beside what all have. */
type OwnTableOf<O extends ClientOptions> = TableOf<Omit<O, keyof ClientOptions>>

export const clientTable = {
  bootstrapServers: { java: 'bootstrap.servers', initially: '(required)' },
  clientId: { java: 'client.id', initially: 'millrace' },
  requestTimeoutMs: { java: 'request.timeout.ms', initially: 30_000 },
  apiTimeoutMs: { java: 'default.api.timeout.ms', initially: 60_000 },
  retryBackoffMs: { java: 'retry.backoff.ms', initially: 100 },
  retryBackoffMaxMs: { java: 'retry.backoff.max.ms', initially: 1000 },
  reconnectBackoffMs: { java: 'reconnect.backoff.ms', initially: 50 },
  reconnectBackoffMaxMs: { java: 'reconnect.backoff.max.ms', initially: 1000 },
  connectTimeoutMs: { java: 'socket.connection.setup.timeout.ms', initially: 10_000 },
  metadataMaxAgeMs: { java: 'metadata.max.age.ms', initially: 300_000 },
  connectionsMaxIdleMs: { java: 'connections.max.idle.ms', initially: 540_000 },
  rebootstrapTriggerMs: { java: 'metadata.recovery.rebootstrap.trigger.ms', initially: 300_000 },
  tls: { java: 'security.protocol', initially: '(plain text)' },
  sasl: { java: 'sasl.mechanism, sasl.jaas.config', initially: '(none)' },
  crc32c: { java: null, initially: "(the runtime's own)" },
  logger: { java: null, initially: '(warnings that are told nowhere else, on standard error)' },
} as const satisfies TableOf<ClientOptions>

export const producerTable = {
  acks: { java: 'acks', initially: 'all' },
  idempotent: { java: 'enable.idempotence', initially: "(true when acks is 'all')" },
  compression: { java: 'compression.type', initially: 'none' },
  compressionLevel: { java: 'compression.gzip.level, .lz4.level, .zstd.level', initially: "(the codec's own)" },
  lingerMs: { java: 'linger.ms', initially: 5 },
  lingerWhenIdle: { java: null, initially: false },
  batchSizeBytes: { java: 'batch.size', initially: 16_384 },
  batchSizeMaxBytes: { java: null, initially: 524_288 },
  requestSizeMaxBytes: { java: 'max.request.size', initially: 1_048_576 },
  bufferBytes: { java: 'buffer.memory', initially: 33_554_432 },
  maxBlockMs: { java: 'max.block.ms', initially: 60_000 },
  deliveryTimeoutMs: { java: 'delivery.timeout.ms', initially: 120_000 },
  maxInFlight: { java: 'max.in.flight.requests.per.connection', initially: 5 },
  autoCreateTopics: { java: null, initially: true },
  transactionalId: { java: 'transactional.id', initially: '(none)' },
  transactionTimeoutMs: { java: 'transaction.timeout.ms', initially: 60_000 },
} as const satisfies OwnTableOf<ProducerOptions>

export const consumerTable = {
  groupId: { java: 'group.id', initially: '(none)' },
  groupInstanceId: { java: 'group.instance.id', initially: '(none)' },
  topics: { java: null, initially: '(none)' },
  groupProtocol: { java: 'group.protocol', initially: 'classic' },
  assignors: { java: 'partition.assignment.strategy', initially: '(range, cooperative-sticky)' },
  groupRemoteAssignor: { java: 'group.remote.assignor', initially: "(the broker's choice)" },
  rebalanceListener: { java: null, initially: '(none)' },
  autoOffsetReset: { java: 'auto.offset.reset', initially: 'latest' },
  autoCommit: { java: 'enable.auto.commit', initially: true },
  autoCommitIntervalMs: { java: 'auto.commit.interval.ms', initially: 5000 },
  isolationLevel: { java: 'isolation.level', initially: 'read_uncommitted' },
  sessionTimeoutMs: { java: 'session.timeout.ms', initially: 45_000 },
  heartbeatIntervalMs: { java: 'heartbeat.interval.ms', initially: 3000 },
  maxPollIntervalMs: { java: 'max.poll.interval.ms', initially: 300_000 },
  maxPollRecords: { java: 'max.poll.records', initially: 500 },
  fetchMinBytes: { java: 'fetch.min.bytes', initially: 1 },
  fetchMaxWaitMs: { java: 'fetch.max.wait.ms', initially: 500 },
  fetchMaxBytes: { java: 'fetch.max.bytes', initially: 52_428_800 },
  partitionFetchMaxBytes: { java: 'max.partition.fetch.bytes', initially: 1_048_576 },
  prefetchBytes: { java: null, initially: 33_554_432 },
  rack: { java: 'client.rack', initially: '(none)' },
  checkCrcs: { java: 'check.crcs', initially: true },
  allowAutoCreateTopics: { java: 'allow.auto.create.topics', initially: true },
  excludeInternalTopics: { java: 'exclude.internal.topics', initially: true },
  keyDeserializer: { java: 'key.deserializer', initially: '(bytes)' },
  valueDeserializer: { java: 'value.deserializer', initially: '(bytes)' },
} as const satisfies OwnTableOf<ConsumerOptions>

export const adminTable = {
  isOfControllers: { java: 'bootstrap.controllers', initially: false },
} as const satisfies OwnTableOf<AdminOptions>
