/** Reads, writes and moves its offset in one: exactly once. Run: node examples/client/transaction.ts */
import { Kafka } from 'millrace/client'

const kafka = new Kafka({ bootstrapServers: process.env['KAFKA'] ?? 'localhost:9092' })
const decoder = new TextDecoder()

await using source = kafka.producer()
await source.sendAll(['apples', 'pears', 'plums'].map((value) => ({ topic: 'fruit', key: 'shop', value })))

await using consumer = kafka.consumer({
  groupId: 'shouters',
  topics: ['fruit'],
  autoOffsetReset: 'earliest',
  autoCommit: false,
  isolationLevel: 'read_committed',
})
// Another process with the same id would shut this one out.
await using producer = kafka.producer({ transactionalId: 'shouter-0' })

let shouted = 0
for await (const batch of consumer.batches({ maxRecords: 100 })) {
  await producer.transaction(async (transaction) => {
    const values = batch.records.map(({ value }) => decoder.decode(value ?? undefined).toUpperCase())
    await transaction.sendAll(values.map((value) => ({ topic: 'shouted', value })))
    // The offset of the next record to read: it counts only if the copies do.
    const { topic, partition } = batch
    const offset = batch.records.at(-1)!.offset + 1
    await transaction.sendOffsets([{ topic, partition, offset }], consumer)
    console.log(values.join(', '))
  })
  shouted += batch.records.length
  if (shouted >= 3) break
}

// What an error ends leaves no trace.
await producer
  .transaction(async (transaction) => {
    await transaction.send({ topic: 'shouted', value: 'NOTHING OF THIS' })
    throw new Error('changed my mind')
  })
  .catch((error: Error) => console.log(`aborted: ${error.message}`))
