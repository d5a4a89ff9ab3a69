/** Every library reads what every other one wrote, in every codec. */
import { describe, test } from 'node:test'
import { libraries } from './libraries.ts'
import { ask, consume, produce, type Rec, sameRecords, sample } from './suite.ts'
import { must, needs, unique } from './world.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

describe('every library reads what every other wrote', { skip: needs('python', 'npm', 'go') }, () => {
  for (const codec of codecs) {
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
