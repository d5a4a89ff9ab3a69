import type { Tool } from './tool.ts'

/** Kafka's tools by the names of their scripts. Loaded when called: no tool pays for another. */
export const tools: ReadonlyMap<string, () => Promise<Tool>> = new Map<string, () => Promise<Tool>>([
  ['kafka-storage', async () => (await import('./kafka-storage.ts')).kafkaStorage],
  ['kafka-console-consumer', async () => (await import('./kafka/console-consumer.ts')).consoleConsumer],
  ['kafka-console-producer', async () => (await import('./kafka/console-producer.ts')).consoleProducer],
  ['kafka-topics', async () => (await import('./kafka/topics.ts')).topics],
])
