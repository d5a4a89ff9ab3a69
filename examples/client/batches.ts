/**
 * Reads batches of one partition each and commits a batch when its work is done: a crash in between repeats it, and loses
 * nothing. Run: node examples/client/batches.ts
 */
import { type ConsumerRecord, Kafka } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
await using producer = kafka.producer()
await producer.sendAll(Array.from({ length: 100 }, (_, n) => ({ topic: 'payments', key: `${n % 5}`, value: `${n}` })))

await using consumer = kafka.consumer({
  groupId: 'accounting',
  topics: ['payments'],
  autoOffsetReset: 'earliest',
  autoCommit: false,
})
console.log('waiting for partitions: a new group waits up to 3 s for more members')
let seen = 0
for await (const { topic, partition, records } of consumer.batches({ maxRecords: 50, timeoutMs: 10_000 })) {
  await book(records)
  const last = records.at(-1)
  // the next offset to read, not the last one read
  if (last) await consumer.commit([{ topic, partition, offset: last.offset + 1 }])
  seen += records.length
  console.log(`${records.length} records of ${topic}-${partition} are booked and committed`)
  if (seen >= 100) break
}
console.log(`${seen} records in all`)

async function book(records: readonly ConsumerRecord[]): Promise<void> {
  // one transaction of a database, say
  await Promise.resolve(records)
}
