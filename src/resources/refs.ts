/** Strimzi's kinds as the Kube port wants them named: in the version that operators speak. */
import type { KindRef, Obj } from '../kube-client/index.ts'
import type { Kafka } from './kinds/kafka.ts'
import type { KafkaNodePool } from './kinds/kafka-node-pool.ts'
import type { KafkaTopic } from './kinds/kafka-topic.ts'
import type { KafkaUser } from './kinds/kafka-user.ts'
import type { StrimziPodSet } from './kinds/strimzi-pod-set.ts'

const strimzi = <T extends Obj>(kind: string, group = 'kafka.strimzi.io'): KindRef<T> => ({
  group,
  version: 'v1',
  kind,
  resource: kind.toLowerCase() + 's',
  namespaced: true,
})

export const kafkas: KindRef<Kafka> = strimzi('Kafka')
export const kafkaNodePools: KindRef<KafkaNodePool> = strimzi('KafkaNodePool')
export const strimziPodSets: KindRef<StrimziPodSet> = strimzi('StrimziPodSet', 'core.strimzi.io')
export const kafkaTopics: KindRef<KafkaTopic> = strimzi('KafkaTopic')
export const kafkaUsers: KindRef<KafkaUser> = strimzi('KafkaUser')
