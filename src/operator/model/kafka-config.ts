/** `spec.kafka.config`: what of it reaches the brokers, and what is the operator's own. */
import type { Condition, Kafka, Listener } from '../resource-types.ts'
import { type Problem, warning } from './problems.ts'

const forbidden: readonly string[] = [
  'listeners',
  'advertised.',
  'broker.',
  'listener.',
  'host.name',
  'port',
  'inter.broker.listener.name',
  'sasl.',
  'ssl.',
  'security.',
  'password.',
  'log.dir',
  'zookeeper.',
  'authorizer.',
  'super.user',
  'cruise.control.metrics.topic',
  'cruise.control.metrics.reporter.bootstrap.servers',
  'node.id',
  'process.roles',
  'controller.',
  'metadata.log.dir',
  'client.quota.callback.static.',
  'prometheus.metrics.reporter.',
  'cordoned.log.dirs',
]

const allowedAllTheSame: ReadonlySet<string> = new Set([
  'sasl.server.max.receive.size',
  'ssl.cipher.suites',
  'ssl.protocol',
  'ssl.enabled.protocols',
  'ssl.secure.random.implementation',
  'broker.session.timeout.ms',
  'broker.heartbeat.interval.ms',
  'controller.socket.timeout.ms',
  'controller.quorum.election.backoff.max.ms',
  'controller.quorum.election.timeout.ms',
  'controller.quorum.fetch.timeout.ms',
])

const perListener: readonly string[] = ['connections.max.reauth.ms', 'max.connections', 'max.connection.creation.rate']

const isForbidden = (key: string, listeners: readonly Listener[]): boolean => {
  if (allowedAllTheSame.has(key)) return false
  if (!forbidden.some((prefix) => key.toLowerCase().startsWith(prefix))) return false
  return !listeners.some((l) => perListener.some((option) => key === `listener.name.${l.name}-${l.port}.${option}`))
}

/** Kafka before 4 had them; they say nothing to KRaft. */
const dead: readonly (readonly [key: string, reason: string])[] = [
  ['inter.broker.protocol.version', 'KafkaInterBrokerProtocolVersionInKRaft'],
  ['log.message.format.version', 'KafkaLogMessageFormatVersionInKRaft'],
]

export interface KafkaConfig {
  /** Sorted by key; values as Kafka reads them. */
  readonly entries: ReadonlyMap<string, string>
  readonly warnings: readonly Condition[]
  readonly problems: readonly Problem[]
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export function kafkaConfig(kafka: Kafka, brokers: number): KafkaConfig {
  const { config = {}, listeners } = kafka.spec.kafka
  const entries = new Map<string, string>()
  const warnings: Condition[] = []
  const problems: Problem[] = []
  const refused: string[] = []
  for (const key of Object.keys(config).sort()) {
    const value = config[key]
    if (value === undefined || value === null) continue
    if (/[\r\n=\s]/.test(key)) {
      problems.push({ reason: 'InvalidResourceException', message: `spec.kafka.config: '${key}' is not a key` })
      continue
    }
    const gone = dead.find(([name]) => name === key)
    if (gone) {
      warnings.push(warning(gone[1], `spec.kafka.config: ${key} means nothing to a KRaft cluster; take it out.`))
      continue
    }
    if (isForbidden(key, listeners)) refused.push(key)
    else entries.set(key, textOf(value))
  }
  if (refused.length > 0) {
    warnings.push(
      warning(
        'KafkaForbiddenConfiguration',
        `spec.kafka.config: the operator itself sets ${refused.join(', ')}; ignored.`,
      ),
    )
  }
  for (const key of [
    'default.replication.factor',
    'offsets.topic.replication.factor',
    'transaction.state.log.replication.factor',
    'transaction.state.log.min.isr',
  ]) {
    const text = entries.get(key)
    if (text === undefined) continue
    if (!/^\d+$/.test(text)) {
      problems.push({
        reason: 'InvalidResourceException',
        message: `spec.kafka.config: ${key} must be a number, not '${text}'`,
      })
    } else if (Number(text) > brokers) {
      problems.push({
        reason: 'InvalidResourceException',
        message: `spec.kafka.config: ${key} is ${text}, but the cluster has ${brokers} broker${brokers === 1 ? '' : 's'}; set it to ${brokers} or less`,
      })
    }
  }
  if (brokers > 1) {
    for (const [key, reason] of [
      ['default.replication.factor', 'KafkaDefaultReplicationFactor'],
      ['min.insync.replicas', 'KafkaMinInsyncReplicas'],
    ] as const) {
      if (!entries.has(key)) {
        warnings.push(
          warning(
            reason,
            `spec.kafka.config: without ${key} it is 1, and one broker's failure can make topics unavailable.`,
          ),
        )
      }
    }
  }
  return { entries, warnings, problems }
}
