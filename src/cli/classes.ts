/** Java classes that people run by name, `kafka-run-class.sh CLASS`, and the tools that do their work here. */

const now = 'org.apache.kafka.tools.'

/** The class of Kafka 4.3 first, then what it was called before. */
const classesOf: Readonly<Record<string, readonly string[]>> = {
  'kafka-acls': [`${now}AclCommand`, 'kafka.admin.AclCommand'],
  'kafka-storage': ['kafka.tools.StorageTool'],
  'kafka-broker-api-versions': [`${now}BrokerApiVersionsCommand`, 'kafka.admin.BrokerApiVersionsCommand'],
  'kafka-cluster': [`${now}ClusterTool`, 'kafka.tools.ClusterTool'],
  'kafka-configs': ['kafka.admin.ConfigCommand'],
  'kafka-console-consumer': [`${now}consumer.ConsoleConsumer`, 'kafka.tools.ConsoleConsumer'],
  'kafka-console-producer': [`${now}ConsoleProducer`, 'kafka.tools.ConsoleProducer'],
  'kafka-consumer-groups': [`${now}consumer.group.ConsumerGroupCommand`, 'kafka.admin.ConsumerGroupCommand'],
  'kafka-consumer-perf-test': [`${now}ConsumerPerformance`, 'kafka.tools.ConsumerPerformance'],
  'kafka-delete-records': [`${now}DeleteRecordsCommand`, 'kafka.admin.DeleteRecordsCommand'],
  'kafka-dump-log': [`${now}DumpLogSegments`, 'kafka.tools.DumpLogSegments'],
  'kafka-e2e-latency': [`${now}EndToEndLatency`, 'kafka.tools.EndToEndLatency'],
  'kafka-features': [`${now}FeatureCommand`, 'kafka.admin.FeatureCommand'],
  'kafka-get-offsets': [`${now}GetOffsetShell`, 'kafka.tools.GetOffsetShell'],
  'kafka-groups': [`${now}GroupsCommand`],
  'kafka-leader-election': [`${now}LeaderElectionCommand`, 'kafka.admin.LeaderElectionCommand'],
  'kafka-log-dirs': [`${now}LogDirsCommand`, 'kafka.admin.LogDirsCommand'],
  'kafka-metadata-quorum': [`${now}MetadataQuorumCommand`, 'kafka.admin.MetadataQuorumCommand'],
  'kafka-metadata-shell': ['org.apache.kafka.shell.MetadataShell'],
  'kafka-producer-perf-test': [`${now}ProducerPerformance`],
  'kafka-reassign-partitions': [`${now}reassign.ReassignPartitionsCommand`, 'kafka.admin.ReassignPartitionsCommand'],
  'kafka-replica-verification': [`${now}ReplicaVerificationTool`, 'kafka.tools.ReplicaVerificationTool'],
  'kafka-topics': [`${now}TopicCommand`, 'kafka.admin.TopicCommand'],
  'kafka-transactions': [`${now}TransactionsCommand`],
  'kafka-verifiable-consumer': [`${now}VerifiableConsumer`],
  'kafka-verifiable-producer': [`${now}VerifiableProducer`],
}

/** Null for a class that none of the tools stands for. */
export function toolOfClass(name: string): string | null {
  return Object.keys(classesOf).find((tool) => classesOf[tool]!.includes(name)) ?? null
}
