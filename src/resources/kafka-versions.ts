/** Kafka versions that a Kafka resource may ask for. What runs here speaks the newest of them. */
export const kafkaVersions = ['4.3.1', '4.3.0', '4.2.1', '4.2.0'] as const
export const defaultKafkaVersion: string = kafkaVersions[0]

/** The metadata version of a release, as `spec.kafka.metadataVersion` writes it. */
export const metadataVersionOf = (kafkaVersion: string): string =>
  kafkaVersion.startsWith('4.2') ? '4.2-IV1' : '4.3-IV0'

export const isSupportedKafkaVersion = (version: string): boolean =>
  (kafkaVersions as readonly string[]).includes(version)
