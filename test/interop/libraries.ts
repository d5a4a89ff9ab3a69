/** The client libraries that take part, each through its small program. */
import { join } from 'node:path'
import type { Library } from './suite.ts'
import { placeOf } from './world.ts'

const at = (...path: string[]) => join(import.meta.dirname, ...path)
const everyCodec = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const able = { codecs: everyCodec, idempotence: true, transactions: true } as const

export const confluentKafka: Library = {
  ...able,
  name: 'confluent-kafka',
  peer: 'python',
  command: () => [placeOf('python'), at('python', 'confluent.py')],
  protocols: ['classic', 'consumer'],
}
export const kafkaPython: Library = {
  ...able,
  name: 'kafka-python',
  peer: 'python',
  command: () => [placeOf('python'), at('python', 'kafka_python.py')],
  protocols: ['classic'],
}
export const aiokafka: Library = {
  ...able,
  name: 'aiokafka',
  peer: 'python',
  command: () => [placeOf('python'), at('python', 'aio_kafka.py')],
  protocols: ['classic'],
}
export const kafkajs: Library = {
  ...able,
  name: 'kafkajs',
  peer: 'npm',
  command: () => [process.execPath, at('npm', 'kafkajs.mjs'), placeOf('npm')],
  codecs: ['none', 'gzip', 'snappy', 'zstd'],
  protocols: ['classic'],
}
export const platformatic: Library = {
  ...able,
  name: 'platformatic',
  peer: 'npm',
  command: () => [process.execPath, at('npm', 'platformatic.mjs'), placeOf('npm')],
  protocols: ['classic', 'consumer'],
}
export const franzGo: Library = {
  ...able,
  name: 'franz-go',
  peer: 'go',
  command: () => [join(placeOf('go'), 'franz')],
  protocols: ['classic', 'consumer'],
}
export const sarama: Library = {
  ...able,
  name: 'sarama',
  peer: 'go',
  command: () => [join(placeOf('go'), 'sarama')],
  protocols: ['classic'],
}
export const libraries: readonly Library[] = [
  confluentKafka,
  kafkaPython,
  aiokafka,
  kafkajs,
  platformatic,
  franzGo,
  sarama,
]
