/** Our client at full speed, in a process of its own: `node ours.ts produce|consume BOOTSTRAP TOPIC RECORDS BYTES`. */
import { Kafka } from '../../../src/client/node.ts'

const [what = '', bootstrapServers = '', topic = '', recordsText, bytesText] = process.argv.slice(2)
const records = Number(recordsText)
const bytes = Number(bytesText)
const kafka = new Kafka({ bootstrapServers })
const seconds = what === 'produce' ? await produce() : await consume()
console.log(JSON.stringify({ mbPerSecond: (records * bytes) / 2 ** 20 / seconds }))
process.exit(0)

async function produce(): Promise<number> {
  const producer = kafka.producer({ acks: 'all', lingerMs: 5, lingerWhenIdle: true, batchSizeBytes: 65_536 })
  const value = new Uint8Array(bytes).fill(97)
  const startMs = performance.now()
  let failure: Error | null = null
  for (let sent = 0; sent < records; sent++) {
    const hasRoom = producer.post({ topic, value }, (error) => {
      if (error !== null) failure ??= error
    })
    if (!hasRoom) await producer.ready()
  }
  await producer.flush()
  const seconds = (performance.now() - startMs) / 1000
  if (failure !== null) throw failure
  await producer.close()
  return seconds
}

async function consume(): Promise<number> {
  const options = { groupId: `bench-${process.pid}`, topics: [topic], autoOffsetReset: 'earliest' } as const
  const consumer = kafka.consumer({ ...options, maxPollRecords: 5000 })
  let seen = 0
  let startMs = 0
  while (seen < records) {
    const batch = await consumer.poll()
    // As Apache's ConsumerPerformance: the time to join the group is not counted.
    if (startMs === 0 && batch.length > 0) startMs = performance.now()
    seen += batch.length
  }
  const seconds = (performance.now() - startMs) / 1000
  await consumer.close()
  return seconds
}
