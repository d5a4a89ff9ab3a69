/** Strimzi's custom resources: their types, schemas, versions, conversion and defaults. Pure. */

export type { Kafka, KafkaSpec, KafkaStatus } from './kinds/kafka.ts'
export type { KafkaNodePool, KafkaNodePoolSpec, KafkaNodePoolStatus } from './kinds/kafka-node-pool.ts'
export type { KafkaTopic, KafkaTopicSpec, KafkaTopicStatus } from './kinds/kafka-topic.ts'
export type { KafkaUser, KafkaUserSpec, KafkaUserStatus } from './kinds/kafka-user.ts'
export type { StrimziPodSet, StrimziPodSetSpec, StrimziPodSetStatus } from './kinds/strimzi-pod-set.ts'
export { kafkaNodePools, kafkas, kafkaTopics, kafkaUsers, strimziPodSets } from './refs.ts'
