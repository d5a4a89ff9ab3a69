/** Configuration keys that Kafka had once and Kafka 4 has not. */

export const deadBrokerKeys = [
  'log.message.format.version',
  'inter.broker.protocol.version',
  'log.message.downconversion.enable',
  'log.message.timestamp.difference.max.ms',
  'offsets.commit.required.acks',
  'quota.producer.default',
  'quota.consumer.default',
  'zookeeper.connection.timeout.ms',
  'zookeeper.session.timeout.ms',
  'zookeeper.sync.time.ms',
  'zookeeper.max.in.flight.requests',
] as const

export const deadTopicKeys = [
  'message.format.version',
  'message.downconversion.enable',
  'message.timestamp.difference.max.ms',
] as const
