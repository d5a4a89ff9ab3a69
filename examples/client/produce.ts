/** Writes records: one and wait, many at once, and as fast as it goes. Run: node examples/client/produce.ts */
import { Kafka } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092', clientId: 'shop' })
await using producer = kafka.producer({ compression: 'lz4' })

// one: resolves when every in-sync replica has it
const where = await producer.send({ topic: 'orders', key: 'customer-7', value: JSON.stringify({ total: 12.5 }) })
console.log(`${where.topic}-${where.partition} has it at offset ${where.offset}`)

// many: one promise for all of them, room in the buffer is waited for
const orders = Array.from({ length: 1000 }, (_, n) => ({ topic: 'orders', key: `customer-${n % 20}`, value: `${n}` }))
const all = await producer.sendAll(orders)
console.log(`${all.length} more are written`)

// as fast as it goes: no promise per record; false means that the buffer is full
for (let n = 0; n < 10_000; n++) {
  const hasRoom = producer.post({ topic: 'orders', value: `${n}`, headers: { source: 'example' } })
  if (!hasRoom) await producer.ready()
}
await producer.flush() // throws if one of them could not be written
console.log('10000 more are written')
