/**
 * A complete Kafka broker inside your own process, for tests.
 *
 * ```ts
 * import { startKafka } from 'millrace/testing'
 *
 * const kafka = await startKafka({ topics: ['orders'] })
 * // any Kafka client: kafka.bootstrapServers
 * await kafka.stop()
 * ```
 */
export { type RunningKafka, type StartKafkaOptions, startKafka, type TopicOptions } from './start-kafka.ts'
