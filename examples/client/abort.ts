/** Ends waits with an AbortSignal, and writes no faster than the broker takes it. Run: node examples/client/abort.ts */
import { Kafka } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
// at most 1 MiB waits in memory: beyond it senders wait
await using producer = kafka.producer({ bufferBytes: 1 << 20 })
const stop = new AbortController()

// back-pressure: the source is asked for the next record when there is room
await producer.sendAll(readings(5000), { signal: stop.signal })
console.log(`5000 records are written, ${producer.bufferedBytes} bytes wait`)

// a wait for records that do not come
await using consumer = kafka.consumer({ groupId: `nobody-${process.pid}`, topics: ['quiet'] })
setTimeout(() => stop.abort(new Error('it is late')), 500)
try {
  for await (const record of consumer.records({ signal: stop.signal })) console.log(record.offset)
} catch (error) {
  if (error !== stop.signal.reason) throw error
  console.log(`stopped: ${stop.signal.reason.message}`)
}
// the consumer is as usable as before
console.log(`${(await consumer.poll({ timeoutMs: 100 })).length} records`)

async function* readings(count: number) {
  for (let n = 0; n < count; n++) yield { topic: 'readings', key: `sensor-${n % 10}`, value: `${n}`.padEnd(1000) }
}
