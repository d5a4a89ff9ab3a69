/** Every library reads what every other one wrote, in every codec. */
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ask, consume, type Library, produce, type Rec, sameRecords, sample } from './suite.ts'
import { must, needs, type PeerName, placeOf, unique } from './world.ts'

const all = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const library = (name: string, peer: PeerName, command: () => string[], codecs: readonly string[] = all): Library => {
  return { name, peer, command, codecs, protocols: [], idempotence: true, transactions: true }
}
const at = (...path: string[]) => join(import.meta.dirname, ...path)
const libraries = [
  library('confluent-kafka', 'python', () => [placeOf('python'), at('python', 'confluent.py')]),
  library('kafka-python', 'python', () => [placeOf('python'), at('python', 'kafka_python.py')]),
  library('kafkajs', 'npm', () => [process.execPath, at('npm', 'kafkajs.mjs'), placeOf('npm')], [
    'none',
    'gzip',
    'snappy',
    'zstd',
  ]),
  library('platformatic', 'npm', () => [process.execPath, at('npm', 'platformatic.mjs'), placeOf('npm')]),
  library('franz-go', 'go', () => [join(placeOf('go'), 'franz')]),
  library('sarama', 'go', () => [join(placeOf('go'), 'sarama')]),
]

describe('every library reads what every other wrote', { skip: needs('python', 'npm', 'go') }, () => {
  for (const codec of all) {
    test(`in ${codec}`, async () => {
      const able = libraries.filter((l) => l.codecs.includes(codec))
      const topic = unique(`matrix-${codec}`)
      await must(ask(able[0]!, 'create', { topic, partitions: 2 }))
      const sent: Rec[] = []
      for (const writer of able) {
        const records = sample(30, `${writer.name}-${codec}`)
        sent.push(...records)
        await produce(writer, topic, records, { codec })
      }
      for (const reader of able) sameRecords(await consume(reader, topic, sent.length), sent, reader.name)
    })
  }
})
