/** kafkajs at full speed: `node kafkajs.ts produce|consume BOOTSTRAP TOPIC RECORDS BYTES FOLDER`, the folder it is installed in. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** As much of kafkajs as is used here; it is installed outside of this repository. */
interface KafkaJs {
  Kafka: new (
    o: object,
  ) => {
    producer(o: object): {
      connect(): Promise<void>
      send(o: { topic: string; acks: number; messages: readonly object[] }): Promise<unknown>
      disconnect(): Promise<void>
    }
    consumer(o: object): {
      connect(): Promise<void>
      subscribe(o: object): Promise<void>
      run(o: { eachBatch(p: { batch: { messages: readonly object[] } }): Promise<void> }): Promise<void>
      disconnect(): Promise<void>
    }
  }
  logLevel: { ERROR: number }
}

const [what = '', bootstrap = '', topic = '', recordsText, bytesText, folder = ''] = process.argv.slice(2)
const records = Number(recordsText)
const bytes = Number(bytesText)
const { Kafka, logLevel } = createRequire(join(folder, 'package.json'))('kafkajs') as KafkaJs
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
const seconds = what === 'produce' ? await produce() : await consume()
console.log(JSON.stringify({ mbPerSecond: (records * bytes) / 2 ** 20 / seconds }))
process.exit(0)

/** It has no linger: who wants batches makes them. 64 KiB for each of six partitions, five requests under way. */
async function produce(): Promise<number> {
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const value = Buffer.alloc(bytes, 97)
  const each = Math.max(1, Math.floor((6 * 65_536) / bytes))
  const startMs = performance.now()
  let left = records
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      while (left > 0) {
        const count = Math.min(each, left)
        left -= count
        await producer.send({ topic, acks: -1, messages: Array.from({ length: count }, () => ({ value })) })
      }
    }),
  )
  const seconds = (performance.now() - startMs) / 1000
  await producer.disconnect()
  return seconds
}

async function consume(): Promise<number> {
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let seen = 0
  let startMs = 0
  await new Promise<void>((resolve) => {
    void consumer.run({
      async eachBatch({ batch }) {
        if (startMs === 0) startMs = performance.now()
        seen += batch.messages.length
        if (seen >= records) resolve()
      },
    })
  })
  return (performance.now() - startMs) / 1000
}
