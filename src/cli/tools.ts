import type { Tool } from './tool.ts'

/** Kafka's tools by the names of their scripts. Loaded when called: no tool pays for another. */
export const tools: ReadonlyMap<string, () => Promise<Tool>> = new Map<string, () => Promise<Tool>>([
  ['kafka-storage', async () => (await import('./kafka-storage.ts')).kafkaStorage],
  ['kafka-broker-api-versions', async () => (await import('./kafka/broker-api-versions.ts')).brokerApiVersions],
  ['kafka-cluster', async () => (await import('./kafka/cluster.ts')).cluster],
  ['kafka-configs', async () => (await import('./kafka/configs.ts')).configs],
  ['kafka-console-consumer', async () => (await import('./kafka/console-consumer.ts')).consoleConsumer],
  ['kafka-console-producer', async () => (await import('./kafka/console-producer.ts')).consoleProducer],
  ['kafka-consumer-groups', async () => (await import('./kafka/consumer-groups.ts')).consumerGroups],
  ['kafka-consumer-perf-test', async () => (await import('./kafka/consumer-perf-test.ts')).consumerPerfTest],
  ['kafka-delete-records', async () => (await import('./kafka/delete-records.ts')).deleteRecords],
  ['kafka-dump-log', async () => (await import('./kafka/dump-log.ts')).dumpLog],
  ['kafka-e2e-latency', async () => (await import('./kafka/e2e-latency.ts')).e2eLatency],
  ['kafka-features', async () => (await import('./kafka/features.ts')).features],
  ['kafka-get-offsets', async () => (await import('./kafka/get-offsets.ts')).getOffsets],
  ['kafka-groups', async () => (await import('./kafka/groups.ts')).groups],
  ['kafka-leader-election', async () => (await import('./kafka/leader-election.ts')).leaderElection],
  ['kafka-log-dirs', async () => (await import('./kafka/log-dirs.ts')).logDirs],
  ['kafka-metadata-quorum', async () => (await import('./kafka/metadata-quorum.ts')).metadataQuorum],
  ['kafka-producer-perf-test', async () => (await import('./kafka/producer-perf-test.ts')).producerPerfTest],
  ['kafka-reassign-partitions', async () => (await import('./kafka/reassign-partitions.ts')).reassignPartitions],
  ['kafka-replica-verification', async () => (await import('./kafka/replica-verification.ts')).replicaVerification],
  ['kafka-topics', async () => (await import('./kafka/topics.ts')).topics],
  ['kafka-transactions', async () => (await import('./kafka/transactions.ts')).transactions],
  ['kafka-verifiable-consumer', async () => (await import('./kafka/verifiable-consumer.ts')).verifiableConsumer],
  ['kafka-verifiable-producer', async () => (await import('./kafka/verifiable-producer.ts')).verifiableProducer],
])
