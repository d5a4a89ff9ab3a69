/** What a resource asks for with defaults filled in: what the operators read. */
import { type Kafka, kafkaSpec } from './kinds/kafka.ts'
import { type KafkaNodePool, nodePoolSpec } from './kinds/kafka-node-pool.ts'
import { type KafkaTopic, topicSpec } from './kinds/kafka-topic.ts'
import { type KafkaUser, userSpec } from './kinds/kafka-user.ts'
import { withDefaults } from './schema/defaults.ts'
import type { Defaulted } from './schema/types.ts'

export interface DefaultedKafka extends Defaulted<typeof kafkaSpec> {}
export interface DefaultedNodePool extends Defaulted<typeof nodePoolSpec> {}
export interface DefaultedTopic extends Defaulted<typeof topicSpec> {}
export interface DefaultedUser extends Defaulted<typeof userSpec> {}

export const defaultedKafka = (kafka: Kafka): DefaultedKafka => withDefaults(kafkaSpec, kafka.spec)
export const defaultedNodePool = (pool: KafkaNodePool): DefaultedNodePool => withDefaults(nodePoolSpec, pool.spec)
export const defaultedTopic = (topic: KafkaTopic): DefaultedTopic => withDefaults(topicSpec, topic.spec)
export const defaultedUser = (user: KafkaUser): DefaultedUser => withDefaults(userSpec, user.spec)
